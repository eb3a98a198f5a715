package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

var conformance = flag.Bool("conformance", false, "build the projects in testdata/conformance, which needs npm and its registry, and make their requests")

// conformancePatience is how long a request with ">>" is repeated.
const conformancePatience = 10 * time.Second

// TestConformance builds each project in testdata/conformance with the tools that its users have, serves the output, and compares
// the responses with what the documents of the framework and of the platform say. It prints a table, which -update writes to
// the README.
func TestConformance(t *testing.T) {
	if !*conformance {
		t.Skip("it takes minutes and needs the network: `make conformance` runs it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	builder := newConformanceBuilder(t)
	var results []conformanceResult
	for _, project := range conformanceProjects(t) {
		result := conformanceResult{conformanceProject: project}
		t.Run(project.name, func(t *testing.T) {
			output := builder.build(t, project)
			result.replay(t, output)
		})
		results = append(results, result)
	}
	table := conformanceTable(results)
	fmt.Print("\n", table, "\n")
	if *update && !t.Failed() {
		updateConformanceTable(t, table)
	}
}

// conformanceResult is what a project's requests brought.
type conformanceResult struct {
	conformanceProject
	agreed    int
	different int // those on purpose
}

// replay serves an output and makes the requests of its project.
func (r *conformanceResult) replay(t *testing.T, output string) {
	if needsPort3000(t, output) {
		listener, err := net.Listen("tcp", "127.0.0.1:3000")
		if err != nil {
			t.Skipf("its function listens on port 3000 of this machine, which is taken: %v", err)
		}
		listener.Close()
	}
	p := previewing(t, output, "--quiet", "--store", t.TempDir()) // an output that is kept from an earlier run starts anew
	c := &conformanceVisitor{origin: p.address, kept: []string{"{origin}", p.address, "{token}", bypassTokenOf(t, output)}}
	for _, exchange := range r.exchanges {
		r.visit(t, c, exchange)
	}
	if code, _, stderr := p.stop(); code != exitOK || t.Failed() {
		t.Logf("exit %d, said\n%s", code, stderr)
	}
}

func (r *conformanceResult) visit(t *testing.T, c *conformanceVisitor, exchange *outputtest.Exchange) {
	t.Helper()
	where := fmt.Sprintf("%s/requests.txt:%d: %s %s", r.name, exchange.Line, exchange.Method, exchange.Target)
	reason := differenceOf(exchange)
	plain := *exchange
	plain.Expect = slices.DeleteFunc(slices.Clone(exchange.Expect), func(line string) bool { return strings.HasPrefix(line, differs) })
	problems, err := c.make(&plain)
	switch {
	case err != nil:
		t.Errorf("%s: %v", where, err)
	case reason == "" && len(problems) == 0:
		r.agreed++
	case reason == "":
		t.Errorf("%s:\n\t%s", where, strings.Join(problems, "\n\t"))
	case len(problems) == 0:
		t.Errorf("%s: agrees now: remove the line that says it differs", where)
	default:
		r.different++
	}
}

// conformanceVisitor makes requests and keeps parts of responses.
type conformanceVisitor struct {
	origin string
	kept   []string // pairs of a name in braces and its value
}

// make makes the request of an exchange, again and again if it says so.
func (c *conformanceVisitor) make(exchange *outputtest.Exchange) (problems []string, err error) {
	e := c.fill(exchange)
	for end := time.Now().Add(conformancePatience); ; time.Sleep(100 * time.Millisecond) {
		status, header, body, err := c.ask(e)
		if err != nil {
			return nil, err
		}
		problems = e.Differences(status, header, body)
		if len(problems) > 0 && e.Repeat && time.Now().Before(end) {
			continue
		}
		return problems, c.keep(exchange, header, body)
	}
}

// fill puts what was kept in the place of names, and leaves out what is for [conformanceVisitor.keep].
func (c *conformanceVisitor) fill(exchange *outputtest.Exchange) *outputtest.Exchange {
	known := strings.NewReplacer(c.kept...)
	e := *exchange
	e.Target = known.Replace(e.Target)
	e.Header, e.Expect = nil, nil
	for _, line := range exchange.Header {
		e.Header = append(e.Header, known.Replace(line))
	}
	for _, line := range exchange.Expect {
		if !strings.HasPrefix(line, "keep ") {
			e.Expect = append(e.Expect, known.Replace(line))
		}
	}
	return &e
}

var keepLine = regexp.MustCompile(`^keep (\w+): (\S+) (.+)$`)

func (c *conformanceVisitor) keep(exchange *outputtest.Exchange, header http.Header, body string) error {
	for _, line := range exchange.Expect {
		if !strings.HasPrefix(line, "keep ") {
			continue
		}
		parts := keepLine.FindStringSubmatch(line)
		if parts == nil {
			return fmt.Errorf("%q is not of the form \"keep NAME: HEADER PATTERN\"", line)
		}
		pattern, err := regexp.Compile(parts[3])
		if err != nil {
			return err
		}
		text := body
		if parts[2] != "body" {
			text = strings.Join(header.Values(parts[2]), ", ")
		}
		found := pattern.FindStringSubmatch(text)
		if len(found) < 2 {
			return fmt.Errorf("nothing to keep as %s in %q", parts[1], text)
		}
		c.kept = append([]string{"{" + parts[1] + "}", found[1]}, c.kept...) // before one of the same name
	}
	return nil
}

// ask sends one request as it is written, and reads the response.
func (c *conformanceVisitor) ask(e *outputtest.Exchange) (status int, header http.Header, body string, err error) {
	var content string
	headers := http.Header{}
	for _, line := range e.Header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "body" {
			content = value
			continue
		}
		headers.Add(name, value)
	}
	req, err := http.NewRequest(e.Method, c.origin, strings.NewReader(content))
	if err != nil {
		return 0, nil, "", err
	}
	path, query, _ := strings.Cut(e.Target, "?")
	req.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Opaque: path, RawQuery: query}
	req.Header, req.Host = headers, headers.Get("Host")
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(text), err
}

