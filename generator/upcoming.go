package generator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// Change is a page that appears or vanishes at a time that its front matter says.
type Change struct {
	Time  time.Time    `json:"time"`
	Path  string       `json:"path"`
	Event string       `json:"event"` // appears or vanishes
	Kind  site.Keeping `json:"kind"`  // a static page changes with the first build after the time

	// Source is the file that the page comes from.
	Source string `json:"source"`
}

// Upcoming lists what changes after the time of the options, the next first. It builds nothing. What is wrong with the site is
// returned beside [ErrSite].
func Upcoming(ctx context.Context, o Options) ([]Change, []diagnostic.Diagnostic, error) {
	b, err := look(ctx, o)
	if err != nil {
		return nil, b.diags.Sorted(), err
	}
	changes := []Change{}
	for _, page := range slices.Concat(b.site.Pages, b.site.Hidden) {
		add := func(when time.Time, event string) {
			if page.Source != "" && when.After(b.Clock) {
				changes = append(changes, Change{when, page.Path, event, page.Policy.Keeping, page.Source})
			}
		}
		add(page.From, "appears")
		add(page.Until, "vanishes")
	}
	slices.SortFunc(changes, func(x, y Change) int {
		return cmp.Or(x.Time.Compare(y.Time), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Event, y.Event))
	})
	return changes, b.diags.Sorted(), nil
}
