// Package dependency knows what the pages of a site were made from, and finds the pages that a change makes different.
//
// A site consists of facts: the record of each page, its body, the lists, the data, the configuration, the layouts. [State] has
// the hash of each. Rendering depends on nothing else but the time, so that a page whose facts are the same in two states is the
// same page in both. It does not matter in which of the two it was watched: had it come to differ, it would have been by a fact
// that it read until then.
//
// What a page reads is watched through the [site.Library] that it reads from; see [Watch]. The configuration is held to be read
// by every page.
package dependency

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// Hash is what of a fact is kept, 0 for one that is not there.
type Hash uint64

func hash(text []byte) Hash {
	sum := sha256.Sum256(text)
	return HashOf(sum[:])
}

// HashOf takes a hash from a sum.
func HashOf(sum []byte) Hash { return max(1, Hash(binary.LittleEndian.Uint64(sum))) }

// State is one state of a site.
type State struct {
	// Pages are sorted by path.
	Pages []Page

	// Facts of the site: four lists, what pages are related by, the data, the configuration, and which pages there are.
	Regular, Sections, Nodes, Main, Related, Menus, Data, Config, Paths Hash

	// Layouts and Files are sorted by name. Files are what is published as it is, by its path in static/ of the output.
	Layouts, Files []Named

	// Assets are the files that templates work on, by their path in the site, for a site whose layouts do so; sorted by name.
	Assets []Named
}

// Page is what is known of one page.
type Page struct {
	Path   string
	Source string
	Kind   site.Keeping

	// Origin is the source on the network that the page is from, empty for none.
	Origin string

	// There says whether the page is there at the time of the state. Its facts are those of others in any case.
	There bool

	// Hashes of its facts: its record, when it is there, its body, and the lists below it.
	Record, Window, Body, List, Recursive Hash
}

// Named is a fact with a name.
type Named struct {
	Name string
	Hash Hash
}

// NewState takes down a site and its layouts. It reads what is not in memory: bodies. What others see of a page from the network is what its list says; whole gives what the page itself is made of.
func NewState(s *site.Site, whole func(*site.Page) *site.Page, layouts render.Layouts) (*State, error) {
	state := outline(s)
	if err := errors.Join(state.fillPages(s, whole), state.fill(s)); err != nil {
		return nil, err
	}
	// What pages have as parameters depends on the names that any layout has for them.
	var err error
	if state.Config, err = hashJSON([]any{s.Config, layouts.ParamNames()}); err != nil {
		return nil, err
	}
	for name, layout := range layouts {
		state.Layouts = append(state.Layouts, Named{name, hash([]byte(layout.Text))})
	}
	slices.SortFunc(state.Layouts, byName)
	return state, nil
}

// AddFiles takes down the files which the output has besides pages. It reads them.
func (s *State) AddFiles(files map[string]buildoutput.File) error {
	for name, file := range files {
		sum := sha256.New()
		if _, err := file.Content.WriteTo(sum); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.Files = append(s.Files, Named{name, HashOf(sum.Sum(nil))})
	}
	slices.SortFunc(s.Files, byName)
	return nil
}

// outline is a state without hashes, which is enough to number its facts. The pages of a site are sorted by path.
func outline(s *site.Site) *State {
	state := &State{Pages: make([]Page, len(s.Pages))}
	paths := sha256.New()
	for i, page := range s.Pages {
		state.Pages[i] = Page{Path: page.Path, Source: page.Source, Kind: page.Policy.Keeping, Origin: page.Origin, There: page.Holds(s.Config.Selection.Now)}
		fmt.Fprintln(paths, page.Path)
	}
	state.Paths = HashOf(paths.Sum(nil))
	return state
}

