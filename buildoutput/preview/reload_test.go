package preview

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
)

// release makes an output whose every page says which one it is, with the counting function as a plain one and behind the
// cache.
func release(t *testing.T, n int) *buildoutput.Output {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	arch := buildoutput.ArchAMD64
	if runtime.GOARCH == "arm64" {
		arch = buildoutput.ArchARM64
	}
	page := func() buildoutput.File {
		return buildoutput.File{Content: buildoutput.Bytes(strconv.Itoa(n)), Mode: 0o644}
	}
	return &buildoutput.Output{
		Config: buildoutput.Config{Version: 3},
		Static: map[string]buildoutput.File{"a": page(), "b": page(), fmt.Sprintf("only-%d", n): page()},
		Functions: map[string]*buildoutput.Function{
			"count": {
				Config: buildoutput.FunctionConfig{Runtime: "provided.al2023", Handler: "bootstrap", Architecture: arch},
				Files:  map[string]buildoutput.File{"bootstrap": {Content: buildoutput.Bytes(program), Mode: 0o755}},
			},
			"slow":   {Link: "count"},
			"cached": {Link: "count"},
		},
		Prerenders: map[string]*buildoutput.Prerender{"cached": {}},
		Extra:      map[string]buildoutput.File{buildoutput.ManifestFile: {Content: buildoutput.Bytes("{}")}},
	}
}

// deploy puts an output in its place as a build does, and waits until a request must notice.
func deploy(t *testing.T, out *buildoutput.Output, dir string) {
	t.Helper()
	staged, err := out.Stage(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lookEvery)
}

// released serves release 1 and gives its directory.
func released(t *testing.T, opts Options) (*Server, string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	dir := filepath.Join(t.TempDir(), "output")
	deploy(t, release(t, 1), dir)
	s, err := New(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

// TestNewOutput is served from the next request on, with an empty cache, and the processes of the one before end.
func TestNewOutput(t *testing.T) {
	s, dir := released(t, Options{})
	pid, _, _ := strings.Cut(ask(s, "GET", "/count").Body.String(), " ")
	ask(s, "GET", "/cached")
	if got := ask(s, "GET", "/cached").Header().Get("X-Vercel-Cache"); got != "HIT" {
		t.Errorf("before: %s", got)
	}
	deploy(t, release(t, 2), dir)
	if w := ask(s, "GET", "/a"); w.Body.String() != "2" {
		t.Errorf("got %q", w.Body)
	}
	if w := ask(s, "GET", "/only-1"); w.Code != 404 {
		t.Errorf("/only-1: %d", w.Code)
	}
	if got := ask(s, "GET", "/cached").Header().Get("X-Vercel-Cache"); got != "MISS" {
		t.Errorf("after: %s", got)
	}
	s.retiring.Wait()
	process, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(process, 0); err != syscall.ESRCH {
		t.Errorf("process %d of the previous output: %v", process, err)
	}
}

// TestRequestKeepsItsOutput has an invocation under way while the next output comes.
func TestRequestKeepsItsOutput(t *testing.T) {
	began := make(chan bool, 1)
	s, dir := released(t, Options{FunctionLog: func(line emulator.Line) {
		if line.Text == "started" {
			began <- true
		}
	}})
	answered := make(chan string)
	go func() {
		w := ask(s, "GET", "/slow")
		answered <- fmt.Sprint(w.Code, w.Body)
	}()
	<-began
	deploy(t, release(t, 2), dir)
	if w := ask(s, "GET", "/a"); w.Body.String() != "2" {
		t.Errorf("got %q", w.Body)
	}
	if got := <-answered; got != "200 slow" {
		t.Errorf("the request under way got %q", got)
	}
}

// TestBrokenOutput leaves the previous one in service, says so once, and serves the next good one.
func TestBrokenOutput(t *testing.T) {
	var log bytes.Buffer
	s, dir := released(t, Options{Log: slog.New(slog.NewTextHandler(&locked{w: &log}, nil))})
	ask(s, "GET", "/cached")
	writeConfig := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lookEvery)
	}
	writeConfig(`{"version": 3,`)
	for range 3 {
		if w := ask(s, "GET", "/a"); w.Code != 200 || w.Body.String() != "1" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	}
	if got := ask(s, "GET", "/cached").Header().Get("X-Vercel-Cache"); got != "HIT" {
		t.Errorf("the cache of the previous output: %s", got)
	}
	if n := strings.Count(log.String(), "the new output cannot be served"); n != 1 || !strings.Contains(log.String(), "config.json") {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
	writeConfig(`{"version": 3, "routes": [{"src": "/a", "dest": "/b?x"}]}`)
	if w := ask(s, "GET", "/a"); w.Code != 200 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "new output") {
		t.Errorf("nothing said:\n%s", log.String())
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if w := ask(s, "GET", "/missing"); w.Code != 404 {
		t.Errorf("without a directory: %d", w.Code)
	}
	deploy(t, release(t, 3), dir)
	if w := ask(s, "GET", "/a"); w.Body.String() != "3" {
		t.Errorf("got %q", w.Body)
	}
}

// TestBuildsUnderLoad exchanges the directory while clients read: each page is there at any moment, and nobody sees an
// older release after a newer one.
func TestBuildsUnderLoad(t *testing.T) {
	s, dir := released(t, Options{})
	stop := make(chan bool)
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			last := 0
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				w := ask(s, "GET", []string{"/a", "/b"}[i%2])
				n, err := strconv.Atoi(w.Body.String())
				if w.Code != http.StatusOK || err != nil || n < last {
					t.Errorf("%d %q after release %d", w.Code, w.Body, last)
					return
				}
				last = n
			}
		})
	}
	for n := 2; n <= 12; n++ {
		deploy(t, release(t, n), dir)
	}
	close(stop)
	clients.Wait()
}
