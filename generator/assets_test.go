package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isrgen/isrgen/generator/asset"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// copyAssets copies the site of testdata/golden whose layouts work on files.
func copyAssets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(golden, "assets", "site"))); err != nil {
		t.Fatal(err)
	}
	if runtime.GOARCH == "arm64" {
		change(t, dir, "isrgen.yaml", "architecture: arm64\n")
	}
	return dir
}

// change adds to a file of a site.
func change(t *testing.T, dir, name, more string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	text, err := os.ReadFile(file)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, append(text, more...), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAssetsInFunctions has functions render pages whose layouts work on files: each page that the build could render comes out the
// same, deferred ones too, and what the pages name is there.
func TestAssetsInFunctions(t *testing.T) {
	b := buildSite(t, Options{Source: copyAssets(t)})
	out := read(t, b.Destination)
	ask := function(t, b.Destination, out)
	compared := 0
	for _, page := range b.site.Pages {
		outputPath, target := functionOf(b, page)
		if outputPath == "" {
			continue
		}
		want, err := b.plan.renderer.Render(page, render.Request{Time: clock})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(outputPath, target); got.Status != want.Status || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: the function's response (status %d) is not what the build renders:\n%s", page.Path, got.Status, got.Body)
		}
		for link := range linksIn(want.Body) {
			name := strings.TrimPrefix(link, "/")
			if _, ok := out.Static[name]; !ok && (strings.Contains(link, ".css") || strings.Contains(link, "_hu_") && !strings.HasPrefix(link, "/_vercel")) {
				t.Errorf("%s names %s, which is not there", page.Path, link)
			}
		}
		compared++
	}
	if compared != 5 {
		t.Errorf("%d pages were compared", compared)
	}
}

func TestAssetBuildIsDeterministic(t *testing.T) {
	source := copyAssets(t)
	var first map[string]string
	for i, cores := range []int{1, 8} {
		previous := runtime.GOMAXPROCS(cores)
		dir := filepath.Join(t.TempDir(), "output")
		buildSite(t, Options{Source: source, Destination: dir, Bootstrap: standIn})
		runtime.GOMAXPROCS(previous)
		if i == 0 {
			first = fingerprints(t, dir)
			continue
		}
		sameTrees(t, "another build", fingerprints(t, dir), first)
	}
}

// A site whose layouts work on no files does not look at assets/.
func TestUnusedAssetsAreNotRead(t *testing.T) {
	dir := t.TempDir()
	change(t, dir, "isrgen.yaml", "title: Plain\n")
	change(t, dir, "content/a.md", "---\ntitle: A\n---\n")
	if err := os.Symlink("/nowhere", filepath.Join(dir, "assets")); err != nil {
		t.Fatal(err)
	}
	b := buildSite(t, Options{Source: dir, Bootstrap: standIn})
	if b.assets != nil || len(b.plan.renderer.Unused()) > 0 {
		t.Error("assets were opened")
	}
}

// TestWarmAssets edits files that templates work on at random, again and again: a build over what the last one left makes what a clean
// build makes, though the cache is damaged now and then, and what `isrgen affected` says before is which pages change.
func TestWarmAssets(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	source, cache := copyAssets(t), filepath.Join(t.TempDir(), "cache")
	change(t, source, "isrgen.yaml", "assets: { keep: 0 }\n")
	o := Options{Source: source, Destination: filepath.Join(t.TempDir(), "output"), Cache: cache, Clock: clock, Bootstrap: standIn}
	warm := func() *Report {
		t.Helper()
		report, err := Build(t.Context(), o)
		if err != nil {
			t.Fatal(err, report.Diagnostics)
		}
		return report
	}
	warm()
	before, kept := pageTexts(t, o.Destination), 0
	for n := range 25 {
		what := editAssets(t, random, source, n)
		said, _, err := Affected(t.Context(), AffectedOptions{Source: source, Cache: cache})
		if err != nil {
			t.Fatal(what, err)
		}
		if random.Intn(3) == 0 {
			what += " and damage"
			damageAssets(t, random, cache)
		}
		kept += warm().Totals.Kept
		clean := o
		clean.Destination, clean.Cache = filepath.Join(t.TempDir(), "output"), ""
		if _, err := Build(t.Context(), clean); err != nil {
			t.Fatal(err)
		}
		sameTrees(t, what, fingerprints(t, o.Destination), fingerprints(t, clean.Destination))
		now := pageTexts(t, o.Destination)
		var changed, affected []string
		for path := range now {
			if now[path] != before[path] {
				changed = append(changed, path)
			}
		}
		for _, c := range said {
			if c.Kind != string(site.Deferred) && c.Kind != "file" {
				affected = append(affected, c.Path)
			}
		}
		slices.Sort(changed)
		if !slices.Equal(changed, affected) {
			t.Errorf("after %s, %v changed, and %v was said", what, changed, affected)
		}
		before = now
		if t.Failed() {
			return
		}
	}
	if kept < 25 {
		t.Errorf("only %d pages were kept", kept)
	}
}

