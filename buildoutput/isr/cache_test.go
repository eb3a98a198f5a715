package isr

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// pages makes prerenders that expire after some seconds.
func pages(seconds int, outputs ...string) map[string]*buildoutput.Prerender {
	m := map[string]*buildoutput.Prerender{}
	for _, output := range outputs {
		m[output] = &buildoutput.Prerender{Config: buildoutput.PrerenderConfig{
			Expiration:  &buildoutput.Expiration{Seconds: seconds},
			BypassToken: token,
		}}
	}
	return m
}

// renderFunc is a [Renderer] without fallbacks.
type renderFunc func(ctx context.Context, req *Request) (*Response, error)

func (f renderFunc) Render(ctx context.Context, req *Request) (*Response, error) { return f(ctx, req) }

func (f renderFunc) Fallback(string) (*Response, error) { return nil, nil }

func get(output string) *Request { return &Request{Key: Key{Output: output}} }

func TestHitAllocatesLittle(t *testing.T) {
	c := New(Options{Prerenders: pages(60, "a"), Renderer: renderFunc(func(context.Context, *Request) (*Response, error) {
		return &Response{Status: 200}, nil
	})})
	defer c.Close(t.Context())
	req := get("a")
	hit := func() {
		if _, err := c.Get(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	hit()
	if n := testing.AllocsPerRun(100, hit); n > 2 {
		t.Errorf("a hit allocates %v times", n)
	}
}

func BenchmarkHit(b *testing.B) {
	outputs := make([]string, 100)
	for i := range outputs {
		outputs[i] = fmt.Sprint(i)
	}
	c := New(Options{Prerenders: pages(3600, outputs...), Renderer: renderFunc(func(context.Context, *Request) (*Response, error) {
		return &Response{Status: 200}, nil
	})})
	defer c.Close(b.Context())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := c.Get(b.Context(), get(outputs[i%len(outputs)])); err != nil {
				b.Error(err)
			}
		}
	})
}

func TestUnknownOutput(t *testing.T) {
	c := New(Options{})
	if _, err := c.Get(t.Context(), get("nothing")); err == nil {
		t.Error("no error")
	}
}

func TestCloseWaitsForRenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{Prerenders: pages(60, "a"), Renderer: renderFunc(func(ctx context.Context, _ *Request) (*Response, error) {
			time.Sleep(10 * time.Second)
			return &Response{Status: 200}, ctx.Err()
		})})
		var visits sync.WaitGroup
		visits.Go(func() {
			if r, err := c.Get(t.Context(), get("a")); err != nil || r.Status != Miss {
				t.Errorf("got %v, %v", r, err)
			}
		})
		synctest.Wait()
		began := time.Now()
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("Close waited %s", waited)
		}
		visits.Wait()
		if r, err := c.Get(t.Context(), get("a")); err != nil || r.Status != Hit {
			t.Errorf("a hit after Close: %v, %v", r, err)
		}
		time.Sleep(time.Minute)
		if r, err := c.Get(t.Context(), get("a")); err != nil || r.Status != Stale {
			t.Errorf("a stale page after Close: %v, %v", r, err)
		}
		if _, err := c.Get(t.Context(), &Request{Key: Key{Output: "a", Query: "x=1"}}); !errors.Is(err, ErrClosed) {
			t.Errorf("a miss after Close: %v", err)
		}
	})
}

func TestCloseCancelsRenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{Prerenders: pages(60, "a"), Renderer: renderFunc(func(ctx context.Context, _ *Request) (*Response, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // it takes a while to notice
			return nil, ctx.Err()
		})})
		var visits sync.WaitGroup
		visits.Go(func() {
			if _, err := c.Get(context.Background(), get("a")); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := c.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(began); waited != 6*time.Second {
			t.Errorf("Close waited %s", waited)
		}
		visits.Wait()
	})
}

