package isr

import (
	"context"
	"sync"
)

// Store keeps entries. A cache calls it from many goroutines at once.
type Store interface {
	// Load gives the entry of a key, nil for none.
	Load(ctx context.Context, key Key) (*Entry, error)

	// Save puts an entry in place of the key's previous one.
	Save(ctx context.Context, key Key, entry *Entry) error
}

// Memory is a [Store] that lasts as long as the process. Its zero value is empty and ready. It grows with the number of
// distinct keys.
type Memory struct {
	entries sync.Map // Key -> *Entry; reading takes no lock
}

// Load gives the entry of a key, nil for none. It never fails.
func (m *Memory) Load(_ context.Context, key Key) (*Entry, error) {
	if entry, ok := m.entries.Load(key); ok {
		return entry.(*Entry), nil
	}
	return nil, nil
}

// Save puts an entry in place of the key's previous one. It never fails.
func (m *Memory) Save(_ context.Context, key Key, entry *Entry) error {
	m.entries.Store(key, entry)
	return nil
}
