// Package render turns a page into a response. The build and the function share it: rendering depends on the site, the
// layouts and the request given as values, never on a clock, the environment or the order of a map, so that both give the
// same bytes.
package render

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/isrgen/isrgen/generator/site"
)

// Renderer renders the pages of one site. It may be used by several goroutines.
type Renderer struct {
	site     *site.Site
	layouts  Layouts
	markdown *markdown
	traits

	// Assets are what templates have of files, set before the first page is rendered. Nil is nothing: a template that asks for some is
	// a fault.
	Assets Assets

	metrics     *Metrics
	expressions *expressions
	translator  func() *translator
	summaries   summaries
	configs     map[string]*site.Config // by language

	directories map[string]bool // that have layouts

	mu      sync.Mutex
	choices map[choice]layoutKey
	free    map[layoutKey][]*templates // unused template sets
	used    map[string]bool            // files of layouts that pages were rendered with

	params map[string]map[string]any // of the site by language, respelled
}

// Request is what a page may depend on besides the site.
type Request struct {
	// Context ends requests to sources on the network; nil is one that never ends.
	Context context.Context

	// Time is what `now` gives.
	Time time.Time

	// Limit is how long the page may take; 0 is without end.
	Limit time.Duration

	// JSON reads what is at an address, for getJSON.
	JSON func(ctx context.Context, address string) (any, error)

	// Assets are those that the page uses, in the place of the renderer's own, for who wants to know which. Nil is the renderer's own.
	Assets Assets

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
	// Pagers is over how many pages the list was spread, 0 for none.
	Pagers int

	// Warnings are what templates said with warnf.
	Warnings []string
}

// New makes a renderer. Layouts are parsed when a page first needs them.
func New(s *site.Site, layouts Layouts) *Renderer { return newRenderer(s, layouts, layouts.traits()) }

func newRenderer(s *site.Site, layouts Layouts, traits traits) *Renderer {
	r := &Renderer{traits: traits, site: s, layouts: layouts, markdown: newMarkdown(s.Config.Markup), free: map[layoutKey][]*templates{}, used: map[string]bool{},
		expressions: &expressions{compiled: map[string]*regexp.Regexp{}}, directories: map[string]bool{}, choices: map[choice]layoutKey{},
		translator: newTranslator(layouts), params: map[string]map[string]any{}}
	if len(s.Config.Languages) > 0 {
		r.configs = map[string]*site.Config{}
		for _, language := range s.Config.Languages {
			r.configs[language.Key] = s.Config.In(language.Key)
		}
	}
	for name := range layouts {
		r.directories[path.Dir(name)] = true
	}
	return r
}

// traits are what is found out about layouts by reading all of them. A function has them from the build.
type traits struct {
	Hooked      bool      `json:"hooked,omitempty"`      // there are some for parts of Markdown
	FrontMatter bool      `json:"frontMatter,omitempty"` // one reads it among the parameters
	Spellings   spellings `json:"spellings,omitempty"`
}

func (l Layouts) traits() traits {
	t := traits{FrontMatter: l.readsFrontMatter(), Spellings: l.spellings()}
	for name := range l {
		t.Hooked = t.Hooked || strings.HasPrefix(name, hooks)
	}
	return t
}

// Measure has the renderer note from now on how long layouts take. What it renders is the same.
func (r *Renderer) Measure() *Metrics {
	r.metrics = &Metrics{}
	return r.metrics
}

// Unused returns the files of the site's own layouts that no page was rendered with so far, sorted.
func (r *Renderer) Unused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var unused []string
	for _, layout := range r.layouts {
		if !layout.inTheme() && !r.used[layout.File] && layout.File != translationsLayout {
			unused = append(unused, layout.File)
		}
	}
	return sorted(unused)
}

