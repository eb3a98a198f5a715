package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// server is testdata/executable, compiled once for all tests.
var server = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "isrgen-emulator-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "server")
	out, err := exec.Command("go", "build", "-o", file, "./testdata/executable").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return file, nil
})

// newServers makes an emulator with executable functions, which all listen on one port.
func newServers(t *testing.T, opts Options, names ...string) *project {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	file, err := server()
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &project{out: &buildoutput.Output{Functions: map[string]*buildoutput.Function{}}}
	for _, name := range names {
		fn := &buildoutput.Function{Dir: "functions/" + name + ".func", Config: buildoutput.FunctionConfig{
			Runtime:                   buildoutput.RuntimeExecutable,
			RuntimeLanguage:           "go",
			Handler:                   "bin/server",
			Architecture:              host(),
			Environment:               map[string]string{"PORT": strconv.Itoa(port)},
			MaxDuration:               buildoutput.MaxDuration{Seconds: 1},
			SupportsResponseStreaming: true,
		}}
		p.out.Functions[name] = fn
		program := filepath.Join(dir, fn.Dir, "bin", "server")
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, program); err != nil {
			t.Fatal(err)
		}
	}
	opts.Log = func(line Line) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lines = append(p.lines, line)
	}
	if p.Emulator, err = New(dir, opts); err != nil {
		t.Fatal(err)
	}
	p.Emulator.port = newHostPort(port)
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestExecutable(t *testing.T) {
	t.Setenv("PARENT_SECRET", "must not be seen")
	p := newServers(t, Options{Env: map[string]string{"CALLER": "1"}}, "a")
	resp, err := p.ask(t, "a", "POST /echo/%2Fa?b=%20&c", "body", "X-Two: a", "X-Two: b")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(resp.Body), "must not be seen") {
		t.Error("the function sees the environment of the preview")
	}
	var got struct {
		Method, URL, Host, Body, Dir string
		Header                       map[string][]string
		Environment                  []string
		RequestID                    int
	}
	if err := json.Unmarshal(resp.Body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URL != "/echo/%2Fa?b=%20&c" || got.Host != "example.com" || got.Body != "body" || filepath.Base(got.Dir) != "a.func" {
		t.Errorf("got %+v", got)
	}
	if fmt.Sprint(got.Header["X-Two"]) != "[a b]" || got.RequestID != 1 || !strings.Contains(fmt.Sprint(got.Environment), " CALLER=1 ") {
		t.Errorf("got %+v", got)
	}
	if !resp.Cold {
		t.Error("not cold")
	}
	pid, _, _ := strings.Cut(p.text(t, "a", "/count"), " ")
	p.text(t, "a", "/log")
	for _, want := range []string{"one", "two"} {
		eventually(t, want+" is not in the log", func() bool { return p.logged(Line{"a", "stderr", want}) })
	}
	p.fails(t, "a", "GET /fail", HandlerFailed, CodeFailed, 500, "Test: as told")
	p.answers(t, "a", "GET /slow", "", 200, "slow")
	if got := p.text(t, "a", "/count"); !strings.HasPrefix(got, pid+" ") {
		t.Errorf("another process: %s", got)
	}
	p.fails(t, "a", "GET /crash", Crashed, CodeFailed, 500, "exit status 7")
	if got := p.text(t, "a", "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("after a crash: %s", got)
	}
	p.fails(t, "a", "GET /never", TimedOut, CodeTimeout, 504, "within 1s")
	if got := p.text(t, "a", "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("after a timeout: %s", got)
	}
}

// TestExecutableStart: what a program says, and does not say, before it serves.
func TestExecutableStart(t *testing.T) {
	p := newServers(t, Options{}, "exit", "fail", "late")
	for name, fn := range p.out.Functions {
		fn.Config.Environment["START"] = name
	}
	for range 2 {
		p.fails(t, "exit", "GET /", ExitedAtStart, CodeFailed, 500, "exit status 3")
		p.fails(t, "fail", "GET /", InitFailed, CodeFailed, 500, "no database")
	}
	if got := p.text(t, "late", "/count"); !strings.HasSuffix(got, " 1") {
		t.Errorf("got %s", got)
	}
}

// TestExecutablesShareAPort: one at a time has it, and all of them have their turn.
func TestExecutablesShareAPort(t *testing.T) {
	p := newServers(t, Options{}, "a", "b", "c")
	for _, fn := range p.out.Functions {
		fn.Config.MaxDuration.Seconds = 30
	}
	var all sync.WaitGroup
	for i := range 12 {
		name := string(rune('a' + i%3))
		all.Go(func() { p.answers(t, name, "GET /slow", "", 200, "slow") })
	}
	all.Wait()
	p.text(t, "a", "/count")
}

// TestExecutableOwnPort: programs that take VERCEL_DEV_PORT need not wait for each other.
func TestExecutableOwnPort(t *testing.T) {
	p := newServers(t, Options{}, "a", "b")
	for _, fn := range p.out.Functions {
		fn.Config.RuntimeLanguage = "rust"
	}
	a, b := p.text(t, "a", "/count"), p.text(t, "b", "/count")
	if p.text(t, "a", "/count") != strings.TrimSuffix(a, "1")+"2" || p.text(t, "b", "/count") != strings.TrimSuffix(b, "1")+"2" {
		t.Error("the processes did not stay")
	}
}

// TestPortTaken: who has the port is named, and once it is free the function works.
func TestPortTaken(t *testing.T) {
	p := newServers(t, Options{}, "a")
	number := strconv.Itoa(p.Emulator.port.number)
	listener, err := net.Listen("tcp", "127.0.0.1:"+number)
	if err != nil {
		t.Fatal(err)
	}
	p.fails(t, "a", "GET /", PortTaken, CodePortTaken, 500, "port "+number+" of 127.0.0.1, which this preview has: start the preview with another --port")
	listener.Close()

	file, _ := server()
	other := exec.Command(file)
	other.Env = []string{"PORT=" + number}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other program does not listen", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+number)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	p.fails(t, "a", "GET /", PortTaken, CodePortTaken, 500, fmt.Sprintf("which is taken by server (process %d): stop that one", other.Process.Pid))
	other.Process.Kill()
	other.Wait()
	p.text(t, "a", "/count")
}

// TestEndlessInvocation: a program that does not tell the end of an invocation can be closed all the same.
func TestEndlessInvocation(t *testing.T) {
	p := newServers(t, Options{}, "a")
	p.text(t, "a", "/endless")
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed without the end after %s: %v", time.Since(began), err)
	}
}
