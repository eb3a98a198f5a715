package site

import (
	"errors"
	"time"
)

// Snapshot is the site as one render sees it: at one moment. Pages that are not there at that moment do not exist in it. It
// belongs to one goroutine.
type Snapshot struct {
	site    *Site
	now     time.Time
	changes time.Time
}

// At returns the site at a moment, to render one page, which must be there.
func (s *Site) At(now time.Time, page *Page) *Snapshot {
	return &Snapshot{site: s, now: now, changes: page.Window.Changes(now)}
}

// Changes is the first moment after that of the snapshot at which something appears or vanishes that was asked for, zero for
// never: what was made of the snapshot is good until then.
func (s *Snapshot) Changes() time.Time { return s.changes }

// sees reports whether a page is there, and remembers when that changes.
func (s *Snapshot) sees(w Window) bool {
	s.changes = Earlier(s.changes, w.Changes(s.now))
	return w.Holds(s.now)
}

// Page returns the page with this path, or [ErrNotFound].
func (s *Snapshot) Page(path string) (*Page, error) {
	page, err := s.site.Page(path)
	if err != nil {
		return nil, err
	}
	if !s.sees(page.Window) {
		return nil, ErrNotFound
	}
	return page, nil
}

// Nearest returns the page with this path if it is there, else the first that is on the way which step leads. The empty path is
// the end of the way, where there is no page and no error.
func (s *Snapshot) Nearest(path string, step func(*Page) string) (*Page, error) {
	for path != "" {
		page, err := s.site.Page(path)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if s.sees(page.Window) {
			return page, nil
		}
		path = step(page)
	}
	return nil, nil
}

// List returns the paths of the pages of a list in order. A list that nobody made is empty.
func (s *Snapshot) List(name string) ([]string, error) {
	entries, err := s.site.List(name)
	paths := make([]string, 0, len(entries))
	for _, entry := range entries {
		if s.sees(entry.Window) {
			paths = append(paths, entry.Path)
		}
	}
	return paths, err
}

// Body returns a page's Markdown, empty for a list without a document.
func (s *Snapshot) Body(page *Page) ([]byte, error) { return s.site.Body(page) }