// bypassTokenOf is the one token of an output's prerender configs.
func bypassTokenOf(t *testing.T, output string) (token string) {
	t.Helper()
	eachFile(t, output, ".prerender-config.json", func(content []byte) {
		var config struct{ BypassToken string }
		if err := json.Unmarshal(content, &config); err != nil {
			t.Fatal(err)
		}
		if token != "" && config.BypassToken != "" && token != config.BypassToken {
			t.Errorf("the output has the tokens %s and %s", token, config.BypassToken)
		}
		if config.BypassToken != "" {
			token = config.BypassToken
		}
	})
	return token
}

// needsPort3000 finds the functions of @vercel/go, which listen there whatever they are told.
func needsPort3000(t *testing.T, output string) (found bool) {
	t.Helper()
	eachFile(t, output, ".vc-config.json", func(content []byte) {
		var config struct{ Runtime string }
		if err := json.Unmarshal(content, &config); err != nil {
			t.Fatal(err)
		}
		found = found || config.Runtime == buildoutput.RuntimeExecutable
	})
	return found
}

// eachFile reads all files of a directory whose names end in a text.
func eachFile(t *testing.T, dir, end string, do func(content []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, end) {
			return err
		}
		content, err := os.ReadFile(name)
		do(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// conformanceTable is the results as Markdown, with what they are of.
func conformanceTable(results []conformanceResult) string {
	var b strings.Builder
	node, err := exec.Command("node", "--version").Output()
	if err != nil {
		node = []byte("unknown")
	}
	fmt.Fprintf(&b, "%s%s, with Node.js %s and Go %s.\n\n", conformanceCaption, time.Now().Format(time.DateOnly),
		strings.TrimPrefix(strings.TrimSpace(string(node)), "v"), strings.TrimPrefix(runtime.Version(), "go"))
	b.WriteString(conformanceHead)
	for _, r := range results {
		fmt.Fprintf(&b, "%s| %d | %d |\n", r.row(), r.agreed, r.different)
	}
	b.WriteString("\n")
	for _, r := range results {
		b.WriteString(r.differences())
	}
	return b.String()
}
