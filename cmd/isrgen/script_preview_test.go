package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something before it fails.
const patience = 30 * time.Second

// previewKey finds the preview among the values of a script.
type previewKey struct{}

// previewed is the preview that a script runs, if any.
type previewed struct {
	cmd   *exec.Cmd
	ended chan error // from Wait
}

// scriptPreview is `preview [ARGUMENT...]`: isrgen preview on a free port, in the background. $URL is where it serves, $PORT the
// port, and preview.log in the script's directory what it prints.
func scriptPreview(ts *testscript.TestScript, neg bool, args []string) {
	serveInScript(ts, neg, "preview", args)
}

// scriptDev is `dev [ARGUMENT...]`: the same for isrgen dev, and its log is dev.log.
func scriptDev(ts *testscript.TestScript, neg bool, args []string) {
	serveInScript(ts, neg, "dev", args)
}

func serveInScript(ts *testscript.TestScript, neg bool, command string, args []string) {
	p := ts.Value(previewKey{}).(*previewed)
	if neg || p.cmd != nil {
		ts.Fatalf("usage: %s [ARGUMENT...], one at a time", command)
	}
	ts.Setenv(servedVariable, command)
	log, err := os.Create(filepath.Join(ts.Getenv("WORK"), command+".log"))
	ts.Check(err)
	defer log.Close()
	stdout, err := os.Create(filepath.Join(ts.Getenv("WORK"), ".tmp", "preview.out"))
	ts.Check(err)
	defer stdout.Close()
	p.cmd = exec.Command(isrgenBinary(ts), append([]string{command, "--port", "0"}, args...)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = ts.MkAbs("."), stdout, log
	p.cmd.Env = append(os.Environ(), tokenVariable+"="+ts.Getenv(tokenVariable))
	ts.Check(p.cmd.Start())
	p.ended = make(chan error, 1)
	go func() { p.ended <- p.cmd.Wait() }()
	ts.Defer(func() {
		if p.cmd != nil {
			p.cmd.Process.Kill()
			<-p.ended
			p.cmd = nil // a script may have run several, one after the other
		}
	})
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(patience); ; {
		text, err := os.ReadFile(stdout.Name())
		ts.Check(err)
		if m := serving.FindSubmatch(text); m != nil {
			ts.Setenv("URL", string(m[1]))
			ts.Setenv("PORT", string(m[2]))
			return
		}
		select {
		case <-again.C:
		case err := <-p.ended:
			p.cmd = nil
			ts.Fatalf("isrgen %s ended at once: %v: %s", command, err, ts.ReadFile(log.Name()))
		case <-deadline:
			ts.Fatalf("isrgen %s did not say in %v where it serves", command, patience)
		}
	}
}

// servedVariable is set in scripts to the command that serves.
const servedVariable = "SERVED"

// serving is all that a preview prints to stdout.
var serving = regexp.MustCompile(`^Serving .* at (http://localhost:(\d+))/\n$`)

// quitPreview is `quit [INT|TERM]`: it ends the preview, which must end well and leave no process of a function.
func quitPreview(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value(previewKey{}).(*previewed)
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}
	if len(args) == 0 {
		args = []string{"INT"}
	}
	if neg || p.cmd == nil || signals[args[0]] == nil {
		ts.Fatalf("usage: quit [INT|TERM], after preview")
	}
	functions := children(p.cmd.Process.Pid)
	ts.Check(p.cmd.Process.Signal(signals[args[0]]))
	select {
	case err := <-p.ended:
		p.cmd = nil
		if err != nil {
			ts.Fatalf("it ended with %v: %s", err, ts.ReadFile(filepath.Join(ts.Getenv("WORK"), ts.Getenv(servedVariable)+".log")))
		}
	case <-time.After(patience):
		ts.Fatalf("the preview goes on %v after SIG%s", patience, args[0])
	}
	for _, pid := range functions {
		if stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat")); err == nil && !bytes.Contains(stat, []byte(") Z ")) {
			ts.Fatalf("a function's process outlives the preview: %s", stat)
		}
	}
}

// children are the processes that a process started, by id.
func children(pid int) (ids []string) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		ids = append(ids, strings.Fields(string(text))...)
	}
	return ids
}

