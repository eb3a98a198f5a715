package render

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Pages is a list of pages. Its methods return new lists.
type Pages []*Page

// PageGroup is what pages have in common, and those pages.
type PageGroup struct {
	Key any
	Pages
}

// PagesGroup is a list of groups.
type PagesGroup []PageGroup

// Len is the number of pages.
func (p Pages) Len() int { return len(p) }

// Limit returns the first pages.
func (p Pages) Limit(n int) Pages { return p[:max(0, min(n, len(p)))] }

// Reverse turns the order round.
func (p Pages) Reverse() Pages {
	reversed := slices.Clone(p)
	slices.Reverse(reversed)
	return reversed
}

func (p Pages) by(compare func(a, b *Page) int) Pages {
	ordered := slices.Clone(p)
	slices.SortStableFunc(ordered, compare)
	return ordered
}

// ByDate begins with the oldest.
func (p Pages) ByDate() Pages {
	return p.by(func(a, b *Page) int { return a.Date().Compare(b.Date()) })
}

// ByLastmod begins with what was not changed for longest.
func (p Pages) ByLastmod() Pages {
	return p.by(func(a, b *Page) int { return a.Lastmod().Compare(b.Lastmod()) })
}

// ByWeight begins with the lightest. Pages without a weight are last, in their order by date.
func (p Pages) ByWeight() Pages {
	return p.by(func(a, b *Page) int {
		if (a.Weight() == 0) != (b.Weight() == 0) {
			return cmp.Or(cmp.Compare(0, a.Weight()*a.Weight()), cmp.Compare(b.Weight()*b.Weight(), 0))
		}
		return cmp.Or(cmp.Compare(a.Weight(), b.Weight()), b.Date().Compare(a.Date()), strings.Compare(a.LinkTitle(), b.LinkTitle()))
	})
}

// ByTitle is in the order of titles.
func (p Pages) ByTitle() Pages {
	return p.by(func(a, b *Page) int { return strings.Compare(a.Title(), b.Title()) })
}

// ByLinkTitle is in the order of titles in links.
func (p Pages) ByLinkTitle() Pages {
	return p.by(func(a, b *Page) int { return strings.Compare(a.LinkTitle(), b.LinkTitle()) })
}

// ByLength begins with the shortest text.
func (p Pages) ByLength() Pages {
	return p.by(func(a, b *Page) int { return cmp.Compare(a.WordCount(), b.WordCount()) })
}

// ByParam is in the order of a parameter of the pages.
func (p Pages) ByParam(name any) (Pages, error) {
	var fault error
	ordered := p.by(func(a, b *Page) int {
		c, err := compareValues(a.own(toString(name)), b.own(toString(name)))
		fault = cmp.Or(fault, err)
		return c
	})
	return ordered, fault
}

// Next returns the page before one in this list, nil for the first.
func (p Pages) Next(of *Page) *Page { return p.beside(of, -1) }

// Prev returns the page behind one in this list, nil for the last.
func (p Pages) Prev(of *Page) *Page { return p.beside(of, 1) }

func (p Pages) beside(of *Page, step int) *Page {
	i := slices.IndexFunc(p, func(page *Page) bool { return page.path == of.path })
	if i < 0 || i+step < 0 || i+step >= len(p) {
		return nil
	}
	return p[i+step]
}

// group puts pages with equal keys together, in the order in which the keys are met.
func (p Pages) group(key func(*Page) (any, error)) (PagesGroup, error) {
	var groups PagesGroup
	at := map[string]int{}
	for _, page := range p {
		k, err := key(page)
		if err != nil {
			return nil, err
		}
		id := identity(k)
		i, ok := at[id]
		if !ok {
			i = len(groups)
			at[id] = i
			groups = append(groups, PageGroup{Key: k})
		}
		groups[i].Pages = append(groups[i].Pages, page)
	}
	return groups, nil
}

// ordered sorts groups by key, "asc" or "desc".
func (g PagesGroup) ordered(order []string) (PagesGroup, error) {
	var fault error
	slices.SortStableFunc(g, func(a, b PageGroup) int {
		c, err := compareValues(a.Key, b.Key)
		fault = cmp.Or(fault, err)
		return c
	})
	if len(order) > 0 && strings.EqualFold(order[0], "desc") {
		slices.Reverse(g)
	}
	return g, fault
}

// Reverse turns the order round.
func (g PagesGroup) Reverse() PagesGroup {
	reversed := slices.Clone(g)
	slices.Reverse(reversed)
	return reversed
}

// GroupBy groups by what a path such as "Section" leads to.
func (p Pages) GroupBy(path string, order ...string) (PagesGroup, error) {
	groups, err := p.group(func(page *Page) (any, error) { return lookup(reflect.ValueOf(page), path) })
	if err != nil {
		return nil, fmt.Errorf("GroupBy: %w", err)
	}
	return groups.ordered(order)
}

// GroupByParam groups by a parameter. Pages that lack it are left out.
func (p Pages) GroupByParam(name string, order ...string) (PagesGroup, error) {
	having := slices.DeleteFunc(slices.Clone(p), func(page *Page) bool { return page.own(name) == nil })
	groups, err := having.group(func(page *Page) (any, error) { return page.own(name), nil })
	if err != nil {
		return nil, err
	}
	return groups.ordered(order)
}

// GroupByDate groups by the date in a layout such as "2006", the newest first unless the order is "asc".
func (p Pages) GroupByDate(layout string, order ...string) (PagesGroup, error) {
	return p.groupByTime(layout, order, (*Page).Date)
}

// GroupByLastmod is GroupByDate for the date of the last change.
func (p Pages) GroupByLastmod(layout string, order ...string) (PagesGroup, error) {
	return p.groupByTime(layout, order, (*Page).Lastmod)
}

func (p Pages) groupByTime(layout string, order []string, when func(*Page) time.Time) (PagesGroup, error) {
	pages := p.by(func(a, b *Page) int { return when(b).Compare(when(a)) })
	if len(order) > 0 && strings.EqualFold(order[0], "asc") {
		pages = pages.Reverse()
	}
	return pages.group(func(page *Page) (any, error) { return when(page).Format(layout), nil })
}

// Group is the group of some pages under a key.
func (collectionsNamespace) Group(key, pages any) (PageGroup, error) {
	switch v := pages.(type) {
	case Pages:
		return PageGroup{key, v}, nil
	case []*Page:
		return PageGroup{key, v}, nil
	}
	return PageGroup{}, fmt.Errorf("group takes pages, not %T", pages)
}
