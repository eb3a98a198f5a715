package emulator

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

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
