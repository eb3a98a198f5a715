package isr

import (
	"context"
	"fmt"
	"time"
)

// flight is one render of a key, under way or waiting for the one before it. [Cache.share] and [Cache.renew] make it.
// Cache.mu guards the fields up to next; the outcome may be read once done is closed.
type flight struct {
	req       *Request
	force     bool // render although the stored entry is fresh
	member    bool // renewed with its group, which is then not renewed again
	rendering bool // force is settled and began is set
	began     time.Time
	next      *flight

	done    chan struct{}
	entry   *Entry    // the entry that the flight made, or found made
	kept    *Entry    // after a failure: the previous entry
	refused *Response // after a failure: the response, if there was one
	err     error     // after a failure: the error, if there was one
}

// share gives the flight of a key. It starts one if there is none, for an entry that is missing or stale.
func (c *Cache) share(req *Request) (f *flight, started bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[req.Key]; f != nil {
		return f, false
	}
	f = &flight{req: req, done: make(chan struct{})}
	c.start(f)
	return f, true
}

// renew gives a flight whose render begins no earlier than since, whatever is stored.
func (c *Cache) renew(req *Request, since time.Time, member bool) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	running := c.flights[req.Key]
	switch {
	case running == nil:
		f := &flight{req: req, force: true, member: member, done: make(chan struct{})}
		c.start(f)
		return f
	case !running.rendering:
		running.force = true
	case running.began.Before(since):
		if running.next == nil {
			running.next = &flight{req: req, force: true, member: true, done: make(chan struct{})}
		}
		running = running.next
	}
	running.member = running.member && member
	return running
}

// start makes f the flight of its key. The caller holds c.mu.
func (c *Cache) start(f *flight) {
	if c.closed {
		f.err = ErrClosed
		delete(c.flights, f.req.Key)
		close(f.done)
		return
	}
	c.flights[f.req.Key] = f
	c.active.Add(1)
	c.renders.Go(func() {
		defer c.active.Add(-1)
		c.fly(f)
		if c.land(f) {
			c.renewGroup(f)
		}
	})
}

// fly renders and stores.
func (c *Cache) fly(f *flight) {
	key, rule := f.req.Key, c.rules[f.req.Key.Output]
	unlock := c.lock(key)
	defer unlock()
	previous, err := c.store.Load(c.ctx, key)
	if err != nil {
		c.log.Warn("isr: store cannot be read", "key", key, "err", err)
	}
	if !c.begin(f, previous) {
		return
	}
	resp, err := c.render(f.req)
	now := c.now()
	if err == nil && storable(resp.Status) {
		if resp.Header.Get("Set-Cookie") != "" {
			c.log.Warn("isr: the function of a cached page sent Set-Cookie, which is dropped", "key", key)
		}
		f.entry = newEntry(resp, rule.lifetime, f.began, now)
		c.save(f.req, f.entry)
		c.observe(f.event(Rendered, now))
		return
	}
	f.refused, f.err = resp, err
	c.observe(f.event(RenderFailed, now))
	c.log.Error("isr: regeneration failed", "key", key, "status", status(resp), "err", err)
	if previous == nil {
		previous = c.fallback(rule, key.Output)
	}
	if previous != nil && !previous.Deleted {
		f.kept = previous.failed(now)
		c.save(f.req, f.kept)
	}
}

// event describes the end of a render.
func (f *flight) event(what Happening, now time.Time) Event {
	e := Event{Time: now, What: what, Key: f.req.Key, Region: f.req.Region, Took: now.Sub(f.began), Err: f.err}
	switch {
	case f.entry != nil:
		e.Status, e.Bytes = f.entry.Status, len(f.entry.Body)
	case f.refused != nil:
		e.Status, e.Bytes = f.refused.Status, len(f.refused.Body)
	}
	return e
}

// LockTimeout is how long a render waits for one of another process. After it, both run: a page that is rendered twice is
// better than one which is not rendered.
//
// Source: the platform's article on cache stampedes, which gives it as an example.
const LockTimeout = 3 * time.Second

// lock waits for renders of a key by others that share the store.
func (c *Cache) lock(key Key) (unlock func()) {
	ctx, cancel := context.WithTimeout(c.ctx, LockTimeout)
	defer cancel()
	unlock, err := c.store.Lock(ctx, key)
	if err != nil {
		c.log.Warn("isr: rendering without a lock", "key", key, "err", err)
		return func() {}
	}
	return unlock
}

// begin settles whether f renders. It does not if another flight came between the visit's look at the store and this one,
// whose outcome is then f's.
func (c *Cache) begin(f *flight, previous *Entry) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if !f.force && previous != nil {
		if previous.fresh(now) {
			f.entry = previous
			return false
		}
		if !previous.due(now) {
			f.kept = previous
			return false
		}
	}
	f.began, f.rendering = now, true
	return true
}

// render asks the renderer, whose panic is an error.
func (c *Cache) render(req *Request) (resp *Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			resp, err = nil, fmt.Errorf("isr: render of %s panicked: %v", req.Key, v)
		}
	}()
	resp, err = c.renderer.Render(c.ctx, req)
	if err == nil && resp == nil {
		err = fmt.Errorf("isr: render of %s gave no response", req.Key)
	}
	return resp, err
}

// land tells those who wait, starts the flight that waits, and reports whether the group is to be renewed.
func (c *Cache) land(f *flight) (group bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(f.done)
	if f.next != nil {
		c.start(f.next)
	} else {
		delete(c.flights, f.req.Key)
	}
	return f.rendering && f.entry != nil && !f.member
}

// renewGroup renews the other members of a group after one of them was renewed, so that a page and its data agree.
//
// Source: the probes of the fixture 31-blocking-fallback: after a page was generated for the first time, the first request
// for its data is a HIT.
func (c *Cache) renewGroup(f *flight) {
	for _, output := range c.rules[f.req.Key.Output].group {
		if output == f.req.Key.Output {
			continue
		}
		if c.ctx.Err() != nil {
			return
		}
		key := f.req.Key
		key.Output = output
		if c.belongs(key, f.began) {
			<-c.renew(&Request{Key: key, Region: f.req.Region, Matches: f.req.Matches, Invocation: f.req.Invocation}, f.began, true).done
		}
	}
}

// belongs reports whether a member is to be renewed with its group, one of which was renewed by a render that began at
// since.
func (c *Cache) belongs(key Key, since time.Time) bool {
	allow := c.rules[key.Output].config.AllowQuery
	if AllowedQuery(key.Query, allow) != key.Query {
		return false
	}
	entry, err := c.store.Load(c.ctx, key)
	if err != nil {
		return true
	}
	if entry == nil {
		return key.Query != "" || len(allow) == 0
	}
	return entry.Began.Before(since)
}

func status(resp *Response) int {
	if resp == nil {
		return 0
	}
	return resp.Status
}
