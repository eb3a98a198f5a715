// Package asset does what templates ask for with the files in assets/ and beside pages: it bundles scripts and style sheets, minifies,
// fingerprints, and scales images. What comes of an operation depends on the operation and on the bytes of the files that go into it, so
// that results are kept between builds by these. Functions link none of it: they know what a build did by the records in their bundle.
package asset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/isrgen/isrgen/buildoutput/images"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
)

// Options say what a store works on.
type Options struct {
	// Context ends the programs that a store starts, and what waits; nil is one that never ends.
	Context context.Context

	// Site is the site's directory as the system knows it, in which node_modules is looked for.
	Site string

	// Files are the files of the site.
	Files fs.FS

	// Beside gives the file, by its path in the site, that is published at an address beside a page.
	Beside func(address string) (name string, ok bool)

	// Remote gives what is at an address on the network, nil for nothing.
	Remote func(ctx context.Context, address string) ([]byte, error)

	// Cache keeps results; nil keeps them as long as the store.
	Cache *Cache
}

// Store does the operations of one version of a site, each once. It implements [render.Assets], and may be used by several goroutines.
type Store struct {
	katex   katex
	options Options
	pixels  *semaphore.Weighted // that may be decoded at once

	mu    sync.Mutex
	made  map[string]*made  // by the key of the operation
	sums  map[string]string // of files, empty for none
	names func() ([]string, error)
}

// made is what came of an operation, once it is done.
type made struct {
	op    render.Operation
	once  sync.Once
	asset *render.Asset
	file  string // of the site, whose bytes it has
	err   error

	// Guarded by the store's mutex. Who has not done the operation himself looks at the rest only when it is done.
	done, published, read bool
}

// result is what an operation makes.
type result struct {
	asset   *render.Asset
	content []byte
	reads   map[string]string // files besides the inputs, with their sums
}

// New makes a store. It reads nothing before it is asked.
func New(o Options) *Store {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Cache == nil {
		o.Cache = NewCache("")
	}
	s := &Store{options: o, pixels: semaphore.NewWeighted(mostPixels), made: map[string]*made{}, sums: map[string]string{}}
	s.names = sync.OnceValues(func() ([]string, error) {
		var diags diagnostic.List // what is wrong with a file shows when somebody reads it
		return content.Files(o.Files, render.AssetsDir, &diags)
	})
	return s
}

// Names are the paths of the files in assets/, sorted.
func (s *Store) Names() ([]string, error) { return s.names() }

// Make does an operation, or knows what came of it.
func (s *Store) Make(op render.Operation) (*render.Asset, error) {
	m := s.entry(op)
	return m.asset, m.err
}

func (s *Store) entry(op render.Operation) *made {
	key := op.Key()
	s.mu.Lock()
	m := s.made[key]
	if m == nil {
		m = &made{op: op}
		s.made[key] = m
	}
	s.mu.Unlock()
	m.once.Do(func() {
		s.do(m)
		s.mu.Lock()
		defer s.mu.Unlock()
		m.done = true
	})
	return m
}

// Use gives the bytes of what came of an operation, or publishes it.
func (s *Store) Use(op render.Operation, use render.Use) ([]byte, error) {
	m := s.entry(op)
	if m.err != nil {
		return nil, m.err
	}
	s.mu.Lock()
	m.published = m.published || use&render.Published != 0
	m.read = m.read || use&render.ReadContent != 0
	s.mu.Unlock()
	if use&render.ReadContent == 0 {
		return nil, nil
	}
	return s.content(m)
}

// content reads what came of an operation. Results are in the cache and not in memory; a damaged one is made again.
func (s *Store) content(m *made) ([]byte, error) {
	if m.file != "" {
		return fs.ReadFile(s.options.Files, m.file)
	}
	if text, ok := s.options.Cache.blob(m.asset.Sum); ok {
		return text, nil
	}
	if m.op.Kind == render.OpRemote {
		return nil, fmt.Errorf("what was fetched from %s is gone from the cache: build again", m.op.Name)
	}
	made, err := s.perform(m.op)
	if err != nil {
		return nil, err
	}
	s.options.Cache.putBlob(m.asset.Sum, made.content)
	return made.content, nil
}

// do does an operation, or takes what came of it from the cache.
func (s *Store) do(m *made) {
	switch m.op.Kind {
	case render.OpFile:
		m.asset, m.file, m.err = s.file(m.op)
		return
	case render.OpRemote:
		m.asset, m.err = s.remote(m.op)
		return
	}
	inputs, err := s.inputs(m.op)
	if err != nil {
		m.err = err
		return
	}
	key := cacheKey(m.op, inputs)
	if entry, ok := s.options.Cache.get(key); ok && s.same(entry.Reads) {
		m.asset = &entry.Asset
		m.asset.Reads = reads(inputs, entry.Reads)
		return
	}
	done, err := s.perform(m.op)
	if err != nil {
		m.err = err
		return
	}
	m.asset = done.asset
	m.asset.Sum = render.Sum(done.content)
	s.options.Cache.put(key, &cached{Asset: *m.asset, Reads: done.reads}, done.content)
	m.asset.Reads = reads(inputs, done.reads)
}

