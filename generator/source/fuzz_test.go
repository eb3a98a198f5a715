package source

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Whatever a visitor writes into the address of a page: the request to the source stays on the host and below the path that the
// configuration names, its query has no other parameter, and the page's address leads back to the name.
func FuzzItemURL(f *testing.F) {
	for _, name := range []string{"a", "..", "a/../../b", "%2e%2e", "a?b=c&d", "a#b", "a&x=y", "ünï cöde", "a\\b", "a;b", "//evil.example", "@evil", "\x00", "."} {
		f.Add(name, true)
		f.Add(name, false)
	}
	f.Fuzz(func(t *testing.T, name string, several bool) {
		pattern := "/docs/[slug]"
		if several {
			pattern = "/docs/[...slug]"
		}
		s := &jsonSource{Settings: &Settings{Origin: content.Origin{Name: "s", Path: pattern}, Item: Item{URL: "https://cms.example/items/{slug}?q={slug}"}}}
		if !s.Valid(name) {
			return
		}
		u, err := url.Parse(s.itemURL(name))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if u.Host != "cms.example" || u.User != nil || u.Fragment != "" || u.Path != "/items/"+name || path.Clean(u.EscapedPath()) != u.EscapedPath() {
			t.Errorf("%q leads to %s", name, u)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(query) != 1 || query.Get("q") != name {
			t.Errorf("%q gives the query %v, %v", name, query, err)
		}
		if back, ok := s.NameAt("/docs/" + name + "/"); !ok || back != strings.TrimSuffix(name, "/") {
			t.Errorf("%q comes back as %q, %v", name, back, ok)
		}
	})
}

// What an item holds arrives in front matter as it is, whatever looks like YAML in it.
func FuzzValues(f *testing.F) {
	for _, text := range []string{"", "null", "~", "yes", "2026-01-01", "0x10", "1e3", "a: b", "- a", "!!binary eA==", "&a *a", "line\nline", "\x00\x1f\x7f", "\ufeff", "\u2028\u0085", "'\"", "# x", " a ", "{}", "%", "\t"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd") // as a JSON decoder does
		var faults diagnostic.List
		o := &content.Origin{Name: "s", Path: "/s/[slug]"}
		doc := content.NewDocument(o, "x", map[string]any{"title": text, "params": map[string]any{"x": text, "list": []any{text, 1.5, int64(2), true, nil}}}, "s", &faults)
		if all := faults.Sorted(); len(all) > 0 {
			t.Fatalf("%q: %v", text, all)
		}
		list, _ := doc.Params["list"].([]any)
		if doc.Title != text || doc.Params["x"] != text || len(list) != 5 || list[0] != text || list[1] != 1.5 || list[2] != int64(2) || list[3] != true || list[4] != nil {
			t.Errorf("%q has become %q and %#v", text, doc.Title, doc.Params)
		}
	})
}
