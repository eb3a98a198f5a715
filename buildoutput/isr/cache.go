package isr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

var (
	// ErrMethod is the answer of [Cache.Get] to a method other than GET and HEAD: only those can be cached.
	ErrMethod = errors.New("isr: the method is neither GET nor HEAD")

	// ErrClosed is the failure of a render that a closed cache was asked for.
	ErrClosed = errors.New("isr: the cache is closed")
)

// Renderer makes responses. Its methods are called from many goroutines at once, but never for one key at a time.
type Renderer interface {
	// Render asks the function. The context ends when the cache must close, not when a visitor leaves. An error and a
	// status outside of the storable ones are a failed regeneration.
	Render(ctx context.Context, req *Request) (*Response, error)

	// Fallback gives the response that the build prepared for an output, nil for none.
	Fallback(output string) (*Response, error)
}

// Options says what a cache is for.
type Options struct {
	// Prerenders are the outputs which the cache serves.
	Prerenders map[string]*buildoutput.Prerender

	// Renderer is required.
	Renderer Renderer

	// Store is shared by all regions. Nil means a new [Memory].
	Store Store

	// Regions are the places that visitors come from, each with a memory of its own in front of the store. None means one
	// without a name.
	Regions []Region

	// Memory is how many bytes the entries in the memory of each region may take together. 0 means 256 MB.
	Memory int64

	// Started is when the deployment was first served: the age of the build's fallbacks counts from there. Zero means now.
	Started time.Time

	// Now is the clock by which entries age. Nil means the real one.
	Now func() time.Time

	// Observe is called with everything that happens to entries, from many goroutines at once. It must not call the cache.
	// Nil observes nothing.
	Observe func(Event)

	// Log gets what no visitor sees: failed regenerations and removed cookies. Nil discards it.
	Log *slog.Logger
}

// Region is a place that visitors come from.
type Region struct {
	Name string // such as "iad1"

	// Latency is how far away the store is.
	Latency time.Duration
}

// Cache is the ISR cache of one deployment. [New] makes it and [Cache.Close] ends it. A hit takes no lock.
type Cache struct {
	renderer Renderer
	store    *pending
	log      *slog.Logger
	now      func() time.Time
	observe  func(Event)
	started  time.Time
	rules    map[string]*rule
	regions  []*region // at least one
	unwatch  func()

	mu      sync.Mutex
	flights map[Key]*flight // at most one for each key
	closed  bool

	renders sync.WaitGroup
	active  atomic.Int64    // renders under way, with the renewal of their groups
	ctx     context.Context // ends when Close gives up waiting
	cancel  context.CancelFunc
}

// rule is a prerender config as the cache needs it.
type rule struct {
	config   *buildoutput.PrerenderConfig
	lifetime buildoutput.Expiration
	group    []string // the other members, sorted
}

