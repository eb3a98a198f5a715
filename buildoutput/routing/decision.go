package routing

import (
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// Kind is what is to be done with a request.
type Kind int

// The kinds of decision.
const (
	Serve    Kind = iota + 1 // Output, with Status unless 0
	Redirect                 // to Location, with Status
	Proxy                    // what the absolute URL answers
	Respond                  // Response: the final word of a middleware, or a route's bare status
	Error                    // Status and Err, with the platform's own page: no output stands for it
)

// String gives the kind's name in lower case.
func (k Kind) String() string {
	names := [...]string{"none", "serve", "redirect", "proxy", "respond", "error"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// The codes of failures in Decision.Err, as the platform sends them in x-vercel-error. A status without one here
// gives its text, such as GONE for 410.
const (
	ErrNotFound         = "NOT_FOUND"
	ErrInfiniteLoop     = "INFINITE_LOOP_DETECTED"
	ErrURLTooLong       = "URL_TOO_LONG"
	ErrBadRequest       = "BAD_REQUEST"
	ErrMiddlewareFailed = "MIDDLEWARE_INVOCATION_FAILED"
	ErrDenied           = "FORBIDDEN"
)

// Decision is what routing made of a request. Resolve makes it; it belongs to the caller.
type Decision struct {
	Kind Kind

	// Output is the output path to serve, one that Outputs has.
	Output string

	// Path and Query are the request's as routing left them: the last destination, and the request's query merged with
	// those of destinations, raw. Where both have a parameter the request's own counts.
	Path, Query string

	// RequestPath is the path which a plain function sees: the client's own, normalised, unless a transform or a
	// middleware changed it. It sees Query with it.
	RequestPath string

	// RouteMatches is the query of the destinations alone, which prerender functions without passQuery receive as
	// x-now-route-matches. It is empty when no destination was involved. The key of such a function's ISR entry
	// must be made of [Decision.RoutedQuery] and not of Query: else a visitor could store one page under the key of another.
	RouteMatches string

	// MatchedPath is the value of x-matched-path: what a hit route said, else the output's path with a first slash.
	MatchedPath string

	// Status is the response's; 0 leaves it to the output.
	Status int

	// Header are the response headers of routes, which give way to those of a function's response; Important
	// replace them. Nil is none.
	Header, Important http.Header

	// ResponseTransforms are applied to the finished response's headers, by [Decision.ResponseHeader].
	ResponseTransforms []HeaderChange

	// RequestHeader are the changes that transforms and middleware made to the request's headers: each name's new values,
	// none to remove it. [Decision.FunctionHeader] applies them.
	RequestHeader http.Header

	// Location is where Redirect leads, URL what Proxy asks for, query included.
	Location, URL string

	// RespectOriginCacheControl is set for Proxy by the route: the response's Cache-Control counts.
	RespectOriginCacheControl bool

	// Response is for Respond.
	Response *MiddlewareResponse

	// Err is the platform's code of the failure, such as "NOT_FOUND", also where an error page is served.
	Err string

	// Route is the index in Config.Routes of the route that decided, -1 for none: a direct hit or nothing found.
	Route int

	// Trace tells how the decision came about, if Request.Trace asked for it.
	Trace []Step
}

// Step is one thing that happened while a request was resolved.
type Step struct {
	Phase  buildoutput.Phase
	Route  int    // index in Config.Routes, -1 for a step without one
	Event  string // phase, match, rewrite, found, absent, restore, redirect, proxy, middleware, skip, timeout, error …
	Path   string // the path after the step
	Detail string // for people
}

// ResponseHeader puts the headers of the response into header, which is empty, given those of the output: a function's replace
// the routes', but not the important ones; cookies add up; transforms come last. It does not change output, whose values header
// shares.
func (d *Decision) ResponseHeader(header, output http.Header) {
	for name, values := range d.Header {
		header[name] = slices.Clip(values)
	}
	for name, values := range output {
		setHeader(header, name, values)
	}
	for name, values := range d.Important {
		setHeader(header, name, values)
	}
	for i := range d.ResponseTransforms {
		d.ResponseTransforms[i].applyTo(header)
	}
}

// FunctionHeader makes the request headers which a plain function receives: the client's, the headers of routes, the changes
// of RequestHeader, and x-matched-path. It does not change its argument.
func (d *Decision) FunctionHeader(client http.Header) http.Header {
	header := cloneHeader(client)
	for _, routes := range []http.Header{d.Header, d.Important} {
		for name, values := range routes {
			header[name] = slices.Clone(values)
		}
	}
	header = d.ChangedHeader(header)
	header.Set("X-Matched-Path", d.MatchedPath)
	return header
}

// ChangedHeader applies the changes of RequestHeader alone. It does not change its argument.
func (d *Decision) ChangedHeader(client http.Header) http.Header {
	header := cloneHeader(client)
	for name, values := range d.RequestHeader {
		if len(values) == 0 {
			delete(header, name)
		} else {
			header[name] = slices.Clone(values)
		}
	}
	return header
}

// RoutedQuery is Query, but where a destination and the request both have a parameter the destination's counts: what tells
// apart the responses of a prerender function without passQuery, which sees only what destinations said.
func (d *Decision) RoutedQuery() string { return cleanQuery(joinQuery(d.RouteMatches, d.Query)) }

func cloneHeader(header http.Header) http.Header {
	if header == nil {
		return http.Header{}
	}
	return header.Clone()
}

func setHeader(header http.Header, name string, values []string) {
	name = http.CanonicalHeaderKey(name)
	if name == "Set-Cookie" {
		values = slices.Concat(header[name], values)
	}
	header[name] = slices.Clip(values)
}

// headerLine is one response header that a route, or its middleware, set.
type headerLine struct {
	name, value string
	important   bool
}

// split gives the lines as headers: of several lines of a name the last one counts, but for cookies.
func splitLines(lines []headerLine) (normal, important http.Header) {
	if len(lines) == 0 {
		return nil, nil
	}
	normal, important = http.Header{}, http.Header{}
	for _, line := range lines {
		into, from := normal, important
		if line.important {
			into, from = important, normal
		}
		if line.name == "Set-Cookie" {
			into[line.name] = append(into[line.name], line.value)
			continue
		}
		delete(from, line.name)
		into[line.name] = []string{line.value}
	}
	return normal, important
}

// cleanHeader removes what may not stand in a header's value.
func cleanHeader(value string) string {
	if !strings.ContainsFunc(value, isControl) {
		return value
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, value)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// cleanLocation encodes what may not stand in a URL, so that a Location is one line, and reads the same everywhere.
func cleanLocation(location string) string {
	var b strings.Builder
	for i := range len(location) {
		if c := location[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			writeEncoded(&b, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