// storm is a few pages, visited from several regions, whose renders take time and fail at random, whose store goes and comes, and
// whose cache is closed and opened again.
type storm struct {
	t        *testing.T
	outputs  []string
	store    *brokenStore
	sequence atomic.Int64             // of renders
	began    sync.Map                 // number of a render -> when it began
	running  map[string]*atomic.Int32 // by output
	good     map[string]*atomic.Bool  // whether there was ever a page
	visits   atomic.Int64

	visiting chan struct{} // a place for each visit under way; none is left while the cache is exchanged
	cache    *Cache
}

const stormVisitors = 40

var stormRegions = []string{"iad1", "fra1", "hnd1"}

// TestStorm lets many visitors loose, without waiting for anything between, and looks for what may never happen: two renders of a
// page at a time, a page of another key, an error in the place of a page, an older page after a newer one in the same region, a
// revalidation by a render that began before it was asked for, somebody's cookie.
func TestStorm(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	total := int64(0)
	for range rounds {
		synctest.Test(t, func(t *testing.T) {
			s := newStorm(t)
			var visitors sync.WaitGroup
			for range stormVisitors {
				visitors.Go(s.visitor)
			}
			stop := make(chan struct{})
			var weather sync.WaitGroup
			weather.Go(func() { s.weather(stop) })
			visitors.Wait()
			close(stop)
			weather.Wait()
			if err := s.cache.Close(context.Background()); err != nil {
				t.Error(err)
			}
			total += s.visits.Load()
		})
	}
	t.Logf("%d visits", total)
}

func newStorm(t *testing.T) *storm {
	s := &storm{t: t, outputs: []string{"a", "b", "c"}, store: &brokenStore{},
		running: map[string]*atomic.Int32{}, good: map[string]*atomic.Bool{}, visiting: make(chan struct{}, stormVisitors)}
	for _, output := range s.outputs {
		s.running[output], s.good[output] = &atomic.Int32{}, &atomic.Bool{}
	}
	s.open()
	return s
}

func (s *storm) open() {
	prerenders := pages(5, s.outputs...)
	prerenders["a"].Config.Group, prerenders["b"].Config.Group = 1, 1
	var regions []Region
	for i, name := range stormRegions {
		regions = append(regions, Region{Name: name, Latency: time.Duration(i) * 80 * time.Millisecond})
	}
	s.cache = New(Options{Prerenders: prerenders, Renderer: renderFunc(s.render), Store: s.store, Regions: regions, Memory: 3 * (overhead + 100)})
}

func (s *storm) render(_ context.Context, req *Request) (*Response, error) {
	if s.running[req.Key.Output].Add(1) != 1 {
		s.t.Errorf("two renders of %s at a time", req.Key)
	}
	defer s.running[req.Key.Output].Add(-1)
	number := s.sequence.Add(1)
	s.began.Store(number, time.Now())
	time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
	switch rand.IntN(6) {
	case 0:
		return nil, errors.New("failed")
	case 1:
		return &Response{Status: 500, Body: []byte("an error page")}, nil
	}
	return &Response{Status: 200, Body: fmt.Append(nil, req.Key.Output, " ", number), Header: http.Header{"Set-Cookie": {"a=1"}}}, nil
}

// weather breaks the store now and then, takes regions down, and starts the cache anew while the store is well.
func (s *storm) weather(stop chan struct{}) {
	for {
		select {
		case <-stop:
			s.store.broken.Store(false)
			return
		case <-time.After(time.Duration(rand.IntN(10_000)) * time.Millisecond):
		}
		switch rand.IntN(4) {
		case 0:
			s.store.outages.Add(1)
			s.store.broken.Store(true)
			time.Sleep(time.Duration(rand.IntN(4000)) * time.Millisecond)
			s.store.broken.Store(false)
		case 1:
			region := stormRegions[1+rand.IntN(len(stormRegions)-1)]
			s.cache.SetDown(region, true)
			time.Sleep(time.Second)
			s.cache.SetDown(region, false)
		case 2:
			s.restart()
		}
	}
}

