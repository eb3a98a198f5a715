package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// These tests use the inspector as operators do: testdata/browser/inspect.mjs presses each of its buttons with the keyboard, and
// looks for what comes of it. The pictures that it takes are those of the README; with -update they are taken anew.

const (
	screenshots    = browserProgram + "/screenshots"
	mostPictureLen = 150_000
)

// renderingNode is a function that answers with the number of its invocations.
const renderingNode = `let n = 0
module.exports = ({ url }, res) => {
  res.writeHead(200, { 'content-type': 'text/html' })
  res.end('<p>Render ' + ++n + ' of ' + encodeURIComponent(url) + '</p>' + 'x'.repeat(1500))
}
`

// addFunction adds a function to the files of an output, and the config of a prerender unless that is empty.
func addFunction(files map[string]string, output, config string) {
	files["functions/"+output+".func/.vc-config.json"] = `{"runtime": "nodejs22.x", "handler": "index.js", "launcherType": "Nodejs"}`
	files["functions/"+output+".func/index.js"] = renderingNode
	if config != "" {
		files["functions/"+output+".prerender-config.json"] = config
	}
}

// operated is an output with each kind of route.
func operated() map[string]string {
	const secret = `"bypassToken": "0123456789abcdef0123456789abcdef"`
	files := map[string]string{
		"config.json": `{"version": 3, "routes": [{"src": "/archive/(?<year>[^/]+)", "dest": "/archive/[year]?year=$year"}]}`,
	}
	for _, post := range []string{"hello", "regions", "rollbacks"} {
		addFunction(files, "posts/"+post, `{"expiration": 60, "group": 1, `+secret+`}`)
	}
	addFunction(files, "archive/[year]", `{"expiration": false, "allowQuery": ["year"], `+secret+`}`)
	addFunction(files, "search", `{"expiration": 600, "allowQuery": ["q"], "passQuery": true}`)
	addFunction(files, "api/orders", "")
	for _, name := range []string{"index.html", "about.html", "assets/theme.css", "assets/print.css"} {
		files["static/"+name] = name
	}
	for i := range 10 {
		files[fmt.Sprintf("static/assets/photo-%d.jpg", i)] = "photo"
	}
	return files
}

// TestInspectorInBrowser does everything that the inspector has a button for.
func TestInspectorInBrowser(t *testing.T) {
	pictures := t.TempDir()
	if *update {
		pictures = screenshots
	}
	inspectInBrowser(t, operated(), pictures, "acts", 16, "--virtual-clock", "--regions", "iad1,fra1,hnd1", "--latency", "fra1=20ms", "--latency", "hnd1=40ms")
	for _, name := range []string{"inspector.png", "inspector-dark.png", "inspector-phone.png"} {
		info, err := os.Stat(filepath.Join(pictures, name))
		if err != nil || info.Size() > mostPictureLen {
			t.Errorf("%s: %v, or larger than %d bytes", name, err, mostPictureLen)
		}
		if _, err := os.Stat(filepath.Join(screenshots, name)); err != nil {
			t.Errorf("the README has no picture %s: run this test with -update", name)
		}
	}
	if entries, err := os.ReadDir(screenshots); err != nil || len(entries) != 3 {
		t.Errorf("%s has %d files, want the 3 that this test makes: %v", screenshots, len(entries), err)
	}
}

// TestInspectorHostile has names of outputs and queries that would be something else if they were taken for HTML.
func TestInspectorHostile(t *testing.T) {
	files := map[string]string{"config.json": `{"version": 3}`}
	addFunction(files, "search", `{"expiration": 600, "allowQuery": ["q"], "passQuery": true}`)
	for _, output := range []string{
		`<img src=x onerror=alert(1)>`, "\"'`&amp;", "\u202egnp.exe", strings.Repeat("x", 150) + "/" + strings.Repeat("x", 150),
	} {
		addFunction(files, output, "")
	}
	for i := range 300 {
		files[fmt.Sprintf("static/%d.txt", i)] = "text"
	}
	inspectInBrowser(t, files, t.TempDir(), "hostile", 4)
}

// inspectInBrowser runs a script of inspect.mjs, which must make a number of checks, on a preview of an output.
func inspectInBrowser(t *testing.T, files map[string]string, pictures, script string, checks int, flags ...string) {
	t.Helper()
	for _, name := range []string{"inspect.mjs", "browser.mjs"} { // as in browser
		if _, err := os.Stat(filepath.Join(browserProgram, name)); err != nil {
			t.Fatal(err)
		}
	}
	chromium := browser(t)
	output := filepath.Join(t.TempDir(), "output")
	if err := os.Rename(outputOf(t, files), output); err != nil {
		t.Fatal(err)
	}
	p := previewing(t, append([]string{output, "--quiet"}, flags...)...)
	defer func() {
		if code, _, stderr := p.stop(); code != exitOK || t.Failed() {
			t.Errorf("the preview ended with %d and said:\n%s", code, stderr)
		}
	}()
	line := newLine(t, p.address)
	control := httptest.NewServer(line.control(func() error { return deploy(t, output, files) }))
	defer control.Close()
	absolute, err := filepath.Abs(pictures)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "inspect.mjs", chromium, line.server.URL, control.URL, absolute, script)
	cmd.Dir = browserProgram
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("inspect.mjs: %v\n%s", err, &stderr)
	}
	made := 0
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; made++ {
		var check struct {
			Check  string
			Faults []string
		}
		if err := decoder.Decode(&check); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, fault := range check.Faults {
			t.Errorf("%s: %s", check.Check, fault)
		}
	}
	if made != checks {
		t.Errorf("%d checks were made, want %d", made, checks)
	}
}

// deploy exchanges an output for one with another file, as soon as the preview has the old one in its archive.
func deploy(t *testing.T, output string, files map[string]string) error {
	kept := filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+".isrgen-preview", "deployments", "*", "output")
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if found, _ := filepath.Glob(kept); len(found) > 0 {
			break
		}
		if time.Now().After(deadline) {
			return errors.New("the output is not kept")
		}
	}
	next := maps.Clone(files)
	next["static/new.html"] = "new"
	return errors.Join(os.Rename(output, output+"-before"), os.Rename(outputOf(t, next), output))
}

// line is what lies between the browser and the preview, and can break.
type line struct {
	server *httptest.Server
	broken atomic.Bool
}

func newLine(t *testing.T, address string) *line {
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.broken.Load() {
			http.Error(w, "broken", http.StatusBadGateway)
			return
		}
		defer func() { _ = recover() }() // http.ErrAbortHandler, when the line is cut
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		l.server.CloseClientConnections()
		l.server.Close()
	})
	return l
}

// control does what the browser's program asks for.
func (l *line) control(deploy func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		switch r.URL.Path {
		case "/break":
			l.broken.Store(true)
			l.server.CloseClientConnections()
		case "/mend":
			l.broken.Store(false)
		case "/cut":
			l.server.CloseClientConnections()
		case "/deploy":
			err = deploy()
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}
