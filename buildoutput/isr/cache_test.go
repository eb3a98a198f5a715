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

// TestStorm lets many visitors loose on a few pages whose renders take time and fail at random, without waiting for
// anything between, and looks for what may never happen.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outputs := []string{"a", "b", "c"}
		prerenders := pages(5, outputs...)
		prerenders["a"].Config.Group, prerenders["b"].Config.Group = 1, 1
		var made sync.Map // output -> *atomic.Bool: whether there was a good page
		running := map[string]*atomic.Int32{}
		for _, output := range outputs {
			made.Store(output, &atomic.Bool{})
			running[output] = &atomic.Int32{}
		}
		var sequence atomic.Int64
		c := New(Options{Prerenders: prerenders, Renderer: renderFunc(func(_ context.Context, req *Request) (*Response, error) {
			if running[req.Key.Output].Add(1) != 1 {
				t.Errorf("two renders of %s at a time", req.Key)
			}
			defer running[req.Key.Output].Add(-1)
			began := sequence.Add(1)
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
			if rand.IntN(3) == 0 {
				return nil, errors.New("failed")
			}
			return &Response{Status: 200, Body: fmt.Append(nil, began), Header: http.Header{"Set-Cookie": {"a=1"}}}, nil
		})})
		var visits sync.WaitGroup
		for range 40 {
			visits.Go(func() { stormVisitor(t, c, outputs, &made, &sequence) })
		}
		visits.Wait()
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func stormVisitor(t *testing.T, c *Cache, outputs []string, made *sync.Map, sequence *atomic.Int64) {
	last := map[string]int64{}
	for range 150 {
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
		output := outputs[rand.IntN(len(outputs))]
		good, _ := made.Load(output)
		hadGood := good.(*atomic.Bool).Load()
		req := get(output)
		if rand.IntN(10) == 0 {
			req.Revalidate = token
		}
		asked := sequence.Load()
		result, err := c.Get(context.Background(), req)
		if err != nil {
			if hadGood {
				t.Errorf("%s failed although there was a page: %v", output, err)
			}
			continue
		}
		good.(*atomic.Bool).Store(true)
		var version int64
		fmt.Sscan(string(result.Response.Body), &version)
		if version < last[output] {
			t.Errorf("%s went back from %d to %d", output, last[output], version)
		}
		if result.Status == Revalidated && version <= asked {
			t.Errorf("%s was revalidated by the render %d, which began before it was asked for at %d", output, version, asked)
		}
		if result.Response.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s came with a cookie", output)
		}
		last[output] = version
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
