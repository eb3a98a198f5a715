package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Taxonomy is the pages of each term, by the last part of the term's address.
type Taxonomy map[string]WeightedPages

// WeightedPages are the pages of a term.
type WeightedPages []WeightedPage

// WeightedPage is a page of a term.
type WeightedPage struct {
	*Page
	term *Page
}

// TaxonomyEntry is a term and its pages.
type TaxonomyEntry struct {
	Name string // the last part of the term's address
	WeightedPages
}

// TaxonomyEntries is an order of terms.
type TaxonomyEntries []TaxonomyEntry

// Count is the number of pages of a term.
func (t Taxonomy) Count(name string) int { return len(t[strings.ToLower(name)]) }

// Get returns the pages of a term.
func (t Taxonomy) Get(name string) WeightedPages { return t[strings.ToLower(name)] }

// Alphabetical is the terms by name.
func (t Taxonomy) Alphabetical() TaxonomyEntries {
	var entries TaxonomyEntries
	for _, name := range slices.Sorted(maps.Keys(t)) {
		entries = append(entries, TaxonomyEntry{name, t[name]})
	}
	return entries
}

// ByCount begins with the term of the most pages.
func (t Taxonomy) ByCount() TaxonomyEntries {
	entries := t.Alphabetical()
	slices.SortStableFunc(entries, func(a, b TaxonomyEntry) int { return cmp.Compare(len(b.WeightedPages), len(a.WeightedPages)) })
	return entries
}

// Reverse turns the order round.
func (e TaxonomyEntries) Reverse() TaxonomyEntries {
	reversed := slices.Clone(e)
	slices.Reverse(reversed)
	return reversed
}

// Term is the name of the term.
func (e TaxonomyEntry) Term() string { return e.Name }

// Page is the page of the term, nil where no page has it.
func (w WeightedPages) Page() *Page {
	if len(w) == 0 {
		return nil
	}
	return w[0].term
}

// Pages are the pages as a list of pages.
func (w WeightedPages) Pages() Pages {
	pages := make(Pages, len(w))
	for i, page := range w {
		pages[i] = page.Page
	}
	return pages
}

// Count is the number of pages.
func (w WeightedPages) Count() int { return len(w) }
