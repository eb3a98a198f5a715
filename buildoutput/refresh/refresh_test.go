package refresh

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// deployment answers requests in the place of one. It gets how often the path was asked before.
type deployment func(r *http.Request, before int) (status int, header string, body string)

// transport makes of it what carries requests. Headers are written "name: value; name: value".
func (d deployment) transport() http.RoundTripper {
	var mu sync.Mutex
	asked := map[string]int{}
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		before := asked[r.URL.Path]
		asked[r.URL.Path]++
		mu.Unlock()
		status, header, body := d(r, before)
		h := http.Header{}
		for pair := range strings.SplitSeq(header, "; ") {
			if name, value, ok := strings.Cut(pair, ": "); ok {
				h.Set(name, value)
			}
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const token = "the-token-of-the-deployment-with-32-bytes"

func client(transport http.RoundTripper) *Client {
	return &Client{Origin: &url.URL{Scheme: "https", Host: "www.example.com"}, Token: token, Transport: transport}
}

// one revalidates one page in virtual time.
func one(t *testing.T, c *Client) (r Result, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r = c.Revalidate(t.Context(), []Target{{Path: "/a/"}}, nil)[0]
		took = time.Since(began)
	})
	return r, took
}

// TestTransient holds that a page which comes and goes may be a 404, and that any other may not.
func TestTransient(t *testing.T) {
	for header, want := range map[string]bool{"x-vercel-cache: REVALIDATED": true, "x-vercel-cache: MISS": false, "server: nginx": false} {
		c := client(deployment(func(*http.Request, int) (int, string, string) { return 404, header, "" }).transport())
		r := c.Revalidate(t.Context(), []Target{{Path: "/a/", Transient: true}}, nil)[0]
		if r.OK != want || r.Gone != want {
			t.Errorf("404 with %s is %+v", header, r)
		}
		warmed := c.Warm(t.Context(), []Target{{Path: "/a/", Transient: true}, {Path: "/b/"}}, nil)
		if ok := header != "server: nginx"; warmed[0].OK != ok || warmed[0].Gone != ok || len(warmed) > 1 && warmed[1].OK {
			t.Errorf("404 with %s is read as %+v", header, warmed)
		}
	}
}

func TestRevalidate(t *testing.T) {
	r, _ := one(t, client(deployment(func(r *http.Request, _ int) (int, string, string) {
		if r.Method != "GET" || r.URL.String() != "https://www.example.com/a/" || r.Header.Get("X-Prerender-Revalidate") != token {
			t.Errorf("the request is %s %s %v", r.Method, r.URL, r.Header)
		}
		return 200, "x-vercel-cache: REVALIDATED; x-vercel-id: fra1::1", "new"
	}).transport()))
	if !r.OK || r.Status != 200 || r.Cache != "REVALIDATED" || r.Attempts != 1 || r.ID != "fra1::1" || r.Problem != nil {
		t.Errorf("result is %+v", r)
	}
}

// TestProblems holds that each way to fail is told from the others.
func TestProblems(t *testing.T) {
	for _, test := range []struct {
		status       int
		header, want string
	}{
		{401, "", "protection: 401: deployment protection, or a firewall, stands before the deployment"},
		{403, "x-vercel-mitigated: challenge", "protection: 403: "},
		{307, "location: https://vercel.com/sso-api?url=x", "protection: 307: "},
		{308, "location: /a", "redirect: 308 to /a: the deployment has another policy for slashes (trailingSlash) than this output"},
		{308, "location: https://www.example.com/a", "redirect: 308 to https://www.example.com/a: the deployment has another policy for slashes"},
		{308, "location: https://example.com/a/", "redirect: 308 to https://example.com/a/: each domain has a cache of its own: if the pages are at that one, use --url https://example.com"},
		{307, "location: /b/", "redirect: 307 to /b/: a rule of the site"},
		{308, "location: https://example.com/b/", "redirect: 308 to https://example.com/b/: a rule of the site"},
		{308, "location: http://www.example.com/a/", "redirect: 308 to http://www.example.com/a/: use --url http://www.example.com"},
		{302, "", "redirect: 302 to nowhere"},
		{200, "x-vercel-cache: HIT", "token: answered as to any visitor (HIT): the token is not this deployment's, or it has none"},
		{200, "x-vercel-cache: MISS", "token: answered as to any visitor (MISS)"},
		{200, "x-vercel-cache: STALE; x-vercel-id: fra1::7", "render: the render failed, and the old page stays: look into the function's log at fra1::7"},
		{404, "x-vercel-cache: REVALIDATED", "not-found: regenerated as 404: the function has no such page"},
		{404, "x-vercel-cache: MISS", "not-found: 404: the deployment has no such page"},
		{404, "x-vercel-error: DEPLOYMENT_NOT_FOUND", "host: 404: there is no deployment at www.example.com"},
		{200, "server: nginx", "host: 200 without x-vercel-cache: this is not the platform"},
		{405, "x-vercel-cache: MISS", "server: 405: the request is refused"},
	} {
		r, took := one(t, client(deployment(func(*http.Request, int) (int, string, string) {
			return test.status, test.header, ""
		}).transport()))
		if r.OK || r.Problem == nil {
			t.Errorf("%d %s is taken for success", test.status, test.header)
			continue
		}
		if got := r.Code + ": " + r.Message + ": " + r.Advice; !strings.HasPrefix(got, test.want) || r.Attempts != 1 || took != 0 {
			t.Errorf("%d %s is after %d attempts in %v\n%s\nwant\n%s", test.status, test.header, r.Attempts, took, got, test.want)
		}
	}
}