func (s *storm) restart() {
	for range stormVisitors {
		s.visiting <- struct{}{}
	}
	if err := s.cache.Close(context.Background()); err != nil {
		s.t.Error(err)
	}
	s.cache.store.retry(context.Background()) // what waits is lost with the process otherwise
	s.open()
	for range stormVisitors {
		<-s.visiting
	}
}

func (s *storm) visitor() {
	last := map[string]sight{} // by region and output
	for range 150 {
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
		output, region := s.outputs[rand.IntN(len(s.outputs))], stormRegions[rand.IntN(len(stormRegions))]
		s.visiting <- struct{}{}
		s.visit(output, region, last)
		<-s.visiting
	}
}

// sight is what a visitor saw last of a page in a region.
type sight struct {
	version int64
	outages int32 // of the store until then
}

func (s *storm) visit(output, region string, last map[string]sight) {
	t := s.t
	s.visits.Add(1)
	hadGood := s.good[output].Load()
	req := &Request{Key: Key{Output: output}, Region: region}
	if rand.IntN(10) == 0 {
		req.Revalidate = token
	}
	asked := time.Now()
	result, err := s.cache.Get(context.Background(), req)
	if err != nil || result.Reason == Failed {
		if hadGood && s.store.outages.Load() == 0 {
			t.Errorf("%s failed although there was a page: %v", output, err)
		}
		return
	}
	s.good[output].Store(true)
	var of string
	var version int64
	if n, _ := fmt.Sscan(string(result.Response.Body), &of, &version); n != 2 || of != output {
		t.Errorf("%s is %q", output, result.Response.Body)
	}
	// A region that was down has not heard of what the others showed, and cannot ask while the store is away.
	at, now := region+output, sight{version, s.store.outages.Load()}
	if seen := last[at]; version < seen.version && now.outages == seen.outages {
		t.Errorf("%s went back from %d to %d in %s", output, seen.version, version, region)
	}
	last[at] = now
	if began, _ := s.began.Load(version); result.Status == Revalidated && began.(time.Time).Before(asked) {
		t.Errorf("%s was revalidated by the render %d, which began before it was asked for", output, version)
	}
	if result.Response.Header.Get("Set-Cookie") != "" {
		t.Errorf("%s came with a cookie", output)
	}
}

// pausedStore is a store whose next Load waits, after it has looked.
type pausedStore struct {
	Memory
	pause atomic.Pointer[chan struct{}]
}

func (s *pausedStore) Load(ctx context.Context, key Key) (*Entry, error) {
	entry, err := s.Memory.Load(ctx, key)
	if pause := s.pause.Swap(nil); pause != nil {
		<-*pause
	}
	return entry, err
}

// TestSecondLook: a visit that found nothing, and is so slow that another one fills the gap before it asks for a render,
// gets what the other one made.
func TestSecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, renders := &pausedStore{}, 0
		c := New(Options{Prerenders: pages(60, "a"), Store: store, Renderer: renderFunc(func(context.Context, *Request) (*Response, error) {
			renders++
			return &Response{Status: 200}, nil
		})})
		defer c.Close(context.Background())
		pause := make(chan struct{})
		store.pause.Store(&pause)
		var slow sync.WaitGroup
		slow.Go(func() {
			if r, err := c.Get(context.Background(), get("a")); err != nil || r.Status != Miss || r.Reason != Collapsed {
				t.Errorf("slow visit: %v, %v", r, err)
			}
		})
		synctest.Wait()
		if r, err := c.Get(context.Background(), get("a")); err != nil || r.Status != Miss || r.Reason != Cold {
			t.Errorf("fast visit: %v, %v", r, err)
		}
		close(pause)
		slow.Wait()
		if renders != 1 {
			t.Errorf("%d renders", renders)
		}
	})
}
