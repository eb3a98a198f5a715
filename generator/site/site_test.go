package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// newSite makes a site of files by their names; config is added to its isrgen.yaml. Faults are returned one a line.
func newSite(t testing.TB, config string, files map[string]string, change ...func(*Config)) (*Site, string) {
	t.Helper()
	fsys := fstest.MapFS{ConfigFile: {Data: []byte("title: Test\n" + config)}}
	for name, text := range files {
		fsys["content/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	var diags diagnostic.List
	c := ReadConfig(fsys, &diags)
	for _, change := range change {
		change(c)
	}
	tree, err := content.Load(fsys, content.Settings{Taxonomies: c.Taxonomies, Languages: c.ContentLanguages()}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	s := New(c, tree, nil, &diags)
	var faults []string
	for _, d := range diags.Sorted() {
		faults = append(faults, d.String())
	}
	return s, strings.Join(faults, "\n")
}

// page returns the page that was made of a file.
func pageOf(t *testing.T, s *Site, name string) *Page {
	t.Helper()
	for _, page := range s.Pages {
		if page.Source == "content/"+name {
			return page
		}
	}
	t.Fatalf("there is no page of %s", name)
	return nil
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ file, keys, want string }{
		{"_index.md", "", "/"},
		{"about.md", "", "/about/"},
		{"posts/_index.md", "", "/posts/"},
		{"posts/Hello World.md", "", "/posts/hello-world/"},
		{"posts/hello/index.md", "", "/posts/hello/"},
		{"posts/hello.md", "slug: Other Name", "/posts/other-name/"},
		{"posts/hello/index.md", "slug: other", "/posts/other/"},
		{"a/b/c/d.md", "", "/a/b/c/d/"},
		{"posts/v1.2.md", "", "/posts/v1.2/"},
		{"posts/what?!.md", "", "/posts/what/"},
		{"日本/寿司.md", "", "/日本/寿司/"},
		{"posts/Ünïcode.md", "", "/posts/ünïcode/"},
		{"posts/wait...md", "", "/posts/wait/"},
		{"posts/hello.md", "url: /elsewhere", "/elsewhere/"},
		{"posts/hello.md", "url: As/It/Is/", "/As/It/Is/"},
	} {
		file := map[string]string{c.file: "---\n" + c.keys + "\n---\n"}
		with, faults := newSite(t, "", file)
		if got := pageOf(t, with, c.file).Path; got != c.want || faults != "" {
			t.Errorf("%s with %q is at %s, %s; want %s", c.file, c.keys, got, faults, c.want)
		}
		without, _ := newSite(t, "trailingSlash: false\n", file)
		want := c.want
		if want != "/" {
			want = strings.TrimSuffix(want, "/")
		}
		if got := pageOf(t, without, c.file).Path; got != want {
			t.Errorf("without slashes %s with %q is at %s, want %s", c.file, c.keys, got, want)
		}
	}
}

func TestAddressFaults(t *testing.T) {
	for _, c := range []struct{ file, keys, want string }{
		{"!!!.md", "", "the name !!! leaves nothing for an address"},
		{"a.md", "url: /a?b", "url must be a plain path, without ? # % and \\"},
		{"a.md", "url: /a/../b", "url must not hold //, . or .."},
		{"a.md", "url: //evil.example", "url must not hold //, . or .."},
		{"a.md", "url: /_isrgen/x", "the address /_isrgen/x/ belongs to the platform or to isrgen"},
		{"a.md", "url: /_Vercel/x", "the address /_Vercel/x/ belongs to the platform or to isrgen"},
		{"a.md", "slug: 404.html", "the address /404.html/ belongs to the platform or to isrgen"},
		{"a.md", "slug: x.func", "the address /x.func/ has a meaning of its own in a Build Output"},
		{"a/b.md", "slug: index", "the address /a/index/ has a meaning of its own in a Build Output"},
	} {
		_, faults := newSite(t, "", map[string]string{c.file: "---\n" + c.keys + "\n---\n"})
		if want := "content/" + c.file + ": " + c.want; faults != want {
			t.Errorf("%s with %q: %q, want %q", c.file, c.keys, faults, want)
		}
	}
}

// Of pages with one address all but the first in the order of their files are faults, always the same ones.
func TestDuplicateAddresses(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"a/x.md": "", "a/y.md": "---\nslug: x\n---\n"},
			"content/a/y.md: the address /a/x/ is already that of content/a/x.md"},
		{map[string]string{"about.md": "", "b.md": "---\nurl: /About\n---\n"}, // the platform's routes match in any case
			"content/b.md: the address /About/ is already that of content/about.md"},
		{map[string]string{"a.md": "---\ntags: x\n---\n", "tags/x.md": ""},
			"content/tags/x.md: the address /tags/x/ is already that of a list that isrgen makes"},
		{map[string]string{"a/_index.md": "---\nurl: /s\n---\n", "b/_index.md": "---\nurl: /s\n---\n", "c/_index.md": "---\nurl: /s\n---\n"},
			"content/b/_index.md: the address /s/ is already that of content/a/_index.md\n" +
				"content/c/_index.md: the address /s/ is already that of content/a/_index.md"},
	} {
		for range 20 {
			if _, faults := newSite(t, "", c.files); faults != c.want {
				t.Fatalf("%v:\n%s\nwant\n%s", slices.Sorted(maps.Keys(c.files)), faults, c.want)
			}
		}
	}
}

