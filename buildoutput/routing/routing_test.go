package routing

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/isrgen/isrgen/buildoutput"
)

// TestCases runs the one-line cases of testdata/route; its README describes them.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/route/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	total := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			for _, g := range parseGroups(t, string(content)) {
				total += g.run(t)
			}
		})
	}
	if total < 300 {
		t.Errorf("%d cases, want at least 300", total)
	}
	t.Logf("%d cases", total)
}

// group is one config with its outputs and cases.
type group struct {
	config     string
	outputs    outputSet
	functions  bool // some outputs are marked as functions
	middleware map[string]string
	env        map[string]string
	problems   []string
	cases      []routeCase
}

type routeCase struct {
	line         int
	source       string
	text         string
	request      string
	expectations string
}

// outputSet are outputs; true for functions.
type outputSet map[string]bool

func (o outputSet) Has(name string) bool { _, ok := o[name]; return ok }

// typedOutputs tell functions from files.
type typedOutputs struct{ outputSet }

func (o typedOutputs) HasFunction(name string) bool { return o.outputSet[name] }

func parseGroups(t *testing.T, content string) []*group {
	t.Helper()
	var groups []*group
	var g *group
	section, source := "", ""
	for i, line := range strings.Split(content, "\n") {
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			section, source, _ = strings.Cut(strings.TrimSuffix(name, " --"), ": ")
			if section == "config" {
				g = &group{outputs: outputSet{}, middleware: map[string]string{}, env: map[string]string{}}
				groups = append(groups, g)
			}
			if section == "cases" && source == "" {
				t.Fatalf("line %d: cases without a source", i+1)
			}
			continue
		}
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if g == nil {
			t.Fatalf("line %d: before the first config", i+1)
		}
		g.add(t, section, source, line, i+1)
	}
	return groups
}

func (g *group) add(t *testing.T, section, source, line string, number int) {
	t.Helper()
	switch section {
	case "config":
		g.config += line + "\n"
	case "outputs":
		for name := range strings.FieldsSeq(line) {
			name, function := strings.CutPrefix(name, "fn:")
			g.outputs[strings.TrimPrefix(name, "''")] = function
			g.functions = g.functions || function
		}
	case "middleware":
		name, response, _ := strings.Cut(line, " ")
		g.middleware[name] = response
	case "env":
		name, value, _ := strings.Cut(line, "=")
		g.env[name] = value
	case "problems":
		g.problems = append(g.problems, line)
	case "cases":
		request, expected, found := strings.Cut(line, " -> ")
		if !found {
			t.Fatalf("line %d: no arrow", number)
		}
		g.cases = append(g.cases, routeCase{number, source, line, request, expected})
	default:
		t.Fatalf("line %d: unknown section %q", number, section)
	}
}

func (g *group) router(t *testing.T) *Router {
	t.Helper()
	var config buildoutput.Config
	if err := json.Unmarshal([]byte(g.config), &config); err != nil {
		t.Fatalf("%v in %s", err, g.config)
	}
	var outputs Outputs = g.outputs
	if g.functions {
		outputs = typedOutputs{g.outputs}
	}
	router, problems := New(&config, outputs)
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("routes[%d].%s", p.Route, p.Member))
	}
	if !slices.Equal(got, g.problems) {
		t.Errorf("problems are %q, want %q", problems, g.problems)
	}
	return router
}

func (g *group) run(t *testing.T) int {
	router := g.router(t)
	for _, c := range g.cases {
		t.Run(strconv.Itoa(c.line), func(t *testing.T) {
			req, status := g.parseRequest(t, c.request)
			var d *Decision
			if status != 0 {
				d = router.ResolveStatus(req, status)
			} else {
				d = router.Resolve(req)
			}
			if diff := compare(d, req, c.expectations); diff != "" {
				t.Errorf("%s (%s)\n%s\ntrace:\n%s", c.text, c.source, diff, formatTrace(d.Trace))
			}
		})
	}
	return len(g.cases)
}