// TestRetries holds what is tried again, how often, and how long a client waits.
func TestRetries(t *testing.T) {
	for _, test := range []struct {
		name     string
		answer   deployment
		attempts int
		ok       bool
		min, max time.Duration
	}{
		{"passes", func(_ *http.Request, before int) (int, string, string) {
			return []int{503, 500, 200}[before], "x-vercel-cache: REVALIDATED", ""
		}, 3, true, 750 * time.Millisecond, 2250 * time.Millisecond},
		{"stays", func(*http.Request, int) (int, string, string) { return 500, "x-vercel-cache: MISS", "" },
			4, false, 1750 * time.Millisecond, 5250 * time.Millisecond},
		{"asks for time", func(_ *http.Request, before int) (int, string, string) {
			return []int{429, 200}[before], "x-vercel-cache: REVALIDATED; retry-after: 30", ""
		}, 2, true, 30 * time.Second, 31 * time.Second},
		{"asks for a date", func(_ *http.Request, before int) (int, string, string) {
			return []int{429, 200}[before], "x-vercel-cache: REVALIDATED; retry-after: " + time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), ""
		}, 2, true, 59 * time.Second, 61 * time.Second},
		{"asks for too much", func(_ *http.Request, before int) (int, string, string) {
			return []int{429, 200}[before], "x-vercel-cache: REVALIDATED; retry-after: 86400", ""
		}, 2, true, longestPause, longestPause},
	} {
		r, took := one(t, client(test.answer.transport()))
		if r.Attempts != test.attempts || r.OK != test.ok || took < test.min || took > test.max {
			t.Errorf("%s: %d attempts in %v, ok %v", test.name, r.Attempts, took, r.OK)
		}
	}
}

func TestNetworkProblems(t *testing.T) {
	for _, test := range []struct {
		err        error
		attempts   int
		want       string
		everywhere bool
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 1, "network: nothing listens at www.example.com", true},
		{&net.DNSError{Err: "no such host", IsNotFound: true}, 1, "host: there is no host www.example.com", true},
		{&net.DNSError{Err: "server misbehaving", IsTemporary: true}, 4, "network: lookup", false},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "www.example.com"}, 1, "tls: no safe connection", true},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 1, "tls: no safe connection", true},
		{errors.New("http: server gave HTTP response to HTTPS client"), 1, "tls: no safe connection", true},
		{io.ErrUnexpectedEOF, 4, "network: unexpected EOF", false},
	} {
		r, _ := one(t, client(roundTrip(func(*http.Request) (*http.Response, error) { return nil, test.err })))
		if r.OK || r.Attempts != test.attempts || !strings.HasPrefix(r.Code+": "+r.Message, test.want) || r.Everywhere != test.everywhere {
			t.Errorf("%v is %+v %+v", test.err, r, r.Problem)
		}
	}
}

