// Package render turns a page into a response. The build and the function share it: rendering depends on the site, the
// layouts and the request given as values, never on a clock, the environment or the order of a map, so that both give the
// same bytes.
package render

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/isrgen/isrgen/generator/site"
)

// Renderer renders the pages of one site. It may be used by several goroutines.
type Renderer struct {
	site     *site.Site
	layouts  Layouts
	markdown *markdown

	mu   sync.Mutex
	free map[string][]*templates // unused template sets by layout
}

// Request is what a page may depend on besides the site.
type Request struct {
	// Context ends requests to sources on the network; nil is one that never ends.
	Context context.Context

	// Time is what `now` gives.
	Time time.Time

	// JSON reads what is at an address, for getJSON.
	JSON func(ctx context.Context, address string) (any, error)

	// Query is the query of the visitor; a page sees the names that its policy allows.
	Query url.Values

	// Site is what the page reads from, in the place of the renderer's own, for who wants to know what that is. Nil is the
	// renderer's own.
	Site *site.Site
}

// Response is a rendered page.
type Response struct {
	Status      int
	ContentType string
	Body        []byte

	// Timed says that the page shows the time, so that it is another one at another time.
	Timed bool

	// Changes is when what the page shows of others, or the page itself, appears or vanishes next; zero for never.
	Changes time.Time
}

// New makes a renderer. Layouts are parsed when a page first needs them.
func New(s *site.Site, layouts Layouts) *Renderer {
	return &Renderer{site: s, layouts: layouts, markdown: newMarkdown(s.Config.Markup), free: map[string][]*templates{}}
}

// Render renders one page, which must be there at the request's time. What is wrong with a template is an [*Error]; any other error is the machine's.
func (r *Renderer) Render(page *site.Page, req Request) (response *Response, err error) {
	layout, err := r.layouts.choose(page)
	if err != nil {
		return nil, err
	}
	set, err := r.take(layout)
	if err != nil {
		return nil, r.located(err, page)
	}
	defer func() {
		if p := recover(); p != nil {
			// The set may be in the middle of anything: it does not go back.
			response, err = nil, fmt.Errorf("rendering %s: panic: %v", page.Path, p)
		}
	}()
	r.ready(set, page, req)
	var body bytes.Buffer
	if err := set.entry.Execute(&body, set.view(page.Path, page)); err != nil {
		return nil, r.located(err, page)
	}
	response = &Response{Status: page.Status(), ContentType: "text/html; charset=utf-8", Body: body.Bytes(), Timed: set.timed,
		Changes: set.site.Changes()}
	r.giveBack(set)
	return response, nil
}

// ready gives a template set what it needs to render a page.
func (r *Renderer) ready(set *templates, page *site.Page, req Request) {
	set.site = cmp.Or(req.Site, r.site).At(cmp.Or(req.Context, context.Background()), req.Time, page)
	set.time, set.timed = req.Time, false
	req.Time = time.Time{} // whoever wants it calls now
	set.request, set.texts = req, map[string]*pageText{}
}

// Check finds the layout of a page and parses it, without rendering the page. Its errors are those of Render.
func (r *Renderer) Check(page *site.Page) error {
	layout, err := r.layouts.choose(page)
	if err != nil {
		return err
	}
	set, err := r.take(layout)
	if err != nil {
		return r.located(err, page)
	}
	r.giveBack(set)
	return nil
}

// take returns a template set that nobody else uses.
func (r *Renderer) take(layout string) (*templates, error) {
	r.mu.Lock()
	if free := r.free[layout]; len(free) > 0 {
		set := free[len(free)-1]
		r.free[layout] = free[:len(free)-1]
		r.mu.Unlock()
		return set, nil
	}
	r.mu.Unlock()
	return r.parse(layout)
}

func (r *Renderer) giveBack(set *templates) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set.request, set.site, set.texts, set.depth = Request{}, nil, nil, 0
	r.free[set.layout] = append(r.free[set.layout], set)
}