// New makes a cache without entries.
func New(opts Options) *Cache {
	c := &Cache{
		renderer: opts.Renderer,
		log:      opts.Log,
		now:      opts.Now,
		observe:  opts.Observe,
		rules:    rules(opts.Prerenders),
		flights:  map[Key]*flight{},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.observe == nil {
		c.observe = func(Event) {}
	}
	c.started = opts.Started
	if c.started.IsZero() {
		c.started = c.now()
	}
	if opts.Store == nil {
		opts.Store = &Memory{}
	}
	c.store = &pending{Store: opts.Store, log: c.log}
	if len(opts.Regions) == 0 {
		opts.Regions = []Region{{}}
	}
	for _, r := range opts.Regions {
		c.regions = append(c.regions, &region{name: r.Name, latency: r.Latency, store: c.store,
			memory: memory{limit: cmp.Or(opts.Memory, defaultMemory)}})
	}
	c.unwatch = opts.Store.Watch(c.changed)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

const defaultMemory = 256 << 20

// changed lets every region know that somebody saved an entry: of a key, or of any.
func (c *Cache) changed(key *Key) {
	for _, r := range c.regions {
		if key == nil {
			r.memory.allChanged()
		} else {
			r.memory.changed(*key)
		}
	}
}

// region is the one of this name, else the first; while that is down, the next one that is not.
func (c *Cache) region(name string) *region {
	first := max(0, slices.IndexFunc(c.regions, func(r *region) bool { return r.name == name }))
	for i := range c.regions {
		if r := c.regions[(first+i)%len(c.regions)]; !r.down.Load() {
			return r
		}
	}
	return c.regions[first]
}

func rules(prerenders map[string]*buildoutput.Prerender) map[string]*rule {
	rules := make(map[string]*rule, len(prerenders))
	groups := map[int][]string{}
	for output, p := range prerenders {
		r := &rule{config: &p.Config, lifetime: buildoutput.Expiration{Never: true}}
		if p.Config.Expiration != nil {
			r.lifetime = *p.Config.Expiration
		}
		rules[output] = r
		if p.Config.Group != 0 {
			groups[p.Config.Group] = append(groups[p.Config.Group], output)
		}
	}
	for _, members := range groups {
		slices.Sort(members)
		for _, output := range members {
			rules[output].group = members
		}
	}
	return rules
}

// Result is the answer to a visit.
type Result struct {
	// Response is shared with the cache and must not be changed. It is nil if the render gave an error.
	Response *Response

	Status Status
	Reason Reason

	// Age is the time since the response was generated.
	Age time.Duration

	// Fallback says that the build made the response.
	Fallback bool
}

// Get answers a visit. The error is the render's, [ErrMethod], or the context's when the visitor left first.
//
// A response with a status that is not storable comes without an error: it is what the function said, with reason
// "error", and it was not stored.
func (c *Cache) Get(ctx context.Context, req *Request) (Result, error) {
	rule, ok := c.rules[req.Key.Output]
	if !ok {
		return Result{}, fmt.Errorf("isr: %q is not a prerender", req.Key.Output)
	}
	if reason := rule.bypass(req); reason != "" {
		resp, err := req.Direct(ctx)
		return Result{Response: resp, Status: Bypass, Reason: reason}, err
	}
	if req.Method != "" && req.Method != http.MethodGet && req.Method != http.MethodHead {
		return Result{}, ErrMethod
	}
	region := c.region(req.Region)
	entry, idle, err := region.load(ctx, req.Key)
	if err != nil {
		c.log.Warn("isr: store cannot be read", "key", req.Key, "err", err)
		return c.miss(ctx, req, Failed)
	}
	if idle {
		c.touch(req.Key)
	}
	now := c.now()
	switch {
	case rule.revalidates(req, entry):
		return c.revalidate(ctx, req)
	case entry == nil:
		return c.first(ctx, rule, req, region)
	case entry.Deleted:
		f, _ := c.share(req)
		return c.wait(ctx, f, Revalidated, "")
	case entry.fresh(now):
		return found(entry, Hit, "", now), nil
	case req.Fresh && entry.due(now):
		f, _ := c.share(req)
		return c.wait(ctx, f, Revalidated, "")
	case entry.expired(now, rule.config.StaleExpiration) && entry.due(now):
		return c.miss(ctx, req, Cold)
	}
	if entry.due(now) {
		c.share(req)
	}
	return found(entry, Stale, staleReason(entry), now), nil
}

// touch lets the store know that somebody wants an entry which a region has had in its memory for long.
func (c *Cache) touch(key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.renders.Go(func() { c.store.Load(c.ctx, key) })
	}
}

func found(entry *Entry, status Status, reason Reason, now time.Time) Result {
	return Result{
		Response: &entry.Response,
		Status:   status,
		Reason:   reason,
		Age:      max(0, now.Sub(entry.Generated)),
		Fallback: entry.Fallback,
	}
}

func staleReason(entry *Entry) Reason {
	switch {
	case !entry.Retry.IsZero():
		return StaleError
	case entry.Invalidated:
		return StaleTag
	}
	return StaleTime
}

// first answers a visit to a key without an entry: with the build's fallback if there is one, else with a render.
//
// A fallback with a lifetime is good for the time until the function has answered, one without until a token comes.
//
// Source: the platform's documentation, "Build Output API: Primitives", fallback; the example on-demand-isr.
func (c *Cache) first(ctx context.Context, rule *rule, req *Request, r *region) (Result, error) {
	entry := c.fallback(rule, req.Key.Output)
	if entry == nil {
		return c.miss(ctx, req, Cold)
	}
	now := c.now()
	if !entry.Lifetime.Never {
		c.share(req)
	} else if !r.memory.add(req.Key, entry) { // a HIT from the second visit on
		return found(entry, Hit, "", now), nil
	}
	return found(entry, Prerender, "", now), nil
}

// fallback makes an entry of the build's fallback, nil if there is none. It is not in the store: every key of the output
// begins with it.
func (c *Cache) fallback(rule *rule, output string) *Entry {
	resp, err := c.renderer.Fallback(output)
	if err != nil {
		c.log.Error("isr: fallback cannot be read", "output", output, "err", err)
		return nil
	}
	if resp == nil {
		return nil
	}
	entry := newEntry(resp, rule.lifetime, c.started, c.started)
	entry.Lifetime, entry.Fallback = rule.lifetime, true
	return entry
}

// miss waits for the render of a key, together with everybody else who does.
func (c *Cache) miss(ctx context.Context, req *Request, reason Reason) (Result, error) {
	f, started := c.share(req)
	if !started {
		reason = Collapsed
	}
	return c.wait(ctx, f, Miss, reason)
}

// revalidate waits for a render that begins no earlier than now.
func (c *Cache) revalidate(ctx context.Context, req *Request) (Result, error) {
	return c.wait(ctx, c.renew(req, c.now(), false), Revalidated, "")
}

// wait gives the outcome of a flight: with the status if it made an entry, else the entry that was kept, else the
// failure.
func (c *Cache) wait(ctx context.Context, f *flight, status Status, reason Reason) (Result, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return Result{Status: status, Reason: reason}, ctx.Err()
	}
	switch {
	case f.entry != nil:
		if status == Miss && !f.rendering {
			reason = Collapsed
		}
		return found(f.entry, status, reason, c.now()), nil
	case f.kept != nil:
		return found(f.kept, Stale, StaleError, c.now()), nil
	}
	return Result{Response: f.refused, Status: Miss, Reason: Failed}, f.err
}

// save stores an entry and lets every region know. The region that the page was rendered for has it at once, the others when
// they next ask the store.
func (c *Cache) save(req *Request, entry *Entry) {
	kept, err := c.store.Save(context.WithoutCancel(c.ctx), req.Key, entry)
	if err != nil {
		c.log.Error("isr: entry cannot be saved", "key", req.Key, "err", err)
		kept = entry
	}
	c.changed(&req.Key)
	r := c.region(req.Region)
	r.memory.put(req.Key, kept, r.memory.epoch(req.Key))
}

// Close waits for the renders under way; those asked for from now on fail with [ErrClosed]. When ctx ends first, their
// context is cancelled and Close waits for them to notice. The store stays open.
func (c *Cache) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.unwatch()

	done := make(chan struct{})
	go func() {
		c.renders.Wait()
		close(done)
	}()
	defer func() { <-done }()
	defer c.cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
