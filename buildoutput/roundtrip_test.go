package buildoutput

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everything is an output with each member that this package knows and, in each object, one that it does not. Its JSON is in
// the form that Write gives.
var everything = map[string]string{
	"config.json": `{
  "cache": ["a/**"],
  "crons": [{"path": "/c", "schedule": "* * * * *", "x": 1}],
  "deploymentId": "d1",
  "flags": {"f": [1, null]},
  "framework": {"slug": "s", "version": "1", "x": 1},
  "images": {"contentDispositionType": "inline", "contentSecurityPolicy": "p", "dangerouslyAllowSVG": true, "domains": ["d"],
    "formats": ["image/avif"], "localPatterns": [{"pathname": "^/$", "search": "", "x": 1}], "minimumCacheTTL": 0,
    "qualities": [75], "remotePatterns": [{"hostname": "h", "port": "1", "protocol": "https"}], "sizes": [16], "x": 1},
  "overrides": {"a.html": {"contentType": "text/html", "mode": 33188, "path": "a", "x": 1}},
  "routes": [
    {"caseSensitive": true, "check": true, "continue": true, "dest": "/$1?q=$name", "env": ["E"],
      "has": [{"key": "k", "type": "header", "value": "v", "x": 1}, {"key": "k", "type": "query", "value": {"eq": 1, "gt": 1.5, "inc": ["a"],
        "lt": 2, "neq": "n", "ninc": ["b"], "pre": "p", "re": "r", "suf": "s", "x": 1}}, {"key": "k", "type": "cookie", "value": ""}],
      "headers": {"A": "b"}, "important": true, "isInternal": true,
      "locale": {"cookie": "c", "default": "d", "path": "/", "redirect": {"en": "/en"}, "value": "v", "x": 1}, "methods": ["GET"],
      "middleware": 0, "middlewarePath": "edge", "middlewareRawSrc": ["/"], "missing": [{"type": "host", "value": "h"}],
      "mitigate": {"action": "deny", "x": 1}, "override": true, "respectOriginCacheControl": false, "src": "^/(.*)$", "status": 200,
      "transforms": [{"args": ["a", "b"], "env": ["E"], "op": "set", "target": {"key": "k", "x": 1}, "type": "request.query", "x": 1},
        {"args": "a", "op": "append", "target": {"key": {"pre": "x-"}}, "type": "response.headers"}], "user": true, "x": {"y": null}},
    {"dest": {"type": "service", "service": "s"}, "src": "/s"},
    {"handle": "filesystem", "x": 1}
  ],
  "version": 3,
  "wildcard": [{"domain": "d", "value": "v", "x": 1}],
  "x": {"unknown": ["kept", 12345678901234567890, 1.0]}
}`,
	"static/a.html":                         "a",
	"static/.well-known/b":                  "\x00\xff",
	"static/naïve/日本 (1).txt":               "",
	"functions/f.func/.vc-config.json":      `{"architecture": "arm64", "environment": {"A": "b"}, "filePathMap": {"a": "b"}, "framework": {"slug": "s", "version": "1"}, "functionFailoverRegions": ["f"], "handler": "bootstrap", "allowQuery": [], "maxDuration": "max", "memory": 128, "regions": ["iad1"], "runtime": "provided.al2023", "runtimeLanguage": "go", "supportsResponseStreaming": true, "x": {"y": 1}}`,
	"functions/f.func/bootstrap":            "!program",
	"functions/f.func/deep/.hidden":         "h",
	"functions/f.func/x.func/file":          "no function: it is inside one",
	"functions/f.prerender-config.json":     `{"expiration": false}`,
	"functions/a/b.func":                    "->../f.func",
	"functions/a/b.prerender-config.json":   `{"allowHeader": ["h"], "allowQuery": [], "bypassToken": "0123456789abcdef0123456789abcdef", "chain": {"headers": {"h": "v"}, "outputPath": "f", "x": 1}, "expiration": 60, "experimentalBypassFor": [{"key": "k", "type": "header"}], "exposeErrBody": true, "fallback": {"contentType": "text/x", "fsPath": "../fallbacks/b.body", "mode": 33188, "type": "FileFsRef", "x": 1}, "group": 1, "initialHeaders": {"a": "b"}, "initialStatus": 404, "passQuery": true, "sourcePath": "/a/[b]", "staleExpiration": 100, "x": 1}`,
	"functions/fallbacks/b.body":            "fallback",
	"functions/c.func":                      "->f.func",
	"functions/c.prerender-config.json":     `{"expiration": 1, "fallback": "c.prerender-fallback.html"}`,
	"functions/c.prerender-fallback.html":   "c",
	"functions/edge.func/.vc-config.json":   `{"assets": [{"name": "n", "path": "p", "x": 1}], "entrypoint": "i.js", "envVarsInUse": ["E"], "regions": "all", "runtime": "edge"}`,
	"functions/edge.func/i.js":              "e",
	"functions/node.func/.vc-config.json":   `{"awsLambdaHandler": "i.h", "experimentalResponseStreaming": true, "handler": "i.js", "launcherType": "Nodejs", "maxDuration": 10, "runtime": "nodejs22.x", "shouldAddHelpers": true, "shouldAddSourcemapSupport": true, "supportsWrapper": true, "useWebApi": true}`,
	"functions/node.func/i.js":              "n",
	"functions/node.func/node_modules/d.js": "d",
}

