package emulator

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

func (p *project) text(t *testing.T, name, path string) string {
	t.Helper()
	resp, err := p.ask(t, name, "GET "+path, "")
	if err != nil {
		t.Fatalf("%s %s: %v", name, path, err)
	}
	return string(resp.Body)
}
