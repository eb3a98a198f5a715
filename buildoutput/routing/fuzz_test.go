package routing

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/isrgen/isrgen/buildoutput"
)

// FuzzResolve resolves any request by any routes. It must end, decide the same again, and keep what Decision promises.
func FuzzResolve(f *testing.F) {
	for _, config := range caseConfigs(f) {
		f.Add(config, "/a/b", "x=1", "/[slug] index a about", "GET")
	}
	for _, path := range []string{"/%00", "//a", "/..%2f", "/%c0%af", "/a/../b", `/a\b`, "/" + strings.Repeat("a", 300), "", "*", "/%zz%"} {
		f.Add(`{"routes":[{"src":"/(.*)","dest":"/$1"},{"handle":"error"},{"src":".*","dest":"/a"}]}`, path, "", "a b", "POST")
	}
	f.Fuzz(func(t *testing.T, configJSON, path, query, outputNames, method string) {
		var config buildoutput.Config
		if json.Unmarshal([]byte(configJSON), &config) != nil || len(config.Routes) > 50 {
			return
		}
		watchdog := time.AfterFunc(30*time.Second, func() { panic("does not end: " + configJSON + " " + path) })
		defer watchdog.Stop()
		outputs := outputSet{}
		for name := range strings.FieldsSeq(outputNames) {
			outputs[strings.Trim(name, "/")] = false
		}
		router, _ := New(&config, outputs)
		req := &Request{
			Method: method, Path: path, RawQuery: query, Host: "example.com",
			Header:     http.Header{"Cookie": {query}, "Accept-Language": {query}, "X-A": {path}},
			Middleware: echoMiddleware,
			Env:        strings.ToLower,
		}
		for _, resolve := range []func() *Decision{
			func() *Decision { return router.Resolve(req) },
			func() *Decision { return router.ResolveStatus(req, http.StatusInternalServerError) },
		} {
			d := resolve()
			checkDecision(t, d, outputs)
			if again := resolve(); !reflect.DeepEqual(comparable(d), comparable(again)) {
				t.Fatalf("not deterministic:\n%+v\n%+v", d, again)
			}
		}
	})
}

// comparable leaves out what cannot be compared: functions inside changes.
func comparable(d *Decision) Decision {
	copied := *d
	copied.ResponseTransforms = nil
	return copied
}

// echoMiddleware turns the query into instructions.
func echoMiddleware(_ string, r *Request) (*MiddlewareResponse, error) {
	header := http.Header{"X-Middleware-Next": {"1"}, "X-Echo": {r.RawQuery}}
	if strings.HasPrefix(r.RawQuery, "to=") {
		header = http.Header{"X-Middleware-Rewrite": {r.RawQuery[len("to="):]}}
	}
	return &MiddlewareResponse{Header: header}, nil
}

// checkDecision holds every decision against its contract.
func checkDecision(t *testing.T, d *Decision, outputs Outputs) {
	t.Helper()
	switch d.Kind {
	case Serve:
		if !outputs.Has(d.Output) {
			t.Fatalf("serves %q, which there is not", d.Output)
		}
	case Redirect:
		if d.Status < 300 || d.Status > 399 || d.Location == "" {
			t.Fatalf("redirect %d to %q", d.Status, d.Location)
		}
	case Proxy:
		if !isAbsolute(d.URL) {
			t.Fatalf("proxy to %q", d.URL)
		}
	case Respond:
		if d.Response == nil || d.Status < 200 || d.Status > 999 {
			t.Fatalf("respond %d with %v", d.Status, d.Response)
		}
	case Error:
		if d.Status < 400 || d.Err == "" {
			t.Fatalf("error %d %q", d.Status, d.Err)
		}
	default:
		t.Fatalf("kind %v", d.Kind)
	}
	for _, line := range []string{d.Location, d.URL, d.Path, d.Query, d.RequestPath} {
		if strings.ContainsAny(line, "\r\n\x00 ") {
			t.Fatalf("%q is not one line", line)
		}
	}
	if !strings.HasPrefix(d.Path, "/") || !strings.HasPrefix(d.RequestPath, "/") {
		t.Fatalf("paths %q and %q", d.Path, d.RequestPath)
	}
	response := http.Header{}
	d.ResponseHeader(response, nil)
	for _, header := range []http.Header{d.Header, d.Important, response, d.FunctionHeader(nil)} {
		checkHeader(t, header)
	}
}

func checkHeader(t *testing.T, header http.Header) {
	t.Helper()
	for name, values := range header {
		if !isToken(name) || strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
			t.Fatalf("header %q: %q", name, values)
		}
	}
}

// FuzzLookup checks that a name found exists, and that no part of it leads upwards.
func FuzzLookup(f *testing.F) {
	for _, path := range []string{"/a", "/a/", "/%61", "/..", "/a%2fb", "/%C3%A9", "/%c0%af", "/a//b", "/\x00", `\`} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		asked := anyOutput{}
		name, ok := Lookup(asked, path)
		if !ok {
			return
		}
		if strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.ContainsAny(name, "\x00\\\r\n") || !utf8.ValidString(name) {
			t.Fatalf("Lookup(%q) = %q", path, name)
		}
		for segment := range strings.SplitSeq(name, "/") {
			if segment == "" && name != "" || segment == "." || segment == ".." {
				t.Fatalf("Lookup(%q) = %q", path, name)
			}
		}
		if normal := normalizePath(path); normalizePath(normal) != normal {
			t.Fatalf("normalizePath(%q) = %q is not final: %q", path, normal, normalizePath(normal))
		}
	})
}

// anyOutput has every output.
type anyOutput struct{}

func (anyOutput) Has(string) bool { return true }

// caseConfigs gives the configs of the route cases.
func caseConfigs(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("../../testdata/route/*.txt")
	if err != nil {
		tb.Fatal(err)
	}
	var configs []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for _, part := range strings.Split(string(content), "-- config --\n")[1:] {
			config, _, _ := strings.Cut(part, "\n-- ")
			configs = append(configs, config)
		}
	}
	return configs
}
