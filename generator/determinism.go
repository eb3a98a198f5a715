package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// Determinism is what [CheckDeterminism] found.
type Determinism struct {
	Pages   int `json:"pages"`   // that were rendered twice
	Unasked int `json:"unasked"` // deferred pages of sources on the network, which only a function asks for
	Differ  int `json:"differ"`

	// Diagnostics say of each place in a template which page it makes different, and why. There is one for a place.
	Diagnostics []diagnostic.Diagnostic `json:"diagnostics"`
}

// laterBy is how much later the second render of a page is. It is no multiple of what people round times to.
const laterBy = time.Hour + time.Minute + time.Second

// CheckDeterminism renders every page twice, in another order, and with elsewhere called in between, which changes what a page must
// not depend on: the environment and the working directory. The second time is later, but not past the next date of a page. What
// is wrong with the site is in the diagnostics, and the error is then [ErrSite].
func CheckDeterminism(ctx context.Context, o Options, elsewhere func() error) (*Determinism, error) {
	found := &Determinism{Diagnostics: []diagnostic.Diagnostic{}}
	var err error
	if o.Source, err = filepath.Abs(o.Source); err != nil {
		return found, err
	}
	o = o.withDefaults()
	first, err := openVersion(ctx, o)
	if err != nil {
		found.Diagnostics = first.diags.Sorted()
		return found, err
	}
	defer first.close()
	c := &twice{Determinism: found, first: first, bodies: map[string][]byte{}, places: map[string]bool{}}
	err = c.run(ctx, o, elsewhere)
	if fault := (*render.Error)(nil); errors.As(err, &fault) {
		c.faults.add(fault)
		err = ErrSite
	}
	var diags diagnostic.List
	c.faults.report(first.plan.layouts, &diags)
	found.Diagnostics = append(found.Diagnostics, diags.Sorted()...)
	return found, err
}

// twice is one check under way.
type twice struct {
	*Determinism
	first  *openedVersion
	bodies map[string][]byte // by path
	places map[string]bool   // that were reported
	faults templateFaults
}

// pages are those that can be rendered.
func (v *openedVersion) pages() (able []*site.Page, unasked int) {
	for _, page := range v.site.Pages {
		switch {
		case !page.Holds(v.Clock):
		case page.Origin != "" && page.Policy.Keeping == site.Deferred:
			unasked++
		default:
			able = append(able, page)
		}
	}
	return able, unasked
}

func (c *twice) run(ctx context.Context, o Options, elsewhere func() error) error {
	if err := c.render(ctx); err != nil {
		return err
	}
	if err := elsewhere(); err != nil {
		return err
	}
	second, err := openVersion(ctx, o)
	if errors.Is(err, ErrSite) {
		return errors.New("the site changed while it was rendered: try again")
	}
	if err != nil {
		return err
	}
	defer second.close()
	return c.again(ctx, second)
}

func (c *twice) render(ctx context.Context) error {
	pages, unasked := c.first.pages()
	c.Pages, c.Unasked = len(pages), unasked
	for _, page := range pages {
		response, err := c.first.render(ctx, page)
		if err != nil {
			return err
		}
		c.bodies[page.Path] = response.Body
	}
	return nil
}

// again renders the pages in the other order, and reports what is not the same.
func (c *twice) again(ctx context.Context, second *openedVersion) error {
	pages, _ := second.pages()
	slices.Reverse(pages)
	later := second.request(ctx)
	later.Time = c.later()
	for _, page := range pages {
		response, err := second.plan.renderer.Render(second.whole(page), later)
		if err != nil {
			return err
		}
		if bytes.Equal(response.Body, c.bodies[page.Path]) {
			continue
		}
		c.Differ++
		if err := c.report(ctx, second, page, later); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// later is the time of the second render.
func (c *twice) later() time.Time {
	later := c.first.Clock.Add(laterBy)
	for _, page := range c.first.site.Pages {
		if changes := page.Window.Changes(c.first.Clock); !changes.IsZero() && !changes.After(later) {
			later = changes.Add(-time.Second)
		}
	}
	return later
}

// report finds the place that made a page different, and why, and adds it unless it was reported.
func (c *twice) report(ctx context.Context, second *openedVersion, page *site.Page, later render.Request) error {
	then := second.request(ctx)
	then.Time = c.first.Clock
	before, err := second.plan.renderer.Trace(second.whole(page), then)
	if err != nil {
		return err
	}
	after, err := second.plan.renderer.Trace(second.whole(page), later)
	if err != nil {
		return err
	}
	if d := render.Compare(before, after); d != nil {
		c.add(page, d, fmt.Sprintf("is another one when the page is rendered %v later", later.Time.Sub(then.Time)),
			"leave out `now`, or print no more of it than the day; what changes with each regeneration is stored and billed each time")
		return nil
	}
	i := slices.IndexFunc(c.first.site.Pages, func(p *site.Page) bool { return p.Path == page.Path })
	original, err := c.first.plan.renderer.Trace(c.first.whole(c.first.site.Pages[i]), then)
	if err != nil {
		return err
	}
	if d := render.Compare(original, before); d != nil {
		c.add(page, d, "is another one in another environment, or in another order",
			"see what is read there: data of another host may have changed in between")
		return nil
	}
	c.add(page, &render.Difference{File: page.Source}, "is not the same twice in a row", "see whether data of another host changes with each request")
	return nil
}

func (c *twice) add(page *site.Page, d *render.Difference, how, advice string) {
	place := fmt.Sprint(d.File, ":", d.Line, ":", d.Column)
	if c.places[place] {
		return
	}
	c.places[place] = true
	c.faults.add(&render.Error{
		File: d.File, Line: d.Line, Column: d.Column, Page: page.Path,
		Message: fmt.Sprintf("%s: byte %d of what this template writes %s: %q, then %q", page.Path, d.Offset, how, d.First, d.Second),
		Advice:  advice,
	})
}
