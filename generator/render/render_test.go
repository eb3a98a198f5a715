package render

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// newSite is a site of a few pages.
func newSite(t *testing.T) *site.Site {
	t.Helper()
	fsys := fstest.MapFS{"isrgen.yaml": {Data: []byte("title: Site\nbaseURL: https://example.com\nparams: {n: 1}\n")}}
	for name, text := range map[string]string{
		"_index.md":       "",
		"posts/a.md":      "---\ntitle: A & B\ndate: 2026-01-02\ntags: [x]\nparams: {level: 1}\n---\n# Head\n",
		"posts/b.md":      "---\ntitle: Second\ndate: 2026-01-01\nparams: {level: 2}\nisr: {revalidate: 1h, fallback: blocking, allowQuery: [q]}\n---\n",
		"posts/c/d.md":    "---\ntitle: Third\nlayout: wide\n---\n",
		"posts/_index.md": "",
	} {
		fsys["content/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	var diags diagnostic.List
	config := site.ReadConfig(fsys, &diags)
	tree, err := content.Load(fsys, content.Settings{Taxonomies: config.Taxonomies}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"list": []any{int64(1), "two"}, "m": map[string]any{"k": "v"}}
	s := site.New(config, tree, data, &diags)
	if faults := diags.Sorted(); len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

// renderPage renders one page with the layouts by name.
func renderPage(t *testing.T, path string, layouts map[string]string) (string, error) {
	t.Helper()
	all := Layouts{}
	for name, text := range layouts {
		all[name] = Layout{File: "layouts/" + name, Text: text}
	}
	s := newSite(t)
	page, err := s.Page(path)
	if err != nil {
		t.Fatal(err)
	}
	response, err := New(s, all).Render(page, Request{Time: noon, Query: url.Values{"q": {"<asked>"}, "other": {"no"}}})
	if err != nil {
		return "", err
	}
	return string(response.Body), nil
}

// What templates can call, as a list: each line is a template of the page /posts/b/ and what it gives.
func TestFunctions(t *testing.T) {
	for text, want := range map[string]string{
		`{{ .Title | upper }} {{ lower "ÄB" }} {{ title "über the-top" }}`:                                             "SECOND äb Über The-Top",
		`{{ humanize "a-b_c" }} {{ urlize "Ä b!" }}`:                                                                   "A b c ä-b",
		`{{ truncate 10 "several words" }}|{{ truncate 50 "short" }}|{{ truncate 3 "日本語の文" }}`:                         "several…|short|日本語…",
		`{{ plainify "<b>a &amp; b</b>" }}`:                                                                            "a &amp; b",
		`{{ "<i>" }}{{ safeHTML "<i>" }}`:                                                                              "&lt;i&gt;<i>",
		`{{ markdownify "*a*" }}`:                                                                                      "<em>a</em>",
		`{{ markdownify "a <b>x</b>" }}`:                                                                               "a <!-- raw HTML omitted -->x<!-- raw HTML omitted -->",
		`{{ now.Format "2006-01-02 15:04" }} {{ dateFormat "Jan" .Date }}`:                                             "2026-11-01 12:00 Jan",
		`{{ relURL "a" }} {{ relURL "/a" }} {{ relURL "https://x.org/a" }} {{ absURL "a" }}`:                           "/a /a https://x.org/a https://example.com/a",
		`{{ range first 2 (slice 1 2 3) }}{{ . }}{{ end }}{{ len (first 9 (slice 1)) }}{{ len (first -1 (slice 1)) }}`: "1210",
		`{{ range after 1 (slice 1 2 3) }}{{ . }}{{ end }}{{ len (after 9 (slice 1)) }}`:                               "230",
		`{{ in (slice "a" "b") "b" }} {{ in "abc" "bc" }} {{ in (slice 1 2) 3 }}`:                                      "true true false",
		`{{ with dict "k" 1 }}{{ .k }}{{ end }}`:                                                                       "1",
		`{{ default "d" "" }}{{ default "d" nil }}{{ default "d" "v" }}`:                                               "ddv",
		`{{ range where .Site.RegularPages "Params.level" 2 }}{{ .Title }}{{ end }}`:                                   "Second",
		`{{ range where .Site.RegularPages "Section" "posts" }}{{ .Path }}{{ end }}`:                                   "/posts/a//posts/b//posts/c/d/",
		`{{ .Query "q" }}|{{ .Query "other" }}`:                                                                        "&lt;asked&gt;|",
		`<script>var x = {{ jsonify .Site.Data.m | safeJS }}</script>`:                                                 `<script>var x = {"k":"v"}</script>`,
		`{{ .Permalink }} {{ .ISR.Kind }} {{ .ISR.Revalidate }}`:                                                       "https://example.com/posts/b/ isr 1h",
		`{{ with .Next }}{{ .Title }}{{ end }} {{ with .Prev }}{{ .Title }}{{ end }}`:                                  "A &amp; B Third",
		`{{ range .Ancestors }}{{ .RelPermalink }} {{ end }}`:                                                          "/posts/ / ",
		`{{ .Lastmod.Year }} {{ .WordCount }} {{ .ReadingTime }}`:                                                      "2026 0 0",
		`{{ partial "p.html" (dict "x" 2) }}`:                                                                          "[2]",
	} {
		text = strings.ReplaceAll(text, ".Path", ".RelPermalink")
		got, err := renderPage(t, "/posts/b/", map[string]string{"page.html": text, "_partials/p.html": "[{{ .x }}]"})
		if err != nil || got != want {
			t.Errorf("%s\nis %s, %v\nwant %s", text, got, err, want)
		}
	}
}

// A layout of definitions alone fills the base; one with text of its own stands alone.
func TestBase(t *testing.T) {
	layouts := map[string]string{"baseof.html": `[{{ block "main" . }}nothing{{ end }}]`, "page.html": `{{ define "main" }}{{ .Title }}{{ end }}` + "\n",
		"section.html": `alone`, "wide.html": "{{/* as the base has it */}}\n"}
	for path, want := range map[string]string{"/posts/b/": "[Second]", "/posts/": "alone", "/posts/c/d/": "[nothing]"} {
		if got, err := renderPage(t, path, layouts); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", path, got, err, want)
		}
	}
}

// A fault names the layout's file, line and column, and what is wrong there; of nested ones the innermost.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"<p>\n{{ .Nothing }}":              "layouts/page.html:2:4: executing \"layouts/page.html\" at <.Nothing>: can't evaluate field Nothing in type *render.Page",
		"<p>\n\n{{ if }}":                  "layouts/page.html:3:0: missing value for if",
		"{{ nothing }}":                    "layouts/page.html:1:0: function \"nothing\" not defined",
		"{{ partial \"gone.html\" . }}":    "layouts/page.html:1:4: executing \"layouts/page.html\" at <partial \"gone.html\" .>: error calling partial: there is no partial \"gone.html\": create layouts/_partials/gone.html",
		"{{ partial \"broken.html\" . }}":  "layouts/_partials/broken.html:2:4: executing \"layouts/_partials/broken.html\" at <.Gone>: can't evaluate field Gone in type *render.Page",
		"{{ partial \"endless.html\" . }}": "layouts/_partials/endless.html:1:4: executing \"layouts/_partials/endless.html\" at <partial \"endless.html\" .>: error calling partial: templates call each other without end",
		"{{ first 1 2 }}":                  "layouts/page.html:1:4: executing \"layouts/page.html\" at <first 1 2>: error calling first: want a list, not int",
		"{{ dict \"a\" }}":                 "layouts/page.html:1:4: executing \"layouts/page.html\" at <dict \"a\">: error calling dict: dict takes pairs of a key and a value",
	} {
		_, err := renderPage(t, "/posts/b/", map[string]string{"page.html": text, "_partials/broken.html": "\n{{ .Gone }}",
			"_partials/endless.html": `{{ partial "endless.html" . }}`})
		fault := (*Error)(nil)
		if !errors.As(err, &fault) {
			t.Errorf("%q: %v is no fault of the author", text, err)
			continue
		}
		if got := fmt.Sprintf("%s:%d:%d: %s", fault.File, fault.Line, fault.Column, fault.Message); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", text, got, want)
		}
	}
}

