package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

// TestNodeForms: whatever a module exports, it answers as on the platform.
func TestNodeForms(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	p.answers(t, "esm", "GET /", "", 200, "esm")
	p.answers(t, "mjs", "GET /", "", 200, "mjs")
	p.answers(t, "nested", "GET /", "", 200, "nested")
	p.answers(t, "server", "GET /", "", 200, "server")
	p.answers(t, "listens", "GET /", "", 200, "listens 4321")
	p.answers(t, "app", "GET /", "", 200, "app undefined")

	p.answers(t, "methods", "GET /a%20b?c=d", "", 200, "get http://example.com/a%20b?c=d")
	p.answers(t, "methods", "HEAD /", "", 200, "")
	p.answers(t, "methods", "POST /", "posted", 201, "", "X-Body: posted", "Set-Cookie: a=1, b=2")
	p.answers(t, "methods", "DELETE /", "", 405, "Method Not Allowed\n", "Allow: GET, POST")
	p.answers(t, "methods-commonjs", "GET /", "", 200, "get")
	p.answers(t, "fetch", "PATCH /", "", 200, "fetch PATCH")
	p.answers(t, "web", "GET /x", "", 200, "web /x")
	p.fails(t, "web-nothing", "GET /", HandlerFailed, CodeFailed, 500, "TypeError: the function gave nothing, want a Response")
}

func TestNodeHelpers(t *testing.T) {
	p := newProject(t, Options{})
	p.answers(t, "helpers", "POST /json?a=1&a=2&b=3&a=4", `{"x":1}`, 201,
		`{"query":{"a":["1","2","4"],"b":"3"},"cookies":{"a":"1","b":" "},"body":{"x":1}}`, "Content-Type: application/json; charset=utf-8")
	p.answers(t, "helpers", "GET /text", "", 200, "text é", "Content-Type: text/html; charset=utf-8", `Etag: W/"7-h5bQeFW2t6ttMP6m5k02G7MFyLc"`)
	p.answers(t, "helpers", "GET /binary", "", 200, "\x00\xff", "Content-Type: application/octet-stream")
	p.answers(t, "helpers", "GET /object", "", 200, `{"a":1}`)
	p.answers(t, "helpers", "GET /none", "", 204, "", "Content-Type: ")
	p.answers(t, "helpers", "GET /redirect", "", 307, "", "Location: /there")
	p.answers(t, "helpers", "GET /moved", "", 308, "", "Location: /there")
	p.answers(t, "helpers", "POST /stream", `{"x":1}`, 200, `{"x":1} [object Object]`)
	p.answers(t, "helpers", "POST /caught", `{"x"`, 422, "Invalid JSON")
	p.answers(t, "helpers", "POST /json", `{"x"`, 400, "Invalid JSON")
	for contentType, want := range map[string]string{
		"application/x-www-form-urlencoded": `{"query":{},"cookies":{},"body":{"a":"1","b":"2"}}`,
		"text/plain; charset=utf-8":         `{"query":{},"cookies":{},"body":"a=1&b=2"}`,
		"image/png":                         `{"query":{},"cookies":{}}`,
	} {
		resp, err := p.ask(t, "helpers", "POST /json", "a=1&b=2", "Content-Type: "+contentType)
		if err != nil || string(resp.Body) != want {
			t.Errorf("%s: got %s, %v", contentType, resp.Body, err)
		}
	}
}

func TestNodeEvents(t *testing.T) {
	p := newProject(t, Options{})
	p.answers(t, "gateway", "POST /a?b=1&b=2", "body", 203,
		`{"httpMethod":"POST","path":"/a","queryStringParameters":{"b":"2"},"multiValueQueryStringParameters":{"b":["1","2"]},"own":"own","body":"body"}`,
		"X-One: 1", "X-Two: a, b")
	p.fails(t, "gateway", "GET /fail", HandlerFailed, CodeFailed, 500, "Error: as told")
	p.answers(t, "invoke", "POST /a?b=1", "body", 200,
		`{"Action":"Invoke","method":"POST","path":"/a?b=1","host":"example.com","body":"body","id":"string"}`, "Set-Cookie: a=1, b=2")
}

