//go:build !offline

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/refresh"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/webhook"
)

// tokenVariable names the bypass token of the deployment, which only webhooks need, and which is not in the bundle.
const tokenVariable = "ISRGEN_BYPASS_TOKEN"

// webhook answers a request that is for a webhook. These are the only ones that arrive here as they were made.
func (h *handler) webhook(ctx context.Context, req *request) (r response, ok bool) {
	path, _, _ := strings.Cut(req.Path, "?")
	i := slices.IndexFunc(h.network.hooks, func(hook *webhook.Hook) bool { return hook.Path() == path })
	if i < 0 {
		return response{}, false
	}
	return h.message(ctx, h.network.hooks[i], req), true
}

// message answers a message: it has the pages regenerated that the items in it concern. Whoever sent it learns what came of each.
func (h *handler) message(ctx context.Context, hook *webhook.Hook, req *request) response {
	if req.Method != "POST" {
		r := plain(405, "A webhook takes POST.\n")
		r.Headers["allow"] = []string{"POST"}
		return r
	}
	body := []byte(req.Body)
	if req.Encoding == "base64" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(req.Body); err != nil {
			return plain(400, "The body cannot be read.\n")
		}
	}
	secret, token := os.Getenv(hook.SecretEnv), os.Getenv(tokenVariable)
	if secret == "" || token == "" {
		fmt.Fprintf(os.Stderr, "isrgen: the webhook %s needs the variables %s and %s\n", hook.Name, hook.SecretEnv, tokenVariable)
		return plain(500, "This webhook is not set up.\n")
	}
	if err := hook.Verify(single(req.header(hook.Header)), secret, body); err != nil {
		return plain(401, "The signature is missing, or not that of the message.\n")
	}
	items, err := hook.Items(single(req.header("X-GitHub-Event")), body)
	if err != nil {
		return plain(400, "The message cannot be understood.\n")
	}
	targets, err := h.concerned(ctx, h.site.Origins[hook.Source], items)
	if err != nil {
		fmt.Fprintf(os.Stderr, "isrgen: the webhook %s: %v\n", hook.Name, err)
		return plain(500, "What the message concerns cannot be found out at the moment.\n")
	}
	return h.regenerate(ctx, req, token, items, targets)
}

// single takes a value out of the brackets of a list of one.
func single(value string) string { return strings.Trim(value, "[]") }

// concerned are the pages of items, those that are gone included, and the pages that show them.
func (h *handler) concerned(ctx context.Context, origin *site.Origin, items []string) ([]refresh.Target, error) {
	paths := map[string]bool{}
	for _, item := range items {
		if !origin.Valid(item) {
			continue
		}
		address := h.site.Config.Canonical(origin.Dir() + item)
		known, err := h.site.Page(address)
		if errors.Is(err, site.ErrNotFound) {
			known, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
		if known == nil && origin.DynamicParams || known != nil && known.Origin == origin.Name && known.Policy.IsEntry() {
			paths[address] = true
		}
		for _, path := range origin.Concerned(h.terms(ctx, origin, item, known)) {
			paths[path] = true
		}
	}
	var targets []refresh.Target
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		targets = append(targets, refresh.Target{Path: path, Transient: true})
	}
	return targets, nil
}

// terms are those that an item had when the site was built, and those that it has now. If the source cannot be asked, the pages will
// say so.
func (h *handler) terms(ctx context.Context, origin *site.Origin, item string, known *site.Page) []string {
	var terms []string
	if known != nil {
		terms = known.AllTerms()
	}
	doc, err := h.site.Sources[origin.Name].Get(ctx, item)
	if err != nil {
		if !errors.Is(err, content.ErrNoDocument) {
			fmt.Fprintf(os.Stderr, "isrgen: %s: %v\n", origin.Name, err)
		}
		return terms
	}
	page, err := h.site.Renew(doc, known)
	if err == nil && page != nil {
		terms = append(terms, page.AllTerms()...)
	}
	return terms
}

// messageReport is the answer to a message.
type messageReport struct {
	Items   []string         `json:"items"`
	Results []refresh.Result `json:"results"`
}

// regenerate asks the deployment that the message came to. Its host is what the platform found the deployment by.
func (h *handler) regenerate(ctx context.Context, req *request, token string, items []string, targets []refresh.Target) response {
	client := &refresh.Client{Origin: deployment(req), Token: token, Protection: os.Getenv("VERCEL_AUTOMATION_BYPASS_SECRET"), Attempts: 2}
	report := messageReport{Items: append([]string{}, items...), Results: append([]refresh.Result{}, client.Revalidate(ctx, targets, nil)...)}
	r := plain(200, "")
	r.Headers["content-type"] = []string{"application/json"}
	for _, result := range report.Results {
		if !result.OK {
			fmt.Fprintf(os.Stderr, "isrgen: %s: %s\n", result.Path, result.Message)
			r.StatusCode = 502
		}
	}
	if len(report.Results) < len(targets) {
		r.StatusCode = 502
	}
	text, _ := json.Marshal(report) // texts and numbers
	r.Body = string(text) + "\n"
	return r
}

func deployment(req *request) *url.URL {
	host := single(req.header("host"))
	origin := &url.URL{Scheme: "https", Host: host}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		origin.Scheme = "http" // a preview; nobody else is on the way
	}
	return origin
}
