package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

func TestEdgeForms(t *testing.T) {
	p := newProject(t, Options{})
	p.answers(t, "edge", "GET /count", "", 200, "1")
	p.answers(t, "edge", "GET /count", "", 200, "2")
	p.answers(t, "edge", "POST /echo?a=b", "body", 200, `{"url":"http://example.com/echo?a=b","method":"POST","own":"own","body":"body"}`)
	p.answers(t, "edge", "GET /asset", "", 200, "hello")
	p.answers(t, "edge-commonjs", "GET /", "", 200, "commonjs function")
	p.answers(t, "edge-methods", "GET /", "", 200, "get")
	p.answers(t, "edge-methods", "POST /", "", 405, "Method Not Allowed\n")
	p.answers(t, "edge-entries", "GET /", "", 200, "entries GET")
}

// TestEdgeGlobals: an edge function finds what the platform gives it, and nothing of Node.js besides.
func TestEdgeGlobals(t *testing.T) {
	t.Setenv("PARENT_SECRET", "must not be seen")
	p := newProject(t, Options{Env: map[string]string{"USED": "1", "UNUSED": "1"}})
	var got map[string]any
	if err := json.Unmarshal([]byte(p.text(t, "edge", "/globals")), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"self":        true,
		"process":     []any{"env"},
		"environment": map[string]any{"CONFIG": "1", "USED": "1"},
		"EdgeRuntime": "edge-runtime",
		"storage":     true,
		"require":     "function",
		"modules": []any{
			"object",
			`the edge runtime has no module "node:fs"`,
			`the edge runtime has no module "../commonjs.func/index.js"`,
		},
		"text":     "imported",
		"data":     "data",
		"wasm":     5.0,
		"required": 7.0,
	}
	for name, value := range want {
		if !reflect.DeepEqual(got[name], value) {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
}

// TestEdgeFetch: requests of an edge function to others work.
func TestEdgeFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "from afar") }))
	defer server.Close()
	p := newProject(t, Options{})
	resp, err := p.ask(t, "edge", "GET /proxy", "", "X-Target: "+server.URL)
	if err != nil || string(resp.Body) != "from afar" {
		t.Errorf("got %v, %v", resp, err)
	}
}

func TestEdgeWaitUntil(t *testing.T) {
	p := newProject(t, Options{})
	p.answers(t, "edge", "GET /wait", "", 200, "answered")
	eventually(t, "waitUntil was not waited for", func() bool { return p.logged(Line{"edge", "stdout", "waited"}) })
}

func TestEdgeFailures(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	const failed, timeout = "EDGE_FUNCTION_INVOCATION_FAILED", "EDGE_FUNCTION_INVOCATION_TIMEOUT"
	p.fails(t, "edge", "GET /throw", HandlerFailed, failed, 500, "TypeError: as told")
	p.fails(t, "edge", "GET /eval", HandlerFailed, failed, 500, "EvalError")
	p.fails(t, "edge", "GET /nothing", HandlerFailed, failed, 500, "want a Response")
	p.fails(t, "edge", "GET /large", ResponseTooLarge, CodeResponseTooLarge, 500, "more than")
	p.answers(t, "edge", "GET /count", "", 200, "1")
	p.fails(t, "edge", "GET /never", TimedOut, timeout, 504, "within 1s")
	p.answers(t, "edge", "GET /count", "", 200, "1")
	p.fails(t, "edge", "GET /block", TimedOut, timeout, 504, "within 1s")
	p.answers(t, "edge", "GET /count", "", 200, "1")

	p.fails(t, "edge-nothing", "GET /", InitFailed, failed, 500, "no default export")
	p.fails(t, "edge-syntax", "GET /", InitFailed, failed, 500, "SyntaxError")
	p.fails(t, "edge-asset", "GET /", InitFailed, failed, 500, `the asset "secret" is not inside the function`)
	p.fails(t, "edge-node", "GET /", InitFailed, failed, 500, `the edge runtime has no module "node:fs"`)
}

// TestMiddlewareWithoutResponse: it lets the request pass.
func TestMiddlewareWithoutResponse(t *testing.T) {
	p := newProject(t, Options{})
	for name, path := range map[string]string{"edge": "/nothing", "web-nothing": "/"} {
		req := newRequest("GET "+path, "")
		req.Middleware = true
		resp, err := p.Invoke(t.Context(), name, p.out.Functions[name], req)
		if err != nil || resp.Header.Get("X-Middleware-Next") != "1" {
			t.Errorf("%s: got %v, %v", name, resp, err)
		}
	}
}