// writeTree writes a tree: a content that begins with -> is where a link leads, one that begins with ! is of an executable.
func writeTree(t testing.TB, dir string, tree map[string]string) {
	t.Helper()
	for name, content := range tree {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(content, "->"); link {
			err = os.Symlink(target, full)
		} else if strings.HasPrefix(content, "!") {
			err = os.WriteFile(full, []byte(content), 0o755)
		} else {
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// readTree is the contrary of writeTree; an executable that begins with another byte gets a ! in front.
func readTree(t testing.TB, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(full string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, full)
		name = filepath.ToSlash(name)
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(full)
			tree[name] = "->" + target
			return err
		}
		content, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if tree[name] = string(content); info.Mode()&0o111 != 0 {
			tree[name] = "!" + strings.TrimPrefix(tree[name], "!")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// rewritten is a directory read and written again.
func rewritten(t testing.TB, dir string) map[string]string {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	out, err := Read(root.FS())
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	sizes, err := out.Write(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	tree := readTree(t, to)
	for name, size := range sizes {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Size() != size {
			t.Errorf("%s is said to have %d bytes: %v", name, size, err)
		}
	}
	return tree
}

// canonical puts the JSON of a tree into the form that Write gives.
func canonical(t *testing.T, tree map[string]string) map[string]string {
	t.Helper()
	tree = maps.Clone(tree)
	for name, content := range tree {
		if name == configFile || strings.HasSuffix(name, functionConfigFile) || strings.HasSuffix(name, prerenderSuffix) {
			text, err := format([]byte(content))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			tree[name] = string(text)
		}
	}
	return tree
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	all := maps.Clone(got)
	maps.Copy(all, want)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a, made := got[name]
		b, wanted := want[name]
		switch {
		case !made || !wanted:
			t.Errorf("%s: after the passage %v, before it %v", name, made, wanted)
		case a != b:
			i := 0
			for i < len(a) && i < len(b) && a[i] == b[i] {
				i++
			}
			t.Errorf("%s changed: after the passage …%.200s\nbefore it …%.200s", name, a[max(0, i-60):], b[max(0, i-60):])
		}
	}
}

// What was read and is written again is the same: every file, mode and link, and in JSON every member, those included that
// this package does not know. Only the form of JSON becomes the canonical one.
func TestReadWriteRoundTrip(t *testing.T) {
	t.Run("everything", func(t *testing.T) {
		dir := t.TempDir()
		writeTree(t, dir, everything)
		sameTree(t, rewritten(t, dir), canonical(t, everything))
	})
	wants, err := filepath.Glob("../testdata/golden/*/want")
	if err != nil || len(wants) == 0 {
		t.Fatalf("no golden outputs: %v", err)
	}
	for _, dir := range wants {
		t.Run(filepath.Base(filepath.Dir(dir)), func(t *testing.T) {
			want := readTree(t, dir)
			for _, ours := range []string{ManifestFile, "isrgen-deferred.jsonl"} {
				delete(want, ours) // Read takes what the platform does
			}
			sameTree(t, rewritten(t, dir), want)
		})
	}
}

// FuzzRead holds that whatever a small directory holds, Read gives an output or an error, and reads nothing but the directory.
func FuzzRead(f *testing.F) {
	add := func(config, function, prerender, link, fallback string) {
		f.Add(config, function, prerender, link, fallback)
	}
	add(`{"version":3}`, `{"runtime":"edge","entrypoint":"x"}`, `{"expiration":1,"fallback":"x"}`, "./f.func", "x")
	add(`{"version":3,"routes":[{"src":"/","dest":{"type":"service"},"has":[{"type":"query","value":{"eq":1}}]}]}`,
		`{"runtime":"provided.al2023","maxDuration":"max"}`, `{"expiration":false,"fallback":{"fsPath":"../../secret"}}`, "../../../outside.func", "y")
	add(`{"version":3,"version":2}`, `{"maxDuration":null,"regions":[null]}`, `{"fallback":{"fsPath":"/etc/passwd"},"group":-1}`, "/etc.func", "")
	add("\ufeff{\"version\":3}", `{"filePathMap":{"..":"../.."}}`, `{"fallback":false}`, "g.func", "../secret")
	f.Fuzz(func(t *testing.T, config, function, prerender, link, fallback string) {
		base := t.TempDir()
		writeTree(t, base, map[string]string{"secret": "secret", "outside.func/.vc-config.json": `{"runtime":"secret"}`})
		dir := filepath.Join(base, "a", "output")
		writeTree(t, dir, map[string]string{
			"config.json": " " + config, "functions/f.func/.vc-config.json": " " + function, "functions/f.prerender-config.json": " " + prerender,
			"functions/g.prerender-config.json": " " + prerender, "static/s": "s",
		})
		os.Symlink(link, filepath.Join(dir, "functions", "g.func")) // what is no name for a link is left out
		if fs.ValidPath(fallback) && fallback != "." {
			os.WriteFile(filepath.Join(dir, "functions", filepath.Base(fallback)), []byte("fallback"), 0o644)
		}
		os.Symlink(fallback, filepath.Join(dir, "static", "link"))
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		out, err := Read(root.FS())
		if err != nil {
			return
		}
		var files []File
		for _, file := range out.Static {
			files = append(files, file)
		}
		for name, fn := range out.Functions {
			if fn.Config.Runtime == "secret" {
				t.Errorf("the function %s is from outside", name)
			}
			files = append(files, slices.Collect(maps.Values(fn.Files))...)
		}
		for _, p := range out.Prerenders {
			if p.Fallback != nil {
				files = append(files, *p.Fallback)
			}
		}
		for _, file := range files {
			var content strings.Builder
			if _, err := file.Content.WriteTo(&content); err == nil && content.String() == "secret" {
				t.Errorf("%s is from outside", file.Path)
			}
		}
		if _, err := out.Write(t.Context(), t.TempDir()); err != nil && !expectedFault(err) {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

// expectedFault says whether an output cannot be written for what it is: a fallback that lies elsewhere, or is the file of
// something else.
func expectedFault(err error) bool {
	text := fmt.Sprint(err)
	return strings.Contains(text, "cannot be the path") || strings.Contains(text, "would be written twice")
}