// Render renders one page, which must be there at the request's time. What is wrong with a template is an [*Error]; any other error is the machine's.
func (r *Renderer) Render(page *site.Page, req Request) (response *Response, err error) {
	set, err := r.choose(page)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			// The set may be in the middle of anything: it does not go back.
			response, err = nil, fmt.Errorf("rendering %s: panic: %v", page.Path, p)
		}
	}()
	if err := r.ready(set, page, req); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	body.Grow(set.size + set.size/4) // pages of one layout are of a size
	done := r.metrics.measure(set.entry.name())
	err = set.execute(&body, req.Limit)
	done()
	if err != nil {
		return nil, r.located(err, page)
	}
	content := body.Bytes()
	if config := r.site.Config; page.Output == site.HTML && (config.Minify || config.Selection.Minify) {
		content = compact(content)
	}
	response = &Response{Status: page.Status(), ContentType: r.ContentType(page), Body: content, Timed: set.timed,
		Warnings: set.warnings, Changes: set.site.Changes()}
	if set.pager != nil {
		response.Pagers = set.pager.TotalPages()
	}
	set.size = body.Len()
	r.giveBack(set)
	return response, nil
}

// ready gives a template set what it needs to render a page.
func (r *Renderer) ready(set *templates, page *site.Page, req Request) (err error) {
	set.reset(req)
	set.site = cmp.Or(req.Site, r.site).At(cmp.Or(req.Context, context.Background()), req.Time, page)
	set.page, err = set.shown(page)
	return err
}

// ContentType is what a page's response has.
func (r *Renderer) ContentType(page *site.Page) string {
	return r.site.Config.Form(page.Output).MediaType + "; charset=utf-8"
}

// Check finds the layout of a page and parses it, without rendering the page. Its errors are those of Render.
func (r *Renderer) Check(page *site.Page) error {
	set, err := r.choose(page)
	if err != nil {
		return err
	}
	r.giveBack(set)
	return nil
}

// choose returns a template set for a page.
func (r *Renderer) choose(page *site.Page) (*templates, error) {
	key, err := r.key(page)
	if err != nil {
		return nil, err
	}
	set, err := r.take(key)
	if err != nil {
		return nil, r.located(err, page)
	}
	return set, nil
}

// key finds the layouts of a page.
func (r *Renderer) key(page *site.Page) (layoutKey, error) {
	if page.Kind == site.KindOutput {
		owner, err := r.site.Page(page.Of)
		if err != nil {
			return layoutKey{}, err
		}
		if page.Output == site.HTML {
			return r.key(owner)
		}
		return r.chosen(owner, page.Output, func() (layoutKey, error) {
			form := r.site.Config.Form(page.Output)
			layout, err := r.layouts.chooseOutput(owner, page, path.Ext(form.File))
			key := layoutKey{layout: layout, text: form.Text}
			if err == nil && form.MediaType == "text/html" {
				key.base = r.layouts.base(owner, layout)
			}
			return key, err
		})
	}
	return r.chosen(page, site.HTML, func() (layoutKey, error) {
		layout, err := r.layouts.choose(page)
		if err != nil {
			return layoutKey{}, err
		}
		return layoutKey{layout: layout, base: r.layouts.base(page, layout)}, nil
	})
}

// choice is all of a page that decides its layouts.
type choice struct {
	kind         site.Kind
	layout, name string
	output       site.Output
	directories  string // of those that the page is in, the ones with layouts
}

// chosen gives the layouts of a page, for which there are many names to try, as they were chosen for another like it.
func (r *Renderer) chosen(page *site.Page, output site.Output, choose func() (layoutKey, error)) (layoutKey, error) {
	like := choice{kind: page.Kind, layout: page.Layout, name: page.TypeName(), output: output}
	for dir := strings.ToLower(strings.Trim(page.Path, "/")); dir != "" && dir != "."; dir = path.Dir(dir) {
		if r.directories[dir] {
			like.directories += dir + "/ "
		}
	}
	r.mu.Lock()
	key, known := r.choices[like]
	r.mu.Unlock()
	if known {
		return key, nil
	}
	key, err := choose()
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.choices[like] = key
	}
	return key, err
}

// take returns a template set that nobody else uses.
func (r *Renderer) take(key layoutKey) (*templates, error) {
	r.mu.Lock()
	r.used[r.layouts[key.layout].File], r.used[r.layouts[key.base].File] = true, true
	if free := r.free[key]; len(free) > 0 {
		set := free[len(free)-1]
		r.free[key] = free[:len(free)-1]
		r.mu.Unlock()
		return set, nil
	}
	r.mu.Unlock()
	return r.parse(key)
}

func (r *Renderer) giveBack(set *templates) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set.reset(Request{})
	maps.Copy(r.used, set.used)
	clear(set.used)
	r.free[set.key] = append(r.free[set.key], set)
}
