package routing

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// route is a compiled route.
type route struct {
	index int
	src   *pattern
	// bare is set where src has no slash at its beginning: it is tried on the path without its slash too.
	bare         bool
	methods      []string // in upper case
	has, missing []*condition

	status         int
	override       bool
	important      bool
	goesOn         bool // continue
	check          bool
	mitigate       string
	middleware     string // output path
	locale         *locale
	headers        []headerTemplate
	location       *template // the Location among headers
	dest           *destination
	transforms     []transform
	respectsOrigin bool

	captures bool // groups of src are needed
	binds    bool // values of has are needed
}

// headerTemplate is one response header of a route.
type headerTemplate struct {
	name, value template
	varies      bool // the name has references
	isLocation  bool
}

// isRedirect reports whether the route answers with Location, or with dest as one.
func (rt *route) isRedirect() bool {
	return rt.status >= 300 && rt.status <= 399 && (rt.location != nil || rt.dest != nil)
}

// compiler compiles one route and collects its problems.
type compiler struct {
	route    *route
	source   *buildoutput.Route
	outputs  Outputs
	scope    scope
	problems []Problem
	fatal    bool // the route must not take part
}

// fault reports a problem with a member that spoils the route.
func (c *compiler) fault(member string, err error) {
	c.warn(member, err)
	c.fatal = true
}

// warn reports a problem that spoils nothing but the member.
func (c *compiler) warn(member string, err error) {
	if err != nil {
		c.problems = append(c.problems, Problem{c.route.index, member, err})
	}
}

// compileRoute gives nil for a route that cannot take part.
func compileRoute(index int, source *buildoutput.Route, outputs Outputs) (*route, []Problem) {
	canonical := source.Canonical()
	c := compiler{route: &route{index: index}, source: &canonical, outputs: outputs}
	c.matching()
	if !c.fatal {
		c.flags()
		c.templates()
		c.transforms()
	}
	if c.fatal {
		return nil, c.problems
	}
	return c.route, c.problems
}

// matching compiles what decides whether the route matches.
func (c *compiler) matching() {
	src := c.source.Src
	if src == "" {
		src = "^.*$" // a route of the error phase may have a status alone
	}
	var err error
	if c.route.src, err = compilePattern(src, true, !c.source.CaseSensitive); err != nil {
		c.fault("src", err)
		return
	}
	first := strings.TrimPrefix(src, "^")
	c.route.bare = first != "" && (isWord(first[0]) || first[0] == '[')
	for _, method := range c.source.Methods {
		c.route.methods = append(c.route.methods, strings.ToUpper(method))
	}
	c.route.has = c.conditions("has", c.source.Has)
	c.route.missing = c.conditions("missing", c.source.Missing)
	c.scope = scope{src: c.route.src, conditions: map[string]bool{}, env: map[string]bool{}}
	for _, has := range c.route.has {
		for _, name := range has.names() {
			c.scope.conditions[name] = true
			c.route.binds = true
		}
	}
	for _, name := range c.source.Env {
		c.scope.env[name] = true
	}
}

func (c *compiler) conditions(member string, sources []buildoutput.Condition) []*condition {
	var list []*condition
	for i := range sources {
		compiled, err := compileCondition(&sources[i])
		if err != nil {
			c.fault(fmt.Sprintf("%s[%d]", member, i), err)
			continue
		}
		list = append(list, compiled)
	}
	return list
}

// flags copies the members that need no compiling.
func (c *compiler) flags() {
	rt, source := c.route, c.source
	rt.override, rt.important = source.Override, source.Important
	rt.goesOn, rt.check = source.Continue, source.Check
	rt.respectsOrigin = source.RespectOriginCacheControl != nil && *source.RespectOriginCacheControl
	rt.middleware = strings.Trim(source.MiddlewarePath, "/")
	if rt.middleware != "" && !c.outputs.Has(rt.middleware) {
		c.warn("middlewarePath", fmt.Errorf("there is no output %q: the route answers 500", rt.middleware))
	}
	if source.Mitigate != nil {
		rt.mitigate = source.Mitigate.Action
		if rt.mitigate != "deny" && rt.mitigate != "challenge" {
			c.fault("mitigate", fmt.Errorf("unknown action %q", rt.mitigate))
		}
	}
	rt.locale = compileLocale(source.Locale)
	switch status := source.Status; {
	case status == 0 || status >= 200 && status <= 999:
		rt.status = status
	default:
		c.warn("status", fmt.Errorf("%d cannot be the status of a response and is left out", status))
	}
}

