package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/preview"
)

// previewed is a world with a preview of its own, whose clock is virtual and whose store and deployments are in a directory that goes with
// it.
type previewed struct {
	ctx      context.Context
	opts     Options
	dir      string // of the scenario
	temp     string
	served   string // a link to the output that is served
	regions  []isr.Region
	store    *isr.Disk
	server   *preview.Server
	passed   time.Duration
	renders  int // of servers that were closed
	versions versions
	starting sync.Mutex
}

func newPreviewed(ctx context.Context, dir string, opts Options) (*previewed, error) {
	temp, err := os.MkdirTemp("", "isrgen-test-")
	if err != nil {
		return nil, err
	}
	w := &previewed{ctx: ctx, opts: opts, dir: dir, temp: temp, served: filepath.Join(temp, "output")}
	output, err := filepath.Abs(opts.Output)
	if err == nil {
		err = os.Symlink(output, w.served)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	return w, nil
}

// start begins the preview with the first step that needs one.
func (w *previewed) start() error {
	w.starting.Lock()
	defer w.starting.Unlock()
	if w.server != nil {
		return nil
	}
	store, err := isr.OpenDisk(filepath.Join(w.temp, "entries"), 0)
	if err != nil {
		return err
	}
	server, err := preview.New(w.served, preview.Options{
		Env: w.opts.Env, Store: store, Regions: w.regions, Deployments: filepath.Join(w.temp, "deployments"), VirtualClock: true,
	})
	if err != nil {
		return errors.Join(err, store.Close())
	}
	w.store, w.server = store, server
	return server.Advance(w.passed)
}

func (w *previewed) stop() error {
	if w.server == nil {
		return nil
	}
	w.renders += w.server.Renders()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 10*time.Second)
	defer cancel()
	err := errors.Join(w.server.Close(ctx), w.store.Close())
	w.server = nil
	return err
}

func (w *previewed) close() error { return errors.Join(w.stop(), os.RemoveAll(w.temp)) }

// Pause moves the clock.
func (w *previewed) Pause(d time.Duration) error {
	if err := w.start(); err != nil {
		return err
	}
	w.passed += d
	return w.server.Advance(d)
}

// settling is how long nothing must have happened before visits count as waiting for a render.
const settling = 50 * time.Millisecond

// Together begins visits before any render that they need. Those that need none end meanwhile.
func (w *previewed) Together(n int, do func(i int)) {
	release := func() {}
	if w.start() == nil { // else the visits say why not
		release = w.server.HoldRenders()
	}
	var ended atomic.Int32
	var visits sync.WaitGroup
	for i := range n {
		visits.Go(func() {
			do(i)
			ended.Add(1)
		})
	}
	for before, since := int32(-1), time.Now(); time.Since(since) < settling && ended.Load() < int32(n); time.Sleep(time.Millisecond) {
		if now := ended.Load(); now != before {
			before, since = now, time.Now()
		}
	}
	release()
	visits.Wait()
}

// Settle waits for renders.
func (w *previewed) Settle() {
	if w.server != nil {
		w.server.Settle(w.ctx)
	}
}

// Renders counts them.
func (w *previewed) Renders() int {
	if w.server == nil {
		return w.renders
	}
	return w.renders + w.server.Renders()
}

// Step does what a line says.
func (w *previewed) Step(words []string) (string, error) {
	switch words[0] {
	case "REGIONS":
		return "", w.setRegions(words[1:])
	case "RUN":
		return "", run(w.ctx, w.dir, words[1:])
	}
	if err := w.start(); err != nil {
		return "", err
	}
	switch verb := words[0]; {
	case verb == "RESTART":
		return "", w.stop()
	case verb == "ROLLBACK":
		_, err := w.server.Rollback()
		return "", err
	case verb == "DEPLOY" && len(words) == 2:
		return "", w.deploy(words[1])
	case (verb == "DOWN" || verb == "UP") && len(words) == 2:
		return "", w.server.SetRegionDown(words[1], verb == "DOWN")
	}
	return w.visit(words)
}

func (w *previewed) setRegions(words []string) error {
	if w.server != nil {
		return errors.New("REGIONS must come before the first visit")
	}
	for _, word := range words {
		name, text, distant := strings.Cut(word, "=")
		r := isr.Region{Name: name}
		if distant {
			var err error
			if r.Latency, err = time.ParseDuration(text); err != nil {
				return fmt.Errorf("%q is not a region: write iad1 or fra1=90ms", word)
			}
		}
		w.regions = append(w.regions, r)
	}
	return nil
}

// deploy serves another output from the next request on. The one before must be kept first, as it is while time passes for real.
func (w *previewed) deploy(dir string) error {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(w.dir, dir)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		return err
	}
	if err := w.server.WaitKept(w.ctx); err != nil {
		return err
	}
	next := w.served + ".next"
	if err := errors.Join(os.Symlink(dir, next), os.Rename(next, w.served)); err != nil {
		return err
	}
	w.server.Refresh()
	return nil
}

// visit does a step that is about a page.
func (w *previewed) visit(words []string) (string, error) {
	v, err := parseVisit(words)
	if err != nil {
		return "", err
	}
	verb := v.method
	if isVisit(verb) {
		return w.serve(v, w.request(v)), nil
	}
	v.method = http.MethodGet
	r := w.request(v)
	entry, token, cached := w.server.Entry(r)
	if !cached {
		return "", fmt.Errorf("%s is not a page of the ISR cache", v.path)
	}
	switch verb {
	case "FAIL", "OK":
		return "", w.server.TakeDown(entry.Output, verb == "FAIL")
	case "PURGE", "DELETE":
		purged, err := w.server.Purge(w.ctx, entry, verb == "DELETE")
		if purged {
			return "PURGED", err
		}
		return "NOTHING", err
	case "REVALIDATE", "IF-GENERATED", "DRAFT":
		if token == "" {
			return "", fmt.Errorf("%s has no bypass token: build with one", v.path)
		}
		authorize(r, verb, token)
		return w.serve(v, r), nil
	}
	return "", fmt.Errorf("there is no step %s", verb)
}

// serve sends the request of a step and says what came back.
func (w *previewed) serve(v visit, r *http.Request) string {
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	return w.versions.outcome(v.method, v.host+v.path, answer.Code, answer.Header(), answer.Body.Bytes())
}

// authorize adds the token to a request in the way that a step wants.
func authorize(r *http.Request, verb, token string) {
	if verb == "DRAFT" {
		r.AddCookie(&http.Cookie{Name: "__prerender_bypass", Value: token})
		return
	}
	r.Header.Set("X-Prerender-Revalidate", token)
	if verb == "IF-GENERATED" {
		r.Header.Set("X-Prerender-Revalidate-If-Generated", "1")
	}
}

func (w *previewed) request(v visit) *http.Request {
	r := httptest.NewRequestWithContext(w.ctx, v.method, v.path, nil)
	r.Host = "localhost"
	if v.host != "" {
		r.Host = v.host
	}
	if v.region != "" {
		r.Header.Set(preview.RegionHeader, v.region)
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	return r
}