func TestNodeRequest(t *testing.T) {
	p := newProject(t, Options{})
	resp, err := p.ask(t, "commonjs", "PUT /echo", "\x00\xff", "X-Two: a", "X-Two: b")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Method, URL string
		Headers     map[string]string
		RawHeaders  []string
		Body        []byte
	}
	if err := json.Unmarshal(resp.Body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"host": "example.com", "x-two": "a, b", "x-forwarded-proto": "http", "content-length": "2", "connection": "close"}
	if got.Method != "PUT" || got.URL != "/echo" || string(got.Body) != "\x00\xff" || fmt.Sprint(got.Headers) != fmt.Sprint(want) {
		t.Errorf("got %+v", got)
	}
	if raw := strings.ToLower(strings.Join(got.RawHeaders, " ")); strings.Contains(raw, "internal") || strings.Contains(raw, "user-agent") {
		t.Errorf("got %s", raw)
	}
	if resp.Status != 202 || !resp.Cold || !slices.Equal(resp.Header["Set-Cookie"], []string{"a=1", "b=2"}) || resp.Header["Date"] != nil {
		t.Errorf("got %+v", resp)
	}
}

func TestNodeEnvironment(t *testing.T) {
	t.Setenv("PARENT_SECRET", "must not be seen")
	p := newProject(t, Options{Env: map[string]string{"CALLER": "1", "BOTH": "caller"}})
	resp, err := p.ask(t, "commonjs", "GET /environment", "")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(resp.Body), "PARENT_SECRET") || strings.Contains(string(resp.Body), "must not be seen") {
		t.Error("the function sees the environment of the preview")
	}
	var got struct {
		BOTH, CALLER, CONFIG, HOME, NODE_ENV, TMPDIR string
		Cwd                                          string
		Argv                                         []string
	}
	if err := json.Unmarshal(resp.Body, &got); err != nil {
		t.Fatal(err)
	}
	if got.BOTH != "caller" || got.CALLER != "1" || got.CONFIG != "1" || got.NODE_ENV != "production" || got.HOME != got.TMPDIR {
		t.Errorf("got %+v", got)
	}
	if filepath.Base(got.Cwd) != "commonjs.func" || !slices.Equal(got.Argv, []string{"index.js"}) {
		t.Errorf("got %+v", got)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(got.HOME)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary directory is still there: %v", err)
	}
}

// TestNodeFailures: each has the platform's code, and the next request works.
func TestNodeFailures(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	survives := func(path string, kind Kind, code string, status int, detail string) {
		t.Helper()
		before := p.text(t, "commonjs", "/count")
		p.fails(t, "commonjs", "GET "+path, kind, code, status, detail)
		pid, _, _ := strings.Cut(before, " ")
		if after := p.text(t, "commonjs", "/count"); !strings.HasPrefix(after, pid+" ") {
			t.Errorf("%s: another process: %s, then %s", path, before, after)
		}
	}
	survives("/throw", HandlerFailed, CodeFailed, 500, "RangeError: as told")
	survives("/reject", HandlerFailed, CodeFailed, 500, "Error: in the middle")
	survives("/destroy", BadResponse, CodeFailed, 500, "closed without a response")
	survives("/large", ResponseTooLarge, CodeResponseTooLarge, 500, "more than the 4718592 bytes")
	if got := p.text(t, "commonjs", "/limit"); len(got) != MaxPayload {
		t.Errorf("a response at the limit has %d bytes", len(got))
	}
	ends := func(path string, kind Kind, code string, status int, detail string) {
		t.Helper()
		p.text(t, "commonjs", "/count")
		p.fails(t, "commonjs", "GET "+path, kind, code, status, detail)
		if after := p.text(t, "commonjs", "/count"); !strings.HasSuffix(after, " 1") {
			t.Errorf("%s: the same process: %s", path, after)
		}
	}
	ends("/exit", Crashed, CodeFailed, 500, "exit status 7")
	ends("/kill", Crashed, CodeFailed, 500, "killed")
	ends("/later", Crashed, CodeFailed, 500, "exit status 1")
	ends("/never", TimedOut, CodeTimeout, 504, "within 1s")
	ends("/block", TimedOut, CodeTimeout, 504, "within 1s")
	if !p.logged(Line{"commonjs", "stderr", "Error: outside of any request"}) {
		t.Error("the error outside of any request is not in the log")
	}
}

