package site

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// order finds each page's parent and neighbours, and makes the lists.
func (b *builder) order() {
	children := map[*Page][]*Page{}
	var regular []*Page
	for _, page := range b.all {
		if parent := b.parent(page); parent != nil {
			page.Parent = parent.Path
			if page.Kind != KindTaxonomy && page.build.List != never { // as in Hugo, home does not list these
				children[parent] = append(children[parent], page)
			}
		}
		if page.isRegular() && page.build.List == "" {
			regular = append(regular, page)
		}
	}
	for parent, pages := range children {
		slices.SortFunc(pages, func(x, y *Page) int { return x.place().listOrder(y.place()) })
		b.lists[ListPages+parent.Path] = append(b.lists[ListPages+parent.Path], b.entries(pages)...)
		linkNeighbours(pages)
	}
	sortNewestFirst(regular)
	b.lists[b.list(ListRegular)] = b.entries(regular)
	b.lists[b.list(ListSections)] = b.entries(slices.DeleteFunc(slices.Clone(children[b.dirs["."]]), func(p *Page) bool {
		return p.Kind != KindSection
	}))
	b.recursive(regular)
	b.index(regular)
}

// list is the name of a list of the builder's language.
func (b *builder) list(name string) string { return ListIn(name, b.config.Language.Key) }

// index makes the lists by which pages are found otherwise than by their address.
func (b *builder) index(regular []*Page) {
	var nodes []*Page
	for _, page := range b.all {
		if page.build.List != "" && page.Kind != KindHome {
			b.findable(page)
			continue
		}
		if page.Parent != "" && !page.isRegular() || page.Kind == KindHome {
			nodes = append(nodes, page)
		}
		b.findable(page)
	}
	slices.SortFunc(nodes, func(x, y *Page) int { return x.place().listOrder(y.place()) })
	b.lists[b.list(ListNodes)] = b.entries(nodes)
	sizes, main := map[string]int{}, ""
	for _, page := range regular {
		if page.Section == "" {
			continue
		}
		sizes[page.Section]++
		if most, n := sizes[main], sizes[page.Section]; n > most || n == most && page.Section < main {
			main = page.Section
		}
	}
	if main != "" {
		b.lists[b.list(ListMain)] = []Entry{{Path: main}}
	}
}

// never is what a page says that is in no list.
const never = "never"

// findable lists a page by the place of its file where its address does not say it.
func (b *builder) findable(page *Page) {
	if name := page.Logical(); name != "" && b.config.InLanguage(name) != page.Path {
		b.lists[ListLogical+page.Language+strings.ToLower(name)] = []Entry{{Path: page.Path}}
	}
}

// recursive lists for each section the regular pages anywhere below it, the newest first.
func (b *builder) recursive(regular []*Page) {
	for _, page := range regular {
		for parent := page.Parent; parent != ""; parent = b.pages[parent].Parent {
			b.lists[ListRecursive+parent] = append(b.lists[ListRecursive+parent], b.entry(page))
		}
	}
}

// linkNeighbours joins the regular pages of one list.
func linkNeighbours(pages []*Page) {
	var before *Page
	for _, page := range pages {
		if !page.isRegular() {
			continue
		}
		if before != nil {
			before.Prev, page.Next = page.Path, before.Path
		}
		before = page
	}
}

// place is what the place of a page in a list is decided by.
type place struct {
	regular         bool
	weight          int
	date            time.Time
	linkTitle, path string
}

func (p *Page) place() place { return place{p.isRegular(), p.Weight, p.Date, p.LinkTitle, p.Path} }

func (e *Entry) place() place {
	if e.Order == nil {
		return place{path: e.Path, regular: true}
	}
	return place{!e.List, e.Weight, e.Date, e.LinkTitle, e.Path}
}

// listOrder sorts the pages of a section: lists before regular pages, then by weight, newest first, and by title. What is compared
// last is mostly not compared at all.
func (a place) listOrder(b place) int {
	if c := compareBool(a.regular, b.regular); c != 0 {
		return c
	}
	if a.weight != b.weight {
		return cmp.Or(compareBool(a.weight == 0, b.weight == 0), cmp.Compare(a.weight, b.weight))
	}
	if c := b.date.Compare(a.date); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.linkTitle, b.linkTitle), cmp.Compare(a.path, b.path))
}

func (a place) newestFirst(b place) int {
	if c := b.date.Compare(a.date); c != 0 {
		return c
	}
	return cmp.Compare(a.path, b.path)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func sortNewestFirst(pages []*Page) {
	slices.SortFunc(pages, func(x, y *Page) int { return x.place().newestFirst(y.place()) })
}

// entry is all that a list can hold of a page.
func (p *Page) entry() Entry {
	entry := p.plainEntry()
	entry.Order = &Order{List: !p.isRegular(), Weight: p.Weight, Date: p.Date, LinkTitle: p.LinkTitle, Origin: p.Origin}
	return entry
}

func (p *Page) plainEntry() Entry {
	if p.Window == (Window{}) {
		return Entry{Path: p.Path}
	}
	return Entry{Path: p.Path, Window: &p.Window}
}

// entry is what the lists of this site hold of a page.
func (b *builder) entry(page *Page) Entry {
	if len(b.origins) == 0 {
		return page.plainEntry()
	}
	return page.entry()
}

func (b *builder) entries(pages []*Page) []Entry {
	list := make([]Entry, len(pages))
	for i, page := range pages {
		list[i] = b.entry(page)
	}
	return list
}