// Settings come from the nearest place that has them: the page, its sections from the inside to the outside, the first rule
// that matches and no other, the defaults.
func TestPolicyPrecedence(t *testing.T) {
	config := `isr:
  defaults: {group: defaults, revalidate: 1w}
  rules:
    - {match: /a/b/, revalidate: 2d}
    - {match: "/a/**", revalidate: 3d, group: rule}
    - {match: "/**/plain/", defer: true, fallback: blocking}
`
	s, faults := newSite(t, config, map[string]string{
		"a/_index.md":          "---\ncascade: {isr: {group: a}, params: {x: outer, y: outer}}\n---\n",
		"a/b/_index.md":        "---\nparams: {x: own}\n---\n",
		"a/c/_index.md":        "---\ncascade: {isr: {revalidate: 5m}, params: {x: inner}}\n---\n",
		"a/c/page.md":          "",
		"a/c/own/index.md":     "---\nisr: {revalidate: 6m, group: own}\nparams: {y: own}\n---\n",
		"a/d/plain.md":         "",
		"d/plain.md":           "",
		"d/deep/down/plain.md": "---\nisr: {defer: false}\n---\n",
		"e.md":                 "",
	})
	if faults != "" {
		t.Fatal(faults)
	}
	for file, want := range map[string]struct {
		keeping      Keeping
		kept, group  string
		paramX, parY any
	}{
		"a/_index.md":          {ISR, "3d", "a", "outer", "outer"},
		"a/b/_index.md":        {ISR, "2d", "a", "own", "outer"},
		"a/c/_index.md":        {ISR, "5m", "a", "inner", "outer"},
		"a/c/page.md":          {ISR, "5m", "a", "inner", "outer"},
		"a/c/own/index.md":     {ISR, "6m", "own", "inner", "own"},
		"a/d/plain.md":         {ISR, "3d", "a", "outer", "outer"}, // not the third rule: the second matches
		"d/plain.md":           {Deferred, "1w", "defaults", nil, nil},
		"d/deep/down/plain.md": {ISR, "1w", "defaults", nil, nil},
		"e.md":                 {ISR, "1w", "defaults", nil, nil},
	} {
		page := pageOf(t, s, file)
		p := page.Policy
		if p.Keeping != want.keeping || p.Revalidate.String() != want.kept || p.Group != want.group ||
			page.Params["x"] != want.paramX || page.Params["y"] != want.parY {
			t.Errorf("%s is %s %s %q with %v, want %v", file, p.Keeping, p.Revalidate, p.Group, page.Params, want)
		}
	}
}

// What cannot be meant is found at the block that asks for it.
func TestPolicyFaults(t *testing.T) {
	for block, want := range map[string]string{
		"group: g":                            "fallback, group and allowQuery mean nothing for a static page",
		"defer: true, fallback: prebuilt":     "a deferred page has no prebuilt fallback: the build does not render it",
		"revalidate: 1h, fallback: not-found": "fallback: not-found is for deferred pages: this page is known to the build",
		"defer: true, revalidate: 1h, fallback: not-found": "with fallback: not-found and revalidate: 1h the first visitor would get a 404" +
			" and the next the page",
		"revalidate: 1h, allowQuery: q": "allowQuery with a prebuilt fallback: each query would be answered with the same page at first",
	} {
		_, faults := newSite(t, "", map[string]string{"a.md": "---\ntitle: A\nisr: {" + block + "}\n---\n"})
		if want := "content/a.md:3:6: " + want; faults != want {
			t.Errorf("%s: %s\nwant %s", block, faults, want)
		}
	}
}

