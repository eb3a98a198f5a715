package images

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// pattern is one entry of localPatterns or remotePatterns. Its hostname and pathname are regular expressions in the dialect
// of routes, so it is a route: package routing knows how those are matched.
type pattern struct {
	*buildoutput.ImagePattern
	router *routing.Router
}

func newPattern(source *buildoutput.ImagePattern) (*pattern, error) {
	route := buildoutput.Route{Src: source.Pathname, CaseSensitive: true, Dest: buildoutput.Dest{Path: "/matched"}}
	if source.Pathname == "" {
		route.Src = "^.*$"
	}
	if source.Hostname != "" {
		route.Has = []buildoutput.Condition{{Type: "host", Value: &buildoutput.Match{Pattern: source.Hostname}}}
	}
	router, problems := routing.New(&buildoutput.Config{Routes: []buildoutput.Route{route}}, matched{})
	p := &pattern{source, router}
	if len(problems) > 0 {
		problem := problems[0]
		problem.Member = strings.NewReplacer("src", "pathname", "has[0]", "hostname").Replace(problem.Member)
		return p, patternError{problem}
	}
	return p, nil
}

// patternError names a member of a pattern in place of one of its route.
type patternError struct{ routing.Problem }

// Error gives the member and what is wrong.
func (e patternError) Error() string { return e.Member + ": " + e.Err.Error() }

// matched is the one output of a pattern's router. A path may name it too, but is not the work of a route then.
type matched struct{}

// Has reports whether the output is "matched".
func (matched) Has(output string) bool { return output == "matched" }

// match reports whether a URL has everything that the pattern asks for.
func (p *pattern) match(u *url.URL) bool {
	if p.Protocol != "" && strings.TrimSuffix(p.Protocol, ":") != u.Scheme {
		return false
	}
	if p.Port != "" && p.Port != u.Port() {
		return false
	}
	if p.Search != nil && *p.Search != search(u) {
		return false
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	d := p.router.Resolve(&routing.Request{Method: http.MethodGet, Host: u.Hostname(), Path: path})
	return d.Kind == routing.Serve && d.Route >= 0
}

// search is the query with its question mark, as in JavaScript.
func search(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}
