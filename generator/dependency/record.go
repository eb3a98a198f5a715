package dependency

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// recordVersion is that of the file. Another one is as none: the file is made again by the next build.
const recordVersion = 7

// RecordFile is the name of the file that a [Record] is kept in.
const RecordFile = "dependencies.gob"

// Record is what a build remembers of its pages.
type Record struct {
	Version int
	State   *State

	// Program says which program rendered the pages: another one may render them otherwise.
	Program string

	// Selection says which documents were pages, and what pages saw as the time.
	Selection site.Selection

	// Bundles are the files of the build's functions, which can still render the deferred pages as they were.
	Bundles Bundles

	// Rendered has an element for each page of the state; that of a deferred page is empty.
	Rendered []Rendered

	// Layouts are the sets of layouts that the pages use, Uses what they do with files; the first of these is nothing.
	Layouts [][]string
	Uses    []Uses

	// BrokenLinks are what was said of links, and Addresses a hash of what they may lead to.
	BrokenLinks []diagnostic.Diagnostic
	Addresses   Hash

	// Published are the files that layouts made, by path below static/, with the hashes of their bytes; sorted by name.
	Published []Named
}

// Bundles are the bundles of a build's functions: none for a site whose pages are all static, several for one that is divided.
type Bundles []Bundle

// Bundle is one of them. The next build replaces it, so that it is known again by size and time.
type Bundle struct {
	File string
	Size int64
	Time time.Time
}

// NewBundles takes down the bundles that are there of some.
func NewBundles(files []string) Bundles {
	var bundles Bundles
	for _, file := range files {
		file, err := filepath.Abs(file)
		if err != nil {
			continue
		}
		if info, err := os.Stat(file); err == nil {
			bundles = append(bundles, Bundle{file, info.Size(), info.ModTime()})
		}
	}
	return bundles
}

// Open opens the bundles if they are still those of the build. What it returns is good until closed is called, which must be, also
// after an error.
func (all Bundles) Open() (s *site.Site, renderer *render.Renderer, closed func(), err error) {
	var files []*os.File
	closed = func() {
		for _, file := range files {
			file.Close()
		}
	}
	var bundles []*content.Bundle
	for _, b := range all {
		file, err := os.Open(b.File)
		if err != nil {
			return nil, nil, closed, err
		}
		files = append(files, file)
		if info, err := file.Stat(); err != nil || info.Size() != b.Size || !info.ModTime().Equal(b.Time) {
			return nil, nil, closed, cmp.Or(err, ErrNoRecord)
		}
		bundle, err := content.OpenBundle(file, b.Size)
		if err != nil {
			return nil, nil, closed, err
		}
		bundles = append(bundles, bundle)
	}
	if len(bundles) == 0 {
		return nil, nil, closed, ErrNoRecord
	}
	if s, err = site.Open(bundles[0], bundles[1:]...); err != nil {
		return nil, nil, closed, err
	}
	renderer, err = render.Open(bundles[0], s)
	return s, renderer, closed, err
}

// Rendered is what is known of a page from rendering it.
type Rendered struct {
	Hash    Hash   // of its bytes, 0 if it was not rendered
	Reads   []byte // the numbers of the facts it read, encoded
	Layouts int    // index in Layouts of the record
	Uses    int    // index in Uses of the record
	Asks    bool   // it read data of other hosts, of which no hash is kept
	Timed   bool   // it shows the time
	Warned  bool   // its templates said something

	// File is that of its bytes, as the build left it.
	File Identity

	// Changes is when it shows something else because of a date, zero for never.
	Changes time.Time
}

// Recorder watches the renders of a build. It may be used by several goroutines.
type Recorder struct {
	site     *site.Site
	renderer *render.Renderer
	state    *State

	mu       sync.Mutex
	rendered []Rendered
	sets     [][]string
	setOf    map[string]int // by the layout that leads to them
	uses     []Uses
	usesOf   map[string]int // by their key
}

// NewRecorder makes a recorder for the pages of a site, whose state numbers what they read.
func NewRecorder(s *site.Site, renderer *render.Renderer, state *State) *Recorder {
	return &Recorder{site: s, renderer: renderer, state: state, rendered: make([]Rendered, len(s.Pages)), setOf: map[string]int{},
		uses: []Uses{{}}, usesOf: map[string]int{}}
}