// A layout that is not there is the page's fault, with what it may have meant.
func TestMissingLayout(t *testing.T) {
	_, err := renderPage(t, "/posts/c/d/", map[string]string{"page.html": "", "wider.html": "", "_partials/wide.html": "", "baseof.html": ""})
	fault := (*Error)(nil)
	if !errors.As(err, &fault) {
		t.Fatal(err)
	}
	if want := `did you mean "wider"? Otherwise create layouts/wide.html, or choose one of page, wider`; fault.Advice != want ||
		fault.File != "content/posts/c/d.md" || fault.Message != `there is no layout "wide.html"` {
		t.Errorf("%s: %s; %s\nwant %s", fault.File, fault.Message, fault.Advice, want)
	}
}

// Many requests at once give what one gives: template sets are not shared while they run.
func TestConcurrentRenders(t *testing.T) {
	s := newSite(t)
	r := New(s, Layouts{"page.html": {File: "p", Text: `{{ .Title }} {{ now.Unix }} {{ partial "x" . }}`}, "_partials/x": {File: "x", Text: `{{ .Query "q" }}`}})
	page, err := s.Page("/posts/b/")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			when := noon.Add(time.Duration(i) * time.Second)
			response, err := r.Render(page, Request{Time: when, Query: url.Values{"q": {fmt.Sprint(i)}}})
			if want := fmt.Sprintf("Second %d %d", when.Unix(), i); err != nil || string(response.Body) != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	group.Wait()
}

