package generator

import (
	"context"
	"errors"
	"slices"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// spreadLists renders the lists whose layouts spread them over pages, to learn how many those are, and adds them to the site. What is
// wrong with a list is told when it is rendered again.
func (b *build) spreadLists(ctx context.Context) error {
	spreading := map[string]bool{} // by layouts, which are parsed to know it
	for _, page := range slices.Clone(b.site.Pages) {
		switch page.Kind {
		case site.KindHome, site.KindSection, site.KindTaxonomy, site.KindTerm:
		default:
			continue
		}
		layouts, err := b.plan.renderer.LayoutsKey(page)
		if err != nil {
			continue // its layout has a fault
		}
		if _, known := spreading[layouts]; !known {
			spreading[layouts], _ = b.plan.renderer.Paginates(page)
		}
		if !spreading[layouts] || !page.Holds(b.Clock) {
			continue
		}
		response, err := b.plan.renderer.Render(page, b.request(ctx))
		if fault := (*render.Error)(nil); errors.As(err, &fault) {
			continue
		}
		if err != nil {
			return err
		}
		if response.Pagers > 0 && !b.site.Spread(page, response.Pagers) {
			b.diags.Add(diagnostic.Diagnostic{File: page.Source, Message: "the pages that " + page.Path + " is spread over have the address of another page",
				Advice: "rename that page, or set `pagination.path` in " + site.ConfigFile})
		}
	}
	return ctx.Err()
}
