package generator

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// largeSite writes a site whose texts are too many for one function of 12 MB, of which its program counts as 10. Some pages show the
// texts of others.
func largeSite(t *testing.T) string {
	t.Helper()
	files := map[string]string{
		"isrgen.yaml": `title: Large
functionSize: 12
trailingSlash: false
isr:
  defaults: { revalidate: 1h }
  rules:
    - { match: "/*/post-1*", defer: true, revalidate: 1m }
    - { match: "/posts/**", defer: true }
redirects:
  - { source: /old/:name, destination: /posts/:name }
`,
		"layouts/page.html":          "{{ .Title }}\n{{ .Content }}",
		"layouts/list.html":          "{{ .Title }}\n{{ range first 30 .Pages }}{{ .Content }}{{ end }}",
		"layouts/teaser/page.html":   "{{ .Title }} {{ with .Site.GetPage .Params.shows }}{{ .Content }}{{ end }}",
		"content/posts/alone.md":     "---\ntitle: Alone\nisr: { defer: true, revalidate: 5m }\n---\nIt is alone.\n",
		"content/posts/été.md":       "---\ntitle: Été\n---\nIt is summer.\n",
		"content/posts/empty.md":     "---\ntitle: Empty\n---\n",
		"content/teaser/_index.md":   "---\ntitle: Teasers\n---\n",
		"content/teaser/teaser-1.md": "---\ntitle: One\nisr: { defer: true }\nshows: /posts/post-101\n---\n",
		"content/teaser/teaser-2.md": "---\ntitle: Two\nisr: { defer: true }\nshows: /posts/post-499\n---\n",
	}
	if runtime.GOARCH == "arm64" {
		files["isrgen.yaml"] += "architecture: arm64\n"
	}
	random := rand.NewChaCha8([32]byte{1})
	for i := 100; i < 500; i++ {
		noise := make([]byte, 5000)
		random.Read(noise)
		name := fmt.Sprintf("content/posts/post-%d.md", i)
		if i%40 == 0 {
			name = fmt.Sprintf("content/posts/été-%d.md", i)
		}
		files[name] = fmt.Sprintf("---\ntitle: Post %d\n---\n\n%s\n", i, strings.ReplaceAll(base64.StdEncoding.EncodeToString(noise), "/", " "))
	}
	return writeSite(t, files)
}

// A site that is too large for one function has several. Each page leads to one that has its text, and those of others that it shows.
func TestDividedSite(t *testing.T) {
	b := buildSite(t, Options{Source: largeSite(t), Destination: filepath.Join(t.TempDir(), "output")})
	out := read(t, b.Destination)
	functions := 0
	for outputPath, fn := range out.Functions {
		if fn.Link != "" {
			continue
		}
		functions++
		size := fn.Files["bootstrap"].Size + fn.Files["site.bundle"].Size
		t.Logf("%s has %d bytes", outputPath, size)
		if size > 12*megabyte || fn.Files["site.bundle"].Size < 300_000 {
			t.Errorf("%s has %d bytes", outputPath, size)
		}
	}
	if functions != b.site.Division.Functions() || functions < 3 || functions > 6 {
		t.Errorf("there are %d functions", functions)
	}
	pagesResolve(t, b, out)
	router, problems := routing.New(&out.Config, outputs(out))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	ask := function(t, b.Destination, out)
	asked := map[string]int{}
	for _, page := range b.site.Pages {
		if page.Policy.Keeping == site.Static {
			continue
		}
		want, err := b.plan.renderer.Render(page, render.Request{Time: clock})
		if err != nil {
			t.Fatal(err)
		}
		decision := router.Resolve(&routing.Request{Method: "GET", Host: "localhost", Path: page.RelPermalink()})
		target := "/" + decision.Output
		if decision.Query != "" {
			target += "?" + decision.Query
		}
		if strings.HasPrefix(page.Path, "/teaser/") && len(want.Body) < 5000 {
			t.Errorf("%s shows no text of another page", page.Path)
		}
		got := ask(decision.Output, target)
		if got.Status != 200 || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: the function's response (status %d) is not what the build renders", page.Path, got.Status)
		}
		function := out.Functions[decision.Output].Link
		if function != functionPath(b.site.Division.Of(page)) {
			t.Errorf("%s is rendered by %s", page.Path, function)
		}
		asked[function]++
	}
	if len(asked) != functions {
		t.Errorf("pages are rendered by %v", asked)
	}
}
