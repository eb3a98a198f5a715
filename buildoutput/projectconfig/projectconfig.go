package projectconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// Config is the part of the platform's project configuration that becomes routes. Its zero value has none.
//
// Source: the platform's documentation, "Configuring projects with vercel.json"; limits from the schemas of
// @vercel/routing-utils. Sources and destinations have at most 4096 characters, and each list at most 2048 entries.
type Config struct {
	// CleanURLs redirects /about.html and /about/index to /about. It does not rename the files.
	CleanURLs *bool `json:"cleanUrls,omitzero"`

	// TrailingSlash redirects to the form of an address that ends with a slash, or false to the one that does not.
	TrailingSlash *bool `json:"trailingSlash,omitzero"`

	Redirects []Redirect `json:"redirects,omitzero"`
	Headers   []Header   `json:"headers,omitzero"`
	Rewrites  []Rewrite  `json:"rewrites,omitzero"`
}

// Redirect sends requests for a source elsewhere.
type Redirect struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`

	// Permanent means 308, which is also the status if neither this nor StatusCode is set; false means 307.
	Permanent *bool `json:"permanent,omitzero"`

	// StatusCode is set instead of Permanent, for another status.
	StatusCode int `json:"statusCode,omitzero"`

	Has     []buildoutput.Condition `json:"has,omitzero"`
	Missing []buildoutput.Condition `json:"missing,omitzero"`

	// Env names the environment variables that may stand in Destination, as $NAME.
	Env []string `json:"env,omitzero"`
}

// Header adds headers to the responses for a source.
type Header struct {
	Source  string       `json:"source"`
	Headers []HeaderLine `json:"headers"`

	Has     []buildoutput.Condition `json:"has,omitzero"`
	Missing []buildoutput.Condition `json:"missing,omitzero"`
}

// HeaderLine is one header. Both members may hold parameters of the source.
type HeaderLine struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Rewrite answers requests for a source with what is at another path or URL. The parameters of the source that the path of
// the destination does not name are added to the query.
type Rewrite struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`

	Has     []buildoutput.Condition `json:"has,omitzero"`
	Missing []buildoutput.Condition `json:"missing,omitzero"`

	// StatusCode replaces the status of the response; 0 keeps it.
	StatusCode int `json:"statusCode,omitzero"`

	// Env names the environment variables that may stand in Destination, as $NAME.
	Env []string `json:"env,omitzero"`

	// RespectOriginCacheControl is about URLs: false keeps the responses out of the platform's cache.
	RespectOriginCacheControl *bool `json:"respectOriginCacheControl,omitzero"`
}

// Problem is a fault of one entry.
type Problem struct {
	List   string // redirects, headers or rewrites
	Index  int    // of the entry; -1 for the list as a whole
	Member string // the member at fault, such as "source" or "has[0].value", empty for several
	Err    error
}

// Error gives the entry, the member and what is wrong.
func (p Problem) Error() string {
	place := p.List
	if p.Index >= 0 {
		place += fmt.Sprintf("[%d]", p.Index)
	}
	if p.Member != "" {
		place += "." + p.Member
	}
	return place + ": " + p.Err.Error()
}

// Unwrap returns Err.
func (p Problem) Unwrap() error { return p.Err }

// Routes compiles a config, in the order of the platform's tools: clean URLs, trailing slash, redirects and headers, and behind
// a handle for the files, if Rewrites is not nil, the rewrites. Each entry is one route. With problems there are no routes.
func (c *Config) Routes() ([]buildoutput.Route, []Problem) {
	var p problems
	routes := slices.Concat(c.cleanURLRoutes(), c.trailingSlashRoutes())
	routes = append(routes, compile(&p, "redirects", c.Redirects, Redirect.route)...)
	routes = append(routes, compile(&p, "headers", c.Headers, Header.route)...)
	if c.Rewrites != nil {
		routes = append(routes, buildoutput.Route{Handle: buildoutput.PhaseFilesystem})
		routes = append(routes, compile(&p, "rewrites", c.Rewrites, Rewrite.route)...)
	}
	if len(p.found) > 0 {
		return nil, p.found
	}
	return routes, nil
}

// compile makes the routes of one list.
func compile[T any](p *problems, list string, entries []T, route func(T, *problems) buildoutput.Route) []buildoutput.Route {
	p.list, p.index = list, -1
	if len(entries) > maxEntries {
		p.addf("", "%d entries, more than %d", len(entries), maxEntries)
		return nil
	}
	routes := make([]buildoutput.Route, len(entries))
	for i, entry := range entries {
		p.index = i
		routes[i] = route(entry, p)
	}
	return routes
}

