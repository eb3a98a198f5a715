package generator

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/cmstest"
	"github.com/isrgen/isrgen/generator/site"
)

const shopSample = "../testdata/site/shop"

// newSampleShop builds the sample shop with a CMS of so many products.
func newSampleShop(t *testing.T, products int) *shop {
	t.Helper()
	t.Setenv("CMS_TOKEN", secret)
	cms := cmstest.New(t, cmstest.Catalogue(products)...)
	cms.Token = secret
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shopSample)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "isrgen.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.ReplaceAll(config, []byte("http://localhost:4000"), []byte(cms.URL))
	if err := os.WriteFile(file, []byte(native(string(config))), 0o644); err != nil {
		t.Fatal(err)
	}
	b := buildSite(t, Options{Source: dir})
	return &shop{build: b, cms: cms, out: read(t, b.Destination)}
}

// The sample shop has 10,000 products, of which the build renders 200. The others are rendered when somebody asks for them, as are
// those that the CMS has later.
func TestShop(t *testing.T) {
	const products, prerendered = 10_000, 200
	s := newSampleShop(t, products)
	asked := s.cms.Requests()
	if len(asked) != products/500+prerendered {
		t.Errorf("the build made %d requests", len(asked))
	}
	totals := s.report().Totals
	if totals.ISR != prerendered+1+1+7+1 || totals.Deferred != products-prerendered { // home, the catalogue, and the tags with their list
		t.Errorf("the totals are %+v", totals)
	}
	if entries := functionEntries(t, s.Destination); entries > 4*(prerendered+20) {
		t.Errorf("functions/ has %d entries", entries)
	}
	pagesResolve(t, s.build, s.out)
	ask := s.functions(t, clock)
	for path, want := range map[string]string{
		"/products/basket-09999/": "number 9999", "/products/lamp-00000/": "Lamp no. 0, red", "/products/": "10000 in all.",
		"/tags/lamp/": "1429 in all.", "/": "The Long Shelf",
	} {
		got := ask(path)
		page, err := s.site.Page(path)
		if err != nil {
			t.Fatal(err)
		}
		rendered, err := s.render(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != 200 || !strings.Contains(string(got.Body), want) || page.Policy.Keeping == site.ISR && !bytes.Equal(got.Body, rendered.Body) {
			t.Errorf("%s is %d\n%s", path, got.Status, got.Body)
		}
	}
	s.cms.Put(t, cmstest.Item{Slug: "stool", Name: "Stool", Price: 20, Published: "2026-10-31", Tags: []cmstest.Tag{{Name: "Chair"}}})
	for path, want := range map[string]string{"/products/stool/": "20 EUR", "/products/": "10001 in all.", "/tags/chair/": "Stool"} {
		if got := ask(path); got.Status != 200 || !strings.Contains(string(got.Body), want) {
			t.Errorf("%s is %d\n%s", path, got.Status, got.Body)
		}
	}
	noSecret(t, s.Destination)
}

// What the build makes of a source does not depend on the order in which answers come, nor on whether it has them already.
func TestSourceBuildIsDeterministic(t *testing.T) {
	s := newSampleShop(t, 1000)
	first := fingerprints(t, s.Destination)
	for _, cores := range []int{1, 8} {
		previous := runtime.GOMAXPROCS(cores)
		again := buildSite(t, Options{Source: s.Source, Destination: filepath.Join(t.TempDir(), "output")})
		runtime.GOMAXPROCS(previous)
		tree := fingerprints(t, again.Destination)
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
