package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// handler renders the pages of one bundle.
type handler struct {
	site     *site.Site
	renderer *render.Renderer
	now      func() time.Time
	network  network
}

// open opens the bundle in the function's directory.
func open(dir string) (*handler, error) {
	f, err := os.Open(filepath.Join(dir, content.BundleFile))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	bundle, err := content.OpenBundle(f, info.Size())
	if err != nil {
		return nil, err
	}
	s, err := site.Open(bundle)
	if err != nil {
		return nil, err
	}
	renderer, err := render.Open(bundle, s)
	if err != nil {
		return nil, err
	}
	asked, err := connect(bundle, s)
	if err != nil {
		return nil, err
	}
	now, err := clock(os.Getenv("ISRGEN_CLOCK"))
	return &handler{site: s, renderer: renderer, now: now, network: asked}, err
}

func clock(fixed string) (func() time.Time, error) {
	if fixed == "" {
		return func() time.Time { return time.Now().UTC().Truncate(time.Second) }, nil
	}
	t, err := time.Parse(time.RFC3339, fixed)
	if err != nil {
		return nil, fmt.Errorf("ISRGEN_CLOCK: %w", err)
	}
	return func() time.Time { return t.UTC() }, nil
}

// event is an invocation. Body is JSON again.
//
// Source: the platform's Go bridge, which sends the same to every provided runtime.
type event struct {
	Body string `json:"body"`
}

type request struct {
	Method  string         `json:"method"`
	Path    string         `json:"path"` // with the query
	Headers map[string]any `json:"headers"`

	// Encoding is that of the body: base64, or empty for text.
	Encoding string `json:"encoding"`
	Body     string `json:"body"`
}

// draftCookie is what a visitor in draft mode has. The platform lets no cookie through to a render, and this one only with the
// right token: where it is, the response is for this visitor alone.
const draftCookie = "__prerender_bypass="

func (r *request) draft() bool { return strings.Contains(r.header("cookie"), draftCookie) }

