// Package refresh asks a deployment to regenerate pages, or fills its cache with them, and says of each page what came of it in
// words that its operator can act on.
//
// What the platform says of a request is its status and the header x-vercel-cache. Only REVALIDATED means that a page was
// regenerated: to a wrong token the platform answers as to any visitor.
package refresh

import (
	"cmp"
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Client asks one deployment. Its methods may be used by several goroutines.
type Client struct {
	// Origin is scheme and host of the deployment.
	Origin *url.URL

	// Token is the bypass token of the deployment. Only [Client.Revalidate] sends it, and to Origin only: no redirect is followed.
	Token string

	// Protection is the secret that lets programs through the platform's deployment protection, empty for none.
	Protection string

	// Head asks without wanting the pages' bytes.
	Head bool

	// Verify reads each page again after its regeneration, as a visitor would.
	Verify bool

	// Jobs is how many requests run at the same time; 0 means 8.
	Jobs int

	// Rate limits how many pages are begun in a second; 0 is no limit.
	Rate float64

	// Attempts is how often a request is made that the network or the deployment fails; 0 means 4.
	Attempts int

	// Transport carries the requests; nil means that of package http.
	Transport http.RoundTripper
}

// Target is one page to regenerate, and the pages that the platform regenerates with it.
type Target struct {
	Path string   // not escaped
	With []string // the other pages of its group, if their request can be spared

	// Transient says that the page comes and goes without a deployment: that it is not there is no failure.
	Transient bool
}

// Result is what came of one page.
type Result struct {
	Path     string        `json:"path"`
	OK       bool          `json:"ok"`
	Gone     bool          `json:"gone,omitempty"`   // a 404 is what it is by now
	Status   int           `json:"status,omitempty"` // 0 is no response
	Cache    string        `json:"cache,omitempty"`  // x-vercel-cache of the response
	With     []string      `json:"with,omitempty"`   // pages regenerated with it
	Attempts int           `json:"attempts"`
	Duration time.Duration `json:"durationNs"`
	ID       string        `json:"id,omitempty"` // x-vercel-id, which finds the request in the platform's logs

	*Problem
}

// Revalidate has pages regenerated. It calls report, if there is one, with each result in turn as it comes, and returns them in
// the order of the targets. What the first answer shows to be wrong with every page ends it: targets without a result were not
// asked. So does the end of ctx.
func (c *Client) Revalidate(ctx context.Context, targets []Target, report func(Result)) []Result {
	return c.each(ctx, len(targets), report, func(ctx context.Context, i int) Result {
		target := targets[i]
		r := Result{Path: target.Path, With: target.With}
		began := time.Now()
		answer, problem := c.ask(ctx, target.Path, c.Token, &r)
		if problem == nil {
			problem = answer.revalidated(c.Origin, target)
		}
		if problem == nil && c.Verify {
			problem = c.verify(ctx, target, answer, began)
		}
		return r.finish(answer, problem, began)
	})
}

// Warm reads pages as a visitor would, so that they are in the cache. It reports and returns results as Revalidate does.
func (c *Client) Warm(ctx context.Context, targets []Target, report func(Result)) []Result {
	return c.each(ctx, len(targets), report, func(ctx context.Context, i int) Result {
		target := targets[i]
		r := Result{Path: target.Path}
		began := time.Now()
		answer, problem := c.ask(ctx, target.Path, "", &r)
		if problem == nil && !(target.Transient && answer.gone()) {
			problem = answer.failed(c.Origin, target.Path)
		}
		return r.finish(answer, problem, began)
	})
}

func (r Result) finish(a *answer, problem *Problem, began time.Time) Result {
	r.OK, r.Problem, r.Duration = problem == nil, problem, time.Since(began)
	if a != nil {
		r.Status, r.Cache, r.ID, r.Gone = a.status, a.cache, a.id, problem == nil && a.gone()
	}
	return r
}

// each calls work for 0 to n-1, some at the same time.
func (c *Client) each(ctx context.Context, n int, report func(Result), work func(context.Context, int) Result) []Result {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		mu      sync.Mutex
		group   errgroup.Group
		results = make([]*Result, n)
	)
	group.SetLimit(cmp.Or(c.Jobs, 8))
	wait := c.pace()
	for i := range n {
		if wait(ctx); ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			r := work(ctx, i)
			if ctx.Err() != nil && !r.OK {
				return nil // cut off in the middle: it says nothing of the page
			}
			mu.Lock()
			defer mu.Unlock()
			results[i] = &r
			if report != nil {
				report(r)
			}
			if r.Problem != nil && r.Everywhere {
				stop()
			}
			return nil
		})
	}
	group.Wait()
	var all []Result
	for _, r := range results {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
}

