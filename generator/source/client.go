package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Access is how a source is asked.
type Access struct {
	// Bearer and Secret name environment variables, which are read when a request is made. Bearer is for the header
	// Authorization, Secret for the header Header.
	Bearer string `json:"bearer,omitempty"`
	Header string `json:"header,omitempty"`
	Secret string `json:"secret,omitempty"`

	Timeout     time.Duration `json:"timeout"` // of one attempt
	Retries     int           `json:"retries"` // after the first attempt
	Concurrency int           `json:"concurrency"`
	MaxSize     int64         `json:"maxSize"` // of an answer, in bytes
}

// The defaults of Access.
const (
	defaultTimeout     = 10 * time.Second
	defaultRetries     = 2
	defaultConcurrency = 4
	defaultMaxSize     = 10 << 20
)

func defaultAccess() Access {
	return Access{Timeout: defaultTimeout, Retries: defaultRetries, Concurrency: defaultConcurrency, MaxSize: defaultMaxSize}
}

// Client makes the requests to one source. It may be used by several goroutines.
type Client struct {
	access Access
	http   *http.Client
	places chan struct{} // one for each request under way
	cache  *Cache
	fresh  bool
	hosts  []string
	warn   func(string)
}

// ClientOptions say how requests are made. The zero value is for a build without a cache.
type ClientOptions struct {
	// Cache keeps answers between builds; nil is none.
	Cache *Cache

	// Fresh asks caches on the way for the present answer.
	Fresh bool

	// Hosts are those that redirects may lead to; nil is any.
	Hosts []string

	// Warn is told what is odd about an answer; nil is nobody.
	Warn func(string)
}

// NewClient makes a client.
func NewClient(access Access, o ClientOptions) *Client {
	c := &Client{access: access, cache: o.Cache, fresh: o.Fresh, hosts: o.Hosts, warn: o.Warn, places: make(chan struct{}, max(1, access.Concurrency))}
	if c.warn == nil {
		c.warn = func(string) {}
	}
	c.http = &http.Client{CheckRedirect: c.redirect}
	return c
}

const mostRedirects = 5

// redirect follows redirects, but does not carry credentials to another host, nor from https to http.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > mostRedirects:
		return errors.New("too many redirects")
	case c.hosts != nil && !slices.Contains(c.hosts, req.URL.Host):
		return errors.New("a redirect to a host that is not allowed")
	case first.Scheme == "https" && req.URL.Scheme != "https":
		return errors.New("a redirect from https to http")
	case req.URL.Host != first.Host:
		req.Header.Del("Authorization")
		if c.access.Header != "" {
			req.Header.Del(c.access.Header)
		}
	}
	return nil
}

// answer is what came back with a status of success.
type answer struct {
	body []byte
	link string // the header Link
	url  *url.URL
}

// errAbsent is an answer which says that there is nothing at an address.
var errAbsent = errors.New("there is nothing")

// get asks for an address. Where the answer is that there is nothing, the error is errAbsent. No error holds a credential, nor the
// query of the address, where people put them.
func (c *Client) get(ctx context.Context, address string) (*answer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("an address of the source is none")
	}
	shown := u.Scheme + "://" + u.Host + u.EscapedPath()
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for attempt := 0; ; attempt++ {
		a, wait, err := c.try(ctx, u)
		if err == nil {
			return a, nil
		}
		if wait < 0 || attempt >= c.access.Retries || ctx.Err() != nil {
			err = cmp.Or(ctx.Err(), err) // whatever came just before the end
			return nil, fmt.Errorf("GET %s: %w", shown, err)
		}
		select {
		case <-time.After(max(wait, pause(attempt))):
		case <-ctx.Done():
			return nil, fmt.Errorf("GET %s: %w", shown, ctx.Err())
		}
	}
}

const (
	firstPause  = 200 * time.Millisecond
	longestWait = 5 * time.Second // more, and a visitor, or the platform, has given up
)

// pause is how long to wait after a failed attempt: twice as long each time, and between half of it and the whole, so that those
// who failed together do not come back together.
func pause(attempt int) time.Duration {
	whole := firstPause << attempt
	return whole/2 + rand.N(whole/2)
}

// try makes one attempt. If it fails, wait is how long the source wants to be left alone, negative if another attempt is in vain.
func (c *Client) try(ctx context.Context, u *url.URL) (a *answer, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.access.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, -1, errors.New("the address is none")
	}
	if err := c.prepare(req); err != nil {
		return nil, -1, err
	}
	cached := c.cache.condition(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, plainError(err)
	}
	defer resp.Body.Close()
	if wait, err := refusal(resp, cached != nil); err != nil {
		return nil, wait, err
	}
	c.checkAge(resp)
	body := cached
	if resp.StatusCode != http.StatusNotModified {
		if body, err = c.read(resp); err != nil {
			return nil, retryUnlessLarge(err), err
		}
		c.cache.keep(req, resp, body)
	}
	return &answer{body: body, link: c.cache.link(req, resp), url: resp.Request.URL}, 0, nil
}

// prepare gives a request its headers.
func (c *Client) prepare(req *http.Request) error {
	req.Header.Set("User-Agent", "isrgen")
	req.Header.Set("Accept", "*/*")
	if c.fresh {
		req.Header.Set("Cache-Control", "no-cache")
	}
	for _, credential := range []struct{ variable, header, prefix string }{
		{c.access.Bearer, "Authorization", "Bearer "}, {c.access.Secret, c.access.Header, ""},
	} {
		if credential.variable == "" {
			continue
		}
		value := strings.TrimSpace(os.Getenv(credential.variable))
		if value == "" {
			return fmt.Errorf("the environment variable %s is not set: set it for the build, and among the project's environment variables "+
				"for its functions", credential.variable)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("the environment variable %s holds what no header can", credential.variable)
		}
		req.Header.Set(credential.header, credential.prefix+value)
	}
	return nil
}

// plainError is an error of package http without the address, which the caller adds.
func plainError(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return errors.New("no answer in time")
		}
		return wrapped.Err
	}
	return err
}

// refusal is the error of an answer that brings nothing, and how long to wait before another attempt, negative for never.
func refusal(resp *http.Response, cached bool) (wait time.Duration, err error) {
	status := resp.StatusCode
	switch {
	case status == http.StatusOK, status == http.StatusNotModified && cached:
		return 0, nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return -1, errAbsent
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return -1, fmt.Errorf("the answer has status %d: check the credential", status)
	case status == http.StatusTooManyRequests, status >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		wait := time.Duration(seconds) * time.Second
		if wait > longestWait {
			wait = -1
		}
		return wait, fmt.Errorf("the answer has status %d", status)
	}
	return -1, fmt.Errorf("the answer has status %d", status)
}

var errLarge = errors.New("the answer is larger than maxSize allows")

func retryUnlessLarge(err error) time.Duration {
	if errors.Is(err, errLarge) {
		return -1
	}
	return 0
}

// read reads an answer, which must be whole and not too large.
func (c *Client) read(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.access.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the answer breaks off: %w", plainError(err))
	}
	if int64(len(body)) > c.access.MaxSize {
		return nil, errLarge
	}
	return body, nil
}

// checkAge warns of an answer that a cache gave although it was asked not to: what is rendered from it may be as old.
func (c *Client) checkAge(resp *http.Response) {
	if age, _ := strconv.Atoi(resp.Header.Get("Age")); c.fresh && age > 0 {
		u := resp.Request.URL
		c.warn(fmt.Sprintf("%s://%s%s was answered by a cache, %d s old: what is rendered from it may be out of date",
			u.Scheme, u.Host, u.EscapedPath(), age))
	}
}
