package isr

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// region is the memory of one place in the world. It answers what it holds; the rest it asks the store for, which is the same
// for all regions.
type region struct {
	name    string
	latency time.Duration // of a question to the store
	store   Store
	down    atomic.Bool
	memory  memory
}

// load gives the entry of a key, nil for none, and whether the store was last asked for it long ago. An entry that may have
// changed is served all the same if the store cannot be asked, and given back to a store that has lost it.
func (r *region) load(ctx context.Context, key Key) (entry *Entry, idle bool, err error) {
	held := r.memory.get(key)
	seen := r.memory.epoch(key)
	if held != nil && held.epoch == seen {
		return held.entry, !held.entry.Fallback && held.idle(time.Now()), nil
	}
	if err := pause(ctx, r.latency); err != nil {
		return nil, false, err
	}
	entry, err = r.store.Load(ctx, key)
	switch {
	case held != nil && err != nil:
		return held.entry, false, nil
	case held != nil && entry == nil && !held.entry.Fallback:
		entry, err = r.store.Save(ctx, key, held.entry)
	case held != nil && entry == nil:
		entry = held.entry
	}
	if err == nil && entry != nil {
		r.memory.put(key, entry, seen)
	}
	return entry, false, err
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// touchAfter is how long a region answers from its memory before it lets the store know: far less than an idle entry stays in
// a store.
const touchAfter = 24 * time.Hour

// memory holds the entries of a region up to a number of bytes. Reading takes no lock. Room is made by the clock algorithm: what
// was not read since the hand last passed goes.
//
// That a key may have changed is known by its epoch: an item whose epoch is not the present one is only good where nothing better
// is to be had.
type memory struct {
	limit  int64
	items  sync.Map // Key -> *item
	size   atomic.Int64
	epochs [1 << 12]atomic.Uint64
	making sync.Mutex // of room
}

type item struct {
	entry   *Entry
	epoch   uint64
	read    atomic.Bool
	touched atomic.Int64 // Unix seconds
}

// overhead is what an entry takes besides its body, in bytes: key, headers, pointers.
const overhead = 1 << 10

func (i *item) size() int64 { return int64(len(i.entry.Body)) + overhead }

// idle reports whether the store was last asked for the entry long ago, to one caller.
func (i *item) idle(now time.Time) bool {
	touched := i.touched.Load()
	return now.Unix()-touched >= int64(touchAfter/time.Second) && i.touched.CompareAndSwap(touched, now.Unix())
}

// get gives what is held of a key, nil for nothing.
func (m *memory) get(key Key) *item {
	found, ok := m.items.Load(key)
	if !ok {
		return nil
	}
	i := found.(*item)
	if !i.read.Load() { // to write to a cache line that all cores read would be dear
		i.read.Store(true)
	}
	return i
}

var seed = maphash.MakeSeed()

func (m *memory) counter(key Key) *atomic.Uint64 {
	return &m.epochs[maphash.Comparable(seed, key)%uint64(len(m.epochs))]
}

// epoch changes whenever what a key stands for may have changed.
func (m *memory) epoch(key Key) uint64 { return m.counter(key).Load() }

// changed notes that a key may stand for something else now.
func (m *memory) changed(key Key) { m.counter(key).Add(1) }

// allChanged notes that of every key.
func (m *memory) allChanged() {
	for i := range m.epochs {
		m.epochs[i].Add(1)
	}
}

// put holds an entry as it was in the epoch seen, unless one of a later render is held.
func (m *memory) put(key Key, entry *Entry, seen uint64) {
	added := newItem(entry, seen)
	if added.size() > m.limit {
		m.forget(key)
		return
	}
	for {
		previous, held := m.items.LoadOrStore(key, added)
		if !held {
			break
		}
		if previous.(*item).entry.after(entry) {
			return
		}
		if m.items.CompareAndSwap(key, previous, added) {
			m.size.Add(-previous.(*item).size())
			break
		}
	}
	m.size.Add(added.size())
	m.makeRoom()
}

// add holds an entry unless there is one, and reports whether it does.
func (m *memory) add(key Key, entry *Entry) bool {
	added := newItem(entry, m.epoch(key))
	if _, taken := m.items.LoadOrStore(key, added); taken {
		return false
	}
	m.size.Add(added.size())
	m.makeRoom()
	return true
}

func newItem(entry *Entry, epoch uint64) *item {
	i := &item{entry: entry, epoch: epoch}
	i.touched.Store(time.Now().Unix())
	return i
}

func (m *memory) forget(key Key) {
	if previous, ok := m.items.LoadAndDelete(key); ok {
		m.size.Add(-previous.(*item).size())
	}
}

// makeRoom forgets entries until the rest fits.
func (m *memory) makeRoom() {
	if m.size.Load() <= m.limit || !m.making.TryLock() {
		return
	}
	defer m.making.Unlock()
	for round := 0; round < 2 && m.size.Load() > m.limit; round++ {
		for key, found := range m.items.Range {
			if i := found.(*item); !i.read.Swap(false) && m.items.CompareAndDelete(key, i) {
				m.size.Add(-i.size())
			}
			if m.size.Load() <= m.limit {
				break
			}
		}
	}
}
