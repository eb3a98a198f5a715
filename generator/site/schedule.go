package site

import (
	"cmp"
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/content"
)

// Selection says which documents are pages besides those whose time it is. The command line of the build sets it, and a function
// follows it too.
type Selection struct {
	// Now is the time of the build. Zero, as in a function, leaves out no page for its time.
	Now time.Time `json:"-"`

	Drafts  bool `json:"drafts,omitempty"`
	Future  bool `json:"future,omitempty"`  // documents before their publishDate
	Expired bool `json:"expired,omitempty"` // documents after their expiryDate

	// Minify is the configuration's, wanted for one build. It selects nothing.
	Minify bool `json:"minify,omitempty"`
}

// window is when a document is a page. A document without publishDate is published at its date, as in Hugo. What lies before the
// build makes no difference to anybody, and is not kept.
func (s Selection) window(doc *content.Document) Window {
	var w Window
	if from := cmp.Or(doc.PublishDate, doc.Date); !s.Future && from.After(s.Now) {
		w.From = from.UTC()
	}
	if !s.Expired && !doc.ExpiryDate.IsZero() {
		w.Until = doc.ExpiryDate.UTC()
	}
	return w
}

// Holds says whether a document is a page at the time of the build.
func (s Selection) Holds(doc *content.Document) bool { return s.window(doc).Holds(s.Now) }

// Window is when a page is there: from From on, and before Until. A zero end is open.
type Window struct {
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Holds says whether the page is there at a time.
func (w Window) Holds(t time.Time) bool {
	return !t.Before(w.From) && (w.Until.IsZero() || t.Before(w.Until))
}

// Changes is the first moment after t at which the page appears or vanishes, zero for never.
func (w Window) Changes(t time.Time) time.Time {
	switch {
	case !w.Until.IsZero() && !w.Until.After(w.From): // never there
		return time.Time{}
	case w.From.After(t):
		return w.From
	case w.Until.After(t):
		return w.Until
	}
	return time.Time{}
}

// union is the time in which at least one page is there, gaps included.
func union(pages []*Page) Window {
	w := pages[0].Window
	for _, page := range pages[1:] {
		if page.From.Before(w.From) {
			w.From = page.From
		}
		if page.Until.IsZero() || w.Until.IsZero() {
			w.Until = time.Time{}
		} else if page.Until.After(w.Until) {
			w.Until = page.Until
		}
	}
	return w
}

// Seconds limits a number of seconds to those from now until changes, at least one. Where changes is zero there is no limit.
func Seconds(most int, now, changes time.Time) int {
	if changes.IsZero() {
		return most
	}
	left := (changes.Sub(now) + time.Second - 1) / time.Second // a page must not be asked for before it changes
	return max(1, min(most, int(left)))
}

// Earlier is the earlier of two moments, of which zero is never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Scheduled says whether any page appears or vanishes at a time.
func (s *Site) Scheduled() bool {
	return slices.ContainsFunc(s.Pages, func(page *Page) bool { return page.Window != Window{} })
}

// schedule leaves out the pages whose time is over, and those that no function could let appear: a static page that is not
// there at the time of the build.
func (b *builder) schedule() {
	now := b.config.Selection.Now
	b.all = slices.DeleteFunc(b.all, func(page *Page) bool {
		ended := !page.Until.IsZero() && !now.Before(page.Until) || !page.Until.IsZero() && !page.From.Before(page.Until)
		if now.IsZero() || page.Holds(now) || (page.Policy.Keeping == ISR || page.Policy.Keeping == Deferred) && !ended {
			return false
		}
		delete(b.pages, page.Path)
		b.hidden = append(b.hidden, page)
		if page.Kind == KindSection {
			delete(b.dirs, b.dirOf(page))
		}
		return true
	})
	for _, page := range b.all {
		if page.Policy.Keeping == ISR && page.Policy.Fallback == content.FallbackPrebuilt && !now.IsZero() && !page.Holds(now) {
			page.Policy.Fallback = content.FallbackBlocking // there is nothing to show yet
		}
	}
}
