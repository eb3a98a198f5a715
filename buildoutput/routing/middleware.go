package routing

import (
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// MiddlewareResponse is what a middleware function answered. Its headers say whether it is the final response
// or an instruction (x-middleware-next, x-middleware-rewrite and so on).
type MiddlewareResponse struct {
	Status int // 0 means 200
	Header http.Header
	Body   []byte
}

const (
	middlewareNext     = "X-Middleware-Next"
	middlewareRewrite  = "X-Middleware-Rewrite"
	middlewareOverride = "X-Middleware-Override-Headers"
	middlewareRequest  = "X-Middleware-Request-"
)

// mayRun reports whether the route's middleware is to run: once in a phase, and never without someone to run it.
func (s *resolution) mayRun(rt *route) bool {
	reason := ""
	switch {
	case slices.Contains(s.ran, rt.middleware):
		reason = "ran already in this phase"
	case s.req.Middleware == nil:
		reason = "nothing runs middleware"
	case !s.mayAnswer() || s.failing != 0 || s.running == buildoutput.PhaseHit:
		reason = "only a path is looked for"
	default:
		return true
	}
	s.note(rt.index, "skip", rt.middleware+": "+reason)
	return false
}

// runMiddleware runs a route's middleware and does what it says. It reports whether the request is decided.
func (s *resolution) runMiddleware(rt *route) bool {
	s.ran = append(slices.Clip(s.ran), rt.middleware)
	response, ok := s.askMiddleware(rt)
	if !ok {
		s.route = rt.index
		s.note(rt.index, "middleware", "failed")
		s.fail(http.StatusInternalServerError, ErrMiddlewareFailed)
		return true
	}
	header := response.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	s.note(rt.index, "middleware", rt.middleware)
	s.overrideHeaders(header)
	rewrite, next := header.Get(middlewareRewrite), header.Get(middlewareNext) != ""
	delete(header, middlewareRewrite)
	delete(header, middlewareNext)
	if rewrite == "" && !next {
		s.route = rt.index
		s.answerWith(response, header)
		return true
	}
	if response.Status >= 200 && response.Status <= 999 && response.Status != http.StatusOK {
		s.status = response.Status // the status of the page that follows
	}
	for _, name := range []string{"Date", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding"} {
		delete(header, name)
	}
	s.addMiddlewareHeaders(header)
	return rewrite != "" && s.rewriteTo(rt, rewrite)
}

// askMiddleware calls the function with the request as it is now: Next.js relies on the normalised path.
func (s *resolution) askMiddleware(rt *route) (*MiddlewareResponse, bool) {
	if !s.router.outputs.Has(rt.middleware) {
		return nil, false
	}
	req := *s.req
	req.Path = s.path
	req.RawQuery = cleanQuery(mergeQuery(s.query, s.destQuery))
	req.Header = s.req.Header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	for _, change := range s.requestHeader {
		req.Header[change.name] = change.values
		if len(change.values) == 0 {
			delete(req.Header, change.name)
		}
	}
	response, err := s.req.Middleware(rt.middleware, &req)
	return response, err == nil && response != nil
}

// answerWith decides for a response of a middleware that does not go on.
func (s *resolution) answerWith(response *MiddlewareResponse, header http.Header) {
	status := response.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status < 200 || status > 999 {
		s.fail(http.StatusInternalServerError, ErrMiddlewareFailed)
		return
	}
	if location := header.Get("Location"); location != "" && status >= 300 && status <= 399 {
		delete(header, "Location")
		s.addMiddlewareHeaders(header)
		s.decide(&Decision{Kind: Redirect, Status: status, Location: cleanLocation(location)})
		return
	}
	final := &MiddlewareResponse{Status: status, Header: header, Body: response.Body}
	s.decide(&Decision{Kind: Respond, Status: status, Response: final})
}

// overrideHeaders gives the request the headers that the middleware lists, and none besides, and removes the
// instructions from header.
func (s *resolution) overrideHeaders(header http.Header) {
	listed := header.Get(middlewareOverride)
	if listed != "" {
		keep := map[string]bool{}
		for name := range strings.SplitSeq(listed, ",") {
			if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); isToken(name) {
				keep[name] = true
				s.setRequestHeader(name, header[http.CanonicalHeaderKey(middlewareRequest+name)])
			}
		}
		for _, name := range s.requestHeaderNames() {
			if !keep[name] && name != "Host" {
				s.setRequestHeader(name, nil)
			}
		}
	}
	delete(header, middlewareOverride)
	for name := range header {
		if strings.HasPrefix(name, middlewareRequest) {
			delete(header, name)
		}
	}
}

func (s *resolution) setRequestHeader(name string, values []string) {
	clean := make([]string, 0, len(values))
	for _, value := range values {
		clean = append(clean, cleanHeader(value))
	}
	if !slices.Equal(s.headerValues(name), clean) {
		s.requestHeader = append(s.requestHeader, requestHeaderChange{name, clean})
	}
}

// requestHeaderNames are the names that the request has or had, sorted.
func (s *resolution) requestHeaderNames() []string {
	var names []string
	for name := range s.req.Header {
		names = append(names, name)
	}
	for _, change := range s.requestHeader {
		names = append(names, change.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// addMiddlewareHeaders adds what remains of a middleware's headers to the response's.
func (s *resolution) addMiddlewareHeaders(header http.Header) {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := header[name]
		if name != "Set-Cookie" && len(values) > 1 {
			values = []string{strings.Join(values, ", ")}
		}
		for _, value := range values {
			if isToken(name) {
				s.addHeader(http.CanonicalHeaderKey(name), cleanHeader(value), false)
			}
		}
	}
}

// rewriteTo moves the request to a middleware's URL, whose query takes the place of the request's. A URL on another host
// decides for a proxy.
func (s *resolution) rewriteTo(rt *route, to string) bool {
	to, _, _ = strings.Cut(to, "#")
	path, query, _ := strings.Cut(to, "?")
	s.query, s.destQuery = query, ""
	s.route = rt.index
	if isAbsolute(path) {
		_, rest, _ := strings.Cut(path, "://")
		host, local, _ := strings.Cut(rest, "/")
		if !strings.EqualFold(host, s.req.Host) {
			return s.proxy(rt, target{path: path, url: true}) == decided
		}
		path = "/" + local
	}
	s.path = collapseSlashes(normalizePath(path))
	s.requestPath = s.path
	s.note(rt.index, "rewrite", query)
	if len(s.path)+len(query) > maxURL {
		s.decideTooLong()
		return true
	}
	return false
}
