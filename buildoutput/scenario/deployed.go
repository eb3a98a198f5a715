package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// deployed is a world on another machine: nothing but visits can be done there, and nobody knows how often a function was asked.
type deployed struct {
	ctx      context.Context
	base     *url.URL
	dir      string // of the scenario
	token    string
	client   *http.Client
	versions versions
}

func newDeployed(ctx context.Context, dir string, opts Options) (*deployed, error) {
	base, err := url.Parse(opts.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a deployment: write it as https://example.com", opts.URL)
	}
	client := opts.Client
	if client == nil {
		client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &deployed{ctx: ctx, base: base, dir: dir, token: opts.Token, client: client}, nil
}

func (d *deployed) close() error { return nil }

// Pause cannot be done.
func (d *deployed) Pause(time.Duration) error { return errSkip{"time passes in it"} }

// Settle has nothing to wait for.
func (d *deployed) Settle() {}

// Renders is unknown: an expectation of renders never holds.
func (d *deployed) Renders() int { return 0 }

// Together makes requests at the same time.
func (d *deployed) Together(n int, do func(i int)) {
	var visits sync.WaitGroup
	for i := range n {
		visits.Go(func() { do(i) })
	}
	visits.Wait()
}

// Step makes a request.
func (d *deployed) Step(words []string) (string, error) {
	verb := words[0]
	if verb == "RUN" {
		return "", run(d.ctx, d.dir, words[1:])
	}
	token := verb == "REVALIDATE" || verb == "IF-GENERATED" || verb == "DRAFT"
	if !token && !isVisit(verb) {
		return "", errSkip{verb + " cannot be done to a deployment"}
	}
	v, err := parseVisit(words)
	if err != nil {
		return "", err
	}
	if v.region != "" || v.host != "" {
		return "", errSkip{"a deployment cannot be asked from a region, or by another name"}
	}
	if token {
		v.method = http.MethodGet
		if d.token == "" {
			return "", errors.New("there is no token: set ISRGEN_BYPASS_TOKEN")
		}
	}
	to, err := d.base.Parse(v.path)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(d.ctx, v.method, to.String(), nil)
	if err != nil {
		return "", err
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	if token {
		authorize(r, verb, d.token)
	}
	resp, err := d.client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	if err != nil {
		return "", err
	}
	return d.versions.outcome(v.method, v.path, resp.StatusCode, resp.Header, body), nil
}
