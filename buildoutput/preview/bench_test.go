package preview

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkNew starts a preview of many files: the time for one of them should not depend on how many there are, and is
// compared with that of a bare walk.
func BenchmarkNew(b *testing.B) {
	for _, files := range []int{1_000, 100_000} {
		dir := manyFiles(b, files)
		perFile := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*files), "ns/file")
		}
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			for b.Loop() {
				s, err := New(dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			perFile(b)
		})
		b.Run(fmt.Sprintf("walk=%d", files), func(b *testing.B) {
			for b.Loop() {
				err := filepath.Walk(dir, func(_ string, _ os.FileInfo, err error) error { return err })
				if err != nil {
					b.Fatal(err)
				}
			}
			perFile(b)
		})
	}
}

func manyFiles(b *testing.B, n int) (dir string) {
	dir = b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"version": 3}`), 0o644); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		page := filepath.Join(dir, "static", fmt.Sprint(i/1000), fmt.Sprint(i))
		if err := os.MkdirAll(page, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(page, "index.html"), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkStatic is one request for a file of 10 KB behind 1,000 routes, all the way but for the network.
func BenchmarkStatic(b *testing.B) {
	benchmarkHit(b, "/posts/static")
}

// BenchmarkCachedHit is one for a page of 10 KB that the ISR cache has.
func BenchmarkCachedHit(b *testing.B) {
	benchmarkHit(b, "/posts/cached")
}

func benchmarkHit(b *testing.B, target string) {
	dir := b.TempDir()
	page := strings.Repeat("0123456789abcde\n", 640)
	for name, content := range map[string]string{
		"config.json":                                    manyRoutes(1000),
		"static/posts/static.html":                       page,
		"functions/posts/cached.func/.vc-config.json":    `{"runtime": "provided.al2023", "handler": "bootstrap"}`,
		"functions/posts/cached.func/bootstrap":          "never run: the page does not expire",
		"functions/posts/cached.prerender-fallback.html": page,
		"functions/posts/cached.prerender-config.json":   `{"expiration": false, "fallback": "cached.prerender-fallback.html"}`,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	s, err := New(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close(context.Background())
	time.Sleep(settled)
	ask(s, "GET", target)
	if w := ask(s, "GET", target); w.Code != 200 || w.Body.Len() != len(page) || w.Header().Get("X-Vercel-Cache") != "HIT" {
		b.Fatal(w.Code, w.Header())
	}
	r := httptest.NewRequest("GET", target, nil)
	b.ReportAllocs()
	w := discard{http.Header{}}
	for b.Loop() {
		clear(w.header)
		s.ServeHTTP(w, r)
	}
}

// manyRoutes is a config with n redirects, rules for headers and look-aheads, none of which match what is asked for.
func manyRoutes(n int) string {
	shapes := []string{
		`{"src": "^/old/page-%d/?$", "status": 308, "headers": {"Location": "/new/page"}}`,
		`{"src": "^/section-%d/(.*)$", "headers": {"x-section": "$1"}, "continue": true}`,
		`{"src": "^/area-%d/(?!api/)(.*)$", "headers": {"x-area": "$1"}, "continue": true}`,
	}
	routes := make([]string, n)
	for i := range routes {
		routes[i] = fmt.Sprintf(shapes[i%len(shapes)], i)
	}
	return `{"version": 3, "routes": [` + strings.Join(routes, ",\n") + `, {"handle": "filesystem"}], "overrides": {"posts/static.html": {"path": "posts/static"}}}`
}

// discard is a visitor who does not listen.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
