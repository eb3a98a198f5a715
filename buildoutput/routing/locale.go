package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// locale redirects by the visitor's language.
type locale struct {
	names    []string          // sorted
	redirect map[string]string // by name in lower case
	cookie   string
	fallback string
}

func compileLocale(l *buildoutput.Locale) *locale {
	if l == nil || len(l.Redirect) == 0 {
		return nil
	}
	compiled := &locale{redirect: map[string]string{}, cookie: l.Cookie, fallback: l.Default}
	for name, to := range l.Redirect {
		compiled.names = append(compiled.names, strings.ToLower(name))
		compiled.redirect[strings.ToLower(name)] = to
	}
	slices.Sort(compiled.names)
	return compiled
}

// choose gives where to redirect to, "" for nowhere: the cookie's locale, else the best one of Accept-Language.
func (l *locale) choose(r *resolution) string {
	name := ""
	if l.cookie != "" {
		value, _ := cookie(r.headerValues("Cookie"), l.cookie)
		name = l.find(value)
	}
	if name == "" {
		for _, tag := range acceptedLanguages(strings.Join(r.headerValues("Accept-Language"), ",")) {
			if name = l.find(tag); name != "" {
				break
			}
		}
	}
	if name == "" {
		name = l.find(l.fallback)
	}
	to := l.redirect[name]
	if to == "" || to == r.path || r.isHere(to) {
		return ""
	}
	return to
}

// find gives the locale for a language tag: the same, else a narrower one (en-US for en), else a wider one.
func (l *locale) find(tag string) string {
	tag = strings.ToLower(tag)
	if tag == "" || slices.Contains(l.names, tag) {
		return tag
	}
	for _, name := range l.names {
		if strings.HasPrefix(name, tag+"-") {
			return name
		}
	}
	for {
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			return ""
		}
		if tag = tag[:cut]; slices.Contains(l.names, tag) {
			return tag
		}
	}
}

// acceptedLanguages gives the tags of Accept-Language, the most wanted first, without those of weight 0 and without *.
func acceptedLanguages(field string) []string {
	type weighted struct {
		tag    string
		weight float64
	}
	var list []weighted
	for item := range strings.SplitSeq(field, ",") {
		tag, parameters, _ := strings.Cut(item, ";")
		w := weighted{strings.TrimSpace(tag), 1}
		if q, found := strings.CutPrefix(strings.TrimSpace(parameters), "q="); found {
			w.weight, _ = strconv.ParseFloat(q, 64)
		}
		if w.tag != "" && w.tag != "*" && w.weight > 0 {
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, func(a, b weighted) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	tags := make([]string, len(list))
	for i, w := range list {
		tags[i] = w.tag
	}
	return tags
}

// isHere reports whether a URL is the request's own path on the request's own host.
func (r *resolution) isHere(to string) bool {
	_, rest, found := strings.Cut(to, "://")
	if !found {
		return false
	}
	host, path, _ := strings.Cut(rest, "/")
	return hostname(host) == hostname(r.req.Host) && "/"+path == r.path
}
