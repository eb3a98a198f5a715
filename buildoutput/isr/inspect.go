package isr

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Happening is what an [Event] is about.
type Happening string

// The happenings.
const (
	Rendered     Happening = "rendered"
	RenderFailed Happening = "failed"
	Purged       Happening = "purged"
)

// Event is one thing that happened to the entry of a key.
type Event struct {
	Time   time.Time
	What   Happening
	Key    Key
	Region string // whose visitor was the cause

	// Of a render: the response's status and size, how long it took, and the error if there was no response.
	Status, Bytes int
	Took          time.Duration
	Err           error
}

// Held is what a region has in its memory of one key.
type Held struct {
	Key   Key
	Entry *Entry

	// Status is what a visit would be answered with now: HIT, STALE, or REVALIDATED for one that was deleted. A region that would
	// ask the store first would answer with what that has, which is Entry then.
	Status Status
	Reason Reason
	Age    time.Duration

	// Expires is when the entry becomes stale by time; zero for never.
	Expires time.Time

	// Asks says that the region would ask the store first, because somebody may have saved another one.
	Asks bool
}

// heldTime is how long [Cache.Held] asks the store at most. What it did not get by then is as it is in the region's memory.
const heldTime = 500 * time.Millisecond

// Held lists what a region has in its memory, by output path and query.
func (c *Cache) Held(ctx context.Context, regionName string) []Held {
	i := slices.IndexFunc(c.regions, func(r *region) bool { return r.name == regionName })
	if i < 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, heldTime)
	defer cancel()
	var list []Held
	now := c.now()
	memory := &c.regions[i].memory
	for k, found := range memory.items.Range {
		key, i := k.(Key), found.(*item)
		asks := i.epoch != memory.epoch(key)
		entry := i.entry
		if asks && ctx.Err() == nil {
			if stored, err := c.store.Load(ctx, key); err != nil {
				cancel() // nor will it answer for the others
			} else if stored != nil {
				entry = stored
			}
		}
		list = append(list, held(key, entry, asks, now))
	}
	slices.SortFunc(list, func(a, b Held) int { return strings.Compare(a.Key.String(), b.Key.String()) })
	return list
}

func held(key Key, entry *Entry, asks bool, now time.Time) Held {
	h := Held{Key: key, Entry: entry, Age: now.Sub(entry.Generated), Asks: asks}
	switch {
	case entry.Deleted:
		h.Status = Revalidated
	case entry.fresh(now):
		h.Status = Hit
	default:
		h.Status, h.Reason = Stale, staleReason(entry)
	}
	if !entry.Lifetime.Never {
		h.Expires = entry.Generated.Add(seconds(entry.Lifetime.Seconds))
	}
	return h
}

// Regions are the names of the regions, in order, and whether they are down.
func (c *Cache) Regions() (names []string, down []bool) {
	for _, r := range c.regions {
		names, down = append(names, r.name), append(down, r.down.Load())
	}
	return names, down
}

// SetDown takes a region down, or up again. Its visitors are served by the next one meanwhile, and what it has is there when it
// is back, unless it has changed.
func (c *Cache) SetDown(regionName string, down bool) error {
	i := slices.IndexFunc(c.regions, func(r *region) bool { return r.name == regionName })
	if i < 0 {
		return fmt.Errorf("isr: there is no region %q", regionName)
	}
	c.regions[i].down.Store(down)
	return nil
}

// Busy reports whether a render is under way.
func (c *Cache) Busy() bool { return c.active.Load() > 0 }

// Renew makes a new entry of a key as a request with the token does, for whoever runs the cache. The key's output must be a
// prerender.
func (c *Cache) Renew(ctx context.Context, req *Request) (Result, error) {
	if c.rules[req.Key.Output] == nil {
		return Result{}, fmt.Errorf("isr: %q is not a prerender", req.Key.Output)
	}
	return c.revalidate(ctx, req)
}

// Purge makes the entry of a key stale in every region, or takes it away for good, so that the next visitor waits for a new one
// (REVALIDATED). It reports whether there was one.
//
// Source: the platform's documentation, "Cache status and reasons": after an invalidation STALE, after a deletion REVALIDATED.
func (c *Cache) Purge(ctx context.Context, key Key, forGood bool) (bool, error) {
	entry, err := c.store.Load(ctx, key)
	if err != nil || entry == nil || entry.Deleted {
		return false, err
	}
	purged := *entry
	purged.Invalidated, purged.Deleted, purged.Retry = true, forGood, time.Time{}
	if forGood {
		purged.Body = nil
	}
	c.save(&Request{Key: key}, &purged)
	c.observe(Event{Time: c.now(), What: Purged, Key: key})
	return true, nil
}
