package site

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
)

// Snapshot is the site as the render of one page sees it: at one moment. Pages that are not there at that moment do not exist in
// it. It belongs to one goroutine.
//
// Of sources on the network the build saw everything. A function sees what the build saw, but for the page itself, and for the
// lists of a page that is a list: for these it asks the sources again, once for a snapshot.
type Snapshot struct {
	ctx     context.Context
	site    *Site
	page    *Page
	now     time.Time
	changes time.Time
	live    map[string]*harvest // by origin
}

// harvest is what a source lists at the moment.
type harvest struct {
	pages map[string]*Page // by path
	err   error
}

// At returns the site at a moment, to render one page, which must be there.
func (s *Site) At(ctx context.Context, now time.Time, page *Page) *Snapshot {
	return &Snapshot{ctx: ctx, site: s, page: page, now: now, changes: page.Window.Changes(now)}
}

// Changes is the first moment after that of the snapshot at which something appears or vanishes that was asked for, zero for
// never: what was made of the snapshot is good until then.
func (s *Snapshot) Changes() time.Time { return s.changes }

// sees reports whether a page is there, and remembers when that changes.
func (s *Snapshot) sees(w Window) bool {
	s.changes = Earlier(s.changes, w.Changes(s.now))
	return w.Holds(s.now)
}

// find returns the page with a path, whether or not it is there.
func (s *Snapshot) find(path string) (*Page, error) {
	if page := s.fresh(path); page != nil {
		return page, nil
	}
	return s.site.Page(path)
}

// fresh returns the page with a path if the snapshot knows it better than the site.
func (s *Snapshot) fresh(path string) *Page {
	if path == s.page.Path {
		return s.page
	}
	for _, live := range s.live {
		if page := live.pages[path]; page != nil {
			return page
		}
	}
	return nil
}

// Page returns the page with this path, or [ErrNotFound].
func (s *Snapshot) Page(path string) (*Page, error) {
	page, err := s.find(path)
	if err != nil {
		return nil, err
	}
	if !s.sees(page.Window) {
		return nil, ErrNotFound
	}
	return page, nil
}

// Owner returns the page of which the one that is rendered is another form. It is there whenever that one is.
func (s *Snapshot) Owner() (*Page, error) { return s.find(s.page.Of) }

// Nearest returns the path if the page is there, else that of the first page on the way which step leads. The empty path is the
// end of the way, where there is no page and no error. Of a page that is there nothing else is read.
func (s *Snapshot) Nearest(path string, step func(*Page) string) (string, error) {
	for path != "" {
		window, err := s.window(path)
		switch {
		case errors.Is(err, ErrNotFound):
			return "", nil
		case err != nil:
			return "", err
		case s.sees(window):
			return path, nil
		}
		page, err := s.find(path)
		if err != nil {
			return "", err
		}
		path = step(page)
	}
	return "", nil
}

// window is when the page with a path is there.
func (s *Snapshot) window(path string) (Window, error) {
	if page := s.fresh(path); page != nil {
		return page.Window, nil
	}
	return s.site.Window(path)
}

// List returns the paths of the pages of a list in order. A list that nobody made is empty.
func (s *Snapshot) List(name string) ([]string, error) {
	entries, err := s.site.List(name)
	if err == nil && !s.page.isRegular() && len(s.site.Sources) > 0 {
		entries, err = s.renewed(name, entries)
	}
	paths := make([]string, 0, len(entries))
	for _, entry := range entries {
		if s.sees(entry.window()) {
			paths = append(paths, entry.Path)
		}
	}
	return paths, err
}

// renewed puts what sources hold now into the place of what they held when the site was built.
func (s *Snapshot) renewed(name string, entries []Entry) ([]Entry, error) {
	order, touched := place.newestFirst, false
	for _, o := range s.site.Origins {
		belongs, err := s.belongs(name, o)
		if err != nil {
			return nil, err
		}
		if belongs == nil {
			continue
		}
		live := s.harvest(o)
		if live.err != nil {
			return nil, live.err
		}
		touched = true
		entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Order != nil && e.Origin == o.Name })
		for _, page := range live.pages {
			if belongs(page) {
				entries = append(entries, page.entry())
			}
		}
	}
	if !touched {
		return entries, nil
	}
	if path, ok := strings.CutPrefix(name, ListPages); ok && s.isSection(path) {
		order = place.listOrder
	}
	if strings.HasPrefix(name, ListSitemap) {
		order = func(a, b place) int { return strings.Compare(a.path, b.path) }
	}
	slices.SortFunc(entries, func(x, y Entry) int { return order(x.place(), y.place()) })
	return entries, nil
}

// belongs says which pages of a source a list holds; nil means that it holds none of any.
func (s *Snapshot) belongs(name string, o *Origin) (func(*Page) bool, error) {
	all, term, err := s.site.Shows(name, o)
	switch {
	case err != nil:
		return nil, err
	case all:
		return func(*Page) bool { return true }, nil
	case term != "":
		taxonomy, _, _ := strings.Cut(strings.TrimPrefix(term, "/"), "/")
		return func(page *Page) bool { return slices.Contains(page.Terms.Of(taxonomy), term) }, nil
	}
	return nil, nil
}

func (s *Snapshot) isSection(path string) bool {
	page, err := s.find(path)
	return err == nil && (page.Kind == KindSection || page.Kind == KindHome)
}

// harvest asks a source for its documents, unless that was done, and makes pages of them.
func (s *Snapshot) harvest(o *Origin) *harvest {
	if live := s.live[o.Name]; live != nil {
		return live
	}
	live := &harvest{pages: map[string]*Page{}}
	if s.live == nil {
		s.live = map[string]*harvest{}
	}
	s.live[o.Name] = live
	var docs []*content.Document
	if docs, live.err = s.site.Sources[o.Name].List(s.ctx); live.err != nil {
		return live
	}
	for _, doc := range docs {
		if live.err = s.take(doc, live.pages); live.err != nil {
			return live
		}
	}
	return live
}

// take adds the page of a document that was listed, unless another page has its address or it is a draft.
func (s *Snapshot) take(doc *content.Document, into map[string]*Page) error {
	if doc.Draft && !s.site.Config.Selection.Drafts {
		return nil
	}
	page, err := s.site.Renew(doc, nil)
	if err != nil || page == nil || into[page.Path] != nil {
		return err
	}
	known, err := s.site.Page(page.Path)
	switch {
	case errors.Is(err, ErrNotFound) && !s.site.Origins[doc.Origin].DynamicParams:
		return nil
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case known.Origin != doc.Origin:
		return nil
	default:
		page.Policy, page.Next, page.Prev = known.Policy, known.Next, known.Prev
	}
	into[page.Path] = page
	return nil
}

// Config is the configuration of the site, which holds at all times.
func (s *Snapshot) Config() *Config { return s.site.Config }

// Data returns the content of the data directory.
func (s *Snapshot) Data() (map[string]any, error) { return s.site.Data() }

// Menus returns the menus, with lines of pages that are not there too.
func (s *Snapshot) Menus() (Menus, error) { return s.site.Menus() }

// NoteBody is as if the page's text was read, for who knows it already.
func (s *Snapshot) NoteBody(page *Page) {
	if library, ok := s.site.Library.(interface{ NoteBody(*Page) }); ok {
		library.NoteBody(page)
	}
}

// Body returns a page's text, empty for a list without a document.
func (s *Snapshot) Body(page *Page) ([]byte, error) { return s.site.Body(page) }