// pace gives what to call before each page is begun.
func (c *Client) pace() func(context.Context) {
	if c.Rate <= 0 {
		return func(context.Context) {}
	}
	next := time.Now()
	return func(ctx context.Context) {
		sleep(ctx, time.Until(next))
		next = time.Now().Add(time.Duration(float64(time.Second) / c.Rate))
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answer is what came back to one request.
type answer struct {
	status   int
	cache    string
	id       string
	code     string // x-vercel-error
	location string
	etag     string
	age      time.Duration
	aged     bool // there was an age
	body     [sha256.Size]byte
	head     bool // there was no body to ask for
	after    time.Duration
}

// patience is how long one response may take: as long as the platform lets a function run.
const patience = 15 * time.Minute

// ask makes a request, again if it failed in a way that may pass.
func (c *Client) ask(ctx context.Context, path, token string, r *Result) (*answer, *Problem) {
	for {
		r.Attempts++
		a, err := c.once(ctx, path, token)
		again := r.Attempts < cmp.Or(c.Attempts, 4) && ctx.Err() == nil
		switch {
		case err != nil && (!again || !passing(err)):
			return nil, unreachable(c.Origin, err)
		case err == nil && (!again || a.status != http.StatusTooManyRequests && a.status < 500):
			return a, nil
		}
		sleep(ctx, pause(r.Attempts, a))
	}
}

const (
	shortestPause = 500 * time.Millisecond
	longestPause  = 5 * time.Minute // that a deployment can ask for
)

// pause is how long to wait after a failed attempt: what the deployment asks for, or a random time from a span that doubles, so
// that those who failed together do not come back together.
func pause(attempts int, a *answer) time.Duration {
	span := shortestPause << (attempts - 1)
	jitter := rand.N(span) + span/2
	if a != nil && a.after > 0 {
		return min(a.after+jitter/4, longestPause)
	}
	return jitter
}

// once makes one request.
func (c *Client) once(ctx context.Context, path, token string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	method := http.MethodGet
	if c.Head {
		method = http.MethodHead
	}
	u := url.URL{Scheme: c.Origin.Scheme, Host: c.Origin.Host, Path: path}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "isrgen")
	if token != "" {
		req.Header.Set("X-Prerender-Revalidate", token)
	}
	if c.Protection != "" {
		req.Header.Set("X-Vercel-Protection-Bypass", c.Protection)
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req) // which follows no redirect
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := newAnswer(resp.StatusCode, resp.Header)
	a.head = c.Head
	sum := sha256.New()
	if _, err := io.Copy(sum, resp.Body); err != nil {
		return nil, err
	}
	sum.Sum(a.body[:0])
	return a, nil
}

func newAnswer(status int, h http.Header) *answer {
	a := &answer{status: status, cache: h.Get("X-Vercel-Cache"), id: h.Get("X-Vercel-Id"), code: h.Get("X-Vercel-Error"),
		location: h.Get("Location"), etag: h.Get("Etag")}
	if age, err := strconv.Atoi(h.Get("Age")); err == nil {
		a.age, a.aged = time.Duration(age)*time.Second, true
	}
	if after := h.Get("Retry-After"); after != "" {
		if seconds, err := strconv.Atoi(after); err == nil {
			a.after = time.Duration(seconds) * time.Second
		} else if when, err := http.ParseTime(after); err == nil {
			a.after = time.Until(when)
		}
	}
	return a
}