// pageTexts are the pages that an output begins with, by address.
func pageTexts(t *testing.T, output string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for name, file := range read(t, output).Static {
		if strings.HasSuffix(name, ".html") {
			texts["/"+strings.TrimSuffix(name, "index.html")] = string(contentOf(t, &file))
		}
	}
	for name, prerender := range read(t, output).Prerenders {
		if prerender.Fallback != nil {
			texts["/"+name+"/"] = string(contentOf(t, prerender.Fallback))
		}
	}
	return texts
}

func editAssets(t *testing.T, random *rand.Rand, source string, n int) string {
	t.Helper()
	name := []string{"assets/css/main.css", "assets/css/base.css", "assets/js/greet.ts", "assets/js/one.js", "assets/js/page.js", "assets/img/new-%d.txt",
		"assets/other-%d.txt", "content/posts/trip/photo.png", "assets/img/dot.png", "content/plain.md", "assets/js/greet.tsx", "layouts/page.html", "nothing"}[random.Intn(13)]
	switch {
	case strings.Contains(name, "%"):
		name = fmt.Sprintf(name, n)
		change(t, source, name, "new")
	case strings.HasSuffix(name, ".png"): // what stands behind an image is not shown
		change(t, source, name, "x")
	case strings.HasSuffix(name, ".tsx"): // which goes before greet.ts
		change(t, source, name, fmt.Sprintf("export const greet = (name: string): string => `Hi ${name} %d`;\n", n))
		if random.Intn(2) == 0 {
			return name + " goes" + fmt.Sprint(os.Remove(filepath.Join(source, name)))
		}
		text, err := os.ReadFile(filepath.Join(source, name))
		if lines := bytes.SplitAfter(text, []byte("\n")); err == nil && len(lines) > 2 {
			err = os.WriteFile(filepath.Join(source, name), lines[len(lines)-2], 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	case strings.HasSuffix(name, ".css"):
		change(t, source, name, fmt.Sprintf("p { margin: %dpx }\n", n+1))
	case name != "nothing":
		change(t, source, name, fmt.Sprintf("\n//%d", n))
	}
	return name
}

// damageAssets changes about half of the files of the cache.
func damageAssets(t *testing.T, random *rand.Rand, cache string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cache, "assets", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err == nil && random.Intn(2) == 0 {
			err = os.WriteFile(name, append(text[:random.Intn(len(text)+1)], "damage"...), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestRemoteAssets fetches files from hosts that are allowed. A function has them as they were when the site was built; the next build asks
// again.
func TestRemoteAssets(t *testing.T) {
	var asked atomic.Int32
	var text atomic.Value
	text.Store("a { b: c }")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/theme.css" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		io.WriteString(w, text.Load().(string))
	}))
	defer server.Close()
	source := copyAssets(t)
	change(t, source, "isrgen.yaml", "data: { allowedHosts: ["+strings.TrimPrefix(server.URL, "http://")+"] }\n")
	layout := fmt.Sprintf(`{{ with resources.GetRemote "%[1]s/theme.css" | minify }}<link href="{{ .RelPermalink }}" rel="stylesheet">{{ .Content }}{{ end }}`+
		`{{ with resources.GetRemote "%[1]s/none.css" }}{{ errorf "there is something" }}{{ end }}`, server.URL)
	change(t, source, "layouts/posts/page.html", layout)
	o := Options{Source: source, Cache: filepath.Join(t.TempDir(), "cache")}
	for n, want := range []string{"a{b:c}", "a{b:d}"} {
		b := buildSite(t, o)
		out := read(t, b.Destination)
		fallback := contentOf(t, out.Prerenders["posts/trip"].Fallback)
		if !strings.Contains(string(fallback), want) || n > 0 && b.warm.reuse == nil {
			t.Errorf("build %d: %s", n, fallback)
		}
		text.Store("a { b: d }")
		before := asked.Load()
		if got := function(t, b.Destination, out)("posts/trip", "/posts/trip"); !bytes.Equal(got.Body, fallback) || asked.Load() > before {
			t.Errorf("the function's page is another one: %s", got.Body)
		}
	}
	change(t, source, "layouts/posts/page.html", `{{ resources.GetRemote "https://elsewhere.example/a.css" }}`)
	report, err := Build(t.Context(), o)
	if !errors.Is(err, ErrSite) || !strings.Contains(fmt.Sprint(report.Diagnostics), "the host elsewhere.example is not allowed: add it to data.allowedHosts") {
		t.Error(err, report.Diagnostics)
	}
}

// TestScheduledAssets has a function render a page at the time at which it appears, and the list that shows a picture of it then: both name
// files that no page of the build does.
func TestScheduledAssets(t *testing.T) {
	source := copyAssets(t)
	layout := `{{ range .Pages }}{{ range .Resources.ByType "image" }}{{ with .Fill "4x4" }}<img src="{{ .RelPermalink }}">{{ end }}{{ end }}{{ end }}`
	change(t, source, "layouts/section.html", layout)
	change(t, source, "content/posts/later/index.md", "---\ntitle: Later\npublishDate: 2026-11-02T00:00:00Z\n---\n")
	picture, err := os.ReadFile(filepath.Join(source, "content", "posts", "trip", "photo.png"))
	if err != nil {
		t.Fatal(err)
	}
	change(t, source, "content/posts/later/new.png", string(picture))
	b := buildSite(t, Options{Source: source})
	out := read(t, b.Destination)
	ask := functionAt(t, b.Destination, out, clock.Add(24*time.Hour))
	for _, path := range []string{"posts", "posts/later"} {
		got := ask(path, "/"+path)
		links := slices.DeleteFunc(slices.Collect(linksIn(got.Body)), func(link string) bool { return !strings.Contains(link, "later/new_hu_") })
		if got.Status != 200 || len(links) == 0 {
			t.Errorf("%s: %d\n%s", path, got.Status, got.Body)
		}
		for _, link := range links {
			if _, ok := out.Static[strings.TrimPrefix(link, "/")]; !ok && !strings.HasPrefix(link, "/_vercel") {
				t.Errorf("%s names %s, which is not there", path, link)
			}
		}
	}
}

// TestProbes chooses the deferred pages that the build renders to learn what they do with files: none without need, and all that differ.
func TestProbes(t *testing.T) {
	picture, err := os.ReadFile(filepath.Join(golden, "assets", "site", "assets", "img", "dot.png"))
	if err != nil {
		t.Fatal(err)
	}
	for layout, want := range map[string]int{
		`{{ .Title }}`: 0,
		`{{ (resources.Get "a.css" | minify).Content }}`:                                                         1,
		`{{ range resources.Match "*.css" }}{{ .Name }}{{ end }}`:                                                1,
		`{{ with .Params.style }}{{ with resources.Get . }}{{ .RelPermalink }}{{ end }}{{ end }}`:                3,
		`{{ with resources.Get (printf "%s.css" .Title) }}{{ .RelPermalink }}{{ end }}`:                          3,
		`{{ (resources.FromString "a.css" .Title | minify).Content }}`:                                           3,
		`{{ with resources.Get "a.js" | js.Build (dict "minify" true) }}{{ .RelPermalink }}{{ end }}`:            1,
		`{{ with resources.Get "a.js" | js.Build (dict "params" .Params) }}{{ .RelPermalink }}{{ end }}`:         3,
		`{{ with resources.Get "a.png" }}{{ (.Resize "1x").Width }}{{ (.Filter images.Invert).Width }}{{ end }}`: 1,
		`{{ with resources.Get "a.png" }}{{ (.Resize $.Params.size).Width }}{{ end }}`:                           3,
		`{{ partial "style.html" . }}`: 3,
		`{{ range .Pages }}{{ range .Resources.ByType "image" }}{{ .Width }}{{ end }}{{ end }}`: 2, // of lists: d and e
		`{{ .Content }}`: 1, // of a text that has a shortcode
	} {
		dir := t.TempDir()
		change(t, dir, "isrgen.yaml", "title: Probes\nisr: { rules: [{ match: /d/*/, defer: true }] }\n")
		change(t, dir, "assets/a.css", "a { b: c }")
		change(t, dir, "assets/a.js", "console.log(1)")
		change(t, dir, "assets/a.png", string(picture))
		for _, name := range []string{"a", "b", "c"} {
			change(t, dir, "content/d/"+name+".md", "---\ntitle: "+name+"\nparams: { style: "+name+".css, size: 1x }\n---\n")
		}
		if strings.Contains(layout, ".Pages") {
			change(t, dir, "isrgen.yaml", "taxonomies: []\n")
			change(t, dir, "content/e/_index.md", "---\nisr: { defer: true }\n---\n")
			change(t, dir, "content/d/_index.md", "---\nisr: { defer: true }\n---\n")
			change(t, dir, "layouts/section.html", layout)
			layout = "{{ .Title }}"
			want++ // a page of the theme's or own layout
		}
		change(t, dir, "layouts/page.html", layout)
		if strings.Contains(layout, "partial") {
			change(t, dir, "layouts/_partials/style.html", `{{ with resources.Get .Params.style }}{{ .Content }}{{ end }}`)
		}
		if layout == `{{ .Content }}` {
			change(t, dir, "layouts/_shortcodes/style.html", `{{ with resources.Get (.Get 0) }}{{ .Content }}{{ end }}`)
			change(t, dir, "content/d/b.md", `{{< style "a.css" >}}`)
			want++ // and one of the layout
		}
		b := buildSite(t, Options{Source: dir, Bootstrap: standIn})
		got := 0
		if b.assets != nil {
			wanted, err := b.probed()
			if err != nil {
				t.Fatal(err)
			}
			got = len(wanted)
		}
		if got != want {
			t.Errorf("%s: %d pages are rendered, want %d", layout, got, want)
		}
	}
}

// TestKeptGenerations keeps files of builds before as long as the configuration says, and no longer.
func TestKeptGenerations(t *testing.T) {
	cache := t.TempDir()
	file := func(n int) string { return fmt.Sprintf("main.%064d.css", n) }
	for n := range 5 {
		for again := range 2 { // a build that changes nothing makes nothing older
			var g generations
			g.begin(cache, asset.Files{file(n): {Sum: fmt.Sprint(n)}, "plain.css": {Sum: fmt.Sprint(n)}})
			want := map[string]string{}
			for before := max(0, n-2); before < n; before++ {
				want[file(before)] = fmt.Sprint(before)
			}
			if got := g.kept(2); !mapsEqual(got, want) {
				t.Errorf("after build %d/%d, %v are kept, want %v", n, again, got, want)
			}
			if got := g.kept(0); len(got) > 0 {
				t.Errorf("%v are kept though none shall be", got)
			}
			if err := g.save(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(cache, generationsFile), []byte("[{"), 0o644); err != nil {
		t.Fatal(err)
	}
	var g generations
	if g.begin(cache, nil); len(g.kept(9)) > 0 {
		t.Error("damage is kept")
	}
}

func mapsEqual(a, b map[string]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
