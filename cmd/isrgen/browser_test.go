package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/site"
)

// These tests look at pages as readers do: testdata/browser/check.mjs opens them in Chromium, in light and in dark, on a
// desktop and on a phone, with the keyboard and without scripts, and has axe-core judge their accessibility.

const browserProgram = "../../testdata/browser"

// visit is a line that check.mjs writes: one request, and what is wrong with the page that came.
type visit struct {
	Request string   `json:"request"` // such as "GET /guide/"
	Status  int      `json:"status"`
	Cache   string   `json:"cache"` // x-vercel-cache
	Faults  []string `json:"faults"`
}

// browse has a browser follow the links of the site at address, and make some more requests, such as "GET /none/ 404". It
// skips the test where there is no browser.
func browse(t *testing.T, address string, requests ...string) map[string]visit {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"check.mjs", browser(t), address}, requests...)...)
	cmd.Dir = browserProgram
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("check.mjs: %v\n%s", err, &stderr)
	}
	visits := map[string]visit{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var v visit
		if err := decoder.Decode(&v); err == io.EOF {
			return visits
		} else if err != nil {
			t.Fatal(err)
		}
		visits[v.Request] = v
	}
}

// browser finds Chromium, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	// Go runs a test anew if a file changed that the test itself looked at.
	for _, name := range []string{"check.mjs", "inpage.mjs", "package-lock.json"} {
		if _, err := os.Stat(filepath.Join(browserProgram, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(browserProgram, "node_modules")); err != nil {
		t.Skip("the browser's driver is missing: run `npm ci --ignore-scripts` in testdata/browser")
	}
	if file := os.Getenv("CHROME_PATH"); file != "" {
		return file
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	t.Skip("no browser: install Chromium (on Debian, `apt-get install chromium`), or name one in CHROME_PATH")
	return ""
}

// startPreview serves an output until the test ends, and gives its address.
func startPreview(t *testing.T, dir string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	stdout, into := io.Pipe()
	var stderr bytes.Buffer
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"preview", dir, "--port", "0", "--quiet"}, into, &stderr)
		into.Close()
	}()
	t.Cleanup(func() {
		stop()
		if code := <-exit; code != exitOK {
			t.Errorf("the preview ended with %d", code)
		}
		if t.Failed() {
			t.Logf("the preview said:\n%s", &stderr)
		}
	})
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), " at ")
	if !ok {
		stop()
		t.Fatalf("the preview said %q", line)
	}
	return address
}

// TestSitesInBrowser opens every page of the sample site and of the documentation, all of which can be reached by links.
func TestSitesInBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	for _, test := range []struct {
		name     string
		deferred string // where the deferred pages are
	}{{"blog", "/glossary/"}, {"docs", "/reference/findings/"}} {
		t.Run(test.name, func(t *testing.T) { browseSite(t, test.name, test.deferred) })
	}
}

func browseSite(t *testing.T, name, below string) {
	source := t.TempDir()
	if err := os.CopyFS(source, os.DirFS("../../testdata/site/"+name)); err != nil {
		t.Fatal(err)
	}
	report := buildForThisMachine(t, source)
	visits := browse(t, startPreview(t, report.Destination), "GET /none/ 404", "GET "+below+"none/ 404", "POST /guide/ 405")

	deferred := 0
	for request, v := range visits {
		for _, fault := range v.Faults {
			t.Errorf("%s: %s", request, fault)
		}
		if strings.HasPrefix(request, "GET "+below) && v.Status == 200 && v.Cache == "MISS" {
			deferred++
		}
	}
	if deferred != report.Totals.Deferred || deferred == 0 {
		t.Errorf("links lead to %d deferred pages, and there are %d", deferred, report.Totals.Deferred)
	}
	for _, route := range report.Routes {
		forPrograms := path.Ext(route.Path) == ".xml" || path.Ext(route.Path) == ".json" // feeds, the sitemap, and what the search reads
		if route.Kind == site.Deferred || route.Path == site.NotFoundPath || route.Path == site.MethodNotAllowedPath || forPrograms {
			continue
		}
		if _, ok := visits["GET "+(&url.URL{Path: route.Path}).EscapedPath()]; !ok {
			t.Errorf("no link leads to %s", route.Path)
		}
	}
}

// buildForThisMachine builds a site whose functions run here.
func buildForThisMachine(t *testing.T, source string) *generator.Report {
	t.Helper()
	config := filepath.Join(source, "isrgen.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOARCH == "arm64" {
		text = append([]byte("architecture: arm64\n"), text...)
	}
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"build", "-s", source, "--json"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	report := new(generator.Report)
	if err := json.Unmarshal(stdout.Bytes(), report); err != nil {
		t.Fatal(err)
	}
	return report
}

