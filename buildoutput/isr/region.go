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
	memory  memory
}

// load gives the entry of a key, nil for none, and whether the store was last asked for it long ago.
func (r *region) load(ctx context.Context, key Key) (entry *Entry, idle bool, err error) {
	if entry, idle = r.memory.get(key); entry != nil {
		return entry, idle && !entry.Fallback, nil
	}
	seen := r.memory.epoch(key)
	if err := pause(ctx, r.latency); err != nil {
		return nil, false, err
	}
	entry, err = r.store.Load(ctx, key)
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
type memory struct {
	limit  int64
	items  sync.Map // Key -> *item
	size   atomic.Int64
	epochs [256]atomic.Uint64
	making sync.Mutex // of room
}

type item struct {
	entry   *Entry
	read    atomic.Bool
	touched atomic.Int64 // Unix seconds
}

// overhead is what an entry takes besides its body, in bytes, as measured: key, headers, pointers.
const overhead = 1 << 10

func (i *item) size() int64 { return int64(len(i.entry.Body)) + overhead }

// get gives an entry, and whether the store was last asked for it long ago.
func (m *memory) get(key Key) (entry *Entry, idle bool) {
	found, ok := m.items.Load(key)
	if !ok {
		return nil, false
	}
	i := found.(*item)
	if !i.read.Load() { // a store to a shared cache line would be dear
		i.read.Store(true)
	}
	now := time.Now().Unix()
	touched := i.touched.Load()
	return i.entry, now-touched >= int64(touchAfter/time.Second) && i.touched.CompareAndSwap(touched, now)
}

var seed = maphash.MakeSeed()

func (m *memory) counter(key Key) *atomic.Uint64 {
	return &m.epochs[maphash.Comparable(seed, key)%uint64(len(m.epochs))]
}

// epoch changes whenever what a key stands for may have changed.
func (m *memory) epoch(key Key) uint64 { return m.counter(key).Load() }

// put keeps an entry that was read from the store when epoch gave seen, unless something changed in between: then the entry may
// be an old one, and nobody would say so again.
func (m *memory) put(key Key, entry *Entry, seen uint64) {
	added := &item{entry: entry}
	added.touched.Store(time.Now().Unix())
	if added.size() > m.limit {
		return
	}
	counter := m.counter(key)
	if counter.Load() != seen {
		return
	}
	if previous, replaced := m.items.Swap(key, added); replaced {
		m.size.Add(-previous.(*item).size())
	}
	m.size.Add(added.size())
	if counter.Load() != seen { // between the look and the swap
		m.remove(key, added)
	}
	m.makeRoom()
}

// drop forgets a key.
func (m *memory) drop(key Key) {
	m.counter(key).Add(1)
	if previous, ok := m.items.LoadAndDelete(key); ok {
		m.size.Add(-previous.(*item).size())
	}
}

// clear forgets everything.
func (m *memory) clear() {
	for i := range m.epochs {
		m.epochs[i].Add(1)
	}
	for key, found := range m.items.Range {
		m.remove(key.(Key), found.(*item))
	}
}

func (m *memory) remove(key Key, i *item) {
	if m.items.CompareAndDelete(key, i) {
		m.size.Add(-i.size())
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
			if i := found.(*item); !i.read.Swap(false) {
				m.remove(key.(Key), i)
			}
			if m.size.Load() <= m.limit {
				break
			}
		}
	}
}
