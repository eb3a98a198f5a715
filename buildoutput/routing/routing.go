package routing

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// Router resolves requests by the routes of one config.json. [New] makes it; it never changes afterwards and may be
// used by many goroutines at once.
type Router struct {
	outputs   Outputs
	phases    map[buildoutput.Phase]*phaseRoutes
	wildcards map[string]string // host -> value of $wildcard
}

// Problem is a fault of one route that New found. A route with a bad src, dest, has, missing or mitigate never matches;
// a bad header, status or transform is left out. Everything else works.
type Problem struct {
	Route  int    // index in Config.Routes
	Member string // the member at fault, such as "src" or "has[0]"
	Err    error
}

// Error gives the route's index, the member and what is wrong.
func (p Problem) Error() string { return fmt.Sprintf("routes[%d].%s: %v", p.Route, p.Member, p.Err) }

// Request is what routing needs to know of a request. Resolve changes neither it nor its Header.
type Request struct {
	Method   string // empty means GET
	Scheme   string // empty means https
	Host     string
	Path     string // as the client sent it: percent-encoded, with its first slash
	RawQuery string
	Header   http.Header // cookies included

	// Middleware runs the middleware function of an output path, for a request at its present path, query and
	// headers. Nil skips the routes that name one.
	Middleware func(outputPath string, r *Request) (*MiddlewareResponse, error)

	// Env gives the environment variables which a route lists in its env member. Nil means that all are empty.
	Env func(name string) string

	// Trace asks for Decision.Trace.
	Trace bool
}

// New compiles the routes of a config. It always gives a router; problems are sorted by route.
//
// Routes are collected by the name of their phase, wherever in the file its handle stands.
func New(config *buildoutput.Config, outputs Outputs) (*Router, []Problem) {
	r := &Router{outputs: outputs, phases: map[buildoutput.Phase]*phaseRoutes{}, wildcards: map[string]string{}}
	for _, phase := range phases {
		r.phases[phase] = &phaseRoutes{}
	}
	for _, wildcard := range config.Wildcard {
		r.wildcards[hostname(wildcard.Domain)] = wildcard.Value
	}
	var problems []Problem
	phase := buildoutput.PhaseNull
	for i := range config.Routes {
		source := &config.Routes[i]
		if source.Handle != buildoutput.PhaseNull {
			if phase = source.Handle; !slices.Contains(phases, phase) {
				problems = append(problems, Problem{i, "handle", fmt.Errorf("unknown phase %q: its routes never run", phase)})
			}
			continue
		}
		route, found := compileRoute(i, source, outputs)
		problems = append(problems, found...)
		if known := r.phases[phase]; route != nil && known != nil {
			known.add(route)
		}
	}
	return r, problems
}

var phases = []buildoutput.Phase{
	buildoutput.PhaseNull, buildoutput.PhaseFilesystem, buildoutput.PhaseRewrite, buildoutput.PhaseResource,
	buildoutput.PhaseMiss, buildoutput.PhaseHit, buildoutput.PhaseError,
}

// Resolve decides what to do with a request.
func (r *Router) Resolve(req *Request) *Decision {
	s := r.begin(req)
	if s.refused() {
		return s.decision
	}
	s.resolve()
	return s.decision
}

// ResolveStatus runs the error phase alone, for a status that arose after routing, such as a function's failure. The
// path is what the first phase makes of the request's, which keeps a locale; its headers count too. The decision is
// Serve with an output for the status, Proxy, or Error. Its Err is the general code of the status: the caller
// knows better why.
func (r *Router) ResolveStatus(req *Request, status int) *Decision {
	s := r.begin(req)
	s.quiet = true
	if s.refused() {
		return s.decision
	}
	if !s.phase(buildoutput.PhaseNull) {
		s.firstPath = s.path
		s.status, s.quiet = 0, false
		s.fail(status, "")
	}
	return s.decision
}

// begin sets up the resolution of one request.
func (r *Router) begin(req *Request) *resolution {
	s := &resolution{router: r, req: req, method: strings.ToUpper(req.Method)}
	if s.method == "" {
		s.method = http.MethodGet
	}
	s.wildcard = r.wildcards[hostname(req.Host)]
	s.path = normalizePath(req.Path)
	s.query = req.RawQuery
	s.route = -1
	s.requestPath = s.path
	s.firstPath = s.path
	return s
}
