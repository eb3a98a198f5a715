package dependency

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Fingerprint is what the files and links of a directory are known again by without reading them: their names and identities. The few
// files that were too new to have one are read.
type Fingerprint struct {
	Sum  [4]uint64 // of the hashes of all files and links, in any order
	Read []string  // the files that are known by their content, sorted
}

// TakeFingerprint takes the fingerprint of a directory. Directories for whose path skip is true are left out; nil is for none. The files
// that are named are read, and known by their content. It is nil where files have no identities.
func TakeFingerprint(dir string, skip func(name string) bool, read []string) (*Fingerprint, error) {
	t := newTaking(dir, read)
	t.skip = skip
	err := t.walk("")
	return t.end(err)
}

// FingerprintOf is [TakeFingerprint] of a directory of which is known what is in it: files and links.
func FingerprintOf(dir string, files, links, read []string) (*Fingerprint, error) {
	t := newTaking(dir, read)
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		t.group.Go(func() error {
			for i := core; i < len(files); i += cores {
				if err := t.entry(files[i], 0); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var err error
	for _, name := range links {
		err = errors.Join(err, t.entry(name, fs.ModeSymlink))
	}
	return t.end(err)
}

func newTaking(dir string, read []string) *taking {
	t := &taking{dir: dir, read: map[string]bool{}}
	for _, name := range read {
		t.read[name] = true
	}
	t.group.SetLimit(runtime.GOMAXPROCS(0))
	return t
}

// end waits for all cores.
func (t *taking) end(err error) (*Fingerprint, error) {
	if err = errors.Join(err, t.group.Wait()); err != nil || t.unknown {
		return nil, err
	}
	slices.Sort(t.print.Read)
	return &t.print, nil
}

// taking is a fingerprint being taken.
type taking struct {
	dir   string
	skip  func(name string) bool
	read  map[string]bool
	group errgroup.Group

	mu      sync.Mutex
	print   Fingerprint
	unknown bool // there are no identities
}

// walk takes down what is below a directory. Other cores take directories in it where some are idle.
func (t *taking) walk(name string) error {
	dir, err := os.Open(filepath.Join(t.dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	entries, err := dir.ReadDir(-1)
	if closed := dir.Close(); err == nil {
		err = closed
	}
	for _, entry := range entries {
		below := path.Join(name, entry.Name())
		if err != nil || entry.IsDir() && t.skip != nil && t.skip(below) {
			continue
		}
		err = t.entry(below, entry.Type())
		if err == nil && entry.IsDir() && !t.group.TryGo(func() error { return t.walk(below) }) {
			err = t.walk(below)
		}
	}
	return err
}

func (t *taking) entry(name string, kind fs.FileMode) error {
	full := filepath.Join(t.dir, filepath.FromSlash(name))
	facts := []byte(kind.String() + name + "\x00")
	var err error
	switch {
	case kind.IsDir():
		return nil
	case kind&fs.ModeSymlink != 0:
		var target string
		target, err = os.Readlink(full)
		facts = append(facts, target...)
		if info, gone := os.Stat(full); gone == nil && info.Mode().IsRegular() { // it may be where nobody looks else
			if full, err = filepath.EvalSymlinks(full); err == nil {
				facts, err = t.file(full, name, facts)
			}
		}
	case kind.IsRegular():
		facts, err = t.file(full, name, facts)
	}
	sum := sha256.Sum256(facts)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.print.Sum {
		t.print.Sum[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
	return err
}

// file adds what a file is known by.
func (t *taking) file(full, name string, facts []byte) ([]byte, error) {
	if !t.read[name] {
		id := Identify(full)
		if id != (Identity{}) {
			return binary.Append(facts, binary.LittleEndian, id)
		}
		if identify(full) == (Identity{}) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.unknown = true
			return facts, nil
		}
	}
	text, err := os.ReadFile(full)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.print.Read = append(t.print.Read, name)
	sum := sha256.Sum256(text)
	return append(append(facts, "read"...), sum[:]...), err
}
