package dependency

import (
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/site"
)

// Reuse knows of a site that was built before which of its pages need not be rendered again: nothing that they read is another, and
// it is no time at which they would show something else. It may be used by several goroutines.
type Reuse struct {
	recorder *Recorder
	record   *Record
	state    *State
	now      time.Time

	changed []bool          // facts of the record, by number
	layouts map[string]bool // those that changed
	assets  map[string]bool // files that changed
	moved   []int           // the numbers of the record's facts in the state, -1 for none; nil if they are the same
}

// Reuse compares the site as it was recorded with its state now. The time is that of the build.
func (r *Recorder) Reuse(record *Record, state *State, now time.Time) *Reuse {
	u := &Reuse{recorder: r, record: record, state: state, now: now,
		changed: record.State.changes(state), layouts: difference(record.State.Layouts, state.Layouts),
		assets: difference(record.State.Assets, state.Assets)}
	if record.State.Paths != state.Paths || len(record.State.Pages) != len(state.Pages) {
		u.moved = record.State.numbersIn(state)
	}
	return u
}

// numbersIn gives for each fact of s its number in another state, -1 if the page is not there.
func (s *State) numbersIn(other *State) []int {
	numbers := make([]int, s.siteFact(factsOfSite))
	for i, page := range s.Pages {
		j := other.find(page.Path)
		for kind := range factsOfPage {
			numbers[s.pageFact(kind, i)] = -1
			if j >= 0 {
				numbers[s.pageFact(kind, i)] = other.pageFact(kind, j)
			}
		}
	}
	for kind := range factsOfSite {
		numbers[s.siteFact(kind)] = other.siteFact(kind)
	}
	return numbers
}

// Page finds out whether a page can be taken over, if its text is still there. What is known of it is to be given to Keep then.
func (u *Reuse) Page(page *site.Page) (seen Rendered, ok bool) {
	i := u.record.State.find(page.Path)
	if i < 0 {
		return Rendered{}, false
	}
	seen = u.record.Rendered[i]
	if seen.Hash == 0 || seen.Asks || seen.Warned || !u.sameTime(seen) {
		return Rendered{}, false
	}
	if met, err := meets(seen.Reads, u.changed); met || err != nil {
		return Rendered{}, false
	}
	uses := u.record.Uses[seen.Uses]
	if uses.any(u.assets) {
		return Rendered{}, false
	}
	before := u.record.Layouts[seen.Layouts]
	u.recorder.mu.Lock()
	defer u.recorder.mu.Unlock()
	var err error
	if seen.Layouts, err = u.recorder.layouts(page); err != nil {
		return Rendered{}, false
	}
	changed := func(name string) bool { return u.layouts[name] }
	if slices.ContainsFunc(before, changed) || slices.ContainsFunc(u.recorder.sets[seen.Layouts], changed) {
		return Rendered{}, false
	}
	seen.Uses = u.recorder.intern(uses)
	seen.Reads, err = u.renumber(seen.Reads)
	return seen, err == nil
}

// All says whether nothing at all that pages are made from is another, and every page that the build renders can be taken over.
func (u *Reuse) All(rendered func(*site.Page) bool) bool {
	if u.moved != nil || len(u.layouts)+len(u.assets) > 0 || slices.Contains(u.changed, true) {
		return false
	}
	for _, page := range u.recorder.site.Pages {
		if !rendered(page) {
			continue
		}
		if _, ok := u.Page(page); !ok {
			return false
		}
	}
	return true
}

// Uses are what a page that is taken over does with files.
func (u *Reuse) Uses(seen Rendered) Uses {
	u.recorder.mu.Lock()
	defer u.recorder.mu.Unlock()
	return u.recorder.uses[seen.Uses]
}

// sameTime says whether a page shows at the time of the build what it showed at that of the record.
func (u *Reuse) sameTime(seen Rendered) bool {
	then := u.record.Selection.Now
	if u.now.Equal(then) {
		return true
	}
	return !seen.Timed && u.now.After(then) && (seen.Changes.IsZero() || u.now.Before(seen.Changes))
}

// renumber gives encoded numbers of facts of the record as those of the state.
func (u *Reuse) renumber(encoded []byte) ([]byte, error) {
	if u.moved == nil {
		return encoded, nil
	}
	numbers, err := decode(encoded, len(u.moved))
	if err != nil {
		return nil, err
	}
	for i, number := range numbers {
		if numbers[i] = u.moved[number]; numbers[i] < 0 {
			return nil, errDamaged // it read something of a page that is gone
		}
	}
	slices.Sort(numbers)
	return encode(numbers), nil
}

// Same says whether a text is that of a page of which something is known.
func (r Rendered) Same(text []byte) bool { return hash(text) == r.Hash }

// Keep notes that a page was taken over, and says whether that is news.
func (u *Reuse) Keep(page *site.Page, seen Rendered) bool {
	u.recorder.mu.Lock()
	defer u.recorder.mu.Unlock()
	into := &u.recorder.rendered[u.recorder.state.find(page.Path)]
	news := into.Hash == 0
	*into = seen
	return news
}
