package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// project is the Build Output in testdata/project, with an emulator of its functions.
type project struct {
	*Emulator
	out *buildoutput.Output

	mu    sync.Mutex
	lines []Line
}

func newProject(t *testing.T, opts Options) *project {
	t.Helper()
	if _, err := nodeEngine.find(); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join("testdata", "project", "build", "output")
	out, err := buildoutput.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	p := &project{out: out}
	opts.Log = func(line Line) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lines = append(p.lines, line)
	}
	if p.Emulator, err = New(dir, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// ask invokes a function with METHOD PATH, and headers in the form "Name: value".
func (p *project) ask(t *testing.T, name, line, body string, headers ...string) (*Response, error) {
	t.Helper()
	req := newRequest(line, body, headers...)
	return p.Invoke(t.Context(), name, p.out.Functions[name], req)
}

func newRequest(line, body string, headers ...string) *Request {
	method, path, _ := strings.Cut(line, " ")
	req := &Request{Method: method, Path: path, Host: "example.com", Body: []byte(body), Header: http.Header{"X-Forwarded-Proto": {"http"}}}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Add(name, value)
	}
	return req
}

// answers checks a response: its status and body, and headers in the form "Name: value".
func (p *project) answers(t *testing.T, name, line, body string, status int, want string, headers ...string) {
	t.Helper()
	resp, err := p.ask(t, name, line, body, "X-Own: own", "Content-Type: application/json", "Cookie: a=1; b=%20")
	if err != nil {
		t.Errorf("%s %s: %v", name, line, err)
		return
	}
	if resp.Status != status || string(resp.Body) != want {
		t.Errorf("%s %s: got %d %q, want %d %q", name, line, resp.Status, resp.Body, status, want)
	}
	for _, header := range headers {
		key, want, _ := strings.Cut(header, ": ")
		if got := strings.Join(resp.Header.Values(key), ", "); got != want {
			t.Errorf("%s %s: %s is %q, want %q", name, line, key, got, want)
		}
	}
}

// fails asks for something that must fail in a certain way.
func (p *project) fails(t *testing.T, name, line string, kind Kind, code string, status int, detail string) {
	t.Helper()
	_, err := p.ask(t, name, line, "")
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%s %s: got %v, want an *Error", name, line, err)
		return
	}
	if e.Kind != kind || e.Code() != code || e.Status() != status || e.Function != name || !strings.Contains(e.Detail, detail) {
		t.Errorf("%s %s: got kind %d, %s, %d, %q\nwant kind %d, %s, %d, …%s…", name, line, e.Kind, e.Code(), e.Status(), e.Error(), kind, code, status, detail)
	}
}

func (p *project) logged(want Line) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.lines, want)
}

// eventually waits for what must come soon.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error(what)
}

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

func (p *project) text(t *testing.T, name, path string) string {
	t.Helper()
	resp, err := p.ask(t, name, "GET "+path, "")
	if err != nil {
		t.Fatalf("%s %s: %v", name, path, err)
	}
	return string(resp.Body)
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

// TestNodeConcurrency: one process answers many requests at once.
func TestNodeConcurrency(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	var cold int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			resp, err := p.ask(t, "commonjs", "GET /slow", "")
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if resp.Cold {
				cold++
			}
		})
	}
	all.Wait()
	if cold != 1 {
		t.Errorf("%d processes, want 1", cold)
	}
	if got := p.text(t, "commonjs", "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("got %s", got)
	}
}

// TestTimeoutSparesOthers: requests beside one that times out have their answers, and new ones another process.
func TestTimeoutSparesOthers(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	pid, _, _ := strings.Cut(p.text(t, "commonjs", "/count"), " ")
	var all sync.WaitGroup
	all.Go(func() { p.fails(t, "commonjs", "GET /never", TimedOut, CodeTimeout, 504, "within 1s") })
	time.Sleep(900 * time.Millisecond)
	all.Go(func() { p.answers(t, "commonjs", "GET /slow", "", 200, "slow") })
	all.Wait()
	if got := p.text(t, "commonjs", "/count"); strings.HasPrefix(got, pid+" ") {
		t.Errorf("still process %s", got)
	}
}