// sound is a page without a fault.
const sound = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title>
<meta name="description" content="A page without a fault.">
<link rel="icon" href="data:,">
<style>:root { color-scheme: light dark; background: #fff; color: #000 } @media (prefers-color-scheme: dark) { :root { background: #000; color: #fff } }</style>
</head>
<body>
<main>
<h1>A page</h1>
<p>To <a href="/">itself</a>.</p>
</main>
</body>
</html>
`

// writeOutput makes a Build Output of static files.
func writeOutput(t *testing.T, config string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "static"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "static", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestErrorPagesInBrowser opens the error pages that the preview shows where an output has none.
func TestErrorPagesInBrowser(t *testing.T) {
	config := `{"version": 3, "routes": [
		{"src": "/elsewhere", "dest": "https://example.com/a/long/address/that/does/not/fit/on/a/narrow/screen/without/a/break"},
		{"src": "/forbidden", "status": 403}
	]}`
	address := startPreview(t, writeOutput(t, config, map[string]string{"index.html": sound}))
	for request, v := range browse(t, address, "GET /none 404", "GET /forbidden 403", "GET /elsewhere 502", "POST / 405") {
		for _, fault := range v.Faults {
			t.Errorf("%s: %s", request, fault)
		}
	}
}

// TestBrowserFindsFaults makes one change to a sound page at a time, and expects the fault to be found.
func TestBrowserFindsFaults(t *testing.T) {
	const link = `<a href="/">itself</a>`
	changes := []struct{ old, new, fault string }{
		{`<title>A page</title>`, ``, "no title"},
		{` lang="en"`, ``, "no language"},
		{`<meta name="description"`, `<meta name="other"`, "no description"},
		{`<style>`, `<link rel="canonical" href="https://www.example.com/other"><style>`, "canonical address is https://www.example.com/other"},
		{link, link + `<script>console.warn("hm")</script>`, "console warning: hm"},
		{link, link + `<script>throw new Error("oh")</script>`, "script: oh"},
		{link, link + `<script>alert("hey")</script>`, "alert: hey"},
		{link, link + `<script src="/none.js"></script>`, "status 404 of /none.js"},
		{link, link + `<img src="http://localhost:1/dot.png" alt="">`, "request to another host: http://localhost:1/dot.png"},
		{link, link + `<img src="http://localhost:1/dot.png" alt="">`, "request failed: http://localhost:1/dot.png"},
		{link, link + `<script>document.querySelector("h1").append(", more")</script>`, "without scripts: other headings"},
		{link, link + ` <a href="/none">gone</a>`, "link to /none: status 404"},
		{link, link + ` <a href="/none.pdf">gone</a>`, "link to /none.pdf: status 404"},
		{link, link + ` <a href="/#none">gone</a>`, "link to /#none: no such place in that page"},
		{link, link + ` <a href="/" tabindex="-1">again</a>`, "keyboard: stop 2 is nowhere"},
		{`</style>`, `:focus { outline: none }</style>`, "keyboard: focus on a \"itself\" is not visible"},
		{`<main>`, `<nav aria-label="Site">` + link + `</nav><main>`, "keyboard: the first stop is not a skip link"},
		{`<main>`, `<a href="#top">Skip to content</a><nav aria-label="Site">` + link + `</nav><main>`, "keyboard: the skip link does not lead to main"},
		{`</style>`, `p { min-width: 340px }</style>`, "320 px: scrolls sideways, for p."},
		{`</style>`, `p { min-width: 900px }</style>`, "360 px: scrolls sideways, for p."},
		{`</style>`, `p { min-width: 1400px }</style>`, "1280 px: scrolls sideways, for p."},
		{`<p>To`, `<p style="color: #aaa">To`, "axe color-contrast, light: "},
		{`<p>To`, `<p style="color: #444">To`, "axe color-contrast, dark: "},
		{`</style>`, `@media (max-width: 400px) { main { display: none } }</style>`, "axe landmark-one-main, 360 px: "},
		{`<p>To`, `<h4>Deep</h4><p>To`, "axe heading-order, light: "},
		{`</main>`, `</main><p>Outside of every landmark.</p>`, "axe region, light: "},
	}
	files := map[string]string{"index.html": sound, "sound.html": sound}
	requests := []string{"GET /sound.html 404", "GET /moved 200"}
	for i, change := range changes {
		if strings.Count(sound, change.old) != 1 {
			t.Fatalf("%q is not in the sound page once", change.old)
		}
		name := fmt.Sprintf("%d.html", i)
		files[name] = strings.Replace(sound, change.old, change.new, 1)
		requests = append(requests, "GET /"+name+" 200")
	}
	config := `{"version": 3, "routes": [{"src": "/moved", "status": 308, "headers": {"Location": "/"}}]}`
	visits := browse(t, startPreview(t, writeOutput(t, config, files)), requests...)
	for i, change := range changes {
		expectFault(t, visits[fmt.Sprintf("GET /%d.html", i)], change.new, change.fault)
	}
	expectFault(t, visits["GET /sound.html"], "another status", "status 200, not 404")
	expectFault(t, visits["GET /moved"], "a redirect", "leads to /")
	if faults := visits["GET /"].Faults; len(faults) > 0 {
		t.Errorf("the sound page: %q", faults)
	}
}

// expectFault wants a fault that begins with a text.
func expectFault(t *testing.T, v visit, change, fault string) {
	t.Helper()
	for _, found := range v.Faults {
		if strings.HasPrefix(found, fault) {
			return
		}
	}
	t.Errorf("%s: found %q, want %q", change, v.Faults, fault)
}
