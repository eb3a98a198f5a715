package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outputOf makes a Build Output of files, by their path.
func outputOf(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// served is a preview that runs as a command does.
type served struct {
	address string // without a last slash
	cancel  context.CancelFunc
	code    chan int
	stdout  chan string
	stderr  bytes.Buffer
}

// previewing runs isrgen preview until it is stopped.
func previewing(t *testing.T, args ...string) *served {
	t.Helper()
	return serve(t, append([]string{"preview"}, args...)...)
}

// serve runs a command that serves until it is stopped.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &served{cancel: cancel, code: make(chan int, 1), stdout: make(chan string, 1)}
	out, in := io.Pipe()
	go func() {
		p.code <- run(ctx, append(args, "--port", "0"), in, &p.stderr)
		in.Close()
	}()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("exit %d: %s", <-p.code, p.stderr.String())
	}
	_, address, _ := strings.Cut(strings.TrimSpace(first), " at ")
	p.address = strings.TrimSuffix(address, "/")
	go func() {
		rest, _ := io.ReadAll(lines)
		p.stdout <- first + string(rest)
	}()
	return p
}

// get asks for a path and gives the body.
func (p *served) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get(p.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// stop interrupts the command and gives what it said.
func (p *served) stop() (code int, stdout, stderr string) {
	p.cancel()
	code = <-p.code
	return code, <-p.stdout, p.stderr.String()
}

// TestPreviewLog asks a running preview for two pages and reads its lines as a program would.
func TestPreviewLog(t *testing.T) {
	dir := outputOf(t, map[string]string{
		"config.json":       `{"version": 3, "routes": [{"src": "/old", "dest": "/new?x"}]}`,
		"static/index.html": "home",
		"static/new":        "new",
	})
	p := previewing(t, dir, "--log", "json")
	p.get(t, "/old?secret=1")
	p.get(t, "/missing")
	code, _, stderr := p.stop()
	if code != exitOK {
		t.Errorf("exit %d", code)
	}
	var got []map[string]any
	for line := range strings.Lines(stderr) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if ms, ok := entry["durationMs"].(float64); !ok || ms < 0 {
			t.Errorf("no duration: %s", line)
		}
		for _, varying := range []string{"time", "durationMs"} {
			delete(entry, varying)
		}
		got = append(got, entry)
	}
	text, _ := json.Marshal(got)
	want := `[{"cache":"HIT","level":"INFO","method":"GET","msg":"request","output":"new","path":"/old","route":0,"src":"/old","status":200},` +
		`{"cache":"MISS","code":"NOT_FOUND","err":"404 NOT_FOUND","level":"INFO","method":"GET","msg":"request","path":"/missing","status":404}]`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestPreviewQuiet(t *testing.T) {
	p := previewing(t, outputOf(t, map[string]string{"config.json": `{"version": 3}`}), "-q")
	p.get(t, "/missing")
	if code, _, stderr := p.stop(); code != exitOK || stderr != "" {
		t.Errorf("exit %d, wrote %s", code, stderr)
	}
}

// TestPreviewCrons prints each as a command that works.
func TestPreviewCrons(t *testing.T) {
	p := previewing(t, outputOf(t, map[string]string{
		"config.json":  `{"version": 3, "crons": [{"path": "/daily", "schedule": "0 5 * * *"}, {"path": "/a?b=1&c=2", "schedule": "* * * * *"}]}`,
		"static/daily": "done",
	}))
	if got := p.get(t, "/daily"); got != "done" {
		t.Errorf("got %q", got)
	}
	_, stdout, _ := p.stop()
	for _, want := range []string{"  0 5 * * *   curl -A vercel-cron/1.0 " + p.address + "/daily\n", " '" + p.address + "/a?b=1&c=2'\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// TestPreviewUsage has command lines that are at fault, and a directory that is.
func TestPreviewUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"preview", "--log", "xml"}, exitUsage, "--log"},
		{[]string{"preview", "--port", "70000"}, exitUsage, "--port"},
		{[]string{"preview", "a", "b"}, exitUsage, "arg"},
		{[]string{"preview", "--port", "0", filepath.Join(t.TempDir(), "none")}, exitFailed, "isrgen build"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), test.args, &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: exit %d, %s", test.args, code, stderr.String())
		}
	}
}
