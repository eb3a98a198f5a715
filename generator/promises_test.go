package generator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// These tests hold what the README promises of every build. They run on the whole of the sample site.

const (
	sample        = "../testdata/site/blog"
	documentation = "../testdata/site/docs"
	pathParameter = "__isrgen_path" // the name is part of every output that is deployed: it must not change by accident
)

// clock is when everything in these tests happens. Pages may show the time.
var clock = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// copySite copies the sample site, makes replacements in its files, and has its functions made for this machine.
func copySite(t *testing.T, replace map[string][2]string) string {
	t.Helper()
	return copySiteFrom(t, sample, replace)
}

func copySiteFrom(t *testing.T, from string, replace map[string][2]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if runtime.GOARCH == "arm64" {
		replace["isrgen.yaml"] = [2]string{"title:", "architecture: arm64\ntitle:"}
	}
	for name, pair := range replace {
		file := filepath.Join(dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.ReplaceAll(text, []byte(pair[0]), []byte(pair[1]))
		if bytes.Equal(changed, text) {
			t.Fatalf("%s does not hold %q", name, pair[0])
		}
		if err := os.WriteFile(file, changed, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildSite builds a site whose pages can be asked about afterwards.
func buildSite(t *testing.T, options Options) *build {
	t.Helper()
	options.Clock = clock
	b, err := newBuild(options.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.root.Close() })
	if err := b.run(t.Context()); err != nil || b.diags.Errors() > 0 {
		t.Fatalf("%v\n%v", err, b.diags.Sorted())
	}
	return b
}

func read(t testing.TB, dir string) *buildoutput.Output {
	t.Helper()
	out, err := buildoutput.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBuildIsDeterministic(t *testing.T) {
	source := copySite(t, map[string][2]string{})
	var first map[string]string
	for i, cores := range []int{1, 8, 3} {
		previous := runtime.GOMAXPROCS(cores)
		dir := filepath.Join(t.TempDir(), "output")
		buildSite(t, Options{Source: source, Destination: dir})
		runtime.GOMAXPROCS(previous)
		tree := fingerprints(t, dir)
		if i == 0 {
			first = tree
			continue
		}
		for name := range tree {
			if tree[name] != first[name] {
				t.Errorf("%s differs between two builds of the same site", name)
			}
		}
		if len(tree) != len(first) {
			t.Errorf("one build has %d files, another %d", len(first), len(tree))
		}
	}
}

// fingerprints gives mode and content of each file of a tree, and where links lead.
func fingerprints(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			tree[name[len(dir):]] = "-> " + target
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		tree[name[len(dir):]] = fmt.Sprintf("%v %x", info.Mode(), sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// Each page is rendered by this process, as the build does, and by the function as a process of its own. Static pages take part
// in variants of the sites that make ISR pages of them.
func TestFallbackEqualsFunctionResponse(t *testing.T) {
	dynamic := map[string][2]string{"isrgen.yaml": {"isr:\n", "isr:\n  defaults: {revalidate: 1h}\n"}}
	for name, test := range map[string]struct {
		from    string
		replace map[string][2]string
	}{
		"sample":      {sample, map[string][2]string{}},
		"all dynamic": {sample, dynamic},
		"docs":        {documentation, dynamic},
		"minified":    {sample, map[string][2]string{"isrgen.yaml": {"isr:\n", "minify: true\nisr:\n  defaults: {revalidate: 1h}\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := buildSite(t, Options{Source: copySiteFrom(t, test.from, test.replace)})
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
				got := ask(outputPath, target)
				if got.Status != want.Status || !bytes.Equal(got.Body, want.Body) || got.Header.Get("Content-Type") != want.ContentType {
					t.Errorf("%s: the function's response (status %d) is not what the build renders", page.Path, got.Status)
				}
				if fallback := out.Prerenders[outputPath].Fallback; fallback != nil && !bytes.Equal(contentOf(t, fallback), want.Body) {
					t.Errorf("%s: the fallback is not what the build renders", page.Path)
				}
				compared++
			}
			t.Logf("%d of %d pages compared", compared, len(b.site.Pages))
			if name != "sample" && compared != len(b.site.Pages)-2 { // all but the pages for errors
				t.Errorf("%d of %d pages were compared", compared, len(b.site.Pages))
			}
		})
	}
}

// functionOf says which function renders a page and what it is asked for; nothing for a static page.
func functionOf(b *build, page *site.Page) (outputPath, target string) {
	switch page.Policy.Keeping {
	case site.ISR:
		return page.OutputPath(), "/" + (&url.URL{Path: page.OutputPath()}).EscapedPath()
	case site.Deferred:
		outputPath = deferralPath(b.site.Deferrals[0])
		return outputPath, "/" + outputPath + "?" + pathParameter + "=" + url.QueryEscape(page.Path)
	default:
		return "", ""
	}
}

func contentOf(t *testing.T, file *buildoutput.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := file.Content.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// function starts the functions of an output and returns what asks one of them for a path.
func function(t *testing.T, dir string, out *buildoutput.Output) func(outputPath, target string) *emulator.Response {
	t.Helper()
	return functionAt(t, dir, out, clock)
}

// functionAt is function at another time than that of the build.
func functionAt(t *testing.T, dir string, out *buildoutput.Output, now time.Time) func(outputPath, target string) *emulator.Response {
	t.Helper()
	e, err := emulator.New(dir, emulator.Options{
		Env: map[string]string{"ISRGEN_CLOCK": now.Format(time.RFC3339)},
		Log: func(line emulator.Line) { t.Logf("%s: %s", line.Function, line.Text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(context.Background()) })
	return func(outputPath, target string) *emulator.Response {
		t.Helper()
		response, err := e.Invoke(t.Context(), outputPath, out.Functions[outputPath],
			&emulator.Request{Method: "GET", Host: "localhost", Path: target})
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
}

// named is the set of outputs that routing asks for.
type named map[string]bool

func (n named) Has(outputPath string) bool { return n[outputPath] }

func outputs(out *buildoutput.Output) named {
	names := named{}
	for name := range out.Static {
		names[name] = true
	}
	for name := range out.Functions {
		names[name] = true
	}
	return names
}

// Every address that the site has leads to its own page and no other, under both slash policies, and the address with the
// other ending is a redirect to it. Rules that are not about the pages change nothing.
func TestEveryPageResolvesToItself(t *testing.T) {
	for name, config := range map[string]string{
		"trailingSlash=true":           "trailingSlash: true\n",
		"trailingSlash=false":          "trailingSlash: false\n",
		"trailingSlash=true and rules": "trailingSlash: true" + rules, "trailingSlash=false and rules": "trailingSlash: false" + rules,
	} {
		t.Run(name, func(t *testing.T) {
			source := copySite(t, map[string][2]string{"isrgen.yaml": {"title:", config + "title:"}})
			b := buildSite(t, Options{Source: source})
			out := read(t, b.Destination)
			pagesResolve(t, b, out)
		})
	}
	for _, name := range []string{"page-kinds", "non-ascii"} {
		t.Run(name, func(t *testing.T) {
			b := buildSite(t, Options{Source: filepath.Join(golden, name, "site"), Destination: filepath.Join(t.TempDir(), "output"), Bootstrap: standIn})
			pagesResolve(t, b, read(t, b.Destination))
		})
	}
}

func pagesResolve(t *testing.T, b *build, out *buildoutput.Output) {
	t.Helper()
	router, problems := routing.New(&out.Config, outputs(out))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, page := range b.site.Pages {
		resolvesToItself(t, router, out, page)
	}
}

func resolvesToItself(t *testing.T, router *routing.Router, out *buildoutput.Output, page *site.Page) {
	t.Helper()
	decision := router.Resolve(&routing.Request{Method: "GET", Host: "localhost", Path: page.RelPermalink()})
	if decision.Kind != routing.Serve {
		t.Errorf("%s: %v %s", page.Path, decision.Kind, decision.Location)
		return
	}
	switch page.Policy.Keeping {
	case site.Static:
		if decision.Output != page.File() {
			t.Errorf("%s is answered by %s, not by %s", page.Path, decision.Output, page.File())
		}
	case site.ISR:
		if decision.Output != page.OutputPath() || out.Prerenders[decision.Output] == nil {
			t.Errorf("%s is answered by %s, not by its function", page.Path, decision.Output)
		}
	case site.Deferred:
		query, _ := url.ParseQuery(decision.Query)
		asked, _ := url.PathUnescape(query.Get(pathParameter))
		if !strings.HasPrefix(decision.Output, site.DeferralDir+"/") || asked != page.Path {
			t.Errorf("%s is answered by %s, which is asked for %q", page.Path, decision.Output, asked)
		}
	}
	if page.Path == "/" || path.Ext(page.Path) != "" {
		return
	}
	other := strings.TrimSuffix(page.RelPermalink(), "/")
	if other == page.RelPermalink() {
		other += "/"
	}
	decision = router.Resolve(&routing.Request{Method: "GET", Host: "localhost", Path: other})
	if decision.Kind != routing.Redirect || decision.Status != 308 || !samePath(decision.Location, page.Path) {
		t.Errorf("%s: %v %d %q, want a 308 to %s", other, decision.Kind, decision.Status, decision.Location, page.Path)
	}
}

func samePath(location, want string) bool {
	u, err := url.Parse(location)
	return err == nil && u.Path == want && u.Host == ""
}
