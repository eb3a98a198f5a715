package isr

import (
	"context"
	"crypto/subtle"
	"net/http"
)

// Request is one visit to a prerender's output: what the cache has to know of it and what a render may know of it.
type Request struct {
	Key Key

	// Region is where the visitor comes from: the name of one of the cache's regions, or empty for the first.
	Region string

	// Method is GET or HEAD, which are the same to the cache; any other is only good for a bypass. Empty means GET.
	Method string

	// Matches is the query of the route's destination, by the config's allowQuery: what the function gets as
	// x-now-route-matches. Members of a group are rendered with the same.
	Matches string

	// Invocation names the visit, for functions that answer what belongs together from one render. Members of a group are
	// rendered with the same.
	Invocation string

	// MatchedPath and Header are for the function too: x-matched-path and the request headers which the config's
	// allowHeader names. Members of a group get neither.
	MatchedPath string
	Header      http.Header

	// Revalidate is the header x-prerender-revalidate. With the config's token it makes a new response.
	Revalidate string

	// IfGenerated limits Revalidate to entries that the function made: the header
	// x-prerender-revalidate-if-generated.
	IfGenerated bool

	// Fresh asks to wait for a new response where the entry is stale: the header Pragma: no-cache.
	Fresh bool

	// Draft is the cookie __prerender_bypass. With the config's token the visitor talks to the function.
	Draft string

	// Bypass says that a condition of experimentalBypassFor holds.
	Bypass bool

	// Direct asks the function with the visitor's own request. It is called for a bypass and for nothing else.
	Direct func(ctx context.Context) (*Response, error)
}

// bypass gives the reason for which a request goes past the cache, empty for none.
func (r *rule) bypass(req *Request) Reason {
	switch {
	case r.authorized(req.Draft):
		return DraftMode
	case req.Bypass:
		return PrerenderBypass
	}
	return ""
}

// revalidates reports whether a request may ask for a new response and does.
func (r *rule) revalidates(req *Request, entry *Entry) bool {
	if !r.authorized(req.Revalidate) {
		return false
	}
	return !req.IfGenerated || entry != nil && !entry.Fallback
}

// authorized compares with the bypass token in a time that does not depend on where the first difference is. A config
// without a token authorizes nobody.
func (r *rule) authorized(token string) bool {
	want := r.config.BypassToken
	return want != "" && subtle.ConstantTimeCompare([]byte(token), []byte(want)) == 1
}
