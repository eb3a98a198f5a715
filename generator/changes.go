package generator

import (
	"context"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// findChanges finds out when the pages with a fallback first change because of a date, which is known when they have been
// rendered. Sites without such dates need none of this.
func (b *build) findChanges(ctx context.Context) error {
	b.plan.changes = map[*site.Page]time.Time{}
	if !b.site.Scheduled() {
		return nil
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, page := range b.site.Pages {
		if page.Policy.Keeping != site.ISR || page.Policy.Fallback != content.FallbackPrebuilt {
			continue
		}
		group.Go(func() error {
			response, err := b.render(ctx, page)
			if err != nil || response.Changes.IsZero() {
				return ctx.Err() // a fault is reported when the page is rendered for the output
			}
			mu.Lock()
			defer mu.Unlock()
			b.plan.changes[page] = response.Changes
			return ctx.Err()
		})
	}
	return group.Wait()
}
