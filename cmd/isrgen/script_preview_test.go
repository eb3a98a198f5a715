package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something before it fails.
const patience = 30 * time.Second

// previewKey finds the preview among the values of a script.
type previewKey struct{}

// previewed is the preview that a script runs, if any.
type previewed struct {
	url  string
	stop func() (exit int)
}

// startPreview is `preview [ARGUMENT...]`: isrgen preview on a free port, in the background. $URL is where it serves, and
// preview.log in the script's directory what it prints.
func startPreview(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value(previewKey{}).(*previewed)
	if neg || p.stop != nil {
		ts.Fatalf("usage: preview [ARGUMENT...], one at a time")
	}
	if len(args) == 0 {
		args = []string{".vercel/output"}
	}
	args[0] = ts.MkAbs(args[0])
	log, err := os.Create(ts.MkAbs("preview.log"))
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	stdout := &firstLine{w: log, line: make(chan string, 1)}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, append([]string{"preview", "--port", "0"}, args...), stdout, log) }()
	p.stop = sync.OnceValue(func() int {
		defer log.Close()
		cancel()
		return <-ended
	})
	ts.Defer(func() { p.stop() })
	select {
	case line := <-stdout.line:
		_, p.url, _ = strings.Cut(line, " at ")
		p.url = strings.TrimSuffix(p.url, "/")
		ts.Setenv("URL", p.url)
	case code := <-ended:
		ended <- code
		ts.Fatalf("the preview ended at once, with exit code %d: %s", code, ts.ReadFile("preview.log"))
	}
}

// firstLine is a writer that sends the first line written to it.
type firstLine struct {
	w    io.Writer
	line chan string
	once sync.Once
}

func (f *firstLine) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.once.Do(func() { f.line <- strings.TrimSpace(string(b)) })
	return n, err
}

// stopPreview is `stop`: it ends the preview, which must have gone on until then and end well.
func stopPreview(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value(previewKey{}).(*previewed)
	if neg || len(args) > 0 || p.stop == nil {
		ts.Fatalf("usage: stop, after preview")
	}
	if code := p.stop(); code != exitOK {
		ts.Fatalf("the preview ended with exit code %d: %s", code, ts.ReadFile("preview.log"))
	}
	p.stop = nil
}

// visit is one request of a script: the arguments of get.
type visit struct {
	method, path, body, output string
	header                     http.Header
}

const visitUsage = "get [-X METHOD] [-H 'NAME: VALUE']... [-b BODY] [-o FILE] PATH"

func parseVisit(ts *testscript.TestScript, args []string) *visit {
	v := &visit{method: http.MethodGet, header: http.Header{}}
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

func (v *visit) do(url string) (*answer, error) {
	req, err := http.NewRequest(v.method, url+v.path, strings.NewReader(v.body))
	if err != nil {
		return nil, err
	}
	req.Header = v.header.Clone()
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
	if _, err := strconv.Atoi(a.header.Get("Age")); err != nil || a.cache == "" {
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
	a, err := parseVisit(ts, args).do(ts.Getenv("URL"))
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
	v := parseVisit(ts, args[2:])
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
	v := parseVisit(ts, args[1:])
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
