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
	at := slices.IndexFunc(s.Pages, func(p *Page) bool { return p.body.File == was.File && was.File != "" })
	if at < 0 || !reflect.DeepEqual(was.FrontMatter, is.FrontMatter) {
		return nil
	}
	page := *s.Pages[at]
	page.Words, page.Lines, page.body = is.Words, is.Lines, is.Body
	library := *s.Library.(*memory)
	library.pages = maps.Clone(library.pages)
	library.pages[page.Path] = &page
	revised := *s
	revised.Library, revised.Pages = &library, slices.Clone(s.Pages)
	revised.Pages[at] = &page
	return &revised
}