// TestVerify holds that a page which was regenerated and is not served is no success.
func TestVerify(t *testing.T) {
	for _, test := range []struct {
		name  string
		head  bool
		reads []string // headers and body of what a visitor gets, the last from then on
		want  string
	}{
		{"at once", false, []string{"x-vercel-cache: HIT|new"}, ""},
		{"after the purge", false, []string{"x-vercel-cache: HIT|old", "x-vercel-cache: STALE|old", "x-vercel-cache: HIT|new"}, ""},
		{"never", false, []string{"x-vercel-cache: HIT|old"}, "regenerated, but the next read carries other bytes"},
		{"not kept", false, []string{"x-vercel-cache: MISS|new"}, "regenerated, but the next read is 200 MISS and no HIT"},
		{"by ETag", true, []string{`x-vercel-cache: HIT; etag: W/"new"|`}, ""},
		{"other ETag", true, []string{`x-vercel-cache: HIT; etag: "old"|`}, "regenerated, but the next read carries other bytes"},
	} {
		c := client(deployment(func(r *http.Request, before int) (int, string, string) {
			if (r.Method == "HEAD") != test.head {
				t.Errorf("%s: a %s", test.name, r.Method)
			}
			if r.Header.Get("X-Prerender-Revalidate") != "" {
				return 200, `x-vercel-cache: REVALIDATED; etag: "new"`, "new"
			}
			header, body, _ := strings.Cut(test.reads[min(before-1, len(test.reads)-1)], "|")
			return 200, header, body
		}).transport())
		c.Verify, c.Head = true, test.head
		r, _ := one(t, c)
		got := ""
		if r.Problem != nil {
			got = r.Message
		}
		if got != test.want || r.OK != (got == "") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestVerifyGroup holds that the pages of a group are looked at too.
func TestVerifyGroup(t *testing.T) {
	for _, renewed := range []bool{true, false} {
		c := client(deployment(func(r *http.Request, before int) (int, string, string) {
			switch {
			case r.Header.Get("X-Prerender-Revalidate") != "":
				return 200, "x-vercel-cache: REVALIDATED", "a"
			case r.URL.Path == "/a/":
				return 200, "x-vercel-cache: HIT; age: 0", "a"
			case renewed && before > 2:
				return 200, "x-vercel-cache: HIT; age: 0", "b"
			}
			return 200, fmt.Sprintf("x-vercel-cache: HIT; age: %d", 100+before), "b"
		}).transport())
		c.Verify = true
		synctest.Test(t, func(t *testing.T) {
			r := c.Revalidate(t.Context(), []Target{{Path: "/a/", With: []string{"/b/"}}}, nil)[0]
			if r.OK != renewed {
				t.Errorf("renewed %v: %+v %+v", renewed, r, r.Problem)
			}
			if !renewed && (!strings.HasPrefix(r.Message, "/b/, which is in the same group: ") || !strings.HasPrefix(r.Advice, "use --each")) {
				t.Errorf("%+v", r.Problem)
			}
		})
	}
}

// TestJobs holds that as many requests run at a time as were allowed, and that all are answered in order.
func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		c := client(roundTrip(func(r *http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return &http.Response{StatusCode: 200, Header: http.Header{"X-Vercel-Cache": {"HIT"}}, Body: http.NoBody}, nil
		}))
		c.Jobs = 5
		var targets []Target
		for i := range 23 {
			targets = append(targets, Target{Path: fmt.Sprintf("/%d/", i)})
		}
		began, reported := time.Now(), 0
		results := c.Warm(t.Context(), targets, func(Result) { reported++ })
		for i, r := range results {
			if r.Path != targets[i].Path || !r.OK {
				t.Errorf("result %d is %+v", i, r)
			}
		}
		if len(results) != 23 || reported != 23 || most.Load() != 5 || time.Since(began) != 5*time.Second {
			t.Errorf("%d results, %d reported, %d at a time, in %v", len(results), reported, most.Load(), time.Since(began))
		}
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(deployment(func(r *http.Request, _ int) (int, string, string) {
			if r.Header.Get("X-Prerender-Revalidate") != "" {
				t.Error("warming sends the token")
			}
			return 200, "x-vercel-cache: MISS", ""
		}).transport())
		c.Rate = 4
		began := time.Now()
		if n := len(c.Warm(t.Context(), make([]Target, 9), nil)); n != 9 || time.Since(began) != 2*time.Second {
			t.Errorf("%d pages in %v", n, time.Since(began))
		}
	})
}

// TestEverywhere holds that what every page would meet is met once.
func TestEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(deployment(func(*http.Request, int) (int, string, string) { return 401, "", "" }).transport())
		c.Jobs = 1
		if results := c.Revalidate(t.Context(), make([]Target, 100), nil); len(results) != 1 {
			t.Errorf("%d pages were asked for", len(results))
		}
	})
}

// TestInterrupt holds that what was cut off has no result.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer stop()
		c := client(roundTrip(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
				return &http.Response{StatusCode: 200, Header: http.Header{"X-Vercel-Cache": {"REVALIDATED"}}, Body: http.NoBody}, nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}))
		c.Jobs = 1
		if results := c.Revalidate(ctx, make([]Target, 100), nil); len(results) != 3 {
			t.Errorf("%d results", len(results))
		}
	})
}

func TestProtectionSecret(t *testing.T) {
	c := client(deployment(func(r *http.Request, _ int) (int, string, string) {
		if r.Header.Get("X-Vercel-Protection-Bypass") != "secret" {
			return 401, "", ""
		}
		return 200, "x-vercel-cache: REVALIDATED", ""
	}).transport())
	c.Protection = "secret"
	if r, _ := one(t, c); !r.OK {
		t.Errorf("%+v", r.Problem)
	}
}