// Render renders a page and notes what it read.
func (r *Recorder) Render(page *site.Page, req render.Request) (*render.Response, error) {
	watch, watched := NewWatch(r.site, page)
	req.Site = watched
	asks := false
	if ask := req.JSON; ask != nil {
		req.JSON = func(ctx context.Context, address string) (any, error) {
			asks = true
			return ask(ctx, address)
		}
	}
	used := newAssetWatch(cmp.Or(req.Assets, r.renderer.Assets))
	if used != nil {
		req.Assets = used
	}
	response, err := r.renderer.Render(page, req)
	if err != nil {
		return nil, err
	}
	reads := watch.facts(r.state)
	r.mu.Lock()
	defer r.mu.Unlock()
	set, err := r.layouts(page)
	r.rendered[r.state.find(page.Path)] = Rendered{Hash: hash(response.Body), Reads: reads, Layouts: set, Uses: r.intern(used.uses()), Asks: asks || used != nil && used.asks,
		Timed: response.Timed, Warned: len(response.Warnings) > 0, Changes: response.Changes}
	return response, err
}

// Identify notes what the files of pages are now. Those that are known to be as they were are not looked at.
func (r *Recorder) Identify(file func(*site.Page) string) {
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < len(r.rendered); i += workers {
				if seen := &r.rendered[i]; seen.Hash != 0 && seen.File == (Identity{}) {
					seen.File = Identify(file(r.site.Pages[i]))
				}
			}
		})
	}
	group.Wait()
}

// layouts gives the index of the set of layouts that a page uses. The caller holds r.mu.
func (r *Recorder) layouts(page *site.Page) (int, error) {
	key, err := r.renderer.LayoutsKey(page)
	if err != nil {
		return 0, err
	}
	if set, ok := r.setOf[key]; ok {
		return set, nil
	}
	names, err := r.renderer.LayoutsOf(page)
	if err != nil {
		return 0, err
	}
	r.sets = append(r.sets, names)
	r.setOf[key] = len(r.sets) - 1
	return r.setOf[key], nil
}

// Steady says whether the pages that were rendered show the same whenever the build runs: neither the time, nor data of other hosts.
func (r *Recorder) Steady() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.rendered, func(p Rendered) bool { return p.Timed || p.Asks || !p.Changes.IsZero() })
}

// Record gives what was noted, for the state of the site and the bundles that were made of it by a program.
func (r *Recorder) Record(state *State, bundles Bundles, selection site.Selection, program string) *Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Record{Version: recordVersion, Program: program, Selection: selection, State: state, Bundles: bundles, Rendered: r.rendered, Layouts: r.sets, Uses: r.uses}
}

// Save writes a record into a directory, which it makes.
func (r *Record) Save(dir string) error { return save(dir, RecordFile, r) }

// save writes a value into a file of a cache, with its hash. A file beside it keeps git from taking it for something of the site's.
func save(dir, name string, value any) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return err
	}
	w, sum := bufio.NewWriter(file), sha256.New()
	err = gob.NewEncoder(io.MultiWriter(w, sum)).Encode(value)
	w.Write(sum.Sum(nil)) // an error stays until Flush
	err = errors.Join(err, w.Flush(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// ErrNoRecord is what [Load] returns where no build of this version left a record.
var ErrNoRecord = errors.New("no build is remembered here")

// Load reads the record in a directory.
func Load(dir string) (*Record, error) {
	var r Record
	if err := load(dir, RecordFile, &r); err != nil {
		return nil, err
	}
	if !r.sound() {
		return nil, ErrNoRecord // it is of another version
	}
	return &r, nil
}

// load reads what save wrote. What is damaged is not there, as what another version wrote: the next build makes it anew.
func load(dir, name string, into any) error {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoRecord
	}
	if err != nil {
		return err
	}
	body := text[:max(0, len(text)-sha256.Size)]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], text[len(body):]) || gob.NewDecoder(bytes.NewReader(body)).Decode(into) != nil {
		return ErrNoRecord
	}
	return nil
}

// Asks says whether a page read data of other hosts, which may have changed though the site did not.
func (r *Record) Asks() bool {
	return slices.ContainsFunc(r.Rendered, func(p Rendered) bool { return p.Asks })
}

// sound says whether the parts of a record that was read fit together.
func (r *Record) sound() bool {
	return r.Version == recordVersion && r.State != nil && len(r.Rendered) == len(r.State.Pages) &&
		!slices.ContainsFunc(r.Rendered, func(p Rendered) bool {
			return p.Hash != 0 && (p.Layouts < 0 || p.Layouts >= len(r.Layouts) || p.Uses < 0 || p.Uses >= len(r.Uses))
		})
}
