package manifest

import (
	"strings"
	"testing"
)

func TestConcerned(t *testing.T) {
	m := &Manifest{
		Sources: []Source{
			{Name: "products", Path: "/products/[slug]", Unknown: true, TrailingSlash: true, Readers: []Reader{
				{Path: "/"}, {Path: "/tags/lamp/", Terms: []string{"/tags/lamp/"}}, {Path: "/tags/pan/", Terms: []string{"/tags/pan/"}}}},
			{Name: "docs", Path: "/docs/[...path]"},
		},
		Pages: []Page{
			{Path: "/", Kind: ISR}, {Path: "/products/", Kind: Static}, {Path: "/tags/lamp/", Kind: ISR}, {Path: "/tags/pan/", Kind: ISR},
			{Path: "/products/a/", Kind: ISR, Source: "products:a", Terms: []string{"/tags/lamp/"}},
			{Path: "/products/b/", Kind: Deferred, Source: "products:b", Terms: []string{"/tags/pan/"}},
			{Path: "/docs/x", Kind: Static, Source: "docs:x"},
		},
	}
	for key, want := range map[string]string{
		"products:a":   "/products/a/ / /tags/lamp/",
		"products:b":   "/products/b/ / /tags/pan/",
		"products:new": "/products/new/ / /tags/lamp/ /tags/pan/",
		"products:":    "/products/a/ /products/b/ / /tags/lamp/ /tags/pan/",
		"docs:x":       "",
		"docs:y":       "! dynamicParams: false",
		"prices:a":     "! write products:KEY or docs:KEY",
		"products":     "! is no item of a source",
	} {
		pages, err := m.Concerned(key)
		var paths []string
		for _, page := range pages {
			paths = append(paths, page.Path)
		}
		message, faulty := strings.CutPrefix(want, "! ")
		if got := strings.Join(paths, " "); !faulty && (got != want || err != nil) || faulty && (err == nil || !strings.Contains(err.Error(), message)) {
			t.Errorf("%s concerns %s, %v; want %s", key, got, err, want)
		}
	}
}