// perform does an operation on the bytes of its inputs.
func (s *Store) perform(op render.Operation) (*result, error) {
	if op.Kind == render.OpMath {
		return s.math(op)
	}
	inputs, err := s.inputs(op)
	if err != nil {
		return nil, err
	}
	assets, contents := make([]*render.Asset, len(inputs)), make([][]byte, len(inputs))
	for i, input := range inputs {
		assets[i] = input.asset
		if contents[i], err = s.content(input); err != nil {
			return nil, err
		}
	}
	if asset, text, ok, err := render.MakeSmall(op, assets, contents); ok {
		return &result{asset: asset, content: text}, err
	}
	if len(inputs) != 1 {
		return nil, fmt.Errorf("%s has %d inputs", op.Kind, len(inputs))
	}
	switch op.Kind {
	case render.OpMinify:
		return minified(assets[0], contents[0])
	case render.OpScript, render.OpStyle:
		return s.bundle(op, inputs[0], contents[0])
	case render.OpSass:
		return s.sass(op, inputs[0], contents[0])
	case render.OpExif:
		text, err := json.Marshal(images.ReadExif(contents[0]))
		return &result{asset: &render.Asset{Path: assets[0].Path + ".json", MediaType: "application/json"}, content: text}, err
	case render.OpImage:
		return s.image(op, inputs[0], contents[0])
	}
	return nil, fmt.Errorf("there is no operation %s", op.Kind)
}

// inputs are what an operation works on, which was made before.
func (s *Store) inputs(op render.Operation) ([]*made, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inputs := make([]*made, len(op.Inputs))
	for i, key := range op.Inputs {
		m := s.made[key]
		if m == nil || !m.done || m.asset == nil || m.asset.Path == "" {
			return nil, fmt.Errorf("%s works on what was not made", op.Kind)
		}
		inputs[i] = m
	}
	return inputs, nil
}

// reads are the files that went into a result, sorted.
func reads(inputs []*made, more map[string]string) []string {
	var all []string
	for _, input := range inputs {
		all = append(all, input.asset.Reads...)
	}
	for name := range more {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// file describes a file of the site. One that there is not has no path.
func (s *Store) file(op render.Operation) (*render.Asset, string, error) {
	name, published := op.Name, strings.TrimPrefix(op.Name, render.AssetsDir+"/")
	if address, ok := strings.CutPrefix(op.Name, "/"); ok {
		if name, ok = s.options.Beside(address); !ok {
			return nil, "", fmt.Errorf("%s is no file beside a page", op.Name)
		}
		published = address
	}
	asset := &render.Asset{Reads: []string{name}}
	text, err := s.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.note(name, "")
		return asset, "", nil
	case err != nil:
		d := content.Unreadable(name, err)
		return nil, "", &render.Error{File: d.File, Message: d.Message, Advice: d.Advice}
	}
	asset.Path, asset.MediaType, asset.Sum = published, render.MediaTypeOf(name), render.Sum(text)
	if header, err := images.ReadHeader(text); err == nil && strings.HasPrefix(asset.MediaType, "image/") {
		asset.Width, asset.Height = header.Width, header.Height
	}
	s.note(name, asset.Sum)
	return asset, name, nil
}

// read reads a file of the site; a directory, or what is not meant to be read, is as if it were not there.
func (s *Store) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) || hidden(name) {
		return nil, fs.ErrNotExist
	}
	info, err := fs.Stat(s.options.Files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(s.options.Files, name)
}

// hidden says whether a part of a path is hidden, as what package content leaves out.
func hidden(name string) bool {
	if strings.HasPrefix(name, "node_modules/") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != ".well-known" {
			return true
		}
	}
	return path.Clean(name) != name
}

func (s *Store) note(name, sum string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sums[name] = sum
}

// Sum is the hash of a file of the site, empty for one that there is not or that cannot be read. Each is read once.
func (s *Store) Sum(name string) string {
	s.mu.Lock()
	sum, known := s.sums[name]
	s.mu.Unlock()
	if known {
		return sum
	}
	if text, err := s.read(name); err == nil {
		sum = render.Sum(text)
	}
	s.note(name, sum)
	return sum
}

// same says whether files are what they were.
func (s *Store) same(reads map[string]string) bool {
	for name, sum := range reads {
		if s.Sum(name) != sum {
			return false
		}
	}
	return true
}
