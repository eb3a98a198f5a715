package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// readConfig reads the sources of a configuration. Faults are returned one a line.
func readConfig(t *testing.T, text string) (*Config, string) {
	t.Helper()
	var diags diagnostic.List
	c := &Config{}
	config := site.ReadConfig(fstest.MapFS{site.ConfigFile: {Data: []byte(text)}}, &diags, c.Fields)
	if diags.Errors() == 0 {
		c.Settle(config.Taxonomies)
	}
	var faults []string
	for _, d := range diags.Sorted() {
		if d.Advice == "" {
			t.Errorf("%s: there is no advice", d)
		}
		faults = append(faults, d.String())
	}
	return c, strings.Join(faults, "\n")
}

// open makes the first source of a configuration, in which URL is the address of a server.
func open(t *testing.T, config string, o ClientOptions, handler http.HandlerFunc) (content.Source, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, faults := readConfig(t, "sources:\n  s:\n    "+strings.ReplaceAll(strings.ReplaceAll(config, "URL", server.URL), "\n", "\n    ")+"\n")
	if faults != "" {
		t.Fatal(faults)
	}
	return New(c.Sources[0], NewClient(c.Sources[0].Access, o)), server
}

func names(docs []*content.Document) string {
	var all []string
	for _, doc := range docs {
		all = append(all, doc.Name)
	}
	return strings.Join(all, " ")
}

// answers serves texts by the request's path and query.
func answers(texts map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, ok := texts[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if link, rest, found := strings.Cut(text, "|"); found {
			w.Header().Set("Link", strings.ReplaceAll(link, "HOST", r.Host))
			text = rest
		}
		fmt.Fprint(w, strings.ReplaceAll(text, "HOST", r.Host))
	}
}

const item = `item: { url: "URL/{slug}" }
fields: { title: name }
path: /p/[slug]
`

