package site

import (
	"cmp"
	"path"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Pagination is how lists are spread over pages.
type Pagination struct {
	PagerSize int    `json:"pagerSize,omitempty"`
	Path      string `json:"path,omitempty"`
}

// DefaultPagerPath stands in the addresses of the pages that a list is spread over.
const DefaultPagerPath = "page"

// Size is how many pages are on a page.
func (p Pagination) Size() int { return cmp.Or(p.PagerSize, 10) }

func decodePagination(d *strictyaml.Document, into *Pagination) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "pagination", strictyaml.Fields{"pagerSize": d.Int(&into.PagerSize), "path": d.String(&into.Path)})
		if into.PagerSize < 0 {
			d.Errorf(n, "write a number from 1", "pagerSize cannot be %d", into.PagerSize)
		}
		if into.Path != Urlize(into.Path) {
			d.Errorf(n, "write a word, such as page", "path cannot be %q", into.Path)
		}
	}
}

// PagerPath is the address of one of the pages that a list is spread over. The first is the list itself.
func (c *Config) PagerPath(list string, number int) string {
	if number == 1 {
		return list
	}
	return c.pagePath(path.Join(list, cmp.Or(c.Pagination.Path, DefaultPagerPath), strconv.Itoa(number)))
}

// Spread adds to a site that the build made the other pages of a list, which is spread over so many. It returns false if another page
// has the address of one.
func (s *Site) Spread(list *Page, pagers int) bool {
	pages := s.Library.(*memory).pages
	list.Pagers = pagers
	for number := 2; number <= pagers; number++ {
		page := &Page{Path: s.Config.PagerPath(list.Path, number), Kind: KindOutput, Of: list.Path, Pager: number, Policy: list.Policy,
			Window: list.Window, Language: list.Language, Title: list.Title, LinkTitle: list.LinkTitle}
		page.Policy.AllowQuery = nil
		if page.Policy.Keeping == Deferred { // the build knows its address
			page.Policy.Keeping, page.Policy.Fallback = ISR, content.FallbackBlocking
		}
		if pages[page.Path] != nil {
			return false
		}
		pages[page.Path] = page
		s.Pages = append(s.Pages, page)
	}
	slices.SortFunc(s.Pages, func(x, y *Page) int { return cmp.Compare(x.Path, y.Path) })
	return true
}
