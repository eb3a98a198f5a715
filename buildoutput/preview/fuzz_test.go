package preview

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// secrets are what no response may hold: a file beside the output, the config, a bypass token, a function's source, a file
// outside by way of a link, and this process's environment.
var secrets = []string{"SECRET-BESIDE", "SECRET-CONFIG", "SECRET-TOKEN-0123456789abcdef0123456789", "SECRET-SOURCE", "SECRET-ENVIRONMENT"}

// guarded is a preview with secrets around it, which may ask no host.
func guarded(t testing.TB) *Server {
	t.Helper()
	t.Setenv("ISRGEN_TEST", "SECRET-ENVIRONMENT")
	parent := t.TempDir()
	dir := filepath.Join(parent, "output")
	write := func(name, content string) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("../secret.txt", "SECRET-BESIDE")
	write("config.json", `{"version": 3, "flags": "SECRET-CONFIG", "images": {"sizes": [16]}, "routes": [
		{"src": "/a/(.*)", "dest": "/$1"},
		{"src": "/b/(.*)", "dest": "$1"},
		{"src": "/c/(.*)", "dest": "/static/$1?$1"},
		{"src": "/out/(.*)", "dest": "http://127.0.0.1:9/$1"},
		{"src": "/env/(.*)", "dest": "/$ISRGEN_TEST", "env": ["ISRGEN_TEST"], "headers": {"x-env": "$ISRGEN_TEST"}},
		{"src": "/to/(.*)", "status": 307, "headers": {"Location": "/$1"}},
		{"handle": "error"}, {"status": 404, "src": "/e/.*", "dest": "/$0"}]}`)
	write("static/index.html", "public index")
	write("static/dir/page.html", strings.Repeat("public page ", 200))
	write("static/é ü.txt", "public name")
	write("static/swapped.txt", "public until swapped")
	write("functions/f.func/.vc-config.json", `{"runtime": "nodejs22.x", "handler": "index.js", "environment": {"A": "SECRET-CONFIG"}}`)
	write("functions/f.func/index.js", "SECRET-SOURCE")
	write("functions/f.prerender-config.json", `{"expiration": false, "fallback": "f.html", "bypassToken": "SECRET-TOKEN-0123456789abcdef0123456789"}`)
	write("functions/f.html", "public fallback")
	s, err := New(dir, Options{AllowExternal: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	// The routes may lead to another host, but none other than the one they name.
	s.external.transport.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
		if address != "127.0.0.1:9" {
			t.Errorf("asked %s", address)
		}
		return nil, errors.New("nothing there")
	}
	swapped := filepath.Join(dir, "static", "swapped.txt")
	if err := os.Remove(swapped); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../secret.txt", swapped); err != nil {
		t.Fatal(err)
	}
	return s
}

// hostile are requests as bytes on the wire.
var hostile = []string{
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /dir/page.html HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,5-6\r\n\r\n",
	"HEAD /dir/page.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nIf-None-Match: *\r\n\r\n",
	"GET /../secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /../../../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /..%2fsecret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%2e%2e/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%252e%252e/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /..%5csecret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /..\\secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /a/../secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /a/%2e%2e/%2e%2e/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /a/..%2f..%2fsecret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /b/../config.json HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /c/../../config.json HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /config.json HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /static/index.html HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /functions/f.func/index.js HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /f.prerender-config.json HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /f HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST /f HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	"GET /swapped.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%c0%ae%c0%ae/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%e0%80%ae%e0%80%ae/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /index.html%00.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%0d%0aSet-Cookie:%20a=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /to/%0d%0aSet-Cookie:%20a=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /to//evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET //evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /\\evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET ///////dir//page.html HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%C3%A9%20%C3%BC.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /é%20ü.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /out/@evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /out/../../x HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /env/x HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET http://evil.example HTTP/1.1\r\nHost: a\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
	"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
	"TRACE / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
	"GET /missing HTTP/1.1\r\nHost: <script>\r\nAccept: text/html\r\n\r\n",
	"GET /e/../f HTTP/1.1\r\nHost: a\r\nX-Prerender-Revalidate: x\r\nCookie: __prerender_bypass=x\r\n\r\n",
	"GET /_vercel/image?url=/../../secret.txt&w=16&q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /_vercel/image?url=/swapped.txt&w=16&q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /_vercel/image?url=http://evil.example/&w=16&q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /_vercel/image?url=/out/@evil.example&w=16&q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /_vercel/../_vercel/image?url=/&w=16&q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
}

// disclosed says what a response should not hold.
func disclosed(status int, header http.Header, body []byte) error {
	if status < 200 || status > 599 {
		return fmt.Errorf("status %d", status)
	}
	text := fmt.Sprint(header) + string(body)
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			return fmt.Errorf("%d with %s", status, secret)
		}
	}
	if strings.Contains(text, "the preview itself failed") {
		return fmt.Errorf("the preview failed: %s", body)
	}
	if header.Get("Set-Cookie") != "" {
		return fmt.Errorf("a cookie: %v", header)
	}
	if to := header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
		return fmt.Errorf("leads to %s", to)
	}
	return nil
}

// TestHostileRequests sends them through net/http, as they would come: each gets an answer, with nothing in it that is not
// public.
func TestHostileRequests(t *testing.T) {
	front := httptest.NewUnstartedServer(guarded(t))
	front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	front.Start()
	defer front.Close()
	for _, raw := range hostile {
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Fatal(err)
		}
		method, _, _ := strings.Cut(raw, " ")
		resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err == nil {
			err = disclosed(resp.StatusCode, resp.Header, body)
		}
		if err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		conn.Close()
	}
}

// FuzzRequest does the same with whatever net/http takes for a request.
func FuzzRequest(f *testing.F) {
	for _, raw := range hostile {
		f.Add([]byte(raw))
	}
	s := guarded(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		r.RemoteAddr = "192.0.2.1:1"
		r.Header.Del("Accept-Encoding")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if err := disclosed(w.Code, w.Header(), w.Body.Bytes()); err != nil {
			t.Error(err)
		}
	})
}

// TestLinkOutside leaves out a link that leads out of static/, and serves the rest.
func TestLinkOutside(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, Options{Log: slog.New(slog.NewTextHandler(&locked{w: &log}, nil))}, archiveFile{"config.json", `{"version": 3}`},
		archiveFile{"secret", "SECRET-BESIDE"}, archiveFile{"static/link", "LINK ../secret"}, archiveFile{"static/rest", "rest"})
	if w := ask(s, "GET", "/link"); w.Code != 404 || strings.Contains(w.Body.String(), "SECRET") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(s, "GET", "/rest"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "static/link") {
		t.Errorf("nothing said:\n%s", log.String())
	}
}