// templates compiles dest and headers.
func (c *compiler) templates() {
	if c.source.Dest.Service != nil {
		c.fault("dest", errors.New("services are not supported"))
		return
	}
	if dest := c.source.Dest.Path; dest != "" {
		c.route.dest = c.scope.parseDestination(dest)
		c.route.captures = c.route.dest.path.captures || c.route.dest.query.captures
	}
	names := make([]string, 0, len(c.source.Headers))
	for name := range c.source.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !strings.Contains(name, "$") && !isToken(name) {
			c.warn("headers", fmt.Errorf("%q is no header name and is left out", name))
			continue
		}
		h := headerTemplate{
			name:       c.scope.parse(http.CanonicalHeaderKey(name)),
			value:      c.scope.parse(c.source.Headers[name]),
			varies:     strings.Contains(name, "$"),
			isLocation: strings.EqualFold(name, "Location"),
		}
		if h.varies {
			h.name = c.scope.parse(name) // references keep their case
		}
		c.route.captures = c.route.captures || h.name.captures || h.value.captures
		c.route.headers = append(c.route.headers, h)
		if h.isLocation {
			c.route.location = &h.value
		}
	}
}

func (c *compiler) transforms() {
	for i := range c.source.Transforms {
		compiled, err := compileTransform(&c.source.Transforms[i], c.scope)
		if err != nil {
			c.warn(fmt.Sprintf("transforms[%d]", i), fmt.Errorf("%w; it is left out", err))
			continue
		}
		c.route.transforms = append(c.route.transforms, *compiled)
		c.route.captures = c.route.captures || compiled.captures
	}
}

// isToken reports whether s can be the name of a header.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isWord(c) && !strings.ContainsRune("!#$%&'*+-.^`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// match tests a request at its present path. It gives the groups of src and the values which has conditions bind.
func (rt *route) match(r *resolution) (b *bindings, ok bool) {
	if len(rt.methods) > 0 && !slices.Contains(rt.methods, r.method) {
		return nil, false
	}
	groups, ok := rt.matchPath(r)
	if !ok {
		return nil, false
	}
	var bound map[string]string
	if rt.binds {
		bound = map[string]string{}
	}
	for _, has := range rt.has {
		if !has.holds(r, bound) {
			return nil, false
		}
	}
	for _, missing := range rt.missing {
		if missing.holds(r, nil) {
			return nil, false
		}
	}
	return &bindings{rt.src, groups, bound, r.wildcard, r.req.Env}, true
}

func (rt *route) matchPath(r *resolution) (groups []string, ok bool) {
	groups, ok, err := rt.src.match(r.subject(), rt.captures)
	if !ok && err == nil && rt.bare {
		groups, ok, err = rt.src.match(&subject{text: r.path[1:]}, rt.captures)
	}
	if err != nil {
		r.note(rt.index, "timeout", err.Error())
	}
	return groups, ok
}

// phaseRoutes are the routes of one phase with what tells most of them apart at a glance.
type phaseRoutes struct {
	routes     []*route
	signatures []signature
}

// signature is what the first bytes of a path must be, after its slash and in lower case.
type signature struct {
	mask, want uint64
}

func (p *phaseRoutes) add(rt *route) {
	p.routes = append(p.routes, rt)
	p.signatures = append(p.signatures, rt.signature())
}

func (rt *route) signature() signature {
	if !strings.HasPrefix(rt.src.prefix, "/") {
		return signature{}
	}
	length := min(len(rt.src.prefix)-1, 8)
	return signature{1<<(8*length) - 1, firstBytes(rt.src.prefix)}
}

// firstBytes packs up to eight bytes after the slash, in lower case.
func firstBytes(path string) (packed uint64) {
	for i := 1; i < min(len(path), 9); i++ {
		packed |= uint64(lower(path[i])) << (8 * (i - 1))
	}
	return packed
}