// The order of lists does not depend on the order in which files are found.
func TestLists(t *testing.T) {
	s, faults := newSite(t, "", map[string]string{
		"p/_index.md":     "",
		"p/old.md":        "---\ndate: 2025-01-01\ntags: [One, two]\n---\n",
		"p/new.md":        "---\ndate: 2026-01-01\ntags: [one]\n---\n",
		"p/first.md":      "---\nweight: 1\n---\n",
		"p/undated.md":    "",
		"p/sub/_index.md": "",
		"p/sub/x.md":      "---\ndate: 2025-06-01\n---\n",
		"p/leaf/index.md": "---\nweight: 2\n---\n",
		"p/plain/y.md":    "",
	})
	if faults != "" {
		t.Fatal(faults)
	}
	for name, want := range map[string]string{
		ListPages + "/p/":        "/p/sub/ /p/first/ /p/leaf/ /p/new/ /p/old/ /p/undated/ /p/plain/y/",
		ListRecursive + "/p/":    "/p/new/ /p/sub/x/ /p/old/ /p/first/ /p/leaf/ /p/plain/y/ /p/undated/",
		ListPages + "/p/sub/":    "/p/sub/x/",
		ListSections:             "/p/",
		ListPages + "/tags/":     "/tags/one/ /tags/two/",
		ListPages + "/tags/one/": "/p/new/ /p/old/",
		ListPages + "/":          "/p/",
	} {
		got, err := s.At(t.Context(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), s.Pages[0]).List(name)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is %s, %v; want %s", name, strings.Join(got, " "), err, want)
		}
	}
	if first := pageOf(t, s, "p/leaf/index.md"); first.Next != "/p/first/" || first.Prev != "/p/new/" {
		t.Errorf("the neighbours of %s are %s and %s", first.Path, first.Next, first.Prev)
	}
}

// Files beside a page are published with it, and those of a draft are not.
func TestResources(t *testing.T) {
	s, faults := newSite(t, "", map[string]string{
		"logo.svg": "", "p/_index.md": "", "p/a.css": "", "p/leaf/index.md": "---\nslug: Other\n---\n", "p/leaf/img/b.png": "",
		"p/draft/index.md": "---\ndraft: true\n---\n", "p/draft/secret.png": "", "p/draft/deep/secret.png": "",
		"moved/_index.md": "---\nurl: /else/where\n---\n", "moved/c.txt": "",
	})
	if faults != "" {
		t.Fatal(faults)
	}
	got := map[string]string{}
	for _, r := range s.Resources {
		got[strings.TrimPrefix(r.Source, "content/")] = r.Path
	}
	want := map[string]string{"logo.svg": "logo.svg", "p/a.css": "p/a.css", "p/leaf/img/b.png": "p/other/img/b.png",
		"moved/c.txt": "else/where/c.txt"}
	if !maps.Equal(got, want) {
		t.Errorf("resources %v, want %v", got, want)
	}
}

// TestSitemapIndex has one page more than a sitemap may have addresses, home among them.
func TestSitemapIndex(t *testing.T) {
	tree := &content.Tree{}
	for i := range mostSitemapURLs {
		tree.Documents = append(tree.Documents, &content.Document{Path: fmt.Sprintf("page-%05d.md", i)})
	}
	var diags diagnostic.List
	s := New(&Config{BaseURL: "https://example.com", TrailingSlash: true}, tree, nil, &diags)
	for path, want := range map[string]int{"/sitemap.xml": 2, "/sitemap-1.xml": mostSitemapURLs, "/sitemap-2.xml": 1} {
		page, err := s.Page(path)
		list, listErr := s.List(ListSitemap + path)
		if err != nil || listErr != nil || len(list) != want || (page.Output == SitemapIndex) != (want == 2) {
			t.Errorf("%s: %+v with %d addresses, want %d; %v %v", path, page, len(list), want, err, listErr)
		}
	}
}