// fillPages takes down the pages, on all cores.
func (s *State) fillPages(from *site.Site, whole func(*site.Page) *site.Page) error {
	workers := runtime.GOMAXPROCS(0)
	var group errgroup.Group
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(s.Pages); i += workers {
				if err := s.Pages[i].fill(from, from.Pages[i], whole(from.Pages[i])); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// fill takes down what belongs to no page.
func (s *State) fill(from *site.Site) (err error) {
	data, err := from.Data()
	if err != nil {
		return err
	}
	if s.Data, err = hashJSON(data); err != nil {
		return err
	}
	menus, err := from.Menus()
	if err != nil {
		return err
	}
	if s.Menus, err = hashJSON(menus); err != nil {
		return err
	}
	if s.Config, err = hashJSON(from.Config); err != nil {
		return err
	}
	related, err := from.RelatedSum()
	if err != nil {
		return err
	}
	s.Related = hash(related)
	if s.Regular, err = hashList(from, from.Config.Lists(site.ListRegular)...); err != nil {
		return err
	}
	if s.Sections, err = hashList(from, from.Config.Lists(site.ListSections)...); err != nil {
		return err
	}
	if s.Nodes, err = hashList(from, from.Config.Lists(site.ListNodes)...); err != nil {
		return err
	}
	s.Main, err = hashList(from, from.Config.Lists(site.ListMain)...)
	return err
}

func byName(a, b Named) int { return cmp.Compare(a.Name, b.Name) }

func (p *Page) fill(s *site.Site, page, whole *site.Page) (err error) {
	if p.Body, err = hashBody(s, page, whole); err != nil {
		return err
	}
	if p.Record, err = hashJSON(page); err != nil {
		return err
	}
	if p.Window, err = hashJSON(page.Window); err != nil {
		return err
	}
	if p.List, err = hashList(s, site.ListPages+page.Path, site.ListResources+page.Path, site.ListSitemap+page.Path); err != nil {
		return err
	}
	p.Recursive, err = hashList(s, site.ListRecursive+page.Path)
	return err
}

func hashBody(s *site.Site, page, whole *site.Page) (Hash, error) {
	if sum, ok := whole.BodySum(); ok && page.Origin == "" {
		return HashOf(sum[:]), nil
	}
	body, err := s.Body(whole)
	if err != nil || page.Origin == "" {
		return hash(body), err
	}
	record, err := json.Marshal(whole)
	return hash(slices.Concat(record, body)), err
}

func hashJSON(value any) (Hash, error) {
	text, err := json.Marshal(value)
	return hash(text), err
}

// hashList takes down lists, which are 0 if all are empty.
func hashList(s *site.Site, names ...string) (Hash, error) {
	var text []byte
	length := 0
	for _, name := range names {
		list, err := s.List(name)
		if err != nil {
			return 0, err
		}
		length += len(list)
		text = append(text, '\n') // no path is empty
		for _, entry := range list {
			text = append(append(text, entry.Path...), '\n') // which no path holds
			if entry.Window != nil || entry.Order != nil {
				more, err := json.Marshal(entry)
				if err != nil {
					return 0, err
				}
				text = append(append(text, more...), '\n')
			}
		}
	}
	if length == 0 {
		return 0, nil
	}
	return hash(text), nil
}

// shows says whether a page is there for visitors.
func (s *State) shows(path string) bool {
	i := s.find(path)
	return i >= 0 && s.Pages[i].There
}

// unasked says whether no more of the page is known than what a list on the network says of it.
func (p *Page) unasked() bool { return p.Origin != "" && p.Kind == site.Deferred }

// find returns the index of a page, -1 if the state has none with this path.
func (s *State) find(path string) int {
	if i, ok := slices.BinarySearchFunc(s.Pages, path, func(p Page, path string) int { return cmp.Compare(p.Path, path) }); ok {
		return i
	}
	return -1
}

// Facts of a state have numbers: those of the pages by kind and index, so that what pages read together is near together, and
// then those of the site.
const (
	factRecord = iota
	factWindow
	factBody
	factList
	factRecursive
	factsOfPage
)

const (
	factRegular = iota
	factSections
	factNodes
	factMain
	factRelated
	factMenus
	factData
	factConfig
	factPaths
	factsOfSite
)

func (s *State) pageFact(kind, index int) int { return kind*len(s.Pages) + index }

func (s *State) siteFact(kind int) int { return factsOfPage*len(s.Pages) + kind }

// changes says of each fact of s whether it is another in the other state, by number.
func (s *State) changes(other *State) []bool {
	changed := make([]bool, s.siteFact(factsOfSite))
	for i, page := range s.Pages {
		var then Page
		if j := other.find(page.Path); j >= 0 {
			then = other.Pages[j]
		}
		changed[s.pageFact(factRecord, i)] = page.Record != then.Record
		changed[s.pageFact(factWindow, i)] = page.Window != then.Window
		changed[s.pageFact(factBody, i)] = page.Body != then.Body
		changed[s.pageFact(factList, i)] = page.List != then.List
		changed[s.pageFact(factRecursive, i)] = page.Recursive != then.Recursive
	}
	changed[s.siteFact(factRegular)] = s.Regular != other.Regular
	changed[s.siteFact(factSections)] = s.Sections != other.Sections
	changed[s.siteFact(factNodes)] = s.Nodes != other.Nodes
	changed[s.siteFact(factMain)] = s.Main != other.Main
	changed[s.siteFact(factRelated)] = s.Related != other.Related
	changed[s.siteFact(factMenus)] = s.Menus != other.Menus
	changed[s.siteFact(factData)] = s.Data != other.Data
	changed[s.siteFact(factConfig)] = s.Config != other.Config
	changed[s.siteFact(factPaths)] = s.Paths != other.Paths
	return changed
}

// difference gives the names whose facts are not the same in two sorted lists.
func difference(a, b []Named) map[string]bool {
	names := map[string]bool{}
	hashes := map[string]Hash{}
	for _, named := range a {
		hashes[named.Name] = named.Hash
	}
	for _, named := range b {
		if hashes[named.Name] != named.Hash {
			names[named.Name] = true
		}
		delete(hashes, named.Name)
	}
	for name := range hashes {
		names[name] = true
	}
	return names
}

// errDamaged is for what cannot be decoded.
var errDamaged = errors.New("damaged")

// encode writes ascending numbers as varints: how many to leave out, and how many to take, in turn. A page that lists all others
// costs a few bytes.
func encode(numbers []int) []byte {
	var b []byte
	next := 0
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		b = binary.AppendUvarint(b, uint64(numbers[i]-next))
		b = binary.AppendUvarint(b, uint64(n))
		next = numbers[i] + n
		i += n
	}
	return b
}

// decode gives the numbers back, which are below limit.
func decode(encoded []byte, limit int) ([]int, error) {
	var numbers []int
	r := bytes.NewReader(encoded)
	for next := uint64(0); r.Len() > 0; {
		gap, err := binary.ReadUvarint(r)
		run, err2 := binary.ReadUvarint(r)
		first := next + gap
		if err != nil || err2 != nil || first > uint64(limit) || run > uint64(limit)-first {
			return nil, errDamaged
		}
		for next = first; next < first+run; next++ {
			numbers = append(numbers, int(next))
		}
	}
	return numbers, nil
}

// meets says whether one of the encoded numbers is marked.
func meets(encoded []byte, marked []bool) (bool, error) {
	r := bytes.NewReader(encoded)
	for next := uint64(0); r.Len() > 0; {
		gap, err := binary.ReadUvarint(r)
		run, err2 := binary.ReadUvarint(r)
		first := next + gap
		if err != nil || err2 != nil || first > uint64(len(marked)) || run > uint64(len(marked))-first {
			return false, errDamaged
		}
		next = first + run
		if slices.Contains(marked[first:next], true) {
			return true, nil
		}
	}
	return false, nil
}
