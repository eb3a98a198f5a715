package site

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/isrgen/isrgen/generator/content"
)

// What a function reads of a site is what the build computed: pages, lists, bodies, data and config.
func TestPackAndOpen(t *testing.T) {
	s, faults := newSite(t, `baseURL: https://example.com
languageCode: de
trailingSlash: false
taxonomies: [tags]
params: {n: 1, f: 1.5, big: 9007199254740993.0, list: [{a: ~}], date: 2026-01-01}
isr: {rules: [{match: /p/**, defer: true, revalidate: 90s, group: g, allowQuery: [b, a]}]}
`, map[string]string{
		"_index.md":     "Home.",
		"p/a.md":        "---\ntitle: A\ndate: 2026-01-02T03:04:05+02:00\ntags: [x, Ünï]\nparams: {n: 2, deep: {x: [1.0, 2.5]}}\n---\nText\x00 of A.\n",
		"p/b/index.md":  "---\nlastmod: 2026-02-03\nweight: -3\nlayout: wide\nsummary: S\ndescription: D\nlinkTitle: L\n---\n",
		"日本/寿司 %.md":    "---\nisr: {revalidate: false}\n---\n",
		"p/_index.md":   "---\ncascade: {params: {from: section}}\n---\n",
		"p/c/d/deep.md": "",
	})
	if faults != "" {
		t.Fatal(faults)
	}
	data := map[string]any{"authors": map[string]any{"ana": map[string]any{"age": int64(30), "height": 1.7}}}
	s.Data = func() (map[string]any, error) { return data, nil }
	var file bytes.Buffer
	w, err := content.NewBundleWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Pack(w, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	bundle, err := content.OpenBundle(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opened.Data(); err != nil || !reflect.DeepEqual(got, data) {
		t.Errorf("data %v, %v; want %v", got, err, data)
	}
	config := *s.Config
	config.Architecture, config.Rules, config.Outputs, config.Related, config.KeptAssets, config.Timeout = "", nil, nil, Related{}, 0, 0 // for the build only
	if !reflect.DeepEqual(*opened.Config, config) {
		t.Errorf("config %+v, want %+v", *opened.Config, config)
	}
	names := []string{ListRegular, ListSections, "nonsense"}
	for _, page := range s.Pages {
		names = append(names, ListPages+page.Path, ListRecursive+page.Path)
		samePage(t, opened, s, page)
	}
	for _, name := range names {
		want, _ := s.List(name)
		if got, err := opened.List(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("list %s is %v, %v; want %v", name, got, err, want)
		}
	}
	if _, err := opened.Page("/gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a page that is not there: %v", err)
	}
}

func samePage(t *testing.T, opened, s *Site, page *Page) {
	t.Helper()
	got, err := opened.Page(page.Path)
	if err != nil {
		t.Errorf("%s: %v", page.Path, err)
		return
	}
	if !got.Date.Equal(page.Date) || got.Date.String() != page.Date.String() || got.Lastmod.String() != page.Lastmod.String() {
		t.Errorf("%s: the dates are %v and %v, want %v and %v", page.Path, got.Date, got.Lastmod, page.Date, page.Lastmod)
	}
	want := *page
	want.body, want.slug, want.terms, want.unlisted, want.Date, want.Lastmod = content.Body{}, "", nil, false, got.Date, got.Lastmod
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%s is\n%+v\nwant\n%+v", page.Path, *got, want)
	}
	body, err := opened.Body(got)
	wanted, _ := s.Body(page)
	if err != nil || !bytes.Equal(body, wanted) {
		t.Errorf("the body of %s is %q, %v; want %q", page.Path, body, err, wanted)
	}
}
