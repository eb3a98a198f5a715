package routing

import (
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// outcome is what a route that matched does to its phase.
type outcome int

const (
	nextRoute outcome = iota
	endPhase
	decided // the resolution has its decision
)

// apply does what a route says, in the platform's order: override, locale, middleware, headers and transforms, status,
// redirect, destination.
func (s *resolution) apply(rt *route, b *bindings) outcome {
	s.note(rt.index, "match", rt.src.source)
	if rt.middleware != "" && !s.mayRun(rt) {
		return nextRoute
	}
	if s.running == buildoutput.PhaseHit {
		s.setHeaders(rt, b)
		s.transform(rt, b)
		return rt.end()
	}
	if rt.override { // headers stay: Next.js has it in the routes of middleware and of dynamic pages, whose headers add up
		s.status = 0
	}
	if s.failing == 0 && (s.guard(rt) || s.redirectLocale(rt)) {
		return decided
	}
	if rt.middleware != "" && s.runMiddleware(rt) {
		return decided
	}
	s.setHeaders(rt, b)
	s.transform(rt, b)
	if rt.status != 0 && s.failing == 0 {
		s.status = rt.status
	}
	if rt.isRedirect() && s.failing == 0 {
		return s.applyRedirect(rt, b)
	}
	if rt.dest != nil {
		return s.applyDestination(rt, b)
	}
	return rt.end()
}

func (rt *route) end() outcome {
	if rt.goesOn {
		return nextRoute
	}
	return endPhase
}

// mayAnswer reports whether a route may answer the request now. It may not while only a path is looked for.
func (s *resolution) mayAnswer() bool { return !s.direct && !s.quiet }

// guard applies a firewall rule.
func (s *resolution) guard(rt *route) bool {
	if rt.mitigate == "" || !s.mayAnswer() {
		return false
	}
	s.route = rt.index
	s.addHeader("X-Vercel-Mitigated", rt.mitigate, true)
	s.note(rt.index, "mitigate", rt.mitigate)
	s.decide(&Decision{Kind: Error, Status: http.StatusForbidden, Err: ErrDenied})
	return true
}

func (s *resolution) redirectLocale(rt *route) bool {
	if rt.locale == nil || !s.mayAnswer() {
		return false
	}
	to := rt.locale.choose(s)
	if to == "" {
		return false
	}
	s.route = rt.index
	s.redirect(to, http.StatusTemporaryRedirect)
	return true
}

// setHeaders adds the route's headers. Hit and miss do not replace what was there before them.
func (s *resolution) setHeaders(rt *route, b *bindings) {
	yields := s.running == buildoutput.PhaseHit || s.running == buildoutput.PhaseMiss
	for i := range rt.headers {
		h := &rt.headers[i]
		if h.isLocation && rt.isRedirect() {
			continue
		}
		name, ok := h.name.expand(b, false, maxURL)
		if !ok || h.varies && !isToken(name) {
			continue
		}
		if h.varies {
			name = http.CanonicalHeaderKey(name)
		}
		if yields && slices.ContainsFunc(s.headers[:s.held], func(l headerLine) bool { return l.name == name }) {
			continue
		}
		value, ok := h.value.expand(b, false, maxHeaders)
		if ok {
			s.addHeader(name, cleanHeader(value), rt.important)
		}
	}
}

func (s *resolution) addHeader(name, value string, important bool) {
	if s.headerBytes += len(name) + len(value); s.headerBytes > maxHeaders {
		s.headerBytes = maxHeaders
		s.note(-1, "skip", "too many headers: "+name)
		return
	}
	s.headers = append(s.headers, headerLine{name: name, value: value, important: important})
}

// transform applies the route's transforms of the request and keeps those of the response, which take the place of
// earlier routes'.
func (s *resolution) transform(rt *route, b *bindings) {
	var response []HeaderChange
	for i := range rt.transforms {
		t := &rt.transforms[i]
		change := t.resolve(b)
		s.note(rt.index, "transform", t.kind+" "+t.op+" "+change.key)
		switch t.kind {
		case "request.path":
			if validRequestPath(change.values[0]) {
				s.requestPath = change.values[0]
			}
		case "request.query":
			s.transformQuery(&change)
		case "request.headers":
			s.transformHeaders(&change)
		case "response.headers":
			response = append(response, change)
		}
	}
	if response != nil {
		s.transforms = response
	}
}

func (s *resolution) transformQuery(change *HeaderChange) {
	query, found := change.applyToQuery(s.query)
	destQuery, foundInDest := change.applyToQuery(s.destQuery)
	if !found && !foundInDest && change.creates() {
		for _, value := range change.values {
			query = strings.Trim(query+"&"+newParameter(change.key, value).raw, "&")
		}
	}
	s.query, s.destQuery = query, destQuery
}

// transformHeaders works out the new values of each header that the change is for.
func (s *resolution) transformHeaders(change *HeaderChange) {
	now := s.req.Header.Clone()
	if now == nil {
		now = http.Header{}
	}
	for _, c := range s.requestHeader {
		now[c.name] = c.values
		if len(c.values) == 0 {
			delete(now, c.name)
		}
	}
	after := now.Clone()
	change.applyTo(after)
	names := make([]string, 0, len(now)+1)
	for name := range now {
		names = append(names, name)
	}
	for name := range after {
		if now[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Equal(now[name], after[name]) {
			s.requestHeader = append(s.requestHeader, requestHeaderChange{name, after[name]})
		}
	}
}

// applyRedirect ends routing, whatever the route's continue says.
func (s *resolution) applyRedirect(rt *route, b *bindings) outcome {
	if !s.mayAnswer() {
		return rt.end()
	}
	location, ok := s.location(rt, b)
	s.route = rt.index
	if !ok {
		s.decideTooLong()
		return decided
	}
	s.redirect(location, rt.status)
	return decided
}

// location gives the Location of a redirect. A path stays a path: /$1 never becomes //host by what $1 holds.
func (s *resolution) location(rt *route, b *bindings) (string, bool) {
	written := rt.location
	location, ok := "", true
	if written != nil {
		location, ok = written.expand(b, false, maxURL)
	} else {
		written = &rt.dest.path
		var t target
		t, ok = rt.dest.expand(b)
		if location = t.path; t.query != "" {
			location += "?" + t.query
		}
	}
	if location == "" || isPath(written.text) && !isPath(location) {
		location = "/" + strings.TrimLeft(location, `/\`)
	}
	return location, ok
}

// isPath reports whether a browser takes s for a path on the same host.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") && (len(s) == 1 || s[1] != '/' && s[1] != '\\')
}

// redirect decides for a redirect. The request's query is added, but for parameters that the location has.
func (s *resolution) redirect(location string, status int) {
	location = cleanLocation(addQuery(location, cleanQuery(s.query)))
	if status == http.StatusPermanentRedirect {
		s.addHeader("Refresh", "0;url="+location, false) // for clients that do not know 308
	}
	s.note(s.route, "redirect", location)
	s.decide(&Decision{Kind: Redirect, Status: status, Location: location})
}

// applyDestination moves the request to the route's destination.
func (s *resolution) applyDestination(rt *route, b *bindings) outcome {
	t, ok := rt.dest.expand(b)
	if !ok || len(t.path)+len(t.query)+len(s.destQuery) > maxURL {
		if !s.mayAnswer() {
			return rt.end()
		}
		s.decideTooLong()
		return decided
	}
	if t.url {
		return s.proxy(rt, t)
	}
	before := s.path
	s.path, s.route, s.moved = t.path, rt.index, true
	s.destQuery = joinQuery(s.destQuery, t.query)
	s.note(rt.index, "rewrite", t.query)
	if rt.check && s.failing == 0 && !s.quiet {
		return s.check(rt, before)
	}
	return rt.end()
}

// check serves the output at the new path, or looks for one in miss and rewrite. Without one the phase goes on with the next
// route and the new path, as if the route had continue.
func (s *resolution) check(rt *route, before string) outcome {
	if s.serveFound() {
		return decided
	}
	s.note(rt.index, "absent", "")
	if s.direct {
		if rt.status >= 400 && s.path == before {
			s.direct = false
			s.fail(rt.status, "") // Next.js guards /_next/static so
			return decided
		}
		return nextRoute
	}
	saved, running, held, ran := s.progress, s.running, s.held, s.ran
	if running != buildoutput.PhaseMiss && s.missDirect() {
		return decided
	}
	if running != buildoutput.PhaseRewrite && !s.nested {
		s.nested = true
		if s.phase(buildoutput.PhaseRewrite) || s.serveFound() {
			return decided
		}
		s.nested = false
	}
	if s.decision != nil {
		return decided
	}
	s.progress, s.running, s.held, s.ran = saved, running, held, ran
	s.note(rt.index, "restore", "no output for the destination")
	return nextRoute
}

// proxy decides for a destination on another host.
func (s *resolution) proxy(rt *route, t target) outcome {
	if !s.mayAnswer() {
		return rt.end()
	}
	s.route = rt.index
	s.destQuery = joinQuery(s.destQuery, t.query)
	if !isSafeURL(t.path) {
		s.decide(&Decision{Kind: Error, Status: http.StatusBadRequest, Err: ErrBadRequest})
		return decided
	}
	s.note(rt.index, "proxy", t.path)
	url := cleanLocation(t.path)
	if query := cleanQuery(mergeQuery(s.query, s.destQuery)); query != "" {
		url += "?" + query
	}
	s.decide(&Decision{Kind: Proxy, URL: url, Status: max(s.status, s.failing), RespectOriginCacheControl: rt.respectsOrigin})
	return decided
}

// isSafeURL refuses what a visitor's part of a destination could lead elsewhere by: user information in front of
// the host, dot segments, a backslash or a fragment.
func isSafeURL(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	if host == "" || strings.ContainsAny(host, "@\\#% \t\r\n") || strings.ContainsAny(path, "\\#") {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if dots := strings.ReplaceAll(strings.ToLower(segment), "%2e", "."); dots == "." || dots == ".." {
			return false
		}
	}
	return true
}
