package generator

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/generator/cmstest"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// secret is the credential of these tests. It must not be found anywhere.
const secret = "the-secret-that-nobody-may-see"

// shopFiles is a site with a catalogue from a CMS, of which two items are rendered by the build, beside pages of its own.
func shopFiles(cms *cmstest.CMS) map[string]string {
	return map[string]string{
		"isrgen.yaml": native(strings.ReplaceAll(`title: Shop
sources:
  products:
    list: { url: "CMS/items?page={page}&per=2", items: data.items, pages: meta.pages }
    item: { url: "CMS/items/{slug}", data: data }
    path: /products/[slug]
    fields: { title: name, date: published_at, publishDate: available_from, expiryDate: gone_at, draft: draft, tags: tags.name,
      params.price: price, params.first: images.0, body: description }
    auth: { bearerEnv: CMS_TOKEN }
    isr: { revalidate: 1h }
    prerender: newest 2
    retries: 1
    timeout: 1s
data: { allowedHosts: [HOST], retries: 0 }
isr:
  notFound: { revalidate: 30 }
  rules:
    - { match: /, revalidate: 10m }
    - { match: /products/, revalidate: 10m }
    - { match: /tags/**, revalidate: 10m }
    - { match: /data/, revalidate: 5m }
`, "CMS/", cms.URL+"/")),
		"content/_index.md":          "Home.",
		"content/products/_index.md": "---\ncascade: {params: {currency: EUR}}\n---\nAll products.",
		"content/products/about.md":  "---\ntitle: About\ndate: 2026-03-15\nisr: {revalidate: 1h}\n---\nAbout them.",
		"content/data.md":            "---\nlayout: data\n---\n",
		"layouts/data.html":          "{{ with (getJSON \"" + cms.URL + "/items/\" \"mug\") }}{{ .data.name }} {{ .data.price }}{{ else }}none{{ end }}",
		"layouts/page.html": "<h1>{{ .Title }}</h1>{{ .Content }}<p>{{ .Params.price }} {{ .Params.currency }} {{ .Params.first }} {{ .WordCount }}" +
			" {{ .Date }} {{ .ISR.Revalidate }}</p>{{ range .GetTerms \"tags\" }}{{ .RelPermalink }} {{ end }}" +
			"{{ with .Next }}next {{ .Title }}{{ end }} {{ with .Prev }}prev {{ .Title }}{{ end }} {{ .Parent.RelPermalink }}",
		"layouts/section.html": "{{ range .Pages }}{{ .RelPermalink }} {{ .Title }} {{ .Params.price }} {{ .WordCount }}{{ with .Next }} after {{ .Title }}{{ end }}\n{{ end }}",
		"layouts/home.html":    "{{ range .Site.RegularPages }}{{ .RelPermalink }}\n{{ end }}",
		"layouts/term.html":    "{{ range .Pages }}{{ .RelPermalink }}\n{{ end }}",
	}
}

var shopItems = []cmstest.Item{
	{Slug: "mug", Name: "Mug", Price: 9.5, Published: "2026-02-01", Tags: []cmstest.Tag{{Name: "Kitchen"}}, Description: "A *mug*.", Images: []string{"a.jpg"}},
	{Slug: "pan", Name: "Pan", Price: 30, Published: "2026-03-01", Tags: []cmstest.Tag{{Name: "Kitchen"}, {Name: "New"}}, Description: "A pan."},
	{Slug: "lamp", Name: "Lamp & shade", Price: 50, Published: "2026-04-01", Tags: []cmstest.Tag{{Name: "New"}}, Description: "# Light\n"},
	{Slug: "chair", Name: "Chair", Published: "2026-01-01", Description: "Sit."},
	{Slug: "draft", Name: "Draft", Draft: true},
	{Slug: "later", Name: "Later", Published: "2026-02-02", Available: "2026-12-01"},
	{Slug: "gone", Name: "Gone", Published: "2026-02-02", Gone: "2026-10-01"},
}

// shop is a built shop and its CMS.
type shop struct {
	*build
	cms *cmstest.CMS
	out *buildoutput.Output

	mu  sync.Mutex
	log strings.Builder // of the functions
}

func newShop(t *testing.T, changes ...string) *shop {
	t.Helper()
	t.Setenv("CMS_TOKEN", secret)
	cms := cmstest.New(t, shopItems...)
	files := shopFiles(cms)
	changes = append(changes, "HOST", strings.TrimPrefix(cms.URL, "http://"))
	files["isrgen.yaml"] = strings.NewReplacer(changes...).Replace(files["isrgen.yaml"])
	files["chosen.txt"] = "mug\n/products/chair/\nnothing\n"
	b := buildSite(t, Options{Source: writeSite(t, files)})
	return &shop{build: b, cms: cms, out: read(t, b.Destination)}
}

