package isr

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr/timeline"
)

var update = flag.Bool("update", false, "rewrite the expectations of the timelines")

const token = "0123456789abcdef0123456789abcdef"

// TestTimelines runs testdata/timeline/*.txt. A line there is
//
//	+59s GET / -> HIT v1
//
// which is the time since the line before, what happens, and what it leads to. README.md beside them has the words.
func TestTimelines(t *testing.T) {
	files, err := filepath.Glob("../../testdata/timeline/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no timelines: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
			synctest.Test(t, func(t *testing.T) { runTimeline(t, file, lines) })
			if *update && !t.Failed() {
				if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runTimeline compares, or replaces the expectations in lines when they are to be updated.
func runTimeline(t *testing.T, file string, lines []string) {
	w := newWorld(t)
	defer w.close()
	if *update {
		if err := timeline.Update(w, lines); err != nil {
			t.Fatal(err)
		}
		return
	}
	mismatches, err := timeline.Run(w, lines)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, m := range mismatches {
		t.Errorf("%s:%v", file, m)
	}
}

// world is a cache with functions that do what a timeline says.
type world struct {
	t      *testing.T
	cache  *Cache
	pages  map[string]*buildoutput.Prerender
	places []Region
	store  *brokenStore

	mu        sync.Mutex
	versions  map[Key]int
	running   map[Key]int
	behaviour map[string]*behaviour
	renders   int
	gate      chan struct{} // renders wait for it to be closed, if there is one
}

// behaviour is what a function does when it is asked.
type behaviour struct {
	err    error
	panics bool
	status int
	slow   time.Duration
	header http.Header
}

func newWorld(t *testing.T) *world {
	return &world{
		t:         t,
		pages:     map[string]*buildoutput.Prerender{},
		store:     &brokenStore{},
		versions:  map[Key]int{},
		running:   map[Key]int{},
		behaviour: map[string]*behaviour{},
	}
}

func (w *world) close() {
	if w.cache == nil {
		return
	}
	if err := w.cache.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// Render is the function's part of [Renderer]: version n of a page is its nth render.
func (w *world) Render(ctx context.Context, req *Request) (*Response, error) {
	w.mu.Lock()
	w.renders++
	w.versions[req.Key]++
	version := w.versions[req.Key]
	w.running[req.Key]++
	if w.running[req.Key] > 1 {
		w.t.Errorf("two renders of %s at a time", req.Key)
	}
	does, gate := *w.does(req.Key.Output), w.gate
	w.mu.Unlock()
	if gate != nil {
		<-gate
	}
	defer func() {
		w.mu.Lock()
		w.running[req.Key]--
		w.mu.Unlock()
	}()
	select {
	case <-time.After(does.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if does.panics {
		panic("as told")
	}
	if does.err != nil {
		return nil, does.err
	}
	return &Response{
		Status: does.status,
		Header: does.header.Clone(),
		Body:   fmt.Appendf(nil, "v%d %s", version, req.Key),
	}, nil
}

// Fallback is the build's part of [Renderer].
func (w *world) Fallback(output string) (*Response, error) {
	p := w.pages[output]
	if p.Config.Fallback == nil {
		return nil, nil
	}
	status := 200
	if p.Config.InitialStatus != 0 {
		status = p.Config.InitialStatus
	}
	return &Response{Status: status, Body: []byte("v0")}, nil
}

func (w *world) does(output string) *behaviour {
	b := w.behaviour[output]
	if b == nil {
		b = &behaviour{status: 200, header: http.Header{}}
		w.behaviour[output] = b
	}
	return b
}

// Pause sleeps.
func (w *world) Pause(d time.Duration) error {
	w.open()
	time.Sleep(d)
	synctest.Wait() // what ends at this moment comes first
	return nil
}

// Settle waits until nothing moves any more.
func (w *world) Settle() { synctest.Wait() }

// Renders counts what functions were asked.
func (w *world) Renders() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.renders
}

// Together lets no render end before all visits wait or are answered.
func (w *world) Together(n int, visit func(i int)) {
	gate := make(chan struct{})
	w.setGate(gate)
	var visits sync.WaitGroup
	for i := range n {
		visits.Go(func() { visit(i) })
	}
	synctest.Wait()
	w.setGate(nil)
	close(gate)
	visits.Wait()
}

func (w *world) setGate(gate chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate = gate
}

// Step does one thing. Only visits have an outcome.
func (w *world) Step(fields []string) (string, error) {
	if fields[0] != "PAGE" && fields[0] != "REGIONS" {
		w.open()
	}
	return w.step(fields), nil
}

func (w *world) step(fields []string) string {
	verb, output, query := fields[0], "", ""
	if len(fields) > 1 {
		output, query = place(fields[1])
	}
	switch verb {
	case "GET", "HEAD", "POST", "REVALIDATE", "REVALIDATE-IF-GENERATED", "BYPASS", "MATCH":
		return w.visit(verb, output, query, fields[2:])
	case "PAGE":
		w.page(output, fields[2:])
		return ""
	case "REGIONS":
		w.regions(fields[1:])
		return ""
	case "PURGE", "DELETE":
		return w.purge(output, query, verb == "DELETE")
	case "DOWN", "UP":
		if err := w.open().SetDown(fields[1], verb == "DOWN"); err != nil {
			w.t.Fatal(err)
		}
		return ""
	case "RESTART":
		w.close()
		w.cache = nil
		w.open()
		return ""
	case "STORE":
		w.store.broken.Store(fields[1] == "broken")
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(w.does(output), verb, fields)
	return ""
}

func place(path string) (output, query string) {
	path, query, _ = strings.Cut(path, "?")
	output = strings.Trim(path, "/")
	if output == "" {
		output = "index"
	}
	return output, query
}

// tell changes what a function does.
func (w *world) tell(b *behaviour, verb string, fields []string) {
	switch verb {
	case "FAIL":
		b.err = errors.New("the function failed")
	case "TIMEOUT":
		b.err = context.DeadlineExceeded
	case "PANIC":
		b.panics = true
	case "STATUS":
		b.status, _ = strconv.Atoi(fields[2])
	case "SLOW":
		b.slow, _ = time.ParseDuration(fields[2])
	case "SENDS":
		name, value, _ := strings.Cut(strings.Join(fields[2:], " "), ":")
		b.header.Set(name, strings.TrimSpace(value))
	case "OK":
		*b = behaviour{status: 200, header: http.Header{}}
	default:
		w.t.Fatalf("no such step: %s", strings.Join(fields, " "))
	}
}

// page declares a prerender. The first visit ends the declarations.
func (w *world) page(output string, words []string) {
	if w.cache != nil {
		w.t.Fatalf("PAGE after the first visit")
	}
	p := &buildoutput.Prerender{}
	p.Config.BypassToken = token
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		number, _ := strconv.Atoi(value)
		switch name {
		case "never":
			p.Config.Expiration = &buildoutput.Expiration{Never: true}
		case "fallback":
			p.Config.Fallback, p.Config.InitialStatus = &buildoutput.Fallback{Path: "f"}, number
		case "group":
			p.Config.Group = number
		case "limit":
			p.Config.StaleExpiration = number
		case "query":
			p.Config.AllowQuery = slices.DeleteFunc(strings.Split(value, ","), func(s string) bool { return s == "" })
		case "tokenless":
			p.Config.BypassToken = ""
		default:
			d, err := time.ParseDuration(word)
			if err != nil {
				w.t.Fatal(err)
			}
			p.Config.Expiration = &buildoutput.Expiration{Seconds: int(d / time.Second)}
		}
	}
	w.pages[output] = p
}

// regions declares the places that visitors come from.
func (w *world) regions(words []string) {
	for _, word := range words {
		name, latency, _ := strings.Cut(word, "=")
		r := Region{Name: name}
		if latency != "" {
			var err error
			if r.Latency, err = time.ParseDuration(latency); err != nil {
				w.t.Fatal(err)
			}
		}
		w.places = append(w.places, r)
	}
}

func (w *world) open() *Cache {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cache == nil {
		w.cache = New(Options{Prerenders: w.pages, Renderer: w, Store: w.store, Regions: w.places})
	}
	return w.cache
}

func (w *world) purge(output, query string, forGood bool) string {
	key := Key{Domain: "example.com", Output: output, Query: AllowedQuery(query, w.pages[output].Config.AllowQuery)}
	was, err := w.open().Purge(context.Background(), key, forGood)
	if err != nil {
		w.t.Fatal(err)
	}
	if !was {
		return "NOTHING"
	}
	return "PURGED"
}

// visit gives the outcome of one request.
func (w *world) visit(verb, output, query string, words []string) string {
	cache := w.open()
	req := &Request{Method: "GET", Direct: func(context.Context) (*Response, error) {
		return &Response{Status: 200, Body: []byte("draft")}, nil
	}}
	if page := w.pages[output]; page != nil {
		req.Key = Key{Domain: "example.com", Output: output, Query: AllowedQuery(query, page.Config.AllowQuery)}
	}
	switch verb {
	case "HEAD", "POST":
		req.Method = verb
	case "REVALIDATE":
		req.Revalidate = token
	case "REVALIDATE-IF-GENERATED":
		req.Revalidate, req.IfGenerated = token, true
	case "BYPASS":
		req.Draft = token
	case "MATCH":
		req.Bypass = true
	}
	ctx := context.Background()
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "region":
			req.Region = value
		case "token":
			req.Revalidate = value
		case "cookie":
			req.Draft = value
		case "fresh":
			req.Fresh = true
		case "head":
			req.Method = "HEAD"
		case "leave":
			d, err := time.ParseDuration(value)
			if err != nil {
				w.t.Fatal(err)
			}
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, d)
			defer cancel()
		}
	}
	result, err := cache.Get(ctx, req)
	return w.outcome(req.Key, result, err)
}

func (w *world) outcome(key Key, result Result, err error) string {
	switch {
	case errors.Is(err, ErrMethod):
		return "METHOD"
	case errors.Is(err, context.DeadlineExceeded) && result.Reason != Failed:
		return "GONE"
	}
	words := []string{string(result.Status)}
	if result.Response == nil {
		words = append(words, "-")
	} else {
		version, of, made := strings.Cut(string(result.Response.Body), " ")
		if made && of != key.String() {
			w.t.Errorf("%s got the page of %s", key, of)
		}
		words = append(words, version)
		if result.Response.Status != 200 {
			words = append(words, strconv.Itoa(result.Response.Status))
		}
		if result.Response.Header.Get("Set-Cookie") != "" && result.Reason != Failed {
			w.t.Errorf("%s came with somebody's cookie", key)
		}
	}
	if result.Reason != "" {
		words = append(words, string(result.Reason))
	}
	if result.Status != Bypass {
		words = append(words, "age="+result.Age.String())
	}
	return strings.Join(words, " ")
}
