package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// binary is testdata/function, compiled once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "isrgen-emulator-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, bootstrap)
	out, err := exec.Command("go", "build", "-o", file, "./testdata/function").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	for _, compiled := range []func() (string, error){binary, server} {
		if file, err := compiled(); err == nil {
			os.RemoveAll(filepath.Dir(file))
		}
	}
	os.Exit(code)
}

// host is the architecture of functions that run here.
func host() string {
	if runtime.GOARCH == "arm64" {
		return buildoutput.ArchARM64
	}
	return buildoutput.ArchAMD64
}

// bench is an emulator with one function.
type bench struct {
	*Emulator
	fn  *buildoutput.Function
	dir string

	mu    sync.Mutex
	lines []Line
}

// newBench makes a function of testdata/function with some environment. The function's config may be changed until the
// first invocation.
func newBench(t *testing.T, opts Options, env map[string]string) *bench {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{dir: t.TempDir()}
	b.fn = &buildoutput.Function{Dir: "functions/test.func", Config: buildoutput.FunctionConfig{
		Runtime:      buildoutput.RuntimeProvided,
		Handler:      bootstrap,
		Architecture: host(),
		Environment:  env,
	}}
	dir := filepath.Join(b.dir, b.fn.Dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(file, filepath.Join(dir, bootstrap)); err != nil {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, bootstrap), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	opts.Log = func(line Line) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.lines = append(b.lines, line)
	}
	if b.Emulator, err = New(b.dir, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) get(t *testing.T, path string) (*Response, error) {
	t.Helper()
	return b.Invoke(t.Context(), "test", b.fn, &Request{Method: "GET", Host: "example.com", Path: path})
}

// body gives the body of a response that must be there.
func (b *bench) body(t *testing.T, path string) string {
	t.Helper()
	resp, err := b.get(t, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(resp.Body)
}

// fails asks for something that must fail in a certain way.
func (b *bench) fails(t *testing.T, path string, kind Kind, code string, status int, detail string) {
	t.Helper()
	_, err := b.get(t, path)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: got %v, want an *Error", path, err)
	}
	if e.Kind != kind || e.Code() != code || e.Status() != status || e.Function != "test" || !strings.Contains(e.Detail, detail) {
		t.Errorf("%s: got kind %d, %s, %d, %q\nwant kind %d, %s, %d, …%s…", path, e.Kind, e.Code(), e.Status(), e.Error(), kind, code, status, detail)
	}
}

func TestEvent(t *testing.T) {
	b := newBench(t, Options{}, nil)
	body := []byte{0, 1, 0xff, '"'}
	resp, err := b.Invoke(t.Context(), "test", b.fn, &Request{
		Method: "PUT",
		Host:   "example.com:3000",
		Path:   "/echo/%20?a=1&b=%2F",
		Header: http.Header{"X-One": {"1"}, "X-Two": {"a", "b"}, "X-None": {}},
		Body:   body,
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 200 || !resp.Cold || !slices.Equal(resp.Header["Set-Cookie"], []string{"a=1", "b=2"}) {
		t.Errorf("got %+v", resp)
	}
	var got struct {
		Host, Path, Method, Encoding string
		Body                         []byte
		Headers                      map[string]any
	}
	if err := json.Unmarshal(resp.Body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Host != "example.com:3000" || got.Path != "/echo/%20?a=1&b=%2F" || got.Method != "PUT" || got.Encoding != "base64" || string(got.Body) != string(body) {
		t.Errorf("got %+v", got)
	}
	want := map[string]any{"host": "example.com:3000", "x-one": "1", "x-two": []any{"a", "b"}}
	if fmt.Sprint(got.Headers) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got.Headers, want)
	}
}

func TestResponseForms(t *testing.T) {
	b := newBench(t, Options{}, nil)
	resp, err := b.get(t, "/strings")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 201 || string(resp.Body) != "plain é" || resp.Header.Get("X-One") != "1" || !slices.Equal(resp.Header["X-Two"], []string{"a", "b"}) {
		t.Errorf("got %+v", resp)
	}
	if resp, err := b.get(t, "/status/404"); err != nil || resp.Status != 404 {
		t.Errorf("got %+v, %v", resp, err)
	}
	b.fails(t, "/garbage", BadResponse, CodeFailed, 500, "not of the form")
	b.fails(t, "/status/99", BadResponse, CodeFailed, 500, "status 99")
	b.fails(t, "/error", HandlerFailed, CodeFailed, 500, "Test: as told")
	b.fails(t, "/skip", BadResponse, CodeFailed, 500, "before it answered")
}

func TestProcessIsReused(t *testing.T) {
	b := newBench(t, Options{}, nil)
	first := b.body(t, "/count")
	pid, _, _ := strings.Cut(first, " ")
	for n := 2; n < 10; n++ {
		resp, err := b.get(t, "/count")
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s %d", pid, n); string(resp.Body) != want || resp.Cold {
			t.Fatalf("got %q (cold %v), want %q", resp.Body, resp.Cold, want)
		}
	}
	linked := *b.fn
	linked.Link = "test"
	resp, err := b.Invoke(t.Context(), "other", &linked, &Request{Method: "GET", Path: "/count"})
	if err != nil || string(resp.Body) != pid+" 10" {
		t.Errorf("a link does not share the process: %v, %v", resp, err)
	}
}

func TestConcurrency(t *testing.T) {
	b := newBench(t, Options{MaxProcesses: 3}, nil)
	var mu sync.Mutex
	cold := 0
	var all sync.WaitGroup
	began := time.Now()
	for range 12 {
		all.Go(func() {
			resp, err := b.get(t, "/slow")
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
	if cold != 3 {
		t.Errorf("%d processes, want 3", cold)
	}
	if took := time.Since(began); took < 800*time.Millisecond {
		t.Errorf("12 invocations of 200 ms on 3 processes took %s", took)
	}
}

func TestCrash(t *testing.T) {
	b := newBench(t, Options{}, nil)
	b.body(t, "/count")
	b.fails(t, "/crash", Crashed, CodeFailed, 500, "exit status 7")
	if got := b.body(t, "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("after a crash: %q", got)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, want := range []Line{{"test", "stdout", "started"}, {"test", "stderr", "panic: as told"}} {
		if !slices.Contains(b.lines, want) {
			t.Errorf("%+v is not in the log: %+v", want, b.lines)
		}
	}
}

// TestIdleProcessDies: the next invocation does not notice.
func TestIdleProcessDies(t *testing.T) {
	b := newBench(t, Options{}, nil)
	for range 5 {
		pid, _, _ := strings.Cut(b.body(t, "/count"), " ")
		n, _ := strconv.Atoi(pid)
		if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for alive(n) {
			time.Sleep(100 * time.Microsecond)
		}
		if got := b.body(t, "/count"); strings.HasPrefix(got, pid+" ") {
			t.Errorf("got %q from a dead process", got)
		}
	}
}

func TestStartFails(t *testing.T) {
	t.Run("exit", func(t *testing.T) {
		b := newBench(t, Options{}, map[string]string{"START": "exit"})
		b.fails(t, "/", ExitedAtStart, CodeFailed, 500, "exit status 3")
		b.fails(t, "/", ExitedAtStart, CodeFailed, 500, "exit status 3")
	})
	t.Run("error", func(t *testing.T) {
		b := newBench(t, Options{}, map[string]string{"START": "error"})
		b.fails(t, "/", InitFailed, CodeFailed, 500, "Config: no database")
	})
	t.Run("hang", func(t *testing.T) {
		b := newBench(t, Options{}, map[string]string{"START": "hang"})
		b.fn.Config.MaxDuration.Seconds = 1
		b.fails(t, "/", TimedOut, CodeTimeout, 504, "within 1s")
	})
	t.Run("not a program", func(t *testing.T) {
		b := newBench(t, Options{}, nil)
		file := filepath.Join(b.dir, b.fn.Dir, bootstrap)
		os.Remove(file)
		if err := os.WriteFile(file, []byte("not a program"), 0o755); err != nil {
			t.Fatal(err)
		}
		b.fails(t, "/", ExitedAtStart, CodeFailed, 500, "cannot be started")
	})
}

func TestTimeout(t *testing.T) {
	b := newBench(t, Options{}, nil)
	b.fn.Config.MaxDuration.Seconds = 1
	pid, _, _ := strings.Cut(b.body(t, "/count"), " ")
	b.fails(t, "/never", TimedOut, CodeTimeout, 504, "within 1s")
	n, _ := strconv.Atoi(pid)
	if err := syscall.Kill(n, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process lives: %v", err)
	}
	if got := b.body(t, "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("after a timeout: %q", got)
	}
}

func TestPayloadLimits(t *testing.T) {
	b := newBench(t, Options{}, nil)
	b.fails(t, "/large/20971520", ResponseTooLarge, CodeResponseTooLarge, 500, "more than the 4718592 bytes")
	resp, err := b.Invoke(t.Context(), "test", b.fn, &Request{Method: "POST", Path: "/count", Body: make([]byte, MaxPayload)})
	if err != nil || !strings.HasSuffix(string(resp.Body), " 2") {
		t.Errorf("a body at the limit, after a response over it: %v, %v", resp, err)
	}
	_, err = b.Invoke(t.Context(), "test", b.fn, &Request{Method: "POST", Path: "/count", Body: make([]byte, MaxPayload+1)})
	var e *Error
	if !errors.As(err, &e) || e.Code() != "FUNCTION_PAYLOAD_TOO_LARGE" || e.Status() != 413 {
		t.Errorf("a body over the limit: %v", err)
	}
}

func TestResponseLimit(t *testing.T) {
	for size, want := range map[int]bool{MaxPayload: true, MaxPayload + 1: false} {
		payload := fmt.Appendf(nil, `{"statusCode":200,"body":%q}`, strings.Repeat("x", size))
		_, err := decode("test", payload)
		var e *Error
		if ok := err == nil; ok != want || !ok && (!errors.As(err, &e) || e.Kind != ResponseTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("PARENT_SECRET", "must not be seen")
	b := newBench(t, Options{Env: map[string]string{"CALLER": "1", "BOTH": "caller"}}, map[string]string{"CONFIG": "1", "BOTH": "config"})
	got := map[string]string{}
	for line := range strings.Lines(b.body(t, "/env")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got[name] = value
	}
	var names []string
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	want := strings.Fields(`AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION
		AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_RUNTIME_API AWS_REGION BOTH CALLER CONFIG HOME LAMBDA_TASK_ROOT LANG PATH TMPDIR TZ
		VERCEL VERCEL_ENV VERCEL_REGION _HANDLER cwd`)
	if !slices.Equal(names, want) {
		t.Errorf("got  %s\nwant %s", names, want)
	}
	dir := filepath.Join(b.dir, "functions", "test.func")
	if got["BOTH"] != "caller" || got["cwd"] != dir || got["LAMBDA_TASK_ROOT"] != dir || got["HOME"] != got["TMPDIR"] || got["HOME"] == os.Getenv("HOME") {
		t.Errorf("got %v", got)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(got["HOME"]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary directory is still there: %v", err)
	}
}

// TestNothingIsLeft: what a function started goes with it.
func TestNothingIsLeft(t *testing.T) {
	b := newBench(t, Options{}, nil)
	child, err := strconv.Atoi(b.body(t, "/orphan"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(child, 0); err != nil {
		t.Fatalf("the function's child does not run: %v", err)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for range 100 { // its end is init's to take note of
		if gone(child) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the function's child still runs")
}

// gone reports whether a process has ended, whether or not somebody waited for it.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestIdleProcessesEnd(t *testing.T) {
	b := newBench(t, Options{IdleTimeout: 50 * time.Millisecond}, nil)
	pid, _, _ := strings.Cut(b.body(t, "/count"), " ")
	n, _ := strconv.Atoi(pid)
	for range 200 {
		if gone(n) {
			if got := b.body(t, "/count"); !strings.HasSuffix(got, " 1") {
				t.Errorf("got %q", got)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the process still runs")
}

func TestClose(t *testing.T) {
	t.Run("waits", func(t *testing.T) {
		b := newBench(t, Options{}, nil)
		b.body(t, "/count")
		var all sync.WaitGroup
		started := make(chan struct{})
		all.Go(func() {
			close(started)
			if resp, err := b.get(t, "/slow"); err != nil || string(resp.Body) != "slow" {
				t.Errorf("got %v, %v", resp, err)
			}
		})
		<-started
		time.Sleep(50 * time.Millisecond)
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
		all.Wait()
		b.fails(t, "/count", Closed, CodeFailed, 500, "closed")
	})
	t.Run("kills", func(t *testing.T) {
		b := newBench(t, Options{}, nil)
		b.body(t, "/count")
		var all sync.WaitGroup
		all.Go(func() { b.fails(t, "/never", Closed, CodeFailed, 500, "closed") })
		time.Sleep(50 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := b.Emulator.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		all.Wait()
	})
}

// TestVisitorLeaves: the invocation goes on, and one that did not begin never does.
func TestVisitorLeaves(t *testing.T) {
	b := newBench(t, Options{MaxProcesses: 1}, nil)
	b.body(t, "/count")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for _, path := range []string{"/slow", "/count"} {
		if _, err := b.Invoke(ctx, "test", b.fn, &Request{Method: "GET", Path: path}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	if got := b.body(t, "/count"); !strings.HasSuffix(got, " 3") {
		t.Errorf("got %q, want the third event of the process", got)
	}
}

func TestUnsupported(t *testing.T) {
	b := newBench(t, Options{}, nil)
	b.fn.Config.Runtime = "python3.13"
	b.fails(t, "/", Unsupported, CodeUnsupported, 500, `functions of the runtime "python3.13"`)

	b.fn.Config.Runtime = buildoutput.RuntimeProvided
	b.fn.Config.Architecture = buildoutput.ArchARM64
	if host() == buildoutput.ArchARM64 {
		b.fn.Config.Architecture = buildoutput.ArchAMD64
	}
	b.fails(t, "/", WrongPlatform, CodeUnsupported, 500, "build it for this architecture")

	b.fn.Config.Architecture = ""
	b.body(t, "/count")

	b = newBench(t, Options{}, nil)
	file := filepath.Join(b.dir, b.fn.Dir, bootstrap)
	os.Remove(file)
	b.fails(t, "/", ExitedAtStart, CodeFailed, 500, "no file named bootstrap")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	b.fails(t, "/", ExitedAtStart, CodeFailed, 500, "not executable (mode 0644)")
}
