package preview

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/routing"
)

// serveProxy answers with what another host does. Bodies are streamed both ways, and a redirect is the visitor's to follow.
//
// Source: the platform's documentation, "Rewrites", external rewrites: the host is asked as itself and told of the
// visitor's in x-forwarded-host.
func (x *exchange) serveProxy() error {
	to, err := url.Parse(x.decision.URL)
	if err != nil {
		return &failure{http.StatusBadGateway, codeExternal, "a route leads to what is no URL"}
	}
	if err := x.server.external.permit(to); err != nil {
		return err
	}
	if slices.ContainsFunc(x.r.Header.Values("Via"), func(via string) bool { return strings.Contains(via, x.server.via) }) {
		return &failure{http.StatusLoopDetected, routing.ErrInfiniteLoop, "a route leads back to this preview"}
	}
	var failed error
	proxy := &httputil.ReverseProxy{
		Transport:     x.server.external.transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL, r.Out.Host = to, ""
			r.Out.Header = x.decision.ChangedHeader(x.forwarded(x.r.Header))
			r.Out.Header.Add("Via", "1.1 "+x.server.via)
			if x.body != nil { // a middleware has read it
				r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(x.body)), int64(len(x.body))
			}
		},
		ModifyResponse: x.proxied,
		ErrorHandler:   func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
		ErrorLog:       slog.NewLogLogger(x.server.log.Handler(), slog.LevelWarn),
	}
	proxy.ServeHTTP(x.w, x.r)
	if failed == nil || errors.Is(failed, context.Canceled) {
		return failed
	}
	return externalFailure(failed)
}

// proxied puts the headers of routes and ours to a response of another host, which ReverseProxy then sends.
func (x *exchange) proxied(resp *http.Response) error {
	length := resp.Header.Get("Content-Length")
	x.headers(resp.Header)
	h := x.w.Header()
	resp.Header = h.Clone()
	if length != "" {
		resp.Header.Set("Content-Length", length)
	}
	clear(h) // ReverseProxy adds to what is there
	if x.decision.Status != 0 {
		resp.StatusCode = x.decision.Status
	}
	return nil
}
