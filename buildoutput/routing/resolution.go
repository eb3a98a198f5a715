package routing

import (
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// maxPhases bounds how often a phase is entered for one request. Every failing check enters two; real outputs need
// a handful.
const maxPhases = 256

// maxHeaders bounds the total size of the headers that routes set for one request, in bytes.
const maxHeaders = 256 << 10

// resolution is one request on its way through the phases.
type resolution struct {
	router   *Router
	req      *Request
	method   string
	wildcard string
	progress

	firstPath string // the path after the first phase, which the error phase starts with
	decision  *Decision
	phases    int
	running   buildoutput.Phase // the phase that is running
	held      int               // how many headers there were when hit or miss began: those stay
	direct    bool              // miss is tried for a direct hit alone
	nested    bool              // rewrite is tried for a check
	quiet     bool              // the first phase runs for its path and headers alone
	failing   int               // the status that the error phase is about, 0 before

	text   subject  // the path as last matched
	looked found    // what Lookup said last
	moved  bool     // a route of the error phase had a destination
	ran    []string // middleware that ran in this phase
	trace  []Step
}

// found is an answer of Lookup.
type found struct {
	path, output string
	ok           bool
}

// progress is what routes change. A check that fails, and a miss that finds nothing, put it back: slices are only
// appended to, so a copy keeps what they held.
type progress struct {
	path, query   string // the query is the request's own
	destQuery     string // of destinations
	requestPath   string
	status        int
	route         int // the last route that had a say
	headers       []headerLine
	headerBytes   int
	requestHeader []requestHeaderChange
	transforms    []HeaderChange // of the response
}

// requestHeaderChange gives a request header new values, none to remove it.
type requestHeaderChange struct {
	name   string
	values []string
}

// refused answers requests that do not get as far as the routes. As in the platform's development server, doubled slashes are
// redirected for readers and collapsed for everyone else.
func (s *resolution) refused() bool {
	if len(s.path)+len(s.query) > maxURL {
		s.decideTooLong()
		return true
	}
	single := collapseSlashes(s.path)
	if single == s.path {
		return false
	}
	s.path, s.requestPath, s.firstPath = single, single, single
	if s.quiet || s.method != http.MethodGet && s.method != http.MethodHead {
		return false
	}
	s.redirect(single, http.StatusMovedPermanently)
	return true
}

// resolve is the order of phases that satisfies the platform's own probes.
//
// Source: observed-behaviour, section 3.
func (s *resolution) resolve() {
	if s.phase(buildoutput.PhaseNull) {
		return
	}
	s.firstPath = s.path
	if s.serveFound() || s.missDirect() {
		return
	}
	for _, phase := range []buildoutput.Phase{
		buildoutput.PhaseFilesystem, buildoutput.PhaseRewrite, buildoutput.PhaseResource,
	} {
		if s.phase(phase) || s.serveFound() {
			return
		}
	}
	if s.miss() || s.serveFound() {
		return
	}
	s.notFound()
}

// miss runs the miss phase in earnest. An output that it finds does not inherit the status of routes that had given up on the
// request: Next.js ends the resource phase with 404 for everything.
func (s *resolution) miss() bool {
	before := s.status
	s.status = 0
	if s.phase(buildoutput.PhaseMiss) {
		return true
	}
	if _, ok := s.lookup(); !ok && s.status == 0 {
		s.status = before
	}
	return false
}

// missDirect tries the miss phase for an output that it leads to at once, and puts everything back when there is none.
func (s *resolution) missDirect() bool {
	if len(s.router.phases[buildoutput.PhaseMiss].routes) == 0 {
		return false
	}
	saved, running, ran := s.progress, s.running, s.ran
	s.direct = true
	decided := s.phase(buildoutput.PhaseMiss) || s.serveFound()
	s.direct = false
	if !decided {
		s.progress, s.running, s.ran = saved, running, ran
		s.note(-1, "restore", "miss found nothing")
	}
	return decided
}

// notFound ends a request for which no output was found.
func (s *resolution) notFound() {
	switch {
	case s.status == 0:
		s.fail(http.StatusNotFound, ErrNotFound)
	case s.status >= 400:
		s.fail(s.status, "")
	default:
		s.decide(&Decision{Kind: Respond, Status: s.status, Response: &MiddlewareResponse{Status: s.status}})
	}
}

// phase runs the routes of a phase until one ends it, and reports whether the request is decided.
func (s *resolution) phase(phase buildoutput.Phase) bool {
	if s.phases++; s.phases > maxPhases {
		s.decide(&Decision{Kind: Error, Status: http.StatusLoopDetected, Err: ErrInfiniteLoop})
		return true
	}
	routes := s.router.phases[phase]
	if len(routes.routes) == 0 {
		return false
	}
	s.running, s.ran = phase, nil
	s.held = len(s.headers)
	s.note(-1, "phase", "")
	first := firstBytes(s.path)
	for i, signature := range routes.signatures {
		if first&signature.mask != signature.want {
			continue
		}
		rt := routes.routes[i]
		if phase == buildoutput.PhaseError && rt.status != 0 && rt.status != s.failing {
			continue
		}
		b, ok := rt.match(s)
		if !ok {
			continue
		}
		switch s.apply(rt, b) {
		case decided:
			return true
		case endPhase:
			return false
		}
		first = firstBytes(s.path)
	}
	return false
}

// serveFound serves the output at the present path, if there is one.
func (s *resolution) serveFound() bool {
	output, ok := s.lookup()
	if ok {
		s.note(-1, "found", output)
		s.serve(output)
	}
	return ok
}

func (s *resolution) lookup() (output string, ok bool) {
	if s.looked.path != s.path {
		output, ok = Lookup(s.router.outputs, s.path)
		s.looked = found{s.path, output, ok}
	}
	return s.looked.output, s.looked.ok
}

// serve runs the hit phase and decides for an output.
func (s *resolution) serve(output string) {
	s.phase(buildoutput.PhaseHit)
	if s.decision != nil {
		return
	}
	d := &Decision{Kind: Serve, Output: output, Status: s.status}
	if s.failing != 0 {
		d.Status = s.failing
	}
	s.decide(d)
}

// fail looks for an error page and decides for it, or for the platform's own.
func (s *resolution) fail(status int, code string) {
	s.failing = status
	s.path, s.destQuery = s.firstPath, ""
	s.note(-1, "error", statusCode(status, code))
	s.moved = false
	if !s.phase(buildoutput.PhaseError) && !(s.moved && s.serveFound()) {
		s.decide(&Decision{Kind: Error, Status: status})
	}
	if s.decision.Err == "" {
		s.decision.Err = statusCode(status, code)
	}
}

// statusCode gives the code of a failure, by default from the text of its status.
func statusCode(status int, code string) string {
	if code != "" {
		return code
	}
	text := strings.NewReplacer(" ", "_", "-", "_", "'", "").Replace(strings.ToUpper(http.StatusText(status)))
	if text == "" {
		return "ERROR"
	}
	return text
}

func (s *resolution) decideTooLong() {
	s.decide(&Decision{Kind: Error, Status: http.StatusRequestURITooLong, Err: ErrURLTooLong})
}

// decide completes a decision with what routes collected.
func (s *resolution) decide(d *Decision) {
	s.decision = d
	d.Path, d.RequestPath = s.path, s.requestPath
	d.Query = cleanQuery(mergeQuery(s.query, s.destQuery))
	d.RouteMatches = s.destQuery
	d.Header, d.Important = splitLines(s.headers)
	d.ResponseTransforms = s.transforms
	d.RequestHeader = s.changedHeaders()
	d.Route = s.route
	if d.Kind == Serve {
		d.MatchedPath = s.matchedPath(d)
	}
	d.Trace = s.trace
}

func (s *resolution) matchedPath(d *Decision) string {
	const name = "X-Matched-Path"
	if value := d.Important.Get(name); value != "" {
		return value
	}
	if value := d.Header.Get(name); value != "" {
		return value
	}
	if d.Output == "index" || d.Output == "index.html" {
		return "/"
	}
	if path, ok := strings.CutPrefix(s.path, "/"); ok && path == d.Output { // as nearly always; no need to make it again
		return s.path
	}
	return "/" + d.Output
}

func (s *resolution) changedHeaders() http.Header {
	if len(s.requestHeader) == 0 {
		return nil
	}
	changed := http.Header{}
	for _, c := range s.requestHeader {
		changed[c.name] = c.values
	}
	return changed
}

// headerValues gives a header of the request as it is now.
func (s *resolution) headerValues(name string) []string {
	name = http.CanonicalHeaderKey(name)
	for _, change := range slices.Backward(s.requestHeader) {
		if change.name == name {
			return change.values
		}
	}
	if values := s.req.Header[name]; len(values) > 0 || name != "Host" {
		return values
	}
	return []string{s.req.Host}
}

// subject is the present path, to be matched.
func (s *resolution) subject() *subject {
	if s.text.text != s.path {
		s.text = subject{text: s.path}
	}
	return &s.text
}

// note adds a step to the trace.
func (s *resolution) note(route int, event, detail string) {
	if s.req.Trace {
		s.trace = append(s.trace, Step{s.running, route, event, s.path, detail})
	}
}