func (c *Config) cleanURLRoutes() []buildoutput.Route {
	if c.CleanURLs == nil || !*c.CleanURLs {
		return nil
	}
	location := "/$1"
	if c.TrailingSlash != nil && *c.TrailingSlash {
		location = "/$1/"
	}
	return []buildoutput.Route{
		redirect(`^/(?:(.+)/)?index(?:\.html)?/?$`, location),
		redirect(`^/(.*)\.html/?$`, location),
	}
}

func (c *Config) trailingSlashRoutes() []buildoutput.Route {
	switch {
	case c.TrailingSlash == nil:
		return nil
	case *c.TrailingSlash:
		return []buildoutput.Route{
			{Src: `^/\.well-known(?:/.*)?$`},
			redirect(`^/((?:[^/]+/)*[^/\.]+)$`, "/$1/"),
			redirect(`^/((?:[^/]+/)*[^/]+\.\w+)/$`, "/$1"),
		}
	default:
		return []buildoutput.Route{redirect(`^/(.*)/$`, "/$1")}
	}
}

func redirect(src, location string) buildoutput.Route {
	return buildoutput.Route{Src: src, Headers: map[string]string{"Location": location}, Status: 308}
}

func (r Redirect) route(p *problems) buildoutput.Route {
	source := p.source(r.Source)
	fillable := p.destination(r.Destination, source, r.Has)
	p.conditions(r.Has, r.Missing)
	p.env(r.Env)
	p.status(r.StatusCode)
	if r.Permanent != nil && r.StatusCode != 0 {
		p.addf("", "permanent and statusCode both say the status: keep one of them")
	}
	route := redirect(source.source(), r.Destination)
	switch {
	case r.StatusCode != 0:
		route.Status = r.StatusCode
	case r.Permanent != nil && !*r.Permanent:
		route.Status = 307
	}
	route.Env, route.Has, route.Missing = r.Env, lowerHeaders(r.Has), lowerHeaders(r.Missing)
	refs := newReferences(source, r.Has)
	plain := !strings.Contains(r.Destination, ":") && len(captured(r.Has)) == 0
	if fillable && !plain && len(refs) > 0 { // else it stays as it stands
		location, err := refs.location(r.Destination)
		p.addError("destination", err)
		route.Headers["Location"] = location
	}
	return route
}

func (h Header) route(p *problems) buildoutput.Route {
	source := p.source(h.Source)
	p.conditions(h.Has, h.Missing)
	p.headerLines(h.Headers)
	route := buildoutput.Route{
		Src: source.source(), Headers: map[string]string{}, Continue: true,
		Has: lowerHeaders(h.Has), Missing: lowerHeaders(h.Missing),
	}
	refs := newReferences(source, h.Has)
	for i, line := range h.Headers {
		for _, text := range []*string{&line.Key, &line.Value} {
			if len(refs) == 0 || !strings.Contains(*text, ":") {
				continue
			}
			filled, err := refs.fillText(*text)
			p.addError(fmt.Sprintf("headers[%d]", i), err)
			*text = filled
		}
		route.Headers[line.Key] = line.Value
	}
	return route
}

// The platform's tools drop respectOriginCacheControl, though their schema has it for rewrites; a route can have it, so it is
// kept here.
func (r Rewrite) route(p *problems) buildoutput.Route {
	source := p.source(r.Source)
	route := buildoutput.Route{
		Src: source.source(), Check: true, Status: r.StatusCode,
		Env: r.Env, Has: lowerHeaders(r.Has), Missing: lowerHeaders(r.Missing),
		RespectOriginCacheControl: r.RespectOriginCacheControl,
	}
	if p.destination(r.Destination, source, r.Has) {
		dest, err := newReferences(source, r.Has).rewrite(r.Destination)
		p.addError("destination", err)
		route.Dest.Path = dest
	}
	p.conditions(r.Has, r.Missing)
	p.env(r.Env)
	p.status(r.StatusCode)
	return route
}

// lowerHeaders writes the names of headers in lower case.
func lowerHeaders(conditions []buildoutput.Condition) []buildoutput.Condition {
	lowered := slices.Clone(conditions)
	for i, condition := range lowered {
		if condition.Type == "header" {
			lowered[i].Key = strings.ToLower(condition.Key)
		}
	}
	return lowered
}
