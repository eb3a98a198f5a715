package generator

import (
	"path"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// Version of isrgen.
const Version = "0.1.0"

// Report says what a build made, and what was wrong.
type Report struct {
	Routes      []Route                 `json:"routes"`
	Totals      Totals                  `json:"totals"`
	Diagnostics []diagnostic.Diagnostic `json:"diagnostics"`

	// TemplateMetrics are how long layouts took, the slowest first, if that was asked for.
	TemplateMetrics []render.Metric `json:"templateMetrics,omitempty"`

	// Error is what ended the build besides faults of the site: what the machine did wrong.
	Error string `json:"error,omitempty"`

	// Destination is the directory of the output.
	Destination string `json:"destination"`

	// BypassToken says whether pages can be regenerated on demand.
	BypassToken bool `json:"bypassToken"`

	Duration time.Duration `json:"durationNs"`

	// Timings are the phases that the duration is made of, in their order.
	Timings []Timing `json:"timings"`
}

// Route is one row of the route table: a page, or all the pages of a deferral.
type Route struct {
	Path       string       `json:"path"`
	Kind       site.Keeping `json:"kind"`
	Revalidate string       `json:"revalidate,omitempty"`
	Group      string       `json:"group,omitempty"`
	Pages      int          `json:"pages"`
	Bytes      int64        `json:"bytes"` // of the page as rendered by the build; 0 for what the build does not render
	Files      int          `json:"files"` // in the output, links included
}

// Totals are sums over the output.
type Totals struct {
	Static    int   `json:"static"`   // pages
	ISR       int   `json:"isr"`      // pages
	Deferred  int   `json:"deferred"` // pages
	Files     int   `json:"files"`    // regular files and links
	Bytes     int64 `json:"bytes"`
	Functions int   `json:"functions"` // real ones, not links
	Kept      int   `json:"kept"`      // pages that were taken over from the last build: nothing that they read had changed
}

// timed says in a report how long the build took.
func (b *build) timed(r *Report, started time.Time) *Report {
	b.watch.end()
	r.Timings, r.Duration = append([]Timing{}, b.watch.timings...), time.Since(started)
	return r
}

// report sums up the build as far as it came.
func (b *build) report() *Report {
	r := &Report{
		Routes:      b.routes(),
		Diagnostics: b.diags.Sorted(),
		Destination: b.Destination,
		BypassToken: b.BypassToken != "",
	}
	for _, route := range r.Routes {
		switch route.Kind {
		case site.Static:
			r.Totals.Static += route.Pages
		case site.ISR:
			r.Totals.ISR += route.Pages
		case site.Deferred:
			r.Totals.Deferred += route.Pages
		}
	}
	r.Totals.Files, r.Totals.Kept = len(b.sizes), int(b.warm.pages.Load())
	for _, size := range b.sizes {
		r.Totals.Bytes += size
	}
	if b.plan != nil {
		if b.plan.metrics != nil {
			r.TemplateMetrics = b.plan.metrics.Sorted()
		}
		for _, fn := range b.plan.output.Functions {
			if fn.Link == "" {
				r.Totals.Functions++
			} else {
				r.Totals.Files++
			}
		}
	}
	return r
}

// routes are the pages that the build renders or knows, by path, with each deferral in the place of its pages.
func (b *build) routes() []Route {
	routes := []Route{}
	if b.site == nil {
		return routes
	}
	for _, page := range b.site.Pages {
		if page.Policy.Keeping == site.Static || page.Policy.Keeping == site.ISR {
			routes = append(routes, b.route(page))
		}
	}
	for _, deferral := range b.site.Deferrals {
		routes = append(routes, Route{
			Path: deferral.Label, Kind: site.Deferred, Revalidate: deferral.Policy.Revalidate.String(),
			Group: deferral.Policy.Group, Pages: deferral.Pages, Files: 2,
		})
	}
	return routes
}

func (b *build) route(page *site.Page) Route {
	r := Route{Path: page.Path, Kind: page.Policy.Keeping, Group: page.Policy.Group, Pages: 1, Files: 1}
	file := path.Join(staticDir, page.File())
	if page.Policy.Keeping == site.ISR {
		r.Revalidate = page.Policy.Revalidate.String()
		r.Files = 2
		if page.Policy.Fallback == content.FallbackPrebuilt {
			r.Files = 3
		}
		file = path.Join("functions", fallbackFile(page.OutputPath(), page))
	}
	r.Bytes = b.sizes[file]
	return r
}
