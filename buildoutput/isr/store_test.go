package isr

import (
	"context"
	"errors"
	"sync/atomic"
)

// brokenStore is a store in memory that can be told to fail.
type brokenStore struct {
	Memory
	broken  atomic.Bool
	outages atomic.Int32
}

func (s *brokenStore) Load(ctx context.Context, key Key) (*Entry, error) {
	if s.broken.Load() {
		return nil, errors.New("store: broken")
	}
	return s.Memory.Load(ctx, key)
}

func (s *brokenStore) Save(ctx context.Context, key Key, entry *Entry) (*Entry, error) {
	if s.broken.Load() {
		return nil, errors.New("store: broken")
	}
	return s.Memory.Save(ctx, key, entry)
}