// The ways in which a list is divided into pages, and the names that come of it.
func TestPagination(t *testing.T) {
	for name, c := range map[string]struct {
		list    string
		answers map[string]string
		want    string
	}{
		"one page": {`{ url: "URL/l" }`, map[string]string{"/l": `[{"slug":"a"},{"slug":"b"},{"slug":"a"}]`}, "a b"},
		"numbers until nothing": {`{ url: "URL/l?p={page}", items: d }`, map[string]string{"/l?p=1": `{"d":[{"slug":"a"}]}`, "/l?p=2": `{"d":[{"slug":"b"}]}`,
			"/l?p=3": `{"d":[]}`}, "a b"},
		"numbers from 0 until the last": {`{ url: "URL/l?p={page}", items: d, pages: n.pages, start: 0 }`, map[string]string{
			"/l?p=0": `{"d":[{"slug":"a"}],"n":{"pages":2}}`, "/l?p=1": `{"d":[{"slug":"b"}],"n":{"pages":2}}`}, "a b"},
		"cursor": {`{ url: "URL/l?c={cursor}", items: d, next: c }`, map[string]string{"/l?c=": `{"d":[{"slug":"a"}],"c":"x y"}`,
			"/l?c=x+y": `{"d":[{"slug":"b"}],"c":null}`}, "a b"},
		"next address": {`{ url: "URL/l", items: d, next: links.next }`, map[string]string{"/l": `{"d":[{"slug":"a"}],"links":{"next":"/m"}}`,
			"/m": `{"d":[{"slug":"b"}],"links":{}}`}, "a b"},
		"Link header": {`{ url: "URL/l", link: true }`, map[string]string{"/l": `<http://HOST/m>; rel="next", <http://HOST/z>; rel="last"|[{"slug":"a"}]`,
			"/m": `<http://HOST/l>; rel="first"|[{"slug":"b"}]`}, "a b"},
		"names that no address can have": {`{ url: "URL/l" }`, map[string]string{"/l": `[{"slug":".."},{"slug":"a/b"},{"slug":""},{"slug":null},{"slug":7},{"slug":"a?b"}]`}, "7"},
		"a circle":                       {`{ url: "URL/l", items: d, next: n }`, map[string]string{"/l": `{"d":[],"n":"/l"}`}, "sources.s: the list goes round in circles, or has more than 10000 pages"},
		"another host": {`{ url: "URL/l", items: d, next: n }`, map[string]string{"/l": `{"d":[],"n":"https://evil.example/"}`},
			"sources.s: the list: the address of the next page is on another host"},
		"no list":    {`{ url: "URL/l", items: d }`, map[string]string{"/l": `{"d":{}}`}, `sources.s: the list: items "d": the answer has no list there`},
		"no number":  {`{ url: "URL/l?p={page}", pages: n }`, map[string]string{"/l?p=1": `[]`}, `sources.s: the list: pages "n": the answer has no number there`},
		"no key":     {`{ url: "URL/l" }`, map[string]string{"/l": `[{"id":1}]`}, `sources.s: an item has no key "slug"`},
		"a bad date": {`{ url: "URL/l" }`, map[string]string{"/l": `[{"slug":"a","name":["x"]}]`}, "sources.s: a: want a text, not a list"},
	} {
		s, _ := open(t, "list: "+c.list+"\n"+item, ClientOptions{}, answers(c.answers))
		docs, err := s.List(t.Context())
		got := names(docs)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// One item: what is there, what the source says is not there, and what could not be asked.
func TestGet(t *testing.T) {
	s, server := open(t, `list: { url: "URL/l" }
item: { url: "URL/i/{slug}?q={slug}", data: data.0 }
path: /p/[slug]
fields: { title: name, body: text, tags: tags.name, params.n: n, params.deep: a.1.b }
format: html`, ClientOptions{}, answers(map[string]string{
		"/i/a%20b?q=a+b": `{"data":[{"slug":"a b","name":"A","text":"<p onclick=x>T<script>x</script></p>","tags":[{"name":"x"},{"name":"y"}],"n":1.50,"a":[0,{"b":[true]}]}]}`,
		"/i/none?q=none": `{"data":[]}`, "/i/null?q=null": `{"data":[null]}`, "/i/other?q=other": `{"data":[{"slug":"Other"}]}`,
		"/i/odd?q=odd": `{"error":"x"}`,
	}))
	doc, err := s.Get(t.Context(), "a b")
	if err != nil {
		t.Fatal(err)
	}
	if doc.Title != "A" || string(doc.Text) != "<p>T</p>" || doc.Format != content.HTML || doc.URL != "/p/a b" || doc.Words != 1 ||
		fmt.Sprint(doc.Terms, doc.Params) != "[{tags [x y]}] map[deep:[true] n:1.5]" {
		t.Errorf("the document is %+v", doc)
	}
	for name, want := range map[string]string{
		"none": content.ErrNoDocument.Error(), "null": content.ErrNoDocument.Error(), "other": content.ErrNoDocument.Error(),
		"missing": content.ErrNoDocument.Error(), "..": content.ErrNoDocument.Error(), "a/b": content.ErrNoDocument.Error(),
		"odd": `sources.s: data "data.0": no such value: data`,
	} {
		if _, err := s.Get(t.Context(), name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	server.Close()
	if _, err := s.Get(t.Context(), "a b"); err == nil || errors.Is(err, content.ErrNoDocument) {
		t.Errorf("of a server that is gone the error is %v", err)
	}
}

func TestMarkdownSource(t *testing.T) {
	files := map[string]string{
		"/files": "a.md\n\ndeep/b.md\r\nREADME.txt\n../secret.md\na.md\n", "/files.json": `{"tree":[{"path":"a.md"},{"path":"deep/b.md"}]}`,
		"/raw/a.md": "---\ntitle: A\ntags: [x]\ndate: 2026-01-02\n---\nText.\n", "/raw/deep/b.md": "No front matter.\n",
		"/raw/bad.md": "---\ntitel: B\n---\n",
	}
	for _, manifest := range []string{`{ url: "URL/files" }`, `{ url: "URL/files.json", paths: tree.path }`} {
		s, _ := open(t, "type: markdown\nmanifest: "+manifest+"\nbase: URL/raw\npath: /docs/[...path]", ClientOptions{}, answers(files))
		docs, err := s.List(t.Context())
		if err != nil || names(docs) != "a deep/b" || docs[0].Title != "A" || string(docs[0].Text) != "Text.\n" || docs[1].URL != "/docs/deep/b" {
			t.Errorf("with %s the documents are %s, %v", manifest, names(docs), err)
		}
		if _, err := s.Get(t.Context(), "c"); !errors.Is(err, content.ErrNoDocument) {
			t.Errorf("a file that is not there: %v", err)
		}
		if _, err := s.Get(t.Context(), "bad"); err == nil || err.Error() != `sources.s: bad.md:2:1: unknown key "titel" in front matter` {
			t.Errorf("a file with a fault: %v", err)
		}
	}
}

func TestFeedSource(t *testing.T) {
	for name, feed := range map[string]string{
		"RSS": `<rss version="2.0"><channel><title>F</title>
<item><title>One &amp; two</title><link>https://x.example/2026/One-Two.html</link><pubDate>Fri, 02 Jan 2026 03:04:05 +0100</pubDate>
<category>x</category><description>&lt;p onclick="x"&gt;Text&lt;/p&gt;</description></item></channel></rss>`,
		"Atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>One &amp; two</title><id>urn:1</id>
<link href="https://x.example/2026/One-Two/"/><published>2026-01-02T03:04:05+01:00</published><category term="x"/>
<content type="html">&lt;p onclick="x"&gt;Text&lt;/p&gt;</content></entry></feed>`,
	} {
		s, _ := open(t, "type: feed\nurl: URL/feed\npath: /news/[slug]", ClientOptions{}, answers(map[string]string{"/feed": feed}))
		doc, err := s.Get(t.Context(), "one-two")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if doc.Title != "One & two" || string(doc.Text) != "<p>Text</p>" || !doc.Date.Equal(time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC)) ||
			fmt.Sprint(doc.Terms) != "[{tags [x]}]" || !strings.HasPrefix(fmt.Sprint(doc.Params["link"]), "https://x.example/2026/One-Two") {
			t.Errorf("%s gives %+v", name, doc)
		}
		if _, err := s.Get(t.Context(), "three"); !errors.Is(err, content.ErrNoDocument) {
			t.Errorf("%s: an entry that is not there: %v", name, err)
		}
	}
	s, _ := open(t, "type: feed\nurl: URL/feed\npath: /news/[slug]", ClientOptions{}, answers(map[string]string{"/feed": "<html></html>"}))
	if _, err := s.List(t.Context()); err == nil || err.Error() != "sources.s: the answer is neither RSS nor Atom" {
		t.Errorf("a page that is no feed: %v", err)
	}
}

// Faults of the configuration stand at their place and say what to do.
func TestConfigFaults(t *testing.T) {
	sound := "type: json, list: {url: 'https://x.example/l'}, item: {url: 'https://x.example/{slug}'}, path: '/p/[slug]', fields: {title: t}"
	if _, faults := readConfig(t, "sources: {s: {"+sound+"}}"); faults != "" {
		t.Fatal(faults)
	}
	for entry, want := range map[string]string{
		sound + ", typ: x":                                                `unknown key "typ" in source s`,
		sound + ", prerender: some":                                       `prerender cannot be "some"`,
		sound + ", prerender: {}":                                         "prerender needs either a list or a budget",
		sound + ", timeout: false":                                        "a time limit is needed",
		sound + ", retries: 11":                                           "retries cannot be 11",
		sound + ", maxSize: 5":                                            `maxSize cannot be "5"`,
		sound + ", auth: {bearerEnv: 's3cr3t-value'}":                     "this is not the name of an environment variable",
		sound + ", auth: {header: 'X Key', env: KEY}":                     "this is not the name of a header",
		sound + ", auth: {header: X-Key}":                                 "auth needs a variable, and one header for it",
		sound + ", manifest: {url: 'https://x.example'}":                  "a source of type json has no use for manifest",
		strings.Replace(sound, "title:", "titel:", 1):                     `fields of the source s: "titel" is no front matter key`,
		strings.Replace(sound, "/p/[slug]", "/p/slug", 1):                 `path cannot be "/p/slug"`,
		strings.Replace(sound, "x.example/{slug}", "x.example/all", 1):    "item.url of the source s is the same for all items",
		strings.Replace(sound, "x.example/l", "me:s3cr3t@x.example/l", 1): "the address holds a credential, which would be in the output",
		strings.Replace(sound, "https://x.example/l", "/l", 1):            `"/l" is not a web address`,
		"type: feed, path: '/n/[slug]'":                                   "the source s of type feed has no url",
		"type: xml":                                                       `type cannot be "xml"`,
	} {
		_, faults := readConfig(t, "sources:\n  s: {"+entry+"}\n")
		_, message, _ := strings.Cut(faults, ": ")
		if message != want || !strings.HasPrefix(faults, "isrgen.yaml:2:") || strings.Contains(faults, "s3cr3t") {
			t.Errorf("%s:\n%s\nwant %s", entry, faults, want)
		}
	}
	if _, faults := readConfig(t, "data: {allowedHosts: ['https://x.example']}"); faults != `isrgen.yaml:1:22: "https://x.example" is not the name of a host` {
		t.Errorf("faults %s", faults)
	}
}

// The examples of the README and of the sample site's guide are without faults.
func TestGuideIsTrue(t *testing.T) {
	for file, least := range map[string]int{"../../testdata/site/blog/content/guide/sources.md": 3, "../../README.md": 1} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples := 0
		for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(block[1], "sources:\n") && !strings.HasPrefix(block[1], "data:\n") {
				continue
			}
			examples++
			if _, faults := readConfig(t, block[1]); faults != "" {
				t.Errorf("%s: %s\n%s", file, faults, block[1])
			}
		}
		if examples < least {
			t.Errorf("%s has %d examples", file, examples)
		}
	}
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

func TestChoose(t *testing.T) {
	o := &content.Origin{Name: "s", Path: "/p/[slug]"}
	var docs []*content.Document
	for i, name := range []string{"c", "a", "b"} {
		doc := &content.Document{Name: name}
		doc.Date = time.Date(2026, 1, i+1, 0, 0, 0, 0, time.UTC)
		docs = append(docs, doc)
	}
	for text, want := range map[string]string{
		"all": "c a b", "none": "", "newest 2": "b a", "newest 9": "b a c", "{budget: 2 pages}": "c a", "{budget: 60s}": "c a b", "{list: f}": "c b",
	} {
		c, faults := readConfig(t, "sources: {s: {type: feed, url: 'https://x.example', path: '/p/[slug]', prerender: "+text+"}}")
		if faults != "" {
			t.Fatal(faults)
		}
		if got := names(c.Sources[0].Prerender.Choose(docs, o, []string{"b", "/p/c/", "", "x"})); got != want {
			t.Errorf("%s chooses %q, want %q", text, got, want)
		}
	}
}

// Credentials go to the source and not to the host that it redirects to.
func TestCredentials(t *testing.T) {
	t.Setenv("TEST_KEY", "s3cr3t")
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "" || r.Header.Get("Authorization") != "" {
			t.Error("the credential went to another host")
		}
		fmt.Fprint(w, `{"slug":"a","name":"Moved"}`)
	}))
	defer other.Close()
	for _, auth := range []string{"{ header: X-Key, env: TEST_KEY }", "{ bearerEnv: TEST_KEY }"} {
		s, _ := open(t, `list: { url: "URL/l" }`+"\n"+item+"auth: "+auth, ClientOptions{}, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Key") != "s3cr3t" && r.Header.Get("Authorization") != "Bearer s3cr3t" {
				t.Error("the credential is missing")
			}
			http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
		})
		if doc, err := s.Get(t.Context(), "a"); err != nil || doc.Title != "Moved" {
			t.Errorf("%v, %v", doc, err)
		}
	}
}

// An attempt that may succeed later is repeated, others are not, and no more requests than allowed are under way.
func TestRetries(t *testing.T) {
	for status, want := range map[int]int{500: 3, 503: 3, 429: 3, 404: 1, 401: 1, 400: 1, 204: 1} {
		attempts := 0
		s, _ := open(t, `list: { url: "URL/l" }`+"\n"+item, ClientOptions{}, func(w http.ResponseWriter, _ *http.Request) {
			attempts++
			w.WriteHeader(status)
		})
		if _, err := s.Get(t.Context(), "a"); err == nil || attempts != want {
			t.Errorf("after status %d there were %d attempts, want %d: %v", status, attempts, want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, _ := open(t, `list: { url: "URL/l" }`+"\n"+item, ClientOptions{}, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(500)
	})
	if _, err := s.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that nobody waits for: %v", err)
	}
}

func TestConcurrency(t *testing.T) {
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	s, _ := open(t, `list: { url: "URL/l" }`+"\n"+item+"concurrency: 2", ClientOptions{}, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		fmt.Fprint(w, `{"slug":"a"}`)
	})
	done := make(chan error, 5)
	for range 5 {
		go func() {
			_, err := s.Get(t.Context(), "a")
			done <- err
		}()
	}
	for i := range 5 {
		<-entered
		if i == 1 && len(entered) > 0 {
			t.Error("more requests than allowed are under way")
		}
		if i > 0 {
			leave <- struct{}{}
		}
	}
	leave <- struct{}{}
	for range 5 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Data is asked for once, and only from the hosts that are allowed.
func TestReader(t *testing.T) {
	asked := 0
	other := httptest.NewServer(answers(map[string]string{"/": "1"}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL+"/", http.StatusFound)
			return
		}
		answers(map[string]string{"/a": `{"n":1,"list":[1.5]}`, "/bad": "{"})(w, r)
	}))
	defer server.Close()
	data := Data{AllowedHosts: []string{strings.TrimPrefix(server.URL, "http://")}, Access: Access{Timeout: time.Minute, MaxSize: 100}}
	r := data.NewReader(NewClient(data.Access, ClientOptions{Hosts: data.AllowedHosts}))
	for range 2 {
		value, err := r.JSON(t.Context(), server.URL+"/a")
		if got := fmt.Sprintf("%#v %v", value, err); got != `map[string]interface {}{"list":[]interface {}{1.5}, "n":1} <nil>` {
			t.Error(got)
		}
	}
	if asked != 1 {
		t.Errorf("the same address was asked for %d times", asked)
	}
	for address, want := range map[string]string{
		server.URL + "/none": "<nil> <nil>",
		server.URL + "/bad":  "<nil> the answer is not JSON, at byte 1",
		server.URL + "/away": "<nil> GET " + server.URL + "/away: a redirect to a host that is not allowed",
		other.URL + "/":      "<nil> the host " + strings.TrimPrefix(other.URL, "http://") + " is not allowed: add it to data.allowedHosts in isrgen.yaml",
		"file:///etc/passwd": `<nil> "file:///etc/passwd" is not a web address`,
	} {
		value, err := r.JSON(t.Context(), address)
		if got := fmt.Sprintf("%v %v", value, err); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
