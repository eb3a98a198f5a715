package generator

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

// files are what a web server has, by path. They may change while it runs.
type files struct {
	mu    sync.Mutex
	texts map[string]string
}

func (f *files) set(path, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts[path] = text
}

// ServeHTTP gives a file, or 404 where there is none.
func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := f.texts[r.URL.Path]
	if text == "" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, text)
}

const mixedFeed = `<rss version="2.0"><channel><title>F</title>
<item><title>First</title><link>https://news.example/first</link><pubDate>Fri, 02 Jan 2026 03:04:05 GMT</pubDate><category>Docs</category>
<description>&lt;p&gt;Of the &lt;b onclick="x"&gt;feed&lt;/b&gt;&lt;/p&gt;</description></item>%s</channel></rss>`

// One site has files of its own, files of a web server, and a feed. Its terms and lists hold all of them, the function answers what
// the build renders, and both sources may grow.
func TestMixedSources(t *testing.T) {
	remote := &files{texts: map[string]string{
		"/files.txt": "a.md\ndeep/b.md\n", "/raw/a.md": "---\ntitle: A\ndate: 2026-01-03\ntags: [Docs]\n---\nA *file*, and [another](../deep/b/).\n",
		"/raw/deep/b.md": "---\ntitle: B\nisr: {revalidate: 7m}\n---\nDeep.\n", "/feed": fmt.Sprintf(mixedFeed, ""),
	}}
	server := httptest.NewServer(remote)
	t.Cleanup(server.Close)
	b := buildSite(t, Options{Source: writeSite(t, map[string]string{
		"isrgen.yaml": native(strings.ReplaceAll(`title: Mixed
sources:
  docs: { type: markdown, manifest: { url: URL/files.txt }, base: URL/raw/, path: "/docs/[...path]", isr: { revalidate: 1h }, retries: 0 }
  news: { type: feed, url: URL/feed, path: "/[slug]", isr: { revalidate: 2h }, retries: 0 }
isr: { defaults: { revalidate: 1d } }
`, "URL", server.URL)),
		"content/docs/own.md":         "---\ntitle: Own\ntags: [Docs]\n---\nOf the site.\n",
		"content/docs/deep/own.md":    "---\ntitle: Deep\n---\n",
		"content/docs/deep/_index.md": "---\ntitle: Deep section\n---\n",
		"layouts/page.html":           "{{ .Title }} {{ .ISR.Revalidate }} {{ .Content }}{{ range .GetTerms \"tags\" }}{{ .RelPermalink }}{{ end }} {{ .Parent.Title }} {{ with .Next }}{{ .Title }}{{ end }}",
		"layouts/section.html":        "{{ range .Pages }}{{ .RelPermalink }}\n{{ end }}--\n{{ range .RegularPagesRecursive }}{{ .RelPermalink }}\n{{ end }}",
		"layouts/home.html":           "{{ range .Pages }}{{ .RelPermalink }}\n{{ end }}--\n{{ range .Site.RegularPages }}{{ .RelPermalink }} {{ .WordCount }}\n{{ end }}",
		"layouts/term.html":           "{{ range .Pages }}{{ .RelPermalink }} {{ .Content }}\n{{ end }}",
	})})
	out := read(t, b.Destination)
	pagesResolve(t, b, out)
	ask := function(t, b.Destination, out)
	for _, page := range b.site.Pages {
		if page.Policy.Keeping != site.ISR {
			continue
		}
		got, want := ask(page.OutputPath(), "/"+page.OutputPath()), contentOf(t, out.Prerenders[page.OutputPath()].Fallback)
		if got.Status != 200 || !bytes.Equal(got.Body, want) {
			t.Errorf("%s: the function says %d\n%s\nand the build\n%s", page.Path, got.Status, got.Body, want)
		}
	}
	for path, want := range map[string]string{
		"docs/a":      "A 1h <p>A <em>file</em>, and <a href=\"/docs/deep/b/\">another</a>.</p>\n/tags/docs/ Docs ",
		"docs/deep/b": "B 7m <p>Deep.</p>\n Docs A",
		"first":       "First 2h <p>Of the <b>feed</b></p>/tags/docs/ Mixed ",
		"docs":        "/docs/deep/\n/docs/a/\n/docs/deep/b/\n/docs/own/\n--\n/docs/a/\n/docs/deep/b/\n/docs/deep/own/\n/docs/own/\n",
		"tags/docs":   "/docs/a/ <p>A <em>file</em>, and <a href=\"/docs/deep/b/\">another</a>.</p>\n\n/first/ <p>Of the <b>feed</b></p>\n/docs/own/ <p>Of the site.</p>\n\n",
		"index":       "/docs/\n/first/\n--\n/docs/a/ 4\n/first/ 3\n/docs/deep/b/ 1\n/docs/deep/own/ 0\n/docs/own/ 3\n",
	} {
		if got := string(contentOf(t, out.Prerenders[path].Fallback)); got != want {
			t.Errorf("/%s/ is\n%s\nwant\n%s", path, got, want)
		}
	}
	remote.set("/files.txt", "a.md\nc.md\n")
	remote.set("/raw/c.md", "---\ndate: 2026-02-01\n---\nThird.\n")
	remote.set("/feed", fmt.Sprintf(mixedFeed, "<item><title>Second</title><guid>second</guid></item>"))
	docs, news := deferralPath(b.site.Deferrals[0]), deferralPath(b.site.Deferrals[1])
	for _, c := range [][3]string{
		{docs, "/" + docs + "?" + pathParameter + "=/docs/c/", "Third."},
		{news, "/" + news + "?" + pathParameter + "=/second/", "Second 2h"},
		{"docs", "/docs", "/docs/deep/\n/docs/c/\n/docs/a/\n/docs/own/\n"},
		{"index", "/", "/second/"},
	} {
		if got := ask(c[0], c[1]); got.Status != 200 || !strings.Contains(string(got.Body), c[2]) {
			t.Errorf("%s is %d\n%s\nwant %q", c[1], got.Status, got.Body, c[2])
		}
	}
}
