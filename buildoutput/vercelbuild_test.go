package buildoutput_test

import (
	"go/build"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// With `isrgen build` as the build command of a project, the real tool makes the same output of it but for its own files and
// config.json, which it writes anew. Each address of the site is answered as before, and the result can be deployed.
func TestVercelBuild(t *testing.T) {
	want := buildSample(t, "ISRGEN_BYPASS_TOKEN="+bypassToken)
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS(sampleSite)); err != nil {
		t.Fatal(err)
	}
	linkProject(t, project)
	writeFile(t, filepath.Join(project, "vercel.json"), `{"framework": null, "buildCommand": "isrgen build --clock `+clock+`"}`)
	r := newRecorder(t)
	if text, err := r.vercel(project, buildEnvironment(t), "build"); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	got := filepath.Join(project, ".vercel", "output")
	compareTrees(t, withoutToolsFiles(tree(t, got)), withoutToolsFiles(tree(t, want)))
	if v := askJudge(t, got); v.Error != "" || len(v.Warnings) > 0 {
		t.Errorf("the platform says: %s %q", v.Error, v.Warnings)
	}
	compareRouting(t, read(t, got), read(t, want))
	if text, err := r.vercel(project, nil, "deploy", "--prebuilt"); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	compareTrees(t, r.arrived(), tree(t, got))
}

// buildEnvironment is what the build command needs to find isrgen, and what isrgen needs to find what was compiled before.
func buildEnvironment(t testing.TB) []string {
	t.Helper()
	program, err := isrgen()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"PATH=" + filepath.Dir(program) + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"XDG_CACHE_HOME=" + cache, "GOPATH=" + build.Default.GOPATH, "GOCACHE=" + os.Getenv("GOCACHE"),
		"ISRGEN_BYPASS_TOKEN=" + bypassToken,
	}
}

// withoutToolsFiles leaves out what the tool writes itself.
func withoutToolsFiles(entries map[string]string) map[string]string {
	maps.DeleteFunc(entries, func(name, _ string) bool {
		inside := strings.TrimPrefix(name, ".vercel/output/")
		return inside == "config.json" || inside == "builds.json" || strings.HasPrefix(inside, "diagnostics/")
	})
	return entries
}

func read(t testing.TB, dir string) *buildoutput.Output {
	t.Helper()
	out, err := buildoutput.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// compareRouting asks both outputs for every address that the second one has, under both endings, and for some that it has not.
func compareRouting(t testing.TB, got, want *buildoutput.Output) {
	t.Helper()
	gotRouter, wantRouter := router(t, got), router(t, want)
	answers := map[routing.Kind]int{}
	for _, address := range addresses(want) {
		request := &routing.Request{Method: "GET", Host: "localhost", Path: address}
		g, w := gotRouter.Resolve(request), wantRouter.Resolve(request)
		g.Route, w.Route = 0, 0 // its number in a file that was written anew
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%s is answered\n%+v\nand was answered\n%+v", address, g, w)
		}
		answers[w.Kind]++
	}
	if answers[routing.Serve] < 50 || answers[routing.Redirect] < 50 {
		t.Errorf("the sample is meant to have many pages and redirects: %v", answers)
	}
}

func router(t testing.TB, out *buildoutput.Output) *routing.Router {
	t.Helper()
	r, problems := routing.New(&out.Config, named(asJudged(out)))
	for _, problem := range problems {
		t.Error(problem)
	}
	return r
}

// named is the set of outputs that routing asks for.
type named map[string]judged

func (n named) Has(outputPath string) bool {
	_, ok := n[outputPath]
	return ok
}

func addresses(out *buildoutput.Output) []string {
	all := map[string]bool{"/none": true, "/none/": true, "/api/none": true, "/glossary/none/": true, "/glossary/stale/": true, "/": true}
	for outputPath := range asJudged(out) {
		address := "/" + outputPath
		page := strings.TrimSuffix(address, "/index.html")
		all[address], all[page], all[page+"/"] = true, true, true
	}
	return slices.Sorted(maps.Keys(all))
}

// A note in builds.json that a build failed or was for something else keeps the tool from deploying. The next build removes it.
func TestStaleBuildsFile(t *testing.T) {
	project, output := newProject(t)
	r := newRecorder(t)
	note := filepath.Join(output, "builds.json")
	for _, test := range []struct{ content, message string }{
		{`{"target": "preview", "error": {"code": "X", "message": "no"}}`, "`vercel build` failed"},
		{`{"target": "preview", "builds": [{"use": "@vercel/static", "error": {"message": "no"}}]}`, "`vercel build` failed"},
		{`{"target": "production"}`, "target environment"},
	} {
		writeFile(t, note, test.content)
		text, err := r.vercel(project, nil, "deploy", "--prebuilt")
		if err == nil || !strings.Contains(text, test.message) || len(r.deployments) > 0 {
			t.Fatalf("with %s the tool deploys, or refuses for another reason: %v\n%s", test.content, err, text)
		}
	}
	buildInto(t, output)
	if _, err := os.Lstat(note); err == nil {
		t.Error("isrgen build has left builds.json")
	}
	if text, err := r.vercel(project, nil, "deploy", "--prebuilt"); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	compareTrees(t, r.arrived(), tree(t, output))
}
