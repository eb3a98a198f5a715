package dependency

import (
	"cmp"
	"context"
	"reflect"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// Change is one address that is not what it was.
type Change struct {
	Path string `json:"path"`

	// Change is added, removed or changed; of a question about files it is reads.
	Change string `json:"change"`

	// Kind is that of the page: static, isr or deferred; or file for one that is published as it is.
	Kind string `json:"kind"`

	// Source is the file that a page comes from, empty for a list that has none.
	Source string `json:"source,omitempty"`

	// Certain says that the bytes were compared. Those of a deferred page are not remembered: where the bundle that could
	// render it is gone, it is only known that something it reads has changed.
	Certain bool `json:"certain"`
}

// What a [Change] can be.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Reads   = "reads"
)

// KindFile is the kind of what is published as it is.
const KindFile = "file"

// Version is one version of a site: of one that was built there is a record, one that is at hand can be rendered, and of some both
// is true.
type Version struct {
	State *State

	record   *Record   // nil if there is none
	recorder *Recorder // nil if it cannot be rendered
	request  render.Request
	pages    map[string]*site.Page

	packed *site.Site // the site as a function has it, nil for none: it can render and does not know all pages
	packer *render.Renderer
}

// Remembered is the version of a record. To know the bytes of deferred pages it needs what [Bundles.Open] gives; else it has nil.
func Remembered(r *Record, packed *site.Site, packer *render.Renderer, request render.Request) *Version {
	request.Time = r.Selection.Now
	return &Version{State: r.State, record: r, packed: packed, packer: packer, request: request}
}

// AtHand is a version that can be rendered, as a request says, whose time must be that of what it is compared with.
func AtHand(state *State, s *site.Site, whole func(*site.Page) *site.Page, renderer *render.Renderer, request render.Request) *Version {
	v := &Version{State: state, recorder: NewRecorder(s, renderer, state), request: request, pages: map[string]*site.Page{}}
	for _, page := range s.Pages {
		v.pages[page.Path] = whole(page)
	}
	return v
}

// Remember lets a version know what a record says, if that is of the same version.
func (v *Version) Remember(r *Record) bool {
	if !reflect.DeepEqual(v.State, r.State) {
		return false
	}
	v.record = r
	return true
}

// known returns what is known of a page without rendering it. The sets of layouts that it refers to come with it.
func (v *Version) known(i int) (Rendered, sets) {
	if v.record != nil && v.record.Rendered[i].Hash != 0 {
		return v.record.Rendered[i], sets{v.record.Layouts, v.record.Uses}
	}
	if v.recorder == nil {
		return Rendered{}, sets{}
	}
	v.recorder.mu.Lock()
	defer v.recorder.mu.Unlock()
	return v.recorder.rendered[i], sets{v.recorder.sets, v.recorder.uses}
}

// sets are what the indices of a page lead to.
type sets struct {
	layouts [][]string
	uses    []Uses
}

// rendered returns what there is to know of a page, and renders it if that is necessary and possible.
func (v *Version) rendered(i int) (Rendered, sets, error) {
	if known, sets := v.known(i); known.Hash != 0 || v.recorder == nil {
		return known, sets, nil
	}
	if _, err := v.recorder.Render(v.pages[v.State.Pages[i].Path], v.request); err != nil {
		return Rendered{}, sets{}, err
	}
	known, sets := v.known(i)
	return known, sets, nil
}

// asks says whether a page is known to have read data of other hosts.
func (v *Version) asks(i int) bool {
	known, _ := v.known(i)
	return known.Asks
}

// layouts are those that a page of a version at hand uses.
func (v *Version) layouts(i int) ([]string, error) {
	v.recorder.mu.Lock()
	defer v.recorder.mu.Unlock()
	set, err := v.recorder.layouts(v.pages[v.State.Pages[i].Path])
	if err != nil {
		return nil, err
	}
	return slices.Clone(v.recorder.sets[set]), nil
}

// hash is that of a page's bytes, 0 if there is no way to know them.
func (v *Version) hash(i int) (Hash, error) {
	rendered, _, err := v.rendered(i)
	if err != nil || rendered.Hash != 0 || v.packed == nil {
		return rendered.Hash, err
	}
	page, err := v.packed.Page(v.State.Pages[i].Path)
	if err != nil {
		return 0, err
	}
	response, err := v.packer.Render(page, v.request)
	if err != nil {
		return 0, err
	}
	return hash(response.Body), nil
}

