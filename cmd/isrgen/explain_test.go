package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// explained is an output with something of everything. Its functions are never run.
var explained = map[string]string{
	"config.json": `{
		"version": 3,
		"images": {"sizes": [16]},
		"wildcard": [{"domain": "fr.example.com", "value": "/fr"}],
		"routes": [
			{"src": "/.*", "headers": {"x-all": "1"}, "continue": true},
			{"src": "/old/(.*)", "status": 308, "headers": {"Location": "/new/$1"}},
			{"src": "/out/(.*)", "dest": "https://example.com/$1"},
			{"src": "/admin", "status": 403},
			{"src": "/secret", "transforms": [{"type": "request.headers", "op": "delete", "target": {"key": "cookie"}}], "dest": "/api"},
			{"handle": "filesystem"},
			{"src": "/maybe/(.*)", "dest": "/gone/$1", "check": true},
			{"src": "/blog/(?<slug>[^/]+)", "dest": "/blog/[slug]?slug=$slug"},
			{"src": "/shop", "dest": "$wildcard/shop"},
			{"handle": "hit"},
			{"src": "/blog/.*", "headers": {"x-hit": "1"}, "important": true, "continue": true},
			{"handle": "error"},
			{"status": 404, "src": "/.*", "dest": "/404.html"}
		]
	}`,
	"static/index.html":                           "home",
	"static/404.html":                             "404",
	"static/fr/shop.html":                         "boutique",
	"static/fr/shop":                              "boutique",
	"functions/api.func/.vc-config.json":          `{"runtime": "nodejs22.x", "handler": "index.js", "launcherType": "Nodejs"}`,
	"functions/api.func/index.js":                 "",
	"functions/blog/[slug].func/.vc-config.json":  `{"runtime": "nodejs22.x", "handler": "index.js", "launcherType": "Nodejs"}`,
	"functions/blog/[slug].func/index.js":         "",
	"functions/blog/[slug].prerender-config.json": `{"expiration": 60, "staleExpiration": 600, "group": 3, "allowQuery": ["slug"], "fallback": "fallback.html", "bypassToken": "0123456789abcdef0123456789abcdef", "experimentalBypassFor": [{"type": "header", "key": "next-action"}]}`,
	"functions/blog/fallback.html":                "fallback",
	"functions/search.func/.vc-config.json":       `{"runtime": "nodejs22.x", "handler": "index.js", "launcherType": "Nodejs"}`,
	"functions/search.func/index.js":              "",
	"functions/search.prerender-config.json":      `{"expiration": false, "passQuery": true, "allowHeader": ["accept-language"]}`,
}

// TestExplain runs the command as in each file of testdata/explain, whose first line is a command line and whose rest is
// what it prints. With -update it rewrites them.
func TestExplain(t *testing.T) {
	dir := outputOf(t, explained)
	files, err := filepath.Glob("testdata/explain/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			command, want, _ := strings.Cut(string(content), "\n")
			args := words(strings.TrimPrefix(command, "$ isrgen "))
			var stdout, stderr bytes.Buffer
			if code := run(context.Background(), append(args, dir), &stdout, &stderr); code != exitOK {
				t.Fatalf("exit %d: %s", code, &stderr)
			}
			if *update {
				if err := os.WriteFile(file, []byte(command+"\n"+stdout.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if stdout.String() != want {
				t.Errorf("got\n%s\nwant\n%s", stdout.String(), want)
			}
		})
	}
}

// words splits a command line at its spaces, but for those between single quotes.
func words(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestExplainJSON has the members that programs use, and no token.
func TestExplainJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"explain", "/blog/one?x=1", outputOf(t, explained), "--json"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var got struct {
		Kind, Output, Path, Query string
		Route                     *int
		Steps                     []struct{ Event, Src string }
		Cached                    struct {
			Key        string
			Expiration string
			HasToken   bool
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "serve" || got.Output != "blog/[slug]" || got.Path != "/blog/one" || got.Query != "x=1" || got.Route == nil || *got.Route != 7 {
		t.Errorf("%+v", got)
	}
	if got.Cached.Key != "localhost/blog/[slug]?slug=one" || got.Cached.Expiration != "60s" || !got.Cached.HasToken {
		t.Errorf("%+v", got.Cached)
	}
	if !strings.Contains(stdout.String(), `"event": "match"`) || strings.Contains(stdout.String(), "0123456789abcdef") {
		t.Error(stdout.String())
	}
}

func TestExplainExitCodes(t *testing.T) {
	dir := outputOf(t, explained)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"explain", "/none", dir}, exitOK, ""},
		{[]string{"explain", "/", filepath.Join(dir, "static")}, exitFailed, "isrgen build"},
		{[]string{"explain", "/", filepath.Join(dir, "none")}, exitFailed, "isrgen build"},
		{[]string{"explain"}, exitUsage, "arg"},
		{[]string{"explain", "posts/hello", dir}, exitUsage, "absolute URL"},
		{[]string{"explain", "ftp://a/b", dir}, exitUsage, "absolute URL"},
		{[]string{"explain", "http://user@a/b", dir}, exitUsage, "absolute URL"},
		{[]string{"explain", "/a b", dir}, exitUsage, "space"},
		{[]string{"explain", "/", dir, "-H", "nonsense"}, exitUsage, "Name: value"},
		{[]string{"explain", "/", dir, "-H", "a b: c"}, exitUsage, "Name: value"},
		{[]string{"explain", "/", dir, "-X", "GET /"}, exitUsage, "space"},
		{[]string{"explain", "/%zz", dir}, exitUsage, "no such request"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), test.args, &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: exit %d, %s", test.args, code, stderr.String())
		}
	}
}
