package isr

import (
	"context"
	"log/slog"
	"sync"
)

// pending is a store that does not lose what could not be saved: it keeps the entry until the store can be reached again.
// While entries wait they are what Load gives.
type pending struct {
	Store
	log *slog.Logger

	mu      sync.Mutex
	waiting map[Key]*Entry
	trying  bool // somebody is at it
}

// Load gives the entry that waits for a key, else the store's.
func (p *pending) Load(ctx context.Context, key Key) (*Entry, error) {
	p.mu.Lock()
	entry := p.waiting[key]
	p.mu.Unlock()
	if entry != nil {
		p.retry(ctx)
		return entry, nil
	}
	entry, err := p.Store.Load(ctx, key)
	if err == nil {
		p.retry(ctx)
	}
	return entry, err
}

// Save saves now or later. It never fails.
func (p *pending) Save(ctx context.Context, key Key, entry *Entry) (*Entry, error) {
	kept, err := p.Store.Save(ctx, key, entry)
	if err == nil {
		p.forget(key, entry)
		p.retry(ctx)
		return kept, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = map[Key]*Entry{}
	}
	if len(p.waiting) == 0 {
		p.log.Error("isr: the store cannot be reached: entries are kept in memory until it can", "key", key, "err", err)
	}
	p.waiting[key] = entry
	return entry, nil
}

// forget drops what waits for a key unless it is of a later render than entry.
func (p *pending) forget(key Key, entry *Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if waiting := p.waiting[key]; waiting != nil && !waiting.after(entry) {
		delete(p.waiting, key)
	}
}

// retry saves what waits. It stops at the first failure, and is left to one caller at a time.
func (p *pending) retry(ctx context.Context) {
	p.mu.Lock()
	if p.trying || len(p.waiting) == 0 {
		p.mu.Unlock()
		return
	}
	p.trying = true
	batch := make(map[Key]*Entry, len(p.waiting))
	for key, entry := range p.waiting {
		batch[key] = entry
	}
	p.mu.Unlock()
	saved := 0
	for key, entry := range batch {
		if _, err := p.Store.Save(ctx, key, entry); err != nil {
			break
		}
		p.forget(key, entry)
		saved++
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trying = false
	if saved > 0 && len(p.waiting) == 0 {
		p.log.Info("isr: the store can be reached again", "saved", saved)
	}
}
