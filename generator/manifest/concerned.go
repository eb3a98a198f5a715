package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// Concerned returns the pages that a change of an item of a source on the network concerns: its own, though it may be gone or new,
// and those that show it. The key is the name of the source and that of the item, such as products:42; products: means all items.
// Static pages are left out.
func (m *Manifest) Concerned(key string) ([]Page, error) {
	name, item, found := strings.Cut(key, ":")
	i := slices.IndexFunc(m.Sources, func(s Source) bool { return s.Name == name })
	if !found || i < 0 {
		var names []string
		for _, s := range m.Sources {
			names = append(names, s.Name+":KEY")
		}
		if names == nil {
			return nil, fmt.Errorf("%q is no item of a source: this output has no sources on the network", key)
		}
		return nil, fmt.Errorf("%q is no item of a source: write %s", key, strings.Join(names, " or "))
	}
	source := &m.Sources[i]
	pages := slices.DeleteFunc(slices.Clone(m.Pages), func(page Page) bool {
		return page.Source != key && !(item == "" && strings.HasPrefix(page.Source, key))
	})
	if len(pages) == 0 && item != "" {
		if !source.Unknown {
			return nil, fmt.Errorf("%s: the build knew no such item, and dynamicParams: false keeps functions from asking for it", key)
		}
		pages = []Page{{Path: source.address(item), Kind: Deferred, Source: key, Transient: true}}
	}
	var terms []string
	for _, page := range pages {
		terms = append(terms, page.Terms...)
	}
	pages = append(pages, m.readers(source, terms)...)
	return slices.DeleteFunc(pages, func(page Page) bool { return page.Kind == Static }), nil
}

// address is that of the page of an item.
func (s *Source) address(item string) string {
	at := s.Path[:strings.LastIndexByte(s.Path, '/')+1] + item
	if s.TrailingSlash {
		at += "/"
	}
	return at
}

// readers are the pages that show an item with some terms. Of an item without any, nobody knows which it will have.
func (m *Manifest) readers(s *Source, terms []string) []Page {
	var pages []Page
	for _, reader := range s.Readers {
		shows := len(reader.Terms) == 0 || len(terms) == 0 ||
			slices.ContainsFunc(reader.Terms, func(term string) bool { return slices.Contains(terms, term) })
		i := slices.IndexFunc(m.Pages, func(page Page) bool { return page.Path == reader.Path })
		if shows && i >= 0 {
			pages = append(pages, m.Pages[i])
		}
	}
	return pages
}