// TestWaitUntil: a function goes on after its response, also when the emulator is closed meanwhile.
func TestWaitUntil(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	p.answers(t, "commonjs", "GET /wait", "", 200, "answered")
	if p.logged(Line{"commonjs", "stdout", "waited"}) {
		t.Error("the response waited")
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if !p.logged(Line{"commonjs", "stdout", "waited"}) {
		t.Error("what the function does after its response was not waited for")
	}
}

// TestServiceOutlivesInstances: one that died, or was idle for too long, is replaced without a visitor noticing.
func TestServiceOutlivesInstances(t *testing.T) {
	p := newProject(t, Options{IdleTimeout: 300 * time.Millisecond})
	for range 3 {
		pid, _, _ := strings.Cut(p.text(t, "commonjs", "/count"), " ")
		n, _ := strconv.Atoi(pid)
		process, err := os.FindProcess(n)
		if err != nil {
			t.Fatal(err)
		}
		process.Kill()
		eventually(t, "the process lives", func() bool { return !alive(n) })
		if got := p.text(t, "commonjs", "/count"); strings.HasPrefix(got, pid+" ") || !strings.HasSuffix(got, " 1") {
			t.Errorf("got %q from a dead process", got)
		}
	}
	pid, _, _ := strings.Cut(p.text(t, "commonjs", "/count"), " ")
	n, _ := strconv.Atoi(pid)
	eventually(t, "the idle process still runs", func() bool { return gone(n) })
	if got := p.text(t, "commonjs", "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("got %q", got)
	}
}

// TestVisitorLeavesService: the invocation goes on.
func TestVisitorLeavesService(t *testing.T) {
	p := newProject(t, Options{})
	p.text(t, "commonjs", "/count")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Invoke(ctx, "commonjs", p.out.Functions["commonjs"], newRequest("GET /wait", "")); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	eventually(t, "the invocation ended with the visit", func() bool { return p.logged(Line{"commonjs", "stdout", "waited"}) })
}

// TestCloseService: requests under way are waited for, and then not for ever.
func TestCloseService(t *testing.T) {
	t.Run("waits", func(t *testing.T) {
		p := newProject(t, Options{})
		p.text(t, "commonjs", "/count")
		var all sync.WaitGroup
		all.Go(func() { p.answers(t, "commonjs", "GET /slow", "", 200, "slow") })
		time.Sleep(50 * time.Millisecond)
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		all.Wait()
		p.fails(t, "commonjs", "GET /count", Closed, CodeFailed, 500, "closed")
	})
	t.Run("kills", func(t *testing.T) {
		p := newProject(t, Options{})
		p.text(t, "commonjs", "/count")
		var all sync.WaitGroup
		all.Go(func() { p.fails(t, "commonjs", "GET /never", Closed, CodeFailed, 500, "closed") })
		time.Sleep(50 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := p.Emulator.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		all.Wait()
	})
}

func TestNodeLog(t *testing.T) {
	p := newProject(t, Options{})
	p.text(t, "commonjs", "/log")
	for _, want := range []Line{{"commonjs", "stdout", "to stdout"}, {"commonjs", "stderr", "to stderr"}} {
		eventually(t, fmt.Sprintf("%+v is not in the log", want), func() bool { return p.logged(want) })
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{})
	open := func(path string) io.ReadCloser {
		t.Helper()
		req := newRequest("GET "+path, "")
		req.Stream = true
		resp, err := p.Invoke(t.Context(), "stream", p.out.Functions["stream"], req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Stream == nil || resp.Body != nil {
			t.Fatalf("not a stream: %+v", resp)
		}
		return resp.Stream
	}
	first := func(stream io.Reader) {
		t.Helper()
		part := make([]byte, 5)
		if _, err := io.ReadFull(stream, part); err != nil || string(part) != "first" {
			t.Fatalf("got %q, %v", part, err)
		}
	}
	stream := open("/")
	first(stream) // while the function waits for the next request
	p.text(t, "stream", "/next")
	if rest, err := io.ReadAll(stream); err != nil || string(rest) != " second" {
		t.Errorf("got %q, %v", rest, err)
	}
	stream = open("/large")
	if n, err := io.Copy(io.Discard, stream); err != nil || n != 20<<20 {
		t.Errorf("got %d bytes, %v", n, err)
	}
	p.fails(t, "stream", "GET /large", ResponseTooLarge, CodeResponseTooLarge, 500, "more than")

	for path, want := range map[string]string{"/throw": "Error: as told", "/exit": "exit status 7"} {
		stream = open(path)
		first(stream)
		p.Invoke(t.Context(), "stream", p.out.Functions["stream"], newRequest("GET /next", "")) // fails with the process
		_, err := io.ReadAll(stream)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Detail, want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	stream = open("/")
	first(stream)
	if _, err := io.ReadAll(stream); err == nil || !strings.Contains(err.Error(), CodeTimeout) {
		t.Errorf("a stream without an end: %v", err)
	}
}

// TestVisitorLeavesStream: the function goes on, to the end of its response.
func TestVisitorLeavesStream(t *testing.T) {
	p := newProject(t, Options{})
	p.out.Functions["stream"].Config.MaxDuration.Seconds = 20 // at its end the function would be told that all is well
	req := newRequest("GET /large", "")
	req.Stream = true
	resp, err := p.Invoke(t.Context(), "stream", p.out.Functions["stream"], req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Stream.Close()
	eventually(t, "the response did not come to its end", func() bool { return p.logged(Line{"stream", "stdout", "finished /large"}) })
}

// TestTimeoutKills: a process that let a request time out has no time to end by itself.
func TestTimeoutKills(t *testing.T) {
	t.Parallel()
	p := newProject(t, Options{StopTimeout: time.Hour})
	pid, _, _ := strings.Cut(p.text(t, "commonjs", "/count"), " ")
	n, _ := strconv.Atoi(pid)
	p.fails(t, "commonjs", "GET /block", TimedOut, CodeTimeout, 504, "within 1s")
	eventually(t, "the process lives", func() bool { return gone(n) })
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