// Compare finds the addresses at which two versions differ, sorted. The later one must be at hand.
func Compare(ctx context.Context, before, after *Version) ([]Change, error) {
	c := &comparison{before: before, after: after,
		lost:    before.State.changes(after.State),
		found:   after.State.changes(before.State),
		layouts: difference(before.State.Layouts, after.State.Layouts),
		assets:  difference(before.State.Assets, after.State.Assets),
	}
	c.quiet = len(c.layouts)+len(c.assets) == 0 && !slices.Contains(c.lost, true) && !slices.Contains(c.found, true)
	changes, err := c.pages(ctx)
	if err != nil {
		return nil, err
	}
	changes = append(changes, fileChanges(before.State.Files, after.State.Files)...)
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Change, b.Change)) })
	return changes, nil
}

// comparison is one comparison under way.
type comparison struct {
	before, after *Version
	lost, found   []bool          // changed facts, as numbered before and after
	layouts       map[string]bool // those that changed
	assets        map[string]bool // files that changed
	quiet         bool            // nothing changed that pages are made from
}

func (c *comparison) pages(ctx context.Context) ([]Change, error) {
	var changes []Change
	for _, page := range c.before.State.Pages {
		if page.There && !c.after.State.shows(page.Path) {
			changes = append(changes, Change{page.Path, Removed, string(page.Kind), page.Source, true})
		}
	}
	results := make([]Change, len(c.after.State.Pages))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for j, page := range c.after.State.Pages {
		i := c.before.State.find(page.Path)
		switch {
		case !page.There:
		case !c.before.State.shows(page.Path):
			changes = append(changes, Change{page.Path, Added, string(page.Kind), page.Source, true})
		case !c.quiet || c.before.asks(i):
			group.Go(func() error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				changed, certain, err := c.page(i, j)
				if changed {
					results[j] = Change{page.Path, Changed, string(page.Kind), page.Source, certain}
				}
				return err
			})
		}
	}
	err := group.Wait()
	return append(changes, slices.DeleteFunc(results, func(r Change) bool { return r.Path == "" })...), err
}

// page says whether a page changed that is in both versions, and whether that is certain.
func (c *comparison) page(i, j int) (changed, certain bool, err error) {
	if maybe, err := c.maybe(i, j); err != nil || !maybe {
		return false, false, err
	}
	if c.before.State.Pages[i].unasked() || c.after.State.Pages[j].unasked() {
		return true, false, nil
	}
	then, err := c.before.hash(i)
	if err != nil || then == 0 {
		return err == nil, false, err
	}
	now, err := c.after.hash(j)
	return now != then, true, err
}

// maybe says whether a page read something that changed. It was watched before or after; either will do.
func (c *comparison) maybe(i, j int) (bool, error) {
	changed := c.lost
	seen, sets := c.before.known(i)
	if seen.Hash == 0 {
		changed = c.found
		var err error
		if seen, sets, err = c.after.rendered(j); err != nil {
			return false, err
		}
	}
	if met, err := meets(seen.Reads, changed); err != nil || met || seen.Asks {
		return met || seen.Asks, err
	}
	if sets.uses[seen.Uses].any(c.assets) {
		return true, nil
	}
	if len(c.layouts) == 0 {
		return false, nil
	}
	// A definition that is new in a layout may take the place of one in another, so that the layouts of both versions count.
	now, err := c.after.layouts(j)
	return slices.ContainsFunc(append(now, sets.layouts[seen.Layouts]...), func(name string) bool { return c.layouts[name] }), err
}

func fileChanges(before, after []Named) []Change {
	change := map[string]string{}
	for _, file := range before {
		change[file.Name] = Removed
	}
	for _, file := range after {
		if change[file.Name] == "" {
			change[file.Name] = Added
		} else {
			change[file.Name] = Changed
		}
	}
	var changes []Change
	for name := range difference(before, after) {
		changes = append(changes, Change{Path: "/" + name, Change: change[name], Kind: KindFile, Certain: true})
	}
	return changes
}