// functions starts the shop's functions and returns what asks one of them for a page.
func (s *shop) functions(t *testing.T, now time.Time) func(path string) *emulator.Response {
	t.Helper()
	e, err := emulator.New(s.Destination, emulator.Options{
		Env: map[string]string{"ISRGEN_CLOCK": now.Format(time.RFC3339), "CMS_TOKEN": secret},
		Log: func(line emulator.Line) {
			s.mu.Lock()
			defer s.mu.Unlock()
			fmt.Fprintln(&s.log, line.Text)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(context.Background()) })
	return func(path string) *emulator.Response {
		t.Helper()
		outputPath, target := s.entry(path)
		response, err := e.Invoke(t.Context(), outputPath, s.out.Functions[outputPath], &emulator.Request{Method: "GET", Host: "localhost", Path: target})
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
}

func (s *shop) entry(path string) (outputPath, target string) {
	page, err := s.site.Page(path)
	if err == nil && page.Policy.Keeping == site.ISR {
		return page.OutputPath(), "/" + page.OutputPath()
	}
	outputPath = deferralPath(s.site.Deferrals[0])
	return outputPath, "/" + outputPath + "?" + pathParameter + "=" + url.QueryEscape(path)
}

// Pages of a source take part in sections, taxonomies, lists, cascades and rules, and the build renders those that it should.
func TestSourcePages(t *testing.T) {
	s := newShop(t)
	kinds := map[string]site.Keeping{}
	for _, page := range s.site.Pages {
		kinds[page.Path] = page.Policy.Keeping
	}
	for path, want := range map[string]site.Keeping{
		"/products/mug/": site.Deferred, "/products/pan/": site.ISR, "/products/lamp/": site.ISR, "/products/chair/": site.Deferred,
		"/products/later/": site.Deferred, "/products/draft/": "", "/products/gone/": "", "/products/about/": site.ISR, "/tags/kitchen/": site.ISR,
	} {
		if kinds[path] != want {
			t.Errorf("%s is %q, want %q", path, kinds[path], want)
		}
	}
	for path, want := range map[string]string{
		"products": "/products/lamp/ Lamp &amp; shade 50 1\n/products/about/ About  2 after Lamp &amp; shade\n/products/pan/ Pan 30 2 after About\n" +
			"/products/mug/ Mug 9.5 2 after Pan\n/products/chair/ Chair 0 1 after Mug\n",
		"tags/kitchen": "/products/pan/\n/products/mug/\n",
		"products/pan": "<h1>Pan</h1><p>A pan.</p>\n<p>30 EUR  2 2026-03-01 00:00:00 &#43;0000 UTC 1h</p>/tags/kitchen/ /tags/new/ next About prev Mug /products/",
	} {
		if got := string(contentOf(t, s.out.Prerenders[path].Fallback)); got != want {
			t.Errorf("/%s/ is\n%s\nwant\n%s", path, got, want)
		}
	}
	var items []string
	for _, request := range s.cms.Requests() {
		if strings.HasPrefix(request.Path, "/items/") {
			items = append(items, request.Path)
		}
		if strings.Contains(request.Path, "items/mug") != (request.Header.Get("Authorization") == "") { // data has no credential
			t.Errorf("%s came with the credential %q", request.Path, request.Header.Get("Authorization"))
		}
	}
	if len(items) != 3 { // two products, and the data of a template
		t.Errorf("the build asked for %q", items)
	}
}

// The function answers what the build renders, for every page of the shop.
func TestRemoteFallbackEqualsFunctionResponse(t *testing.T) {
	s := newShop(t)
	ask := s.functions(t, clock)
	for _, page := range s.site.Pages {
		if page.Policy.Keeping == site.Static || !page.Holds(clock) {
			continue
		}
		got := ask(page.Path)
		if fallback := s.out.Prerenders[page.OutputPath()]; fallback != nil && !bytes.Equal(got.Body, contentOf(t, fallback.Fallback)) {
			t.Errorf("%s: the function says\n%s\nand the build\n%s", page.Path, got.Body, contentOf(t, fallback.Fallback))
		}
		want, err := s.render(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != 200 || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: the function says %d\n%s\nwant\n%s", page.Path, got.Status, got.Body, want.Body)
		}
	}
}

// What happens in the CMS is seen by pages that are regenerated: items by themselves, lists by asking for the list.
func TestSourceChanges(t *testing.T) {
	s := newShop(t)
	ask := s.functions(t, clock)
	expect := func(path string, status int, texts ...string) {
		t.Helper()
		got := ask(path)
		if got.Status != status {
			t.Errorf("%s has status %d, want %d", path, got.Status, status)
		}
		for _, text := range texts {
			text, absent := strings.CutPrefix(text, "!")
			if strings.Contains(string(got.Body), text) == absent {
				t.Errorf("%s: %q is there: %v\n%s", path, text, !absent, got.Body)
			}
		}
	}
	s.cms.Requests()
	pan := shopItems[1]
	pan.Name, pan.Price = "Big pan", 35
	s.cms.Put(t, pan)
	expect("/products/pan/", 200, "Big pan", "35 EUR")
	if requests := s.cms.Requests(); len(requests) != 1 || requests[0].Path != "/items/pan" || requests[0].Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("for one page the function asked %+v", requests)
	}
	expect("/products/", 200, "Big pan 35")
	s.cms.Put(t, cmstest.Item{Slug: "new", Name: "New", Published: "2026-05-01", Tags: []cmstest.Tag{{Name: "New"}, {Name: "Unheard"}}, Description: "Fresh."})
	expect("/products/new/", 200, "Fresh.", "/tags/new/", "!unheard", "EUR")
	expect("/products/", 200, "/products/new/ New", "/products/about/ About")
	expect("/tags/new/", 200, "/products/new/\n/products/lamp/\n/products/pan/\n")
	expect("/", 200, "/products/new/\n/products/lamp/\n/products/about/\n/products/pan/\n")
	s.cms.Delete(t, "lamp")
	expect("/products/lamp/", 404)
	expect("/products/", 200, "!lamp")
	s.cms.Delete(t, "mug")
	s.cms.Put(t, cmstest.Item{Slug: "cup", Name: "Cup", Published: "2026-02-01", Tags: []cmstest.Tag{{Name: "Kitchen"}}})
	expect("/products/mug/", 404)
	expect("/products/cup/", 200, "Cup")
	expect("/products/", 200, "/products/cup/ Cup", "!/products/mug/")
	expect("/tags/kitchen/", 200, "/products/pan/\n/products/cup/\n")
	expect("/data/", 200, "none")
	expect("/products/draft/", 404)
	expect("/products/gone/", 404)
	expect("/products/later/", 404)
	expect("/products/..%2Fitems/", 404)
	if got := sharedAge(ask("/products/nothing/")); got != 30 {
		t.Errorf("what is not there is asked for again after %d s", got)
	}
	s.cms.Requests()
	for _, path := range []string{"/products/a/b/", "/products/../x/", "/products/a%00/", "/other/"} {
		expect(path, 404)
	}
	if requests := s.cms.Requests(); len(requests) > 0 {
		t.Errorf("for addresses that no item can have the function asked %+v", requests)
	}
	ask = s.functions(t, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	expect("/products/later/", 200, "Later")
	expect("/products/", 200, "/products/later/ Later")
}

// Addresses that the build did not know are 404 with dynamicParams: false, and the source is not asked.
func TestStaticParams(t *testing.T) {
	s := newShop(t, "    retries: 1", "    retries: 1\n    dynamicParams: false")
	s.cms.Put(t, cmstest.Item{Slug: "new", Name: "New"})
	ask := s.functions(t, clock)
	if got := ask("/products/mug/").Status; got != 200 {
		t.Errorf("a page that the build knew is %d", got)
	}
	s.cms.Requests()
	if got := ask("/products/new/").Status; got != 404 {
		t.Errorf("a page that the build did not know is %d", got)
	}
	if requests := s.cms.Requests(); len(requests) > 0 {
		t.Errorf("for it the function asked %+v", requests)
	}
	if got := string(ask("/products/").Body); strings.Contains(got, "/products/new/") || !strings.Contains(got, "/products/mug/") {
		t.Errorf("the list is\n%s", got)
	}
}

// The build renders what prerender chooses.
func TestPrerender(t *testing.T) {
	for prerender, want := range map[string]string{
		"all":                  "chair lamp mug pan",
		"none":                 "",
		"newest 1":             "lamp",
		"{ list: chosen.txt }": "chair mug",
		"{ budget: 2 pages }":  "chair lamp",
		"{ budget: 1h }":       "chair lamp mug pan",
	} {
		s := newShop(t, "newest 2", prerender)
		var isr []string
		for _, page := range s.site.Pages {
			if page.Origin != "" && page.Policy.Keeping == site.ISR {
				isr = append(isr, strings.Trim(strings.TrimPrefix(page.Path, "/products/"), "/"))
			}
		}
		if got := strings.Join(isr, " "); got != want {
			t.Errorf("with %s the build renders %s, want %s", prerender, got, want)
		}
		pagesResolve(t, s.build, s.out)
	}
}

// However the CMS fails, the function answers what the platform does not keep, and says why in its log.
func TestSourceFaults(t *testing.T) {
	s := newShop(t)
	for fault, want := range map[cmstest.Fault]struct {
		status int
		log    string // of each request
	}{
		cmstest.Down:      {500, "EOF"},
		cmstest.Slow:      {500, "no answer in time"},
		cmstest.Broken:    {500, "the answer has status 500"},
		cmstest.Malformed: {500, "the answer is not JSON, at byte"},
		cmstest.Empty:     {500, "no such value: data"},
		cmstest.Large:     {500, "the answer is larger than maxSize allows"},
		cmstest.Missing:   {404, ""},
		cmstest.Cached:    {200, "was answered by a cache, 120 s old"},
	} {
		s.log.Reset()
		requests := 0
		t.Run(string(fault), func(t *testing.T) { // at whose end the functions end, and their log is whole
			ask := s.functions(t, clock)
			s.cms.Fail(fault)
			for _, path := range []string{"/products/pan/", "/products/", "/products/mug/"} {
				requests++
				got := ask(path)
				status := want.status
				if fault == cmstest.Missing && path == "/products/" {
					status = 500 // a list that is not there is no list
				}
				if got.Status != status || got.Status == 500 && sharedAge(got) != 0 || bytes.Contains(got.Body, []byte(secret)) {
					t.Errorf("%s: status %d, want %d, fresh for %d s\n%s", path, got.Status, status, sharedAge(got), got.Body)
				}
			}
		})
		if log := s.log.String(); strings.Count(log, want.log) < requests || strings.Contains(log, secret) {
			t.Errorf("%s: the log of %d requests is\n%s\nwant %q", fault, requests, log, want.log)
		}
	}
	s.cms.Fail(cmstest.Sound)
	if got := s.functions(t, clock)("/products/pan/").Status; got != 200 {
		t.Errorf("when the CMS is well again the status is %d", got)
	}
	noSecret(t, s.Destination)
	noSecret(t, s.Source)
}

// noSecret looks for the credential in the files of a directory.
func noSecret(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		if entry.Name() == content.BundleFile { // whose records are compressed
			for _, record := range records(t, text) {
				text = append(text, record[0]+record[1]...)
			}
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds the credential", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A build that cannot ask a source fails and says why, without the credential. The next one asks only what changed.
func TestSourcesAtBuild(t *testing.T) {
	s := newShop(t)
	again := func() (*Report, error) {
		return Build(t.Context(), Options{Source: s.Source, Destination: s.Destination, Clock: clock})
	}
	before := fingerprints(t, s.Destination)
	for fault, want := range map[cmstest.Fault]string{
		cmstest.Broken:    "sources.products: the list: GET " + s.cms.URL + "/items: the answer has status 500",
		cmstest.Malformed: "sources.products: the list: the answer is not JSON, at byte",
		cmstest.Empty:     `sources.products: the list: items "data.items": no such value: data`,
		cmstest.Missing:   "sources.products: the list: GET " + s.cms.URL + "/items: there is nothing",
	} {
		s.cms.Fail(fault)
		report, err := again()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(fmt.Sprint(err, report), secret) {
			t.Errorf("%s: %v, want %s", fault, err, want)
		}
	}
	for name, print := range fingerprints(t, s.Destination) {
		if before[name] != print {
			t.Errorf("after failed builds %s has changed", name)
		}
	}
	s.cms.Fail(cmstest.Sound)
	s.cms.Requests()
	if _, err := again(); err != nil {
		t.Fatal(err)
	}
	for _, request := range s.cms.Requests() {
		if request.Status != 304 {
			t.Errorf("%s was asked for again, with status %d", request.Path, request.Status)
		}
	}
	s.cms.Token = "another"
	if _, err := again(); err == nil || !strings.Contains(err.Error(), "status 401: check the credential") {
		t.Errorf("with a wrong credential: %v", err)
	}
	os.Unsetenv("CMS_TOKEN")
	if _, err := again(); err == nil || !strings.Contains(err.Error(), "the environment variable CMS_TOKEN is not set") {
		t.Errorf("without a credential: %v", err)
	}
}

// What is to come in a source is listed too, and the list is all that is asked for.
func TestUpcomingOfSources(t *testing.T) {
	s := newShop(t)
	s.cms.Requests()
	changes, _, err := Upcoming(t.Context(), Options{Source: s.Source, Clock: clock})
	if err != nil || len(changes) != 1 || changes[0].Path != "/products/later/" || changes[0].Event != "appears" || changes[0].Source != "sources.products: later" {
		t.Errorf("upcoming are %+v, %v", changes, err)
	}
	for _, request := range s.cms.Requests() {
		if strings.HasPrefix(request.Path, "/items/") {
			t.Errorf("for a list of dates %s was asked", request.Path)
		}
	}
}
