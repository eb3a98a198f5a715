package routing

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

// manyRoutes are n routes of one shape; none matches what the benchmarks ask for.
func manyRoutes(n int, shape func(i int) buildoutput.Route) []buildoutput.Route {
	routes := make([]buildoutput.Route, n)
	for i := range routes {
		routes[i] = shape(i)
	}
	return routes
}

func redirectRoute(i int) buildoutput.Route {
	return buildoutput.Route{
		Src: fmt.Sprintf("^/old/page-%d$", i), Status: 308, Headers: map[string]string{"Location": fmt.Sprintf("/new/%d", i)},
	}
}

func headerRoute(i int) buildoutput.Route {
	return buildoutput.Route{
		Src: fmt.Sprintf("^/section-%d/(.*)$", i), Headers: map[string]string{"x-section": "$1"}, Continue: true,
	}
}

func lookaheadRoute(i int) buildoutput.Route {
	return buildoutput.Route{
		Src: fmt.Sprintf("^/area-%d/(?!api)(.*)$", i), Headers: map[string]string{"x-area": "$1"}, Continue: true,
	}
}

func benchmarkResolve(b *testing.B, routes []buildoutput.Route, path string, want Kind) {
	router, problems := New(&buildoutput.Config{Routes: routes}, outputSet{"posts/hello": false, "404": false})
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	req := &Request{Method: "GET", Host: "example.com", Path: path, Header: http.Header{"Accept": {"*/*"}}}
	if d := router.Resolve(req); d.Kind != want {
		b.Fatalf("got %v", d.Kind)
	}
	b.ReportAllocs()
	for b.Loop() {
		router.Resolve(req)
	}
}

func BenchmarkStaticHit(b *testing.B) {
	b.Run("no routes", func(b *testing.B) { benchmarkResolve(b, nil, "/posts/hello", Serve) })
	b.Run("1000 redirects", func(b *testing.B) {
		benchmarkResolve(b, manyRoutes(1000, redirectRoute), "/posts/hello", Serve)
	})
	b.Run("1000 headers", func(b *testing.B) {
		benchmarkResolve(b, manyRoutes(1000, headerRoute), "/posts/hello", Serve)
	})
	b.Run("1000 look-aheads", func(b *testing.B) {
		benchmarkResolve(b, manyRoutes(1000, lookaheadRoute), "/posts/hello", Serve)
	})
}

// BenchmarkNearMiss asks for a path that shares its first bytes with every route.
func BenchmarkNearMiss(b *testing.B) {
	benchmarkResolve(b, manyRoutes(1000, redirectRoute), "/old/page-none", Error)
}

func BenchmarkDynamicPage(b *testing.B) {
	routes := append(manyRoutes(1000, redirectRoute), buildoutput.Route{Handle: buildoutput.PhaseFilesystem},
		buildoutput.Route{Src: "^/blog/(?<slug>[^/]+)/?$", Dest: buildoutput.Dest{Path: "/posts/hello?slug=$slug"}})
	benchmarkResolve(b, routes, "/blog/one", Serve)
}

func BenchmarkLookAhead(b *testing.B) {
	routes := []buildoutput.Route{{Src: "^/(?!api/)(.*)$", Headers: map[string]string{"x-path": "$1"}, Continue: true}}
	benchmarkResolve(b, routes, "/posts/hello", Serve)
}

func BenchmarkNew(b *testing.B) {
	config := &buildoutput.Config{Routes: manyRoutes(1000, headerRoute)}
	for b.Loop() {
		New(config, outputSet{})
	}
}