// request is one request of a script: the arguments of get.
type request struct {
	method, path, body, output string
	header                     http.Header
	cached                     bool // responses come from a cache, and say so
}

const visitUsage = "get [-X METHOD] [-H 'NAME: VALUE']... [-b BODY] [-o FILE] PATH"

func parseRequest(ts *testscript.TestScript, args []string) *request {
	v := &request{method: http.MethodGet, header: http.Header{}, cached: ts.Getenv(servedVariable) != "dev"}
	for ; len(args) > 2 && strings.HasPrefix(args[0], "-"); args = args[2:] {
		switch args[0] {
		case "-X":
			v.method = args[1]
		case "-H":
			name, value, _ := strings.Cut(args[1], ": ")
			v.header.Add(name, value)
		case "-b":
			v.body = args[1]
		case "-o":
			v.output = ts.MkAbs(args[1])
		default:
			ts.Fatalf("usage: %s", visitUsage)
		}
	}
	if len(args) != 1 {
		ts.Fatalf("usage: %s", visitUsage)
	}
	v.path = args[0]
	return v
}

// client asks without following redirects. Each script's requests may come at the same time.
var client = &http.Client{
	Timeout:       patience,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// shownHeaders are the headers in what get prints.
var shownHeaders = []string{"age", "allow", "cache-control", "content-type", "location", "refresh", "set-cookie",
	"x-isrgen-reason", "x-vercel-error"}

// answer is a response as scripts see it.
type answer struct {
	status int
	cache  string
	header http.Header
	body   []byte
}

func (v *request) do(url string) (*answer, error) {
	req, err := http.NewRequest(v.method, url+v.path, strings.NewReader(v.body))
	if err != nil {
		return nil, err
	}
	req.Header, req.Host = v.header.Clone(), v.header.Get("Host")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{resp.StatusCode, resp.Header.Get("X-Vercel-Cache"), resp.Header, body}
	if _, err := strconv.Atoi(a.header.Get("Age")); v.cached && (err != nil || a.cache == "") {
		return nil, fmt.Errorf("%s %s: x-vercel-cache %q and age %q belong to every response", v.method, v.path, a.cache, a.header.Get("Age"))
	}
	if v.output != "" {
		err = os.WriteFile(v.output, body, 0o644)
	}
	return a, err
}

// text gives status and x-vercel-cache in the first line, then headers, an empty line and the body.
func (a *answer) text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %s\n", a.status, a.cache)
	for _, name := range shownHeaders {
		for _, value := range a.header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&b, "\n%s", a.body)
	return b.String()
}

// get is one request to the preview. What came back is in stdout.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("get succeeds with any response; look at stdout")
	}
	a, err := parseRequest(ts, args).do(ts.Getenv("URL"))
	ts.Check(err)
	io.WriteString(ts.Stdout(), a.text())
}

// eventually is `eventually PATTERN get ARGUMENT...`: it asks until the response matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[1] != "get" {
		ts.Fatalf("usage: eventually PATTERN %s", visitUsage)
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	v := parseRequest(ts, args[2:])
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(patience); ; {
		a, err := v.do(ts.Getenv("URL"))
		ts.Check(err)
		text := a.text()
		if pattern.MatchString(text) {
			io.WriteString(ts.Stdout(), text)
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			ts.Fatalf("%s did not match %q in %v; the last response:\n%s", v.path, args[0], patience, text)
		}
	}
}

// burst is `burst N PATH`: N requests at the same time. It prints how often each first line and reason came back, and
// fails unless all bodies are the same.
func burst(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: burst N PATH")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	v := parseRequest(ts, args[1:])
	url := ts.Getenv("URL")
	answers := make([]*answer, n)
	failures := make([]error, n)
	var visitors sync.WaitGroup
	together := make(chan struct{})
	for i := range n {
		visitors.Go(func() {
			<-together
			answers[i], failures[i] = v.do(url)
		})
	}
	close(together)
	visitors.Wait()
	counts := map[string]int{}
	for i, a := range answers {
		ts.Check(failures[i])
		counts[strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, a.cache, a.header.Get("X-Isrgen-Reason")))]++
		if !bytes.Equal(a.body, answers[0].body) {
			ts.Fatalf("two visitors got different bodies")
		}
	}
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(ts.Stdout(), "%d x %s\n", counts[line], line)
	}
}
