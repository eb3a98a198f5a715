package check

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// routes checks the routes of config.json. Their expressions are compiled as the preview compiles them.
func (c *checker) routes() {
	phase := buildoutput.PhaseNull
	seen := map[buildoutput.Phase]bool{}
	for i := range c.out.Config.Routes {
		canonical := c.out.Config.Routes[i].Canonical()
		route := &canonical
		if route.Handle == buildoutput.PhaseNull {
			c.phaseRules(i, route, phase)
			c.routeLimits(i, route)
			continue
		}
		phase = route.Handle
		if seen[phase] {
			c.warn(RouteHandle, configFile, pointer("routes", i, "handle"), "the handle %q stands here for the second time", phase)
		}
		seen[phase] = true
		if !reflect.DeepEqual(*route, buildoutput.Route{Handle: phase}) {
			c.warn(RouteHandle, configFile, pointer("routes", i), "the handle %q has other members beside it", phase)
		}
	}
	_, problems := routing.New(&c.out.Config, names{c.out, c.static})
	for _, problem := range problems {
		at := memberPointer(problem)
		switch problem.Member {
		case "middlewarePath": // the reader refuses it
		case "handle":
			c.warn(RouteHandle, configFile, at, "%v", problem.Err)
		default:
			c.warn(RouteInvalid, configFile, at, "%s: %v", problem.Member, problem.Err)
		}
	}
}

// memberPointer turns the place of a problem, such as has[0] of route 3, into a pointer.
func memberPointer(problem routing.Problem) jsontext.Pointer {
	name, index, indexed := strings.Cut(strings.TrimSuffix(problem.Member, "]"), "[")
	at := pointer("routes", problem.Route, name)
	if n, err := strconv.Atoi(index); indexed && err == nil {
		at = at.AppendToken(strconv.Itoa(n))
	}
	return at
}

// phaseRules are those of the phases that only change what was found, or look for it once more.
func (c *checker) phaseRules(i int, route *buildoutput.Route, phase buildoutput.Phase) {
	hasDest := route.Dest.Path != "" || route.Dest.Service != nil
	complain := func(member, message string) {
		c.add(Warning, RoutePhase, configFile, pointer("routes", i, member), message)
	}
	switch phase {
	case buildoutput.PhaseHit:
		if hasDest {
			complain("dest", "a route of the hit phase has a dest")
		}
		if route.Status != 0 {
			complain("status", "a route of the hit phase has a status")
		}
		if !route.Continue {
			c.warn(RoutePhase, configFile, pointer("routes", i), "a route of the hit phase lacks continue: true")
		}
	case buildoutput.PhaseMiss:
		if hasDest && !route.Check {
			complain("dest", "a route of the miss phase has a dest without check: true")
		}
		if !hasDest && !route.Continue {
			c.warn(RoutePhase, configFile, pointer("routes", i), "a route of the miss phase has neither a dest nor continue: true")
		}
	}
}

// routeLimits are those of the platform's schema.
func (c *checker) routeLimits(i int, route *buildoutput.Route) {
	limit := func(member string, n, most int, what string) {
		if n > most {
			c.warn(RouteLimit, configFile, pointer("routes", i, member), "%s has %d %s, the limit is %d", member, n, what, most)
		}
	}
	limit("src", len(route.Src), 4096, "characters")
	limit("dest", len(route.Dest.Path), 4096, "characters")
	limit("headers", len(route.Headers), 100, "entries")
	limit("methods", len(route.Methods), 10, "entries")
	limit("has", len(route.Has), 16, "conditions")
	limit("missing", len(route.Missing), 16, "conditions")
	limit("env", len(route.Env), 64, "entries")
	for name, value := range route.Headers {
		if len(name) > 256 || len(value) > 32768 {
			c.warn(RouteLimit, configFile, pointer("routes", i, "headers", name),
				"a header has a name of %d characters and a value of %d, the limits are 256 and 32768", len(name), len(value))
		}
	}
	if route.Status != 0 && (route.Status < 100 || route.Status > 999) {
		c.warn(RouteLimit, configFile, pointer("routes", i, "status"), "status %d is not between 100 and 999", route.Status)
	}
}

// names are the output paths of an output, for routing.
type names struct {
	out    *buildoutput.Output
	static map[string]string
}

// Has reports whether there is an output of this path.
func (n names) Has(outputPath string) bool {
	_, static := n.static[outputPath]
	return static || n.out.Functions[outputPath] != nil
}