var unescape = strings.NewReplacer(`\\`, `\`, `\0`, "\x00", `\r`, "\r", `\n`, "\n", `\t`, "\t", `\s`, " ")

// tokens splits at spaces outside braces.
func tokens(s string) []string {
	var list []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexByte(s, ' ')
		if s[0] == '{' {
			end = strings.IndexByte(s, '}') + 1
		}
		if end <= 0 {
			end = len(s)
		}
		list = append(list, s[:end])
		s = s[end:]
	}
	return list
}

func (g *group) parseRequest(t *testing.T, text string) (req *Request, status int) {
	t.Helper()
	req = &Request{Host: "example.com", Header: http.Header{}, Trace: true}
	req.Env = func(name string) string { return g.env[name] }
	if len(g.middleware) > 0 {
		req.Middleware = g.runMiddleware
	}
	for _, token := range tokens(text) {
		token = unescape.Replace(token)
		name, value, isHeader := strings.Cut(strings.Trim(token, "{}"), ": ")
		number, err := strconv.Atoi(token)
		switch {
		case token[0] == '{' && isHeader && name == "Host":
			req.Host = value
		case token[0] == '{' && isHeader:
			req.Header.Add(name, value)
		case err == nil:
			status = number
		case token[0] >= 'A' && token[0] <= 'Z' && req.Path == "" && !strings.Contains(token, "/"):
			req.Method = token
		default:
			req.Path, req.RawQuery, _ = strings.Cut(token, "?")
		}
	}
	return req, status
}

func (g *group) runMiddleware(name string, r *Request) (*MiddlewareResponse, error) {
	script, ok := g.middleware[name]
	if !ok || script == "fail" {
		return nil, errors.New("failed")
	}
	response := &MiddlewareResponse{Header: http.Header{}}
	response.Header.Set("X-Saw", r.Path+"?"+r.RawQuery)
	for _, token := range tokens(script) {
		if header, value, ok := strings.Cut(strings.Trim(token, "{}"), ": "); ok {
			response.Header.Add(header, unescape.Replace(value))
		} else {
			response.Status, _ = strconv.Atoi(token)
		}
	}
	return response, nil
}

// compare checks what a case says and gives what differs.
func compare(d *Decision, req *Request, expectations string) string {
	expected := tokens(expectations)
	words := 1
	for words < len(expected) && !strings.HasPrefix(expected[words], "{") && !isAttribute(expected[words]) {
		words++
	}
	var diff []string
	if got, want := summary(d), strings.Join(expected[:words], " "); got != unescape.Replace(want) {
		diff = append(diff, fmt.Sprintf("got  %s\nwant %s", got, want))
	}
	for _, token := range expected[words:] {
		if got, want, ok := check(d, req, unescape.Replace(token)); !ok {
			diff = append(diff, fmt.Sprintf("%s: got %q, want %q", token, got, want))
		}
	}
	return strings.Join(diff, "\n")
}

var attributes = map[string]func(*Decision) string{
	"path":    func(d *Decision) string { return d.Path },
	"query":   func(d *Decision) string { return d.Query },
	"request": func(d *Decision) string { return d.RequestPath },
	"matches": func(d *Decision) string { return d.RouteMatches },
	"matched": func(d *Decision) string { return d.MatchedPath },
	"route":   func(d *Decision) string { return strconv.Itoa(d.Route) },
	"err":     func(d *Decision) string { return d.Err },
	"origin":  func(d *Decision) string { return strconv.FormatBool(d.RespectOriginCacheControl) },
	"body":    func(d *Decision) string { return string(d.Response.Body) },
}

func isAttribute(token string) bool {
	name, _, found := strings.Cut(token, "=")
	return found && attributes[name] != nil
}

// check tests one attribute, or a header in braces: {Name: value} of routes, {!Name: value} an important one,
// {>Name: value} what a function receives, {<Name: value} what a client receives of a function that sent
// X-Function: yes and Cache-Control: private. {-Name} after the sign says that there is none.
func check(d *Decision, req *Request, token string) (got, want string, ok bool) {
	if name, want, found := strings.Cut(token, "="); found && token[0] != '{' {
		got := attributes[name](d)
		return got, want, got == want
	}
	name, want, _ := strings.Cut(strings.Trim(token, "{}"), ": ")
	header := d.Header
	switch name[0] {
	case '!':
		name, header = name[1:], d.Important
	case '>':
		name, header = name[1:], d.FunctionHeader(req.Header)
	case '<':
		function := http.Header{"X-Function": {"yes"}, "Cache-Control": {"private"}}
		name, header = name[1:], http.Header{}
		d.ResponseHeader(header, function)
	}
	name, absent := strings.CutPrefix(name, "-")
	values := header.Values(name)
	got = strings.Join(values, " | ")
	return got, want, absent && len(values) == 0 || !absent && got == want && len(values) > 0
}

func summary(d *Decision) string {
	parts := []string{d.Kind.String()}
	switch d.Kind {
	case Serve:
		parts = append(parts, d.Output)
	case Redirect:
		return fmt.Sprintf("redirect %d %s", d.Status, d.Location)
	case Proxy:
		parts = append(parts, d.URL)
	}
	if d.Status != 0 {
		parts = append(parts, strconv.Itoa(d.Status))
	}
	return strings.Join(parts, " ")
}

func formatTrace(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "  %-10s %3d %-10s %s %s\n", s.Phase, s.Route, s.Event, s.Path, s.Detail)
	}
	return b.String()
}

// TestEveryRouteMemberHasCases keeps the cases complete: each member of a route that routing acts on stands in some config.
func TestEveryRouteMemberHasCases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/route/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	for _, member := range strings.Fields(`src dest headers methods continue check caseSensitive status has missing locale
		middlewarePath important override mitigate transforms env respectOriginCacheControl wildcard
		eq neq inc ninc pre suf re gt gte lt lte sub host header cookie query
		filesystem rewrite resource miss hit error redirect default
		request.headers request.query request.path response.headers append set delete`) {
		if !strings.Contains(all.String(), strconv.Quote(member)) {
			t.Errorf("no case has %q", member)
		}
	}
}

func TestResolveLeavesRequestAlone(t *testing.T) {
	config := &buildoutput.Config{Routes: []buildoutput.Route{{
		Src: "/(.*)", Dest: buildoutput.Dest{Path: "/x?a=$1"}, Headers: map[string]string{"x-a": "1"},
		Transforms: []buildoutput.Transform{{
			Type: "request.headers", Op: "delete",
			Target: &buildoutput.TransformTarget{Key: &buildoutput.Match{Pattern: "cookie"}},
		}},
	}}}
	router, problems := New(config, outputSet{"x": true})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	req := &Request{Path: "/y", RawQuery: "q=1", Header: http.Header{"Cookie": {"a=b"}}}
	d := router.Resolve(req)
	if _, removed := d.RequestHeader["Cookie"]; !removed || d.Output != "x" {
		t.Errorf("got %+v", d)
	}
	if req.Path != "/y" || req.RawQuery != "q=1" || req.Header.Get("Cookie") != "a=b" || d.Trace != nil {
		t.Errorf("the request was changed: %+v, trace %v", req, d.Trace)
	}
}

func TestLookup(t *testing.T) {
	outputs := typedOutputs{outputSet{
		"index": true, "a": false, "b/index": false, "c/index.html": false, "api/index.js": true, "lib/index.js": false,
		"x.html": false, "é": false, "a b": false, "blog/[slug]": true, "d/..e": false,
	}}
	for path, want := range map[string]string{
		"/": "index", "": "index", "/index": "index", "/a": "a", "/a/": "a", "a": "a", "/b": "b/index", "/b/": "b/index",
		"/c": "c/index.html", "/api": "api/index.js", "/%C3%A9": "é", "/é": "é", "/a%20b": "a b",
		"/blog/[slug]": "blog/[slug]", "/blog/%5Bslug%5D": "blog/[slug]", "/d/..e": "d/..e",
		"/lib": "", "/x": "", "/A": "", "/b%2Findex": "", "/b%2findex": "", "/b/../a": "", "/b//index": "", "/./a": "", "/a%00": "",
		"/a\x00": "", `/b\index`: "", "/b%5Cindex": "", "/%C0%AFa": "", "/%c1%a1": "", "/a%": "", "/a%zz": "", "/%2e%2e/a": "",
	} {
		got, ok := Lookup(outputs, path)
		if got != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v, want %q", path, got, ok, want)
		}
	}
	if got, ok := Lookup(outputSet{"": false}, "/"); got != "" || !ok {
		t.Errorf("the root named by an override is not found")
	}
}

func TestLocationIsOneLine(t *testing.T) {
	router, _ := New(&buildoutput.Config{Routes: []buildoutput.Route{{
		Src: "/(.*)", Status: 302, Headers: map[string]string{"Location": "/$to"},
		Has: []buildoutput.Condition{{Type: "query", Key: "to", Value: &buildoutput.Match{Pattern: "(?<to>[^]*)"}}},
	}}}, outputSet{})
	for _, to := range []string{"a\r\nSet-Cookie: x=y", "a\nb", "/evil.example", `\evil.example`, "\x00", "é"} {
		d := router.Resolve(&Request{Path: "/x", RawQuery: url.Values{"to": {to}}.Encode()})
		if d.Kind != Redirect || strings.ContainsAny(d.Location, "\r\n\x00\\ ") || strings.HasPrefix(d.Location, "//") {
			t.Errorf("%q: got %v %q", to, d.Kind, d.Location)
		}
	}
}

// TestRouterIsShared lets many goroutines use one router; the race detector looks on.
func TestRouterIsShared(t *testing.T) {
	router, _ := New(&buildoutput.Config{Routes: []buildoutput.Route{
		{Src: "^/(?!api)(.*)$", Headers: map[string]string{"x-path": "$1"}, Continue: true},
		{Src: "/blog/(?<slug>[^/]+)", Dest: buildoutput.Dest{Path: "/out?slug=$slug"}},
	}}, outputSet{"out": true})
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			d := router.Resolve(&Request{Path: fmt.Sprintf("/blog/%d", i)})
			if want := fmt.Sprintf("slug=%d", i); d.RouteMatches != want || d.Header.Get("X-Path") != fmt.Sprintf("blog/%d", i) {
				t.Errorf("got %q, want %q", d.RouteMatches, want)
			}
		})
	}
	group.Wait()
}
