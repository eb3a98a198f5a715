package asset

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/isrgen/isrgen/generator/render"
)

// Files are what was published so far, by path below static/.
type Files map[string]File

// File is a published file.
type File struct {
	Sum   string
	store *Store
	made  *made // nil for one of a build before
}

// WriteTo writes the file.
func (f File) WriteTo(w io.Writer) (int64, error) {
	text, err := f.bytes()
	if err != nil {
		return 0, err
	}
	return bytes.NewReader(text).WriteTo(w)
}

func (f File) bytes() ([]byte, error) {
	if f.made != nil {
		return f.store.content(f.made)
	}
	text, ok := f.store.options.Cache.blob(f.Sum)
	if !ok {
		return nil, fmt.Errorf("what a build before this one published is gone from the cache while it was written")
	}
	return text, nil
}

// Published are the files that were published so far. Two of the same path with other bytes are a fault, which names the path.
func (s *Store) Published() (files Files, clashes []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files = Files{}
	for _, m := range s.made {
		if !m.sound() || !m.published {
			continue
		}
		if other, taken := files[m.asset.Path]; taken && other.Sum != m.asset.Sum {
			clashes = append(clashes, m.asset.Path)
		}
		files[m.asset.Path] = File{Sum: m.asset.Sum, store: s, made: m}
	}
	slices.Sort(clashes)
	return files, slices.Compact(clashes)
}

// Kept are files of builds before this one, by path: those of which the cache still has the bytes.
func (s *Store) Kept(sums map[string]string) Files {
	files := Files{}
	for name, sum := range sums {
		if _, ok := s.options.Cache.blob(sum); ok {
			files[name] = File{Sum: sum, store: s}
		}
	}
	return files
}

// Keep has the cache hold the bytes of a published file for builds to come.
func (s *Store) Keep(file File) error {
	if s.options.Cache.has(file.Sum) {
		return nil
	}
	text, err := file.bytes()
	if err == nil {
		s.options.Cache.putBlob(file.Sum, text)
	}
	return err
}

// Sums are the hashes of all files that were read or looked for so far, by path; empty for one that there is not.
func (s *Store) Sums() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.sums)
}

// Pack adds to a bundle what functions must know.
func (s *Store) Pack(w interface {
	Add(key string, value []byte) error
}) error {
	names, err := s.Names()
	if err != nil {
		return err
	}
	var failed error
	err = render.PackAssets(w, names, func(yield func(string, render.PackedAsset) bool) {
		for _, p := range s.packable() {
			packed := render.PackedAsset{Asset: *p.asset, Published: p.published}
			if p.read {
				if packed.Content, failed = s.content(p.made); failed != nil {
					return
				}
				packed.Content = append([]byte{}, packed.Content...) // and not nil
			}
			if !yield(p.key, packed) {
				return
			}
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

// packable is an operation as it is at the moment.
type packable struct {
	*made
	key             string
	published, read bool
}

// packable are the operations that were done, by key. Texts are left out that are read by pages alone: a function makes them itself.
func (s *Store) packable() []packable {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []packable
	for key, m := range s.made {
		if m.sound() && (m.op.Kind != render.OpText || m.published) {
			all = append(all, packable{m, key, m.published, m.read})
		}
	}
	slices.SortFunc(all, func(a, b packable) int { return cmp.Compare(a.key, b.key) })
	return all
}

// sound says whether the operation was done and went well. The caller holds the store's mutex.
func (m *made) sound() bool { return m.done && m.err == nil }

// Repeat does an operation that an earlier build did, for what it is used for.
func (s *Store) Repeat(op render.Operation, use render.Use) error {
	m := s.entry(op)
	if m.err != nil {
		return m.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.published = m.published || use&render.Published != 0
	m.read = m.read || use&render.ReadContent != 0
	return nil
}

// At is the file that was published at a path.
func (s *Store) At(path string) (File, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.made {
		if m.sound() && m.published && m.asset.Path == path {
			return File{Sum: m.asset.Sum, store: s, made: m}, true
		}
	}
	return File{}, false
}
