package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// deployments are those that a preview cannot be: what stands before one, what is none, and what does not do what it should.
var deployments = map[string]http.HandlerFunc{
	// Deployment protection lets programs through that know the secret.
	"protected": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vercel-Protection-Bypass") != "the-secret" {
			http.Error(w, "Authentication Required", http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Vercel-Cache", "REVALIDATED")
	},
	"other-slashes": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.TrimSuffix(r.URL.Path, "/"), http.StatusPermanentRedirect)
	},
	"other-domain": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.com"+r.URL.Path, http.StatusPermanentRedirect)
	},
	"other-token": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Vercel-Cache", "HIT") },
	"other-site": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Vercel-Cache", "MISS")
		http.NotFound(w, r)
	},
	"no-platform": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "It works!") },
	// A deployment that regenerates a page, and goes on to serve the old one.
	"forgetful": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Prerender-Revalidate") == "" {
			w.Header().Set("X-Vercel-Cache", "HIT")
			fmt.Fprintln(w, "old")
			return
		}
		w.Header().Set("X-Vercel-Cache", "REVALIDATED")
		fmt.Fprintln(w, "new")
	},
}

// pretend is `pretend KIND`: a server that answers as a deployment of that kind does, at $URL.
func pretend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || deployments[args[0]] == nil && args[0] != "tls" && args[0] != "gone" {
		ts.Fatalf("usage: pretend KIND")
	}
	var server *httptest.Server
	switch args[0] {
	case "tls": // with a certificate that nobody signed
		server = httptest.NewTLSServer(http.NotFoundHandler())
	case "gone":
		server = httptest.NewServer(http.NotFoundHandler())
		server.Close()
	default:
		server = httptest.NewServer(deployments[args[0]])
	}
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}

// manyPages is `manypages N DIR`: N documents, a thousand in a directory.
func manyPages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: manypages N DIR")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i := range n {
		file := filepath.Join(ts.MkAbs(args[1]), fmt.Sprintf("%03d", i/1000), fmt.Sprintf("page-%05d.md", i))
		if i%1000 == 0 {
			ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
		}
		ts.Check(os.WriteFile(file, []byte(fmt.Sprintf("---\ntitle: Page %d\n---\nThe text of page *%d*.\n", i, i)), 0o644))
	}
}
