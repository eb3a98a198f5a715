package isr

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMemoryHasALimit: what is read often stays, and all of it together stays below the limit.
func TestMemoryHasALimit(t *testing.T) {
	m := memory{limit: 100 * (1000 + overhead)}
	often := Key{Output: "often"}
	put := func(key Key) {
		m.put(key, someEntry(strings.Repeat("x", 1000), time.Now()), m.epoch(key))
	}
	put(often)
	for i := range 1000 {
		if m.get(often) == nil {
			t.Fatalf("what is read all the time went after %d others", i)
		}
		put(Key{Output: fmt.Sprint(i)})
		if size := m.size.Load(); size > m.limit {
			t.Fatalf("%d bytes, the limit is %d", size, m.limit)
		}
	}
	n := 0
	for range m.items.Range {
		n++
	}
	if n < 50 {
		t.Errorf("only %d entries of the 100 that fit", n)
	}
	m.put(Key{Output: "huge"}, someEntry(strings.Repeat("x", int(m.limit)), time.Now()), 0)
	if m.get(often) == nil {
		t.Error("an entry that does not fit drove the others out")
	}
}

// TestRegionAsksAgain: an entry that was read from the store before it changed, and is held after, must not pass for the new one.
func TestRegionAsksAgain(t *testing.T) {
	key, now := Key{Output: "a"}, time.Now()
	old, later := someEntry("old", now), someEntry("new", now.Add(time.Second))
	store := &brokenStore{}
	save(t, store, key, later)
	var r *region
	for name, change := range map[string]func(){"changed": func() { r.memory.changed(key) }, "allChanged": func() { r.memory.allChanged() }} {
		r = &region{store: store, memory: memory{limit: 1 << 20}}
		seen := r.memory.epoch(key)
		change()
		r.memory.put(key, old, seen)
		store.broken.Store(true)
		if entry, _, err := r.load(t.Context(), key); err != nil || string(entry.Body) != "old" {
			t.Errorf("%s, and no store to ask: %v, %v", name, entry, err)
		}
		store.broken.Store(false)
		if entry, _, err := r.load(t.Context(), key); err != nil || string(entry.Body) != "new" {
			t.Errorf("%s: %v, %v", name, entry, err)
		}
		r.memory.put(key, old, seen)
		if held := r.memory.get(key); string(held.entry.Body) != "new" {
			t.Errorf("%s: an older entry takes the place of a later one", name)
		}
	}
	store.entries.Delete(key) // somebody emptied the store
	r.memory.allChanged()
	if entry, _, err := r.load(t.Context(), key); err != nil || string(entry.Body) != "new" || load(t, store, key) == nil {
		t.Errorf("an entry that the store lost is not given back: %v, %v", entry, err)
	}
}

// TestMemoryIsExact: whatever happens at once, the size is that of what is there.
func TestMemoryIsExact(t *testing.T) {
	m := memory{limit: 50 * (100 + overhead)}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 2000 {
				key := Key{Output: fmt.Sprint((i*7 + worker) % 90)}
				switch i % 5 {
				case 0:
					m.forget(key)
				case 1:
					m.get(key)
				default:
					m.put(key, someEntry(strings.Repeat("x", i%200), time.Now()), m.epoch(key))
				}
			}
		})
	}
	all.Wait()
	want := int64(0)
	for _, found := range m.items.Range {
		want += found.(*item).size()
	}
	if got := m.size.Load(); got != want {
		t.Errorf("the size is %d, what is there takes %d", got, want)
	}
}
