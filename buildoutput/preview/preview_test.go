package preview

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

const token = "0123456789abcdef0123456789abcdef"

// binary is the test function of package emulator, compiled once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "isrgen-preview-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "bootstrap")
	out, err := exec.Command("go", "build", "-o", file, "../emulator/testdata/function").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// unpack writes a Build Output. In place of a file, FUNCTION becomes the test function, and "HOST" the architecture of this machine.
func unpack(t *testing.T, files []txtar.File) (dir string) {
	t.Helper()
	arch := buildoutput.ArchAMD64
	if runtime.GOARCH == "arm64" {
		arch = buildoutput.ArchARM64
	}
	var plain []txtar.File
	var functions []string
	for _, file := range files {
		if string(bytes.TrimSpace(file.Data)) == "FUNCTION" {
			functions = append(functions, file.Name)
			continue
		}
		file.Data = bytes.ReplaceAll(file.Data, []byte(`"HOST"`), []byte(`"`+arch+`"`))
		plain = append(plain, file)
	}
	dir = outputtest.Unpack(t, plain)
	for _, name := range functions {
		if err := installFunction(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func installFunction(name string) error {
	file, err := binary()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if os.Link(file, name) == nil {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o755)
}

// open makes a server of testdata/NAME.txtar.
func open(t *testing.T, name string, opts Options) (s *Server, a *txtar.Archive) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range a.Files {
		if _, err := exec.LookPath("node"); err != nil && (bytes.Contains(file.Data, []byte(`"nodejs`)) || bytes.Contains(file.Data, []byte(`"edge"`))) {
			t.Skip("there are functions of Node.js: ", err)
		}
	}
	s, err = New(unpack(t, a.Files), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, a
}

// ask makes one request. Headers are in the form "Name: value".
func ask(s http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := &http.Request{
		Method: method, RequestURI: target, Host: "127.0.0.1:3000", RemoteAddr: "192.0.2.1:1234", Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody,
	}
	parsed := httptest.NewRequest("GET", "/", nil)
	r.URL = parsed.URL
	if u, err := parsed.URL.Parse(target); err == nil {
		r.URL = u
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestRequests makes the requests in the comments of testdata/*.txtar, which are [outputtest.Exchange]s.
func TestRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s, a := open(t, name, Options{Origin: "http://localhost:3000", Log: slog.New(slog.NewTextHandler(&locked{w: &log}, nil))})
			for _, exchange := range outputtest.ParseExchanges(string(a.Comment)) {
				check(t, s, exchange, fmt.Sprintf("%s:%d: %s %s", file, exchange.Line, exchange.Method, exchange.Target))
			}
		})
	}
}

// locked is a writer for several goroutines.
type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// check makes the request of an exchange.
func check(t *testing.T, s http.Handler, exchange *outputtest.Exchange, where string) {
	t.Helper()
	w := ask(s, exchange.Method, exchange.Target, exchange.Header...)
	for _, difference := range exchange.Differences(w.Code, w.Header(), w.Body.String()) {
		t.Errorf("%s: %s", where, difference)
	}
	for _, name := range []string{"x-vercel-cache", "age", "server", "x-vercel-id"} {
		if w.Header().Get(name) == "" {
			t.Errorf("%s: no %s", where, name)
		}
	}
}
