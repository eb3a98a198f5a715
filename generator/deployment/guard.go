package deployment

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// reserved are the first parts of addresses that rules have no business with: the platform's own, and isrgen's functions.
var reserved = []string{"_vercel", site.DeferralDir}

// firstPart gives the first part of a path.
func firstPart(path string) string {
	path = strings.TrimLeft(path, "/")
	return path[:strings.IndexAny(path+"/", "/?#")]
}

// isReserved reports whether a path is below a reserved name.
func isReserved(path string) bool {
	for _, name := range reserved {
		if strings.EqualFold(firstPart(path), name) {
			return true
		}
	}
	return false
}

func (r *rules) checkSource(index int, rule Rule) {
	switch {
	case !strings.ContainsAny(rule.Source[:1], "/{("):
		r.faultf(index, "source", "", "%q never matches, since addresses begin with /", rule.Source)
	case isReserved(rule.Source):
		r.faultf(index, "source", "choose another address", "/%s belongs to the platform or to isrgen", firstPart(rule.Source))
	}
}

var (
	anyURL = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	webURL = regexp.MustCompile(`^https?://[^/]`)
)

// checkRedirect refuses what cannot be meant. A redirect from a form of an address to the other one would fight with that of
// the site's slash policy, without end.
func (r *rules) checkRedirect(index int, rule Rule) {
	location := rule.Route.Headers["Location"]
	switch destination := r.entries[index].destination; {
	case !strings.HasPrefix(location, "/") && !anyURL.MatchString(location):
		r.faultf(index, "destination", "", "%q is neither a path that begins with / nor a URL", location)
	case strings.TrimRight(destination, "/") == strings.TrimRight(rule.Source, "/") && len(rule.Route.Has)+len(rule.Route.Missing) == 0:
		r.faultf(index, "destination", "remove the rule: trailingSlash says which form of an address a site has", "this is the source again")
	}
}

// checkRewrite keeps rewrites away from functions, and from the parameter that tells a function which page to render: with it, a
// visitor could have one page stored in the place of another.
func (r *rules) checkRewrite(index int, rule Rule) {
	dest := rule.Route.Dest.Path
	if !webURL.MatchString(dest) && (!strings.HasPrefix(dest, "/") || strings.HasPrefix(dest, "//")) {
		r.faultf(index, "destination", "", "%q is neither a path that begins with / nor a URL with http or https", dest)
		return
	}
	if webURL.MatchString(dest) {
		return
	}
	if isReserved(dest) {
		r.faultf(index, "destination", "write the address of the page", "/%s belongs to the platform or to isrgen", firstPart(dest))
	}
	_, raw, _ := strings.Cut(dest, "?")
	raw, _, _ = strings.Cut(raw, "#")
	for pair := range strings.SplitSeq(raw, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		switch {
		case err != nil || strings.Contains(name, "$"):
			r.faultf(index, "destination", "write its name out", "the query has a field whose name is not fixed, %q", key)
		case name == content.PathParameter:
			r.faultf(index, "destination", "choose another name for the parameter or the field of the query", "the name %s is reserved", name)
		}
	}
}
