package isr

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// IdleRetention is how long an entry that nobody asks for is kept.
//
// Source: the platform's documentation, "Incremental Static Regeneration", on storage.
const IdleRetention = 31 * 24 * time.Hour

// ErrInUse says that another process has the store's directory.
var ErrInUse = errors.New("another process uses it")

// Disk is a [Store] in a directory, for the caches of one process. [OpenDisk] makes it, [Disk.Close] ends it.
//
// Each entry is a file below the directory of its deployment. A file appears whole or not at all, whenever the process is
// killed; one that was damaged since, as its checksum tells, is as good as none. A file's modification time is when somebody
// last wanted the entry, to the day.
type Disk struct {
	dir  string
	max  int64
	lock *flock.Flock

	saving [64]sync.Mutex // by the first byte of a file's name

	stop    chan struct{}
	sweeper sync.WaitGroup
	ended   sync.Once
}

const (
	entrySuffix = ".entry"
	tempPrefix  = ".new-"
)

// OpenDisk opens the store in a directory, which is made if it is missing. When its entries take more than maxBytes, those
// that were not wanted for longest are removed; 0 means 10 GB. The error is [ErrInUse] while another process has it open.
func OpenDisk(dir string, maxBytes int64) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d := &Disk{dir: dir, max: cmp.Or(maxBytes, 10<<30), lock: flock.New(filepath.Join(dir, "lock")), stop: make(chan struct{})}
	switch locked, err := d.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("the store's lock: %w", err)
	case !locked:
		return nil, fmt.Errorf("the store in %s: %w", dir, ErrInUse)
	}
	d.sweep(true)
	d.sweeper.Go(func() {
		daily := time.NewTicker(24 * time.Hour)
		defer daily.Stop()
		for {
			select {
			case <-daily.C:
				d.sweep(false)
			case <-d.stop:
				return
			}
		}
	})
	return d, nil
}

// file is where a key's entry is.
func (d *Disk) file(key Key) string {
	sum := sha256.Sum256([]byte(key.Domain + "\x00" + key.Output + "\x00" + key.Query))
	name := hex.EncodeToString(sum[:])
	return filepath.Join(d.dir, directory(key.Deployment), name[:2], name[2:]+entrySuffix)
}

// directory is the name of a deployment's directory: its id, if that can be a name.
func directory(deployment string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	if deployment != "" && len(deployment) <= 64 && strings.TrimFunc(deployment, plain) == "" {
		return "d-" + deployment
	}
	sum := sha256.Sum256([]byte(deployment))
	return "h-" + hex.EncodeToString(sum[:16])
}

// Load reads the entry of a key, nil for none. A damaged file is removed.
func (d *Disk) Load(_ context.Context, key Key) (*Entry, error) {
	name := d.file(key)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	stored, entry, err := DecodeEntry(text)
	if err != nil || stored != key {
		return nil, d.remove(name)
	}
	d.wanted(name)
	return entry, nil
}

func (d *Disk) remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// wanted notes that somebody wants an entry, once a day.
func (d *Disk) wanted(name string) {
	now := time.Now()
	if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > touchAfter {
		os.Chtimes(name, now, now) // if that fails the entry is kept for less long
	}
}

// Save writes an entry unless one of a later render is there.
func (d *Disk) Save(ctx context.Context, key Key, entry *Entry) (*Entry, error) {
	name := d.file(key)
	mu := &d.saving[sha256.Sum256([]byte(name))[0]%byte(len(d.saving))]
	mu.Lock()
	defer mu.Unlock()
	previous, err := d.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	if previous != nil && previous.after(entry) {
		return previous, nil
	}
	text, err := EncodeEntry(key, entry)
	if err != nil {
		return nil, err
	}
	return entry, write(name, text)
}

// write makes a file appear with all of its content. What a killed process leaves is swept away later.
func write(name string, text []byte) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, tempPrefix)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		f, err = os.CreateTemp(dir, tempPrefix)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		now := time.Now()
		err = os.Chtimes(f.Name(), now, now)
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Lock has nothing to wait for: the directory belongs to one process.
func (d *Disk) Lock(context.Context, Key) (unlock func(), err error) { return func() {}, nil }

// Watch never calls: the caches of this process are told by each other.
func (d *Disk) Watch(func(*Key)) (stop func()) { return func() {} }

// Close waits for a sweep under way and gives the directory free.
func (d *Disk) Close() error {
	var err error
	d.ended.Do(func() {
		close(d.stop)
		d.sweeper.Wait()
		err = d.lock.Unlock()
	})
	return err
}

type storedFile struct {
	name   string
	size   int64
	wanted time.Time
}

// sweep removes the entries that nobody has wanted for [IdleRetention], and then as many as are over the limit, the least
// recently wanted first. When the store is opened it also removes what a killed process was writing.
func (d *Disk) sweep(opened bool) {
	var files []storedFile
	total := int64(0)
	now := time.Now()
	filepath.WalkDir(d.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read now may be at the next sweep
		}
		info, err := entry.Info()
		switch {
		case err != nil:
		case strings.HasPrefix(entry.Name(), tempPrefix) && opened, strings.HasSuffix(name, entrySuffix) && now.Sub(info.ModTime()) >= IdleRetention:
			os.Remove(name)
		case strings.HasSuffix(name, entrySuffix):
			files = append(files, storedFile{name, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	if total <= d.max {
		return
	}
	slices.SortFunc(files, func(a, b storedFile) int { return a.wanted.Compare(b.wanted) })
	for _, file := range files {
		if total <= d.max {
			return
		}
		if os.Remove(file.name) == nil {
			total -= file.size
		}
	}
}
