package isr

import (
	"context"
	"sync"
)

// Store keeps the entries of all regions, and of all caches that share it. It is called from many goroutines at once.
type Store interface {
	// Load gives the entry of a key, nil for none. Nobody changes it.
	Load(ctx context.Context, key Key) (*Entry, error)

	// Save puts an entry in place of the key's previous one, unless that is of a later render. It gives the one that is
	// kept.
	Save(ctx context.Context, key Key, entry *Entry) (kept *Entry, err error)

	// Lock waits until nobody else renders the page of a key, or until ctx ends. A store that only one cache uses has
	// nothing to wait for: a cache itself renders a key once at a time.
	Lock(ctx context.Context, key Key) (unlock func(), err error)

	// Watch calls changed whenever a cache of another process may have saved an entry, with nil when that may be true of
	// any, until stop is called. Changes count from Watch on.
	Watch(changed func(key *Key)) (stop func())

	// Close frees what the store has. Whoever opened the store calls it, when no cache uses it any more.
	Close() error
}

// Memory is a [Store] for one cache that lasts as long as the process. Its zero value is empty and ready. It grows with the
// number of distinct keys.
type Memory struct {
	mu      sync.Mutex // of saving
	entries sync.Map   // Key -> *Entry; reading takes no lock
}

// Load gives the entry of a key, nil for none. It never fails.
func (m *Memory) Load(_ context.Context, key Key) (*Entry, error) {
	if entry, ok := m.entries.Load(key); ok {
		return entry.(*Entry), nil
	}
	return nil, nil
}

// Save keeps the later of the entry and what is there. It never fails.
func (m *Memory) Save(ctx context.Context, key Key, entry *Entry) (*Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if previous, _ := m.Load(ctx, key); previous != nil && previous.after(entry) {
		return previous, nil
	}
	m.entries.Store(key, entry)
	return entry, nil
}

// Lock has nothing to wait for.
func (m *Memory) Lock(context.Context, Key) (unlock func(), err error) { return func() {}, nil }

// Watch never calls: there is no other cache.
func (m *Memory) Watch(func(*Key)) (stop func()) { return func() {} }

// Close does nothing.
func (m *Memory) Close() error { return nil }
