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
const recordVersion = 5

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

	// Bundle is the file of the build's function, which can still render the deferred pages as they were.
	Bundle Bundle

	// Rendered has an element for each page of the state; that of a deferred page is empty.
	Rendered []Rendered

	// Layouts are the sets of layouts that the pages use, Uses what they do with files; the first of these is nothing.
	Layouts [][]string
	Uses    []Uses

	// BrokenLinks are what was said of links.
	BrokenLinks []diagnostic.Diagnostic

	// Published are the files that layouts made, by path below static/, with the hashes of their bytes; sorted by name.
	Published []Named
}

// Bundle is the bundle of a build's function. The next build replaces it, so that it is known again by size and time.
type Bundle struct {
	File string // empty for none
	Size int64
	Time time.Time
}

// NewBundle takes down a bundle. A site whose pages are all static has none.
func NewBundle(file string) Bundle {
	file, err := filepath.Abs(file)
	if err != nil {
		return Bundle{}
	}
	info, err := os.Stat(file)
	if err != nil {
		return Bundle{}
	}
	return Bundle{file, info.Size(), info.ModTime()}
}

// Open opens the bundle if it is still that of the build. The renderer is good until the file is closed.
func (b Bundle) Open() (file *os.File, s *site.Site, renderer *render.Renderer, err error) {
	now := NewBundle(b.File)
	if b.File == "" || now.Size != b.Size || !now.Time.Equal(b.Time) {
		return nil, nil, nil, ErrNoRecord
	}
	if file, err = os.Open(b.File); err != nil {
		return nil, nil, nil, err
	}
	bundle, err := content.OpenBundle(file, b.Size)
	if err == nil {
		s, err = site.Open(bundle)
	}
	var layouts render.Layouts
	if err == nil {
		layouts, err = render.OpenLayouts(bundle)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, file.Close())
	}
	renderer = render.New(s, layouts)
	renderer.Assets = render.OpenAssets(bundle)
	return file, s, renderer, nil
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
	outline  *State

	mu       sync.Mutex
	rendered []Rendered
	sets     [][]string
	setOf    map[string]int // by the layout that leads to them
	uses     []Uses
	usesOf   map[string]int // by their key
}

// NewRecorder makes a recorder for the pages of a site.
func NewRecorder(s *site.Site, renderer *render.Renderer) *Recorder {
	return &Recorder{site: s, renderer: renderer, outline: outline(s), rendered: make([]Rendered, len(s.Pages)), setOf: map[string]int{},
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
	reads := watch.facts(r.outline)
	r.mu.Lock()
	defer r.mu.Unlock()
	set, err := r.layouts(page)
	r.rendered[r.outline.find(page.Path)] = Rendered{Hash: hash(response.Body), Reads: reads, Layouts: set, Uses: r.intern(used.uses()), Asks: asks || used != nil && used.asks,
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

// Record gives what was noted, for the state of the site and the bundle that was made of it by a program.
func (r *Recorder) Record(state *State, bundle Bundle, selection site.Selection, program string) *Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Record{Version: recordVersion, Program: program, Selection: selection, State: state, Bundle: bundle, Rendered: r.rendered, Layouts: r.sets, Uses: r.uses}
}

// Save writes a record into a directory, which it makes. A file beside it keeps git from taking it for something of the site's.
func (r *Record) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "."+RecordFile+"-*")
	if err != nil {
		return err
	}
	w, sum := bufio.NewWriter(file), sha256.New()
	err = gob.NewEncoder(io.MultiWriter(w, sum)).Encode(r)
	w.Write(sum.Sum(nil)) // an error stays until Flush
	err = errors.Join(err, w.Flush(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, RecordFile))
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
	text, err := os.ReadFile(filepath.Join(dir, RecordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoRecord
	}
	if err != nil {
		return nil, err
	}
	body := text[:max(0, len(text)-sha256.Size)]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], text[len(body):]) {
		return nil, ErrNoRecord // it is damaged, and the next build makes a new one
	}
	var r Record
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(&r); err != nil || !r.sound() {
		return nil, ErrNoRecord // it is of another version
	}
	return &r, nil
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
