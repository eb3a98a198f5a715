package render

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/isrgen/isrgen/generator/site"
)

// Pager is one of the pages that a list is spread over.
type Pager struct {
	paginator *paginator
	number    int // from 1
}

// paginator is a list that is spread over pages.
type paginator struct {
	owner  *Page
	all    Pages
	size   int
	pagers []*Pager
}

// Paginator spreads the regular pages of a list, of home those of the site, over pages.
func (p *Page) Paginator(size ...any) (*Pager, error) {
	if p.set.pager != nil {
		return p.set.pager, nil
	}
	pages, err := p.RegularPages()
	if p.IsHome() {
		pages, err = p.Site().RegularPages()
	}
	if err != nil {
		return nil, err
	}
	return p.Paginate(pages, size...)
}

// Paginate spreads pages over pages. The first call counts, as in Hugo.
func (p *Page) Paginate(list any, size ...any) (*Pager, error) {
	if p.set.page == nil || p.set.page.path != p.path || !p.IsNode() {
		return nil, errors.New("only the list that is rendered can be spread over pages")
	}
	if p.set.pager != nil {
		return p.set.pager, nil
	}
	pages, ok := list.(Pages)
	if groups, grouped := list.(PagesGroup); grouped {
		for _, group := range groups {
			pages = append(pages, group.Pages...)
		}
		ok = true
	}
	if !ok && list != nil {
		return nil, fmt.Errorf("Paginate takes pages, not %T", list)
	}
	each := p.set.site.Config().Pagination.Size()
	if len(size) > 0 {
		n, err := strconv.Atoi(toString(size[0]))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%v is no number of pages", size[0])
		}
		each = n
	}
	number := 1
	if p.form != nil && p.form.Pager > 1 {
		number = p.form.Pager
	}
	p.set.pager = newPaginator(p, pages, each, number)
	return p.set.pager, nil
}

func newPaginator(owner *Page, all Pages, size, number int) *Pager {
	total := max(1, (len(all)+size-1)/size)
	if built := owner.record().Pagers; built > 0 {
		total = min(total, built) // the others have no address before the next build
	}
	list := &paginator{owner: owner, all: all, size: size}
	for n := range max(total, number) {
		list.pagers = append(list.pagers, &Pager{list, n + 1})
	}
	return list.pagers[number-1]
}

// Pages are those of this page.
func (p *Pager) Pages() Pages {
	all, size := p.paginator.all, p.paginator.size
	from := min((p.number-1)*size, len(all))
	return slices.Clone(all[from:min(from+size, len(all))])
}

// PageNumber counts from 1.
func (p *Pager) PageNumber() int { return p.number }

// URL is the address of this page.
func (p *Pager) URL() string {
	owner := p.paginator.owner
	return (&site.Page{Path: owner.set.site.Config().PagerPath(owner.path, p.number)}).RelPermalink()
}

// Pagers are all the pages.
func (p *Pager) Pagers() []*Pager { return p.paginator.pagers }

// TotalPages is how many pages there are.
func (p *Pager) TotalPages() int { return len(p.paginator.pagers) }

// TotalNumberOfElements is how many pages are spread.
func (p *Pager) TotalNumberOfElements() int { return len(p.paginator.all) }

// NumberOfElements is how many of them are on this page.
func (p *Pager) NumberOfElements() int { return len(p.Pages()) }

// PagerSize is how many are on a page.
func (p *Pager) PagerSize() int { return p.paginator.size }

// PageSize is PagerSize under its old name.
func (p *Pager) PageSize() int { return p.paginator.size }

// HasPrev says whether there is a page before.
func (p *Pager) HasPrev() bool { return p.number > 1 }

// HasNext says whether there is a page behind.
func (p *Pager) HasNext() bool { return p.number < len(p.paginator.pagers) }

// Prev is the page before, nil for none.
func (p *Pager) Prev() *Pager {
	if !p.HasPrev() {
		return nil
	}
	return p.paginator.pagers[p.number-2]
}

// Next is the page behind, nil for none.
func (p *Pager) Next() *Pager {
	if !p.HasNext() {
		return nil
	}
	return p.paginator.pagers[p.number]
}

// First is the first page.
func (p *Pager) First() *Pager { return p.paginator.pagers[0] }

// Last is the last page.
func (p *Pager) Last() *Pager { return p.paginator.pagers[len(p.paginator.pagers)-1] }

// paginates finds what spreads a list.
var paginates = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.Paginat(?:e|or)\b`) })

// Paginates says whether a layout may spread a list over pages.
func (l Layout) Paginates() bool { return paginates().MatchString(l.Text) }

// Paginates says whether the layouts of a page may spread a list over pages.
func (r *Renderer) Paginates(page *site.Page) (bool, error) {
	names, err := r.LayoutsOf(page)
	return slices.ContainsFunc(names, func(name string) bool {
		return path.Ext(name) == ".html" && r.layouts[name].Paginates()
	}), err
}