// header is the value of a header, or the list of its values in brackets.
func (r *request) header(name string) string {
	for given, value := range r.Headers {
		if strings.EqualFold(given, name) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

// response is what the platform takes back. Header values are lists.
type response struct {
	StatusCode int                 `json:"statusCode"`
	Headers    map[string][]string `json:"headers"`
	Encoding   string              `json:"encoding"`
	Body       string              `json:"body"`
}

func (h *handler) invoke(ctx context.Context, e event) (response, error) {
	var req request
	if err := json.Unmarshal([]byte(e.Body), &req); err != nil {
		return response{}, fmt.Errorf("the event is not an invocation: %w", err)
	}
	if r, ok := h.webhook(ctx, &req); ok {
		return r, nil
	}
	if req.Method != "GET" && req.Method != "HEAD" {
		r := plain(405, "Only GET and HEAD are possible here.\n")
		r.Headers["allow"] = []string{"GET, HEAD"}
		return r, nil
	}
	r := h.respond(ctx, req.Path)
	if req.draft() {
		r.Headers["cache-control"] = []string{"private, no-cache, no-store, max-age=0, must-revalidate"}
	}
	return r, nil
}

// respond renders the page that a request is for. It never fails: what goes wrong is logged, and visitors get a 500 that says
// nothing of the reason.
func (h *handler) respond(ctx context.Context, target string) response {
	r, err := h.page(ctx, target)
	if err != nil {
		fmt.Fprintf(os.Stderr, "isrgen: %s: %v\n", strconv.Quote(target), err)
		return plain(500, "This page cannot be rendered at the moment.\n")
	}
	return r
}

func (h *handler) page(ctx context.Context, target string) (response, error) {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return plain(400, "This is not an address.\n"), nil
	}
	query, now := u.Query(), h.now()
	page, err := h.find(ctx, u.Path, query)
	if errors.Is(err, site.ErrNotFound) || err == nil && !page.Holds(now) {
		return h.notFound(ctx, page, now)
	}
	if err != nil {
		return response{}, err
	}
	rendered, err := h.render(page, h.request(ctx, now, query))
	if err != nil {
		return response{}, err
	}
	return html(rendered, lifetime(page.Policy.Revalidate, now, rendered.Changes)), nil
}

func (h *handler) request(ctx context.Context, now time.Time, query url.Values) render.Request {
	return render.Request{Context: ctx, Time: now, Query: query, JSON: h.network.reader()}
}

// render renders a page, and logs what its layouts warn of.
func (h *handler) render(page *site.Page, request render.Request) (*render.Response, error) {
	rendered, err := h.renderer.Render(page, request)
	if err != nil {
		return nil, err
	}
	for _, warning := range rendered.Warnings {
		fmt.Fprintf(os.Stderr, "isrgen: %s: warning: %s\n", page.Path, warning)
	}
	return rendered, nil
}

// notFound is the answer where there is no page. One that is not there yet is asked for again when its time has come.
func (h *handler) notFound(ctx context.Context, hidden *site.Page, now time.Time) (response, error) {
	page, err := h.site.Page(site.NotFoundPath)
	if err != nil {
		return response{}, err
	}
	rendered, err := h.render(page, h.request(ctx, now, nil))
	if err != nil {
		return response{}, err
	}
	changes := rendered.Changes
	if hidden != nil {
		changes = site.Earlier(changes, hidden.Window.Changes(now))
	}
	return html(rendered, lifetime(h.site.Config.NotFound, now, changes)), nil
}

// html is the response with a page that is fresh for a number of seconds. The platform takes s-maxage for the age of an entry
// and does not show it to visitors.
func html(rendered *render.Response, seconds int) response {
	return response{
		StatusCode: rendered.Status,
		Headers: map[string][]string{
			"content-type":  {rendered.ContentType},
			"cache-control": {fmt.Sprintf("public, max-age=0, s-maxage=%d, must-revalidate", seconds)},
		},
		Encoding: "base64",
		Body:     base64.StdEncoding.EncodeToString(rendered.Body),
	}
}

// onDemandSeconds is what a page without a time limit says: a year, the longest that caches count.
const onDemandSeconds = 365 * 24 * 60 * 60

// lifetime is for how many seconds a response is fresh: as the author says, but not past the moment at which its content changes.
func lifetime(revalidate content.Revalidate, now, changes time.Time) int {
	seconds := int(revalidate)
	if revalidate == content.OnDemand {
		seconds = onDemandSeconds
	}
	return site.Seconds(seconds, now, changes)
}

// deferralPrefix begins the output paths of deferrals. Only there the path in the query counts.
const deferralPrefix = "/" + site.DeferralDir + "/"

// find returns the page of a request. A page which the build knows has a function of its own name; a deferred one is named
// in the query by the route. Pages that are not meant for functions, and addresses in another form than the page's own, are
// not found.
func (h *handler) find(ctx context.Context, path string, query url.Values) (*site.Page, error) {
	candidates := []string{path}
	if strings.HasPrefix(path, deferralPrefix) {
		// The platform does not say how often it escapes what a route captured: once or twice.
		if path = query.Get(content.PathParameter); path == "" {
			return nil, site.ErrNotFound
		}
		candidates = []string{path}
		if again, err := url.PathUnescape(path); err == nil && again != path {
			candidates = append(candidates, again)
		}
	}
	for _, candidate := range candidates {
		if page, err := h.site.Page(candidate); err == nil && page.Kind == site.KindOutput { // whose address is that of a file
			return page, nil
		}
		page, err := h.site.Page(h.site.Config.Canonical(candidate))
		if errors.Is(err, site.ErrNotFound) {
			page, err = nil, nil
		}
		if err == nil && (page == nil || page.Origin != "" && page.Policy.IsEntry()) {
			page, err = h.site.Ask(ctx, h.site.Sources, h.site.Config.Canonical(candidate), page)
		}
		if errors.Is(err, site.ErrNotFound) || err == nil && !page.Policy.IsEntry() {
			continue
		}
		return page, err
	}
	return nil, site.ErrNotFound
}

func plain(status int, text string) response {
	return response{
		StatusCode: status,
		Headers:    map[string][]string{"content-type": {"text/plain; charset=utf-8"}, "cache-control": {"no-store"}},
		Body:       text,
	}
}
