package preview

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput/routing"
)

// archiveFile is a file of an output that a test makes itself.
type archiveFile struct{ name, content string }

// serve makes a server of files.
func serve(t *testing.T, opts Options, files ...archiveFile) *Server {
	t.Helper()
	var archive []txtar.File
	for _, file := range files {
		archive = append(archive, txtar.File{Name: file.name, Data: []byte(file.content)})
	}
	s, err := New(unpack(t, archive), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rewritesTo is a config whose paths below /out/ are another host's.
func rewritesTo(origin string) archiveFile {
	return archiveFile{"config.json", `{"version": 3, "routes": [
		{"src": "/.*", "headers": {"x-route": "yes"}, "continue": true},
		{"src": "/out/(.*)", "dest": "` + origin + `/$1?a=1"}]}`}
}

// echo is a host that answers with what it was asked, and counts.
func echo(t *testing.T) (host *httptest.Server, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Route", "no")
		w.Header().Set("Cache-Control", "max-age=7")
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "host": r.Host, "uri": r.RequestURI, "header": r.Header, "body": string(body)})
	}))
	t.Cleanup(host.Close)
	return host, asked
}

// TestProxyNeedsLeave asks no host that the options do not name, nor one inside the network by a name that any may have.
func TestProxyNeedsLeave(t *testing.T) {
	host, asked := echo(t)
	name := strings.TrimPrefix(host.URL, "http://")
	for _, test := range []struct {
		allow  []string
		status int
		code   string
	}{
		{nil, 502, codeNotAllowed},
		{[]string{"example.com"}, 502, codeNotAllowed},
		{[]string{"127.0.0.1:1"}, 502, codeNotAllowed},
		{[]string{AnyHost}, 404, codePrivate},
		{[]string{AnyHost, name}, 200, ""},
		{[]string{name}, 200, ""},
		{[]string{"127.0.0.1"}, 200, ""},
	} {
		before := asked.Load()
		s := serve(t, Options{AllowExternal: test.allow}, rewritesTo(host.URL))
		w := ask(s, "GET", "/out/x")
		if w.Code != test.status || w.Header().Get("X-Vercel-Error") != test.code {
			t.Errorf("%q: %d %s, want %d %s", test.allow, w.Code, w.Header().Get("X-Vercel-Error"), test.status, test.code)
		}
		if was := asked.Load() > before; was != (test.status == 200) {
			t.Errorf("%q: asked: %v", test.allow, was)
		}
	}
}

// TestProxyPassesOn shows what the host sees and what the visitor gets.
func TestProxyPassesOn(t *testing.T) {
	host, _ := echo(t)
	name := strings.TrimPrefix(host.URL, "http://")
	s := serve(t, Options{AllowExternal: []string{name}}, rewritesTo(host.URL))
	front := httptest.NewServer(s)
	defer front.Close()
	req, _ := http.NewRequest("PUT", front.URL+"/out/a%20b?b=2", strings.NewReader("hello"))
	req.Host = "visited.example"
	for _, line := range []string{"Connection: X-Gone", "X-Gone: 1", "X-Forwarded-For: 1.2.3.4", "X-Vercel-Id: made-up", "Cookie: c=1", "Te: trailers"} {
		key, value, _ := strings.Cut(line, ": ")
		req.Header.Set(key, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var seen struct {
		Method, Host, URI, Body string
		Header                  http.Header
	}
	if err := json.NewDecoder(resp.Body).Decode(&seen); err != nil {
		t.Fatal(err)
	}
	if seen.Method != "PUT" || seen.Host != name || seen.URI != "/a%20b?b=2&a=1" && seen.URI != "/a%20b?a=1&b=2" || seen.Body != "hello" {
		t.Errorf("the host saw %+v", seen)
	}
	for key, want := range map[string]string{
		"X-Forwarded-Host": "visited.example", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "Cookie": "c=1",
		"Te": "", "X-Gone": "", "X-Matched-Path": "", "X-Route": "",
	} {
		if got := seen.Header.Get(key); got != want {
			t.Errorf("the host saw %s %q, want %q", key, got, want)
		}
	}
	if id := seen.Header.Get("X-Vercel-Id"); id == "" || id == "made-up" {
		t.Errorf("the host saw x-vercel-id %q", id)
	}
	for key, want := range map[string]string{
		"X-Route": "no", "Cache-Control": "max-age=7", "X-Hop": "", "X-Vercel-Cache": "MISS", "Server": "isrgen",
	} {
		if got := resp.Header.Get(key); got != want {
			t.Errorf("the visitor got %s %q, want %q", key, got, want)
		}
	}
	if cookies := resp.Header.Values("Set-Cookie"); len(cookies) != 2 {
		t.Errorf("the visitor got the cookies %q", cookies)
	}
	if w := ask(s, "GET", "/out/redirect"); w.Code != 302 || w.Header().Get("Location") != "/elsewhere" {
		t.Errorf("redirect: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := ask(s, "HEAD", "/out/x"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d with %d bytes", w.Code, w.Body.Len())
	}
}

// TestProxyStreams waits for the first part of a response before the host writes the second.
func TestProxyStreams(t *testing.T) {
	goOn := make(chan bool)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-goOn
		io.WriteString(w, "second\n")
	}))
	defer host.Close()
	s := serve(t, Options{AllowExternal: []string{"127.0.0.1"}}, rewritesTo(host.URL))
	front := httptest.NewServer(s)
	defer front.Close()
	resp, err := http.Get(front.URL + "/out/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := bufio.NewReader(resp.Body)
	if line, err := body.ReadString('\n'); line != "first\n" {
		t.Errorf("%q, %v", line, err)
	}
	close(goOn)
	if line, err := body.ReadString('\n'); line != "second\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// TestProxyFailures have the platform's codes.
func TestProxyFailures(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	plain, _ := echo(t)
	for _, test := range []struct {
		origin string
		status int
		code   string
	}{
		{closed.URL, 502, codeConnection},
		{"https" + strings.TrimPrefix(plain.URL, "http"), 502, codeHandshake},
		{"http://name.invalid", 502, codeUnknownHost},
	} {
		host := strings.Split(strings.TrimPrefix(strings.TrimPrefix(test.origin, "https://"), "http://"), ":")[0]
		s := serve(t, Options{AllowExternal: []string{host}}, rewritesTo(test.origin))
		if w := ask(s, "GET", "/out/x"); w.Code != test.status || w.Header().Get("X-Vercel-Error") != test.code {
			t.Errorf("%s: %d %s, want %d %s: %s", test.origin, w.Code, w.Header().Get("X-Vercel-Error"), test.status, test.code, w.Body)
		}
	}
}

// TestProxyLoop leads the preview to itself.
func TestProxyLoop(t *testing.T) {
	var s *Server
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r) }))
	defer front.Close()
	s = serve(t, Options{AllowExternal: []string{"127.0.0.1"}}, rewritesTo(front.URL+"/out"))
	if w := ask(s, "GET", "/out/x"); w.Code != 508 || w.Header().Get("X-Vercel-Error") != routing.ErrInfiniteLoop {
		t.Errorf("%d %s", w.Code, w.Header().Get("X-Vercel-Error"))
	}
}
