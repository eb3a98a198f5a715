package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// server is a redis-server of the test's own.
type server struct {
	t    testing.TB
	port string
	dir  string
	cmd  *exec.Cmd
}

func startServer(t testing.TB) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("there is no redis-server: install it, on Debian with apt-get install redis-server")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	s := &server{t: t, port: port, dir: t.TempDir()}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", "--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir, "--appendonly", "yes", "--appendfsync", "always", "--save", "")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the server answers", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *server) open() *Store {
	s.t.Helper()
	store, err := Open("redis://127.0.0.1:" + s.port)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { store.Close() })
	return store
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("after 15 s it still does not hold that %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func entry(body string, began time.Time) *isr.Entry {
	return &isr.Entry{Response: isr.Response{Status: 200, Body: []byte(body)}, Began: began, Generated: began,
		Lifetime: buildoutput.Expiration{Seconds: 60}}
}

var key = isr.Key{Deployment: "d:1", Domain: "example.com:3000", Output: "blog/[slug]", Query: "slug=a%3Ab"}

func body(t *testing.T, s *Store) string {
	t.Helper()
	e, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return ""
	}
	return string(e.Body)
}

func TestNames(t *testing.T) {
	for _, k := range []isr.Key{key, {}, {Domain: ":", Output: "a:b", Query: "%:+ \x00é"}} {
		if got, ok := parse(name(k)); !ok || got != k {
			t.Errorf("%#v comes back as %#v", k, got)
		}
	}
	for _, text := range []string{"", "isrgen:entry:", "isrgen:lock:a:b:c:d", "isrgen:entry:a:b:c:%"} {
		if _, ok := parse(text); ok {
			t.Errorf("%q is taken for an entry", text)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, address := range []string{"localhost:6379", "http://localhost", "redis://user:secret@[", "redis://user:secret@127.0.0.1:1"} {
		_, err := Open(address)
		if err == nil {
			t.Errorf("%s can be opened", address)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestStore(t *testing.T) {
	s := startServer(t)
	a, b := s.open(), s.open()
	now := time.Now()
	if got := body(t, a); got != "" {
		t.Errorf("there is %q already", got)
	}
	for _, save := range []struct {
		body  string
		began time.Time
		kept  string
	}{{"two", now, "two"}, {"one", now.Add(-time.Nanosecond), "two"}, {"again", now, "again"}, {"three", now.Add(time.Nanosecond), "three"}} {
		kept, err := a.Save(t.Context(), key, entry(save.body, save.began))
		if err != nil || string(kept.Body) != save.kept {
			t.Errorf("saving %s keeps %v, %v, want %s", save.body, kept, err, save.kept)
		}
		if got := body(t, b); got != save.kept {
			t.Errorf("the other reads %q, want %s", got, save.kept)
		}
	}
	b.client.Do(t.Context(), b.client.B().Hset().Key(name(key)).FieldValue().FieldValue("e", "not an entry").Build())
	if got := body(t, a); got != "" {
		t.Errorf("damage reads as %q", got)
	}
}

func TestWatch(t *testing.T) {
	s := startServer(t)
	a, b := s.open(), s.open()
	var toB atomic.Int32
	stop := b.Watch(func(k *isr.Key) {
		if k == nil || *k != key {
			t.Errorf("told of %v", k)
		}
		toB.Add(1)
	})
	for n := range int32(5) {
		if _, err := a.Save(t.Context(), key, entry("x", time.Now())); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the other is told", func() bool { return toB.Load() == n+1 })
		body(t, b) // reading is no change
	}
	stop()
	a.Save(t.Context(), key, entry("x", time.Now()))
	body(t, b)
	if toB.Load() != 5 {
		t.Error("told after stop")
	}
}

func TestLock(t *testing.T) {
	s := startServer(t)
	a, b := s.open(), s.open()
	unlock, err := a.Lock(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two have the lock: %v", err)
	}
	other := key
	other.Query = "slug=b"
	if unlockOther, err := b.Lock(t.Context(), other); err != nil {
		t.Errorf("the lock of another key: %v", err)
	} else {
		unlockOther()
	}
	unlock()
	unlock, err = b.Lock(t.Context(), key)
	if err != nil {
		t.Fatalf("the lock is not free: %v", err)
	}
	// Its owner dies; after a while somebody else has it, and the dead one's unlock does not free that.
	again, err := a.Lock(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, key); err == nil {
		t.Error("a lock that had ended freed the next one")
	}
	again()
}

func TestServerGoesAndComes(t *testing.T) {
	s := startServer(t)
	a := s.open()
	var everything atomic.Int32
	defer a.Watch(func(k *isr.Key) {
		if k == nil {
			everything.Add(1)
		}
	})()
	if _, err := a.Save(t.Context(), key, entry("kept", time.Now())); err != nil {
		t.Fatal(err)
	}
	for name, outage := range map[string][2]func(){
		"restart": {s.kill, s.start},
		"pause":   {func() { s.cmd.Process.Signal(syscall.SIGSTOP) }, func() { s.cmd.Process.Signal(syscall.SIGCONT) }},
	} {
		before := everything.Load()
		outage[0]()
		eventually(t, "the outage is noticed", func() bool {
			_, err := a.Load(t.Context(), key)
			return err != nil
		})
		if _, err := a.Load(t.Context(), key); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: during the outage: %v", name, err)
		}
		if everything.Load() != before {
			t.Errorf("%s: told that everything changed while the server is away", name)
		}
		outage[1]()
		eventually(t, "everything counts as changed after "+name, func() bool { return everything.Load() > before })
		if got := body(t, a); got != "kept" {
			t.Errorf("%s: the entry is %q", name, got)
		}
	}
	before := everything.Load()
	b := s.open()
	b.client.Do(t.Context(), b.client.B().Flushall().Build())
	eventually(t, "everything counts as changed after FLUSHALL", func() bool { return everything.Load() > before })
	eventually(t, "the entry is gone", func() bool { e, err := a.Load(t.Context(), key); return err == nil && e == nil })
}

// renderer counts renders; a page is the number of its render.
type renderer struct {
	renders atomic.Int32
	slow    time.Duration
}

func (r *renderer) Render(context.Context, *isr.Request) (*isr.Response, error) {
	n := r.renders.Add(1)
	time.Sleep(r.slow)
	return &isr.Response{Status: 200, Body: fmt.Append(nil, n)}, nil
}

func (r *renderer) Fallback(string) (*isr.Response, error) { return nil, nil }

const token = "0123456789abcdef0123456789abcdef"

func newCache(t *testing.T, store *Store, r *renderer) *isr.Cache {
	cache := isr.New(isr.Options{Store: store, Renderer: r, Prerenders: map[string]*buildoutput.Prerender{
		key.Output: {Config: buildoutput.PrerenderConfig{BypassToken: token, Expiration: &buildoutput.Expiration{Seconds: 3600}}},
	}})
	t.Cleanup(func() { cache.Close(context.Background()) })
	return cache
}

func visit(t *testing.T, cache *isr.Cache, revalidate string) (string, isr.Status) {
	t.Helper()
	result, err := cache.Get(t.Context(), &isr.Request{Key: key, Revalidate: revalidate})
	if err != nil {
		t.Fatal(err)
	}
	return string(result.Response.Body), result.Status
}

// TestCachesAreOne: what several processes render is rendered once, and a purge in one is seen in all.
func TestCachesAreOne(t *testing.T) {
	s := startServer(t)
	r := &renderer{slow: 50 * time.Millisecond}
	var caches []*isr.Cache
	for range 8 {
		caches = append(caches, newCache(t, s.open(), r))
	}
	var all sync.WaitGroup
	for _, cache := range caches {
		all.Go(func() { visit(t, cache, "") })
	}
	all.Wait()
	if n := r.renders.Load(); n != 1 {
		t.Errorf("8 caches that miss together rendered %d times", n)
	}
	for _, cache := range caches {
		if body, status := visit(t, cache, ""); body != "1" || status != isr.Hit {
			t.Errorf("got %s, %s", body, status)
		}
	}
	if body, status := visit(t, caches[3], token); body != "2" || status != isr.Revalidated {
		t.Fatalf("got %s, %s", body, status)
	}
	for _, cache := range caches {
		eventually(t, "every cache has the new page", func() bool { body, _ := visit(t, cache, ""); return body == "2" })
	}
}

// TestOutage: without the server each cache serves what it has and renders by itself; when it is back they agree again.
func TestOutage(t *testing.T) {
	s := startServer(t)
	r := &renderer{}
	a, b := newCache(t, s.open(), r), newCache(t, s.open(), r)
	visit(t, a, "")
	if body, _ := visit(t, b, ""); body != "1" {
		t.Fatalf("got %s", body)
	}
	s.kill()
	for _, cache := range []*isr.Cache{a, b} {
		if body, status := visit(t, cache, ""); body != "1" || status != isr.Hit {
			t.Errorf("without the server: %s, %s", body, status)
		}
	}
	if body, status := visit(t, a, token); body != "2" || status != isr.Revalidated {
		t.Errorf("a revalidation without the server: %s, %s", body, status)
	}
	if body, _ := visit(t, a, ""); body != "2" {
		t.Errorf("after it: %s", body)
	}
	s.start()
	eventually(t, "both have the newer page", func() bool {
		visit(t, a, "") // whoever asks, what was kept is saved
		body, _ := visit(t, b, "")
		return body == "2"
	})
}