func TestNodeStartFails(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	for range 2 {
		p.fails(t, "throws", "GET /", InitFailed, CodeFailed, 500, "TypeError: no database")
		p.fails(t, "exits", "GET /", ExitedAtStart, CodeFailed, 500, "exit status 3")
	}
	p.fails(t, "hangs", "GET /", TimedOut, CodeTimeout, 504, "within 1s")
	p.fails(t, "absent", "GET /", InitFailed, CodeFailed, 500, "Cannot find module")
	p.fails(t, "outside", "GET /", ExitedAtStart, CodeFailed, 500, "inside the function")
	p.fails(t, "nothing", "GET /", InitFailed, CodeFailed, 500, "exports nothing that answers requests")
	if !p.logged(Line{"throws", "stderr", "cannot go on"}) {
		t.Error("what a module wrote before it threw is not in the log")
	}
}

func TestNodeLog(t *testing.T) {
	p := newProject(t, Options{})
	p.text(t, "commonjs", "/log")
	for _, want := range []Line{{"commonjs", "stdout", "to stdout"}, {"commonjs", "stderr", "to stderr"}} {
		eventually(t, fmt.Sprintf("%+v is not in the log", want), func() bool { return p.logged(want) })
	}
}

func TestFilePathMap(t *testing.T) {
	p := newProject(t, Options{})
	p.answers(t, "mapped", "GET /", "", 200, "text own linked")
	p.fails(t, "escapes", "GET /", ExitedAtStart, CodeFailed, 500, `: "../function/main.go": `)
}

// TestBun: the same launcher does for Bun.
func TestBun(t *testing.T) {
	if _, err := bunEngine.find(); err != nil {
		t.Skip(err)
	}
	p := newProject(t, Options{})
	p.answers(t, "bun", "POST /a?b=c", `{"d":1}`, 200, `{"url":"/a?b=c","bun":"object","query":{"b":"c"},"body":{"d":1}}`)
	p.fails(t, "bun", "GET /throw", HandlerFailed, CodeFailed, 500, "Error: as told")
	p.fails(t, "bun", "GET /exit", Crashed, CodeFailed, 500, "exit status 7")
	for _, name := range []string{"esm", "methods", "fetch", "listens"} {
		p.out.Functions[name].Config.Runtime = "bun1.x"
	}
	p.answers(t, "esm", "GET /", "", 200, "esm")
	p.answers(t, "methods", "POST /", "posted", 201, "", "X-Body: posted", "Set-Cookie: a=1, b=2")
	p.answers(t, "fetch", "PATCH /", "", 200, "fetch PATCH")
	p.answers(t, "listens", "GET /", "", 200, "listens 4321")
}

// TestNoEngine: what is missing is named, with how to get it.
func TestNoEngine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := filepath.Join("testdata", "project", "build", "output")
	out, err := buildoutput.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(t.Context())
	for name, want := range map[string]string{
		"commonjs": "needs Node.js and there is no node on PATH: install version 20 or newer",
		"edge":     "needs Node.js and there is no node on PATH",
		"bun":      "needs Bun and there is no bun on PATH: install version 1 or newer, from https://bun.sh",
	} {
		_, err = e.Invoke(t.Context(), name, out.Functions[name], newRequest("GET /", ""))
		var failure *Error
		if !errors.As(err, &failure) || failure.Kind != Unsupported || !strings.Contains(failure.Detail, want) {
			t.Errorf("got %v", err)
		}
	}
}
