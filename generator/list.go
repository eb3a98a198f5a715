package generator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// Selected says which pages [List] lists.
type Selected string

// What can be selected: all pages that have a file, or a state of them.
const (
	ListAll       Selected = "all"
	ListDrafts    Selected = "drafts"
	ListFuture    Selected = "future"
	ListExpired   Selected = "expired"
	ListPublished Selected = "published"
	ListDeferred  Selected = "deferred"
	ListISR       Selected = "isr"
)

// List lists pages by their files. It builds nothing. What is wrong with the site is returned beside [ErrSite].
func List(ctx context.Context, o Options, selected Selected) ([]*site.Page, []diagnostic.Diagnostic, error) {
	o.Drafts, o.Future, o.Expired = true, false, false
	b, err := look(ctx, o)
	if err != nil {
		return nil, b.diags.Sorted(), err
	}
	var pages []*site.Page
	for _, page := range slices.Concat(b.site.Pages, b.site.Hidden) {
		if page.Source != "" && selected.takes(page, b.Clock) {
			pages = append(pages, page)
		}
	}
	slices.SortFunc(pages, func(x, y *site.Page) int { return cmp.Compare(x.Source, y.Source) })
	return pages, b.diags.Sorted(), nil
}

// look loads a site, to say what is in it. A site with faults is [ErrSite].
func look(ctx context.Context, o Options) (*build, error) {
	b, err := newBuild(o.withDefaults())
	if err != nil {
		return b, err
	}
	defer b.root.Close()
	b.listing = true
	if err := b.load(ctx); err != nil {
		return b, err
	}
	if b.diags.Errors() > 0 {
		return b, ErrSite
	}
	return b, nil
}

func (s Selected) takes(page *site.Page, now time.Time) bool {
	switch s {
	case ListDrafts:
		return page.Draft
	case ListFuture:
		return now.Before(page.From)
	case ListExpired:
		return !page.Until.IsZero() && !now.Before(page.Until)
	case ListPublished:
		return !page.Draft && page.Holds(now)
	case ListDeferred:
		return page.Policy.Keeping == site.Deferred
	case ListISR:
		return page.Policy.Keeping == site.ISR
	}
	return true
}