// Relative links are meant from the page that a text belongs to, wherever it is shown.
func TestMarkdownLinks(t *testing.T) {
	m := newMarkdown(site.Markup{})
	for _, c := range []struct{ base, destination, want string }{
		{"/posts/a/", "b", "/posts/a/b"},
		{"/posts/a/", "../b/", "/posts/b/"},
		{"/posts/a", "../b", "/posts/b"}, // without slashes at the end it is the same
		{"/posts/a/", "map.svg?x=1#y", "/posts/a/map.svg?x=1#y"},
		{"/posts/a/", "./", "/posts/a/"},
		{"/posts/a/", "../../../../x", "/x"},
		{"/posts/a/", "/x", "/x"},
		{"/posts/a/", "#part", "#part"},
		{"/posts/a/", "?q=1", "?q=1"},
		{"/posts/a/", "https://example.com/x", "https://example.com/x"},
		{"/posts/a/", "//example.com/x", "//example.com/x"},
		{"/posts/a/", "mailto:a@example.com", "mailto:a@example.com"},
		{"/日本/", "寿司/", "/%E6%97%A5%E6%9C%AC/%E5%AF%BF%E5%8F%B8/"},
		{"/posts/a/", "a%20b", "/posts/a/a%20b"},
		{"/posts/a/", "javascript:alert(1)", ""},
	} {
		for form, around := range map[string][2]string{"[x](%s)": {`href="`, `"`}, "![x](%s)": {`src="`, `"`}} {
			out, err := m.html([]byte(fmt.Sprintf(form, c.destination)), c.base)
			if want := around[0] + c.want + around[1]; err != nil || !strings.Contains(string(out), want) {
				t.Errorf("on %s %s is %s, %v; want %s", c.base, c.destination, out, err, want)
			}
		}
	}
}

// FuzzMarkdown holds that no text gets HTML of its own, or a script, into a page, and that rendering does not depend on what was
// rendered before.
func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{"# a\n\n| a | b |\n|---|---|\n| c |", "- [ ] x\n- [x] y", "<script>alert(1)</script>", "[x](javascript:a)",
		"```a\"b\n<x>\n```", "[x]: <data:text/html,y>\n[x]", "![](../é)", "~~a~~ https://example.com"} {
		f.Add(text)
	}
	m := newMarkdown(site.Markup{})
	f.Fuzz(func(t *testing.T, text string) {
		out, err := m.html([]byte(text), "/posts/a/")
		if err != nil {
			t.Fatal(err)
		}
		lower := strings.ToLower(string(out))
		for _, bad := range []string{"<script", "<iframe", "<style", `href="javascript:`, `src="javascript:`, `href="vbscript:`} {
			if strings.Contains(lower, bad) {
				t.Errorf("%q renders %s", text, out)
			}
		}
		again, err := newMarkdown(site.Markup{}).html([]byte(text), "/posts/a/")
		if err != nil || template.HTML(again) != out {
			t.Errorf("%q renders %q and then %q, %v", text, out, again, err)
		}
	})
}
