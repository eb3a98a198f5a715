package preview

import (
	"context"
	"net/http"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// draftCookie has the token of draft mode.
const draftCookie = "__prerender_bypass"

// serveCached answers with an output of the ISR cache.
func (x *exchange) serveCached(config *buildoutput.PrerenderConfig) error {
	result, err := x.deployment.cache.Get(x.r.Context(), x.visit(config))
	if result.Status != "" {
		x.from(result.Status, result.Reason, result.Age)
	}
	resp := result.Response
	switch {
	case err != nil:
		return err
	case result.Status == isr.Bypass:
		return x.respond(resp.Status, resp.Header, resp.Body)
	case result.Reason == isr.Failed && !config.ExposeErrBody:
		return &failure{resp.Status, "", "the function answered with this status, which is not kept and whose body is not shown without exposeErrBody"}
	}
	return x.sendCached(resp)
}

// visit says of the request what the cache may know.
func (x *exchange) visit(config *buildoutput.PrerenderConfig) *isr.Request {
	d := x.decision
	visitor := x.r.Header
	query := d.Query // which the function sees
	if !config.PassQuery {
		query = d.RoutedQuery()
	}
	req := &isr.Request{
		Key: isr.Key{
			Deployment: x.deployment.id,
			Domain:     x.server.domain(x.r.Host),
			Output:     d.Output,
			Query:      isr.AllowedQuery(query, config.AllowQuery),
		},
		Region:      x.region,
		Method:      x.r.Method,
		Matches:     isr.AllowedQuery(d.RouteMatches, config.AllowQuery),
		Invocation:  x.id,
		MatchedPath: d.MatchedPath,
		Header:      x.allowedHeader(config.AllowHeader),
		Revalidate:  visitor.Get("X-Prerender-Revalidate"),
		IfGenerated: visitor.Get("X-Prerender-Revalidate-If-Generated") != "",
		Fresh:       strings.Contains(strings.ToLower(visitor.Get("Pragma")), "no-cache"),
		Bypass:      x.deployment.bypassed(d.Output, x.request),
		Direct:      x.direct,
	}
	if cookie, err := x.r.Cookie(draftCookie); err == nil {
		req.Draft = cookie.Value
	}
	if x.failing { // the visitor asked for something else, whatever the method and the token
		req.Method, req.Revalidate = http.MethodGet, ""
	}
	return req
}

// direct asks the function with the visitor's own request, for a bypass.
func (x *exchange) direct(ctx context.Context) (*isr.Response, error) {
	resp, err := x.invoke(ctx, x.deployment.outputs.functions[x.decision.Output], false)
	if err != nil {
		return nil, err
	}
	return &isr.Response{Status: resp.Status, Header: resp.Header, Body: resp.Body}, nil
}

// allowedHeader gives the visitor's headers which a config lets through to the function.
func (x *exchange) allowedHeader(names []string) http.Header {
	if len(names) == 0 {
		return nil
	}
	visitor := x.decision.ChangedHeader(x.r.Header)
	allowed := http.Header{}
	for _, name := range names {
		name = http.CanonicalHeaderKey(name)
		if values := visitor[name]; len(values) > 0 && !reserved(name) && !personal(name) {
			allowed[name] = values
		}
	}
	return allowed
}

// personal reports whether a header, in canonical form, says who the visitor is. Those never reach a render.
func personal(name string) bool {
	return name == "Cookie" || name == "Authorization" || name == "Proxy-Authorization"
}

// sendCached sends what everybody gets. A visitor who has it already is told so.
func (x *exchange) sendCached(resp *isr.Response) error {
	own := make(http.Header, len(resp.Header))
	for name, values := range resp.Header {
		if name != "Cache-Control" && name != "Set-Cookie" {
			own[name] = values
		}
	}
	x.headers(own)
	status := resp.Status
	if x.decision.Status != 0 {
		status = x.decision.Status
	}
	if status == http.StatusOK && matches(x.r.Header.Get("If-None-Match"), resp.Header.Get("Etag")) {
		status = http.StatusNotModified
	}
	x.write(status, resp.Body)
	return nil
}

// matches reports whether If-None-Match names an ETag, by weak comparison.
func matches(ifNoneMatch, etag string) bool {
	if ifNoneMatch == "" || etag == "" {
		return false
	}
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
