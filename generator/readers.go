package generator

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/site"
)

// findReaders finds out which pages show what sources on the network hold, which is known when they have been rendered. Static ones
// are left out, since nobody can regenerate them, and so are deferred pages that are no lists: there may be very many.
func (b *build) findReaders(ctx context.Context) error {
	if len(b.site.Origins) == 0 {
		return nil
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, page := range b.site.Pages {
		keeping := page.Policy.Keeping
		if page.Origin != "" || keeping == site.Static || keeping == site.Deferred && page.Kind == site.KindPage || !page.Holds(b.Clock) {
			continue
		}
		group.Go(func() error {
			watch, watched := dependency.NewWatch(b.site, page)
			request := b.request(ctx)
			request.Site = watched
			if _, err := b.plan.renderer.Render(page, request); err != nil {
				return ctx.Err() // a fault is reported when the page is rendered for the output
			}
			mu.Lock()
			defer mu.Unlock()
			return b.addReader(page, watch.Lists())
		})
	}
	err := group.Wait()
	for _, origin := range b.site.Origins {
		slices.SortFunc(origin.Readers, func(x, y site.Reader) int { return cmp.Compare(x.Path, y.Path) })
	}
	return err
}

// addReader adds a page to the readers of the sources that its lists are of.
func (b *build) addReader(page *site.Page, lists []string) error {
	for _, name := range slices.Sorted(maps.Keys(b.site.Origins)) {
		origin := b.site.Origins[name]
		reader, shows := site.Reader{Path: page.Path}, false
		for _, list := range lists {
			all, term, err := b.site.Shows(list, origin)
			switch {
			case err != nil:
				return err
			case all:
				reader.Terms, shows = nil, true
			case term != "":
				reader.Terms = append(reader.Terms, term)
			}
			if all {
				break
			}
		}
		if shows || reader.Terms != nil {
			slices.Sort(reader.Terms)
			origin.Readers = append(origin.Readers, reader)
		}
	}
	return nil
}
