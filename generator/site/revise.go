package site

import (
	"maps"
	"reflect"
	"slices"

	"github.com/isrgen/isrgen/generator/content"
)

// Revise returns the site with another text of a document, which changes nothing else in it. It is nil if the site has no page of the
// document, or more than its text is another.
func (s *Site) Revise(was, is *content.Document) *Site {
	at := slices.IndexFunc(s.Pages, func(p *Page) bool { return p.doc == was })
	if at < 0 || !reflect.DeepEqual(was.FrontMatter, is.FrontMatter) {
		return nil
	}
	page := *s.Pages[at]
	page.Words, page.Lines, page.doc = is.Words, is.Lines, is
	library := *s.Library.(*memory)
	library.pages = maps.Clone(library.pages)
	library.pages[page.Path] = &page
	revised := *s
	revised.Library, revised.Pages = &library, slices.Clone(s.Pages)
	revised.Pages[at] = &page
	return &revised
}
