package preview

import (
	"net/http"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// Explanation says what a deployment does with a request and why. It holds no bypass token.
type Explanation struct {
	Method string `json:"method"`
	Host   string `json:"host"`
	Path   string `json:"path"` // as sent
	Query  string `json:"query,omitempty"`

	Steps []ExplainedStep `json:"steps"`

	// Kind is serve, redirect, proxy, respond, error, or image for a request that the image optimisation answers before
	// any route.
	Kind string `json:"kind"`

	// Status is the response's, 0 where the output or another host decides.
	Status int    `json:"status,omitempty"`
	Code   string `json:"code,omitempty"` // x-vercel-error

	Output   string `json:"output,omitempty"`
	Location string `json:"location,omitempty"` // of a redirect
	URL      string `json:"url,omitempty"`      // of another host

	// Route is the index of the route that decided, nil for none.
	Route *int `json:"route,omitempty"`

	// Header are the response headers of routes; the output's own replace them, but not those in Important.
	Header    http.Header `json:"header,omitempty"`
	Important http.Header `json:"important,omitempty"`

	// RequestHeader are the request headers that routes changed, with no values for one that is removed.
	RequestHeader http.Header `json:"requestHeader,omitempty"`

	File     string             `json:"file,omitempty"`     // of a static output
	Function *ExplainedFunction `json:"function,omitempty"` // of a function, a cached one too
	Cached   *ExplainedCache    `json:"cached,omitempty"`
}

// ExplainedStep is a [routing.Step] with the source of its route.
type ExplainedStep struct {
	Phase  string `json:"phase"` // empty for the first
	Route  *int   `json:"route,omitempty"`
	Src    string `json:"src,omitempty"`
	Event  string `json:"event"`
	Path   string `json:"path"`
	Detail string `json:"detail,omitempty"`
}

// ExplainedFunction is a function and the path that it sees, with the query.
type ExplainedFunction struct {
	Dir     string `json:"dir"`
	Runtime string `json:"runtime"`
	Sees    string `json:"sees"`
}

// ExplainedCache is the entry of the ISR cache that a request is answered from, and the rules for it.
type ExplainedCache struct {
	Key string `json:"key"`

	// RouteMatches is what the function receives as x-now-route-matches.
	RouteMatches string `json:"routeMatches,omitempty"`

	Expiration      string   `json:"expiration,omitempty"` // "never" or such as "60s"
	StaleExpiration int      `json:"staleExpiration,omitempty"`
	Group           int      `json:"group,omitempty"`
	AllowQuery      []string `json:"allowQuery"` // nil for every parameter
	AllowHeader     []string `json:"allowHeader,omitempty"`
	PassQuery       bool     `json:"passQuery,omitempty"`
	Fallback        string   `json:"fallback,omitempty"`
	HasToken        bool     `json:"hasToken"` // whether it can be regenerated on demand

	// Bypassed says that a condition of experimentalBypassFor holds: the function is asked.
	Bypassed bool `json:"bypassed,omitempty"`
}

// Explain routes a request as ServeHTTP does, and does nothing with the decision.
func (s *Server) Explain(r *http.Request) *Explanation {
	now := time.Now()
	x := newExchange(s, s.acquire(now), nil, r, now)
	defer x.deployment.users.Done()
	e := &Explanation{Method: r.Method, Host: r.Host, Steps: []ExplainedStep{}}
	e.Path, e.Query = target(r)
	if x.deployment.images != nil && imagePaths[e.Path] {
		e.Kind = "image"
		return e
	}
	x.route(true)
	d := x.decision
	for _, step := range d.Trace {
		e.Steps = append(e.Steps, x.explainStep(step))
	}
	e.Kind, e.Status, e.Code = d.Kind.String(), d.Status, d.Err
	e.Output, e.Location, e.URL = d.Output, d.Location, d.URL
	e.Header, e.Important, e.RequestHeader = d.Header, d.Important, d.RequestHeader
	e.Route = index(d.Route)
	if d.Kind == routing.Serve {
		x.failing = d.Err != ""
		x.explainOutput(e)
	}
	return e
}

func (x *exchange) explainStep(step routing.Step) ExplainedStep {
	explained := ExplainedStep{
		Phase: string(step.Phase), Route: index(step.Route), Event: step.Event, Path: step.Path, Detail: step.Detail,
	}
	if step.Route >= 0 {
		explained.Src = source(&x.deployment.config.Routes[step.Route])
	}
	return explained
}

// index gives nil for a negative one.
func index(route int) *int {
	if route < 0 {
		return nil
	}
	return &route
}

// source is a route's pattern, by whichever name it was written.
func source(r *buildoutput.Route) string {
	if r.Src != "" {
		return r.Src
	}
	return r.Source
}

// explainOutput says what the output of a decision is.
func (x *exchange) explainOutput(e *Explanation) {
	out := x.deployment.outputs
	if file, ok := out.static[e.Output]; ok {
		e.File = file.path
		x.explainMethod(e)
	}
	fn, ok := out.functions[e.Output]
	if !ok {
		return
	}
	query := x.decision.Query
	if fn.Config.AllowQuery != nil {
		query = isr.AllowedQuery(query, fn.Config.AllowQuery)
	}
	e.Function = &ExplainedFunction{Dir: fn.Dir, Runtime: fn.Config.Runtime, Sees: withQuery(x.decision.RequestPath, query)}
	p, ok := out.prerenders[e.Output]
	if !ok {
		return
	}
	visit := x.visit(&p.Config)
	c := &ExplainedCache{
		Key:             visit.Key.String(),
		StaleExpiration: p.Config.StaleExpiration,
		Group:           p.Config.Group,
		AllowQuery:      p.Config.AllowQuery,
		AllowHeader:     p.Config.AllowHeader,
		PassQuery:       p.Config.PassQuery,
		HasToken:        p.Config.BypassToken != "",
		Bypassed:        visit.Bypass,
	}
	if p.Config.Expiration != nil {
		c.Expiration = p.Config.Expiration.String()
	}
	if p.Fallback != nil {
		c.Fallback = p.Fallback.Path
	}
	if !visit.Bypass { // else the function sees the visitor's request
		x.explainMethod(e)
		e.Function.Sees = functionPath(e.Output)
		if c.PassQuery {
			e.Function.Sees = withQuery(e.Function.Sees, visit.Key.Query)
		} else {
			c.RouteMatches = visit.Matches
		}
	}
	e.Cached = c
}

// explainMethod says that an output which is not asked each time is not served to a method.
func (x *exchange) explainMethod(e *Explanation) {
	if !x.failing && e.Status < http.StatusBadRequest && e.Method != http.MethodGet && e.Method != http.MethodHead {
		e.Status, e.Code = http.StatusMethodNotAllowed, codeMethod
	}
}
