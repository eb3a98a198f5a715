package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// serveFunction answers with a plain function: it is asked each time.
func (x *exchange) serveFunction(fn *buildoutput.Function) error {
	resp, err := x.invoke(x.r.Context(), fn, true)
	if err != nil {
		return err
	}
	if resp.Stream != nil {
		return x.stream(resp)
	}
	return x.respond(resp.Status, resp.Header, resp.Body)
}

// invoke asks a function with the visitor's own request. For outputs of the ISR cache that is draft mode, and only the
// cache decides on it.
func (x *exchange) invoke(ctx context.Context, fn *buildoutput.Function, stream bool) (*emulator.Response, error) {
	body, err := x.readBody()
	if err != nil {
		return nil, err
	}
	query := x.decision.Query
	if fn.Config.AllowQuery != nil {
		query = isr.AllowedQuery(query, fn.Config.AllowQuery)
	}
	resp, err := x.deployment.emulator.Invoke(ctx, x.decision.Output, fn, &emulator.Request{
		Method: x.r.Method,
		Host:   x.r.Host,
		Path:   withQuery(x.decision.RequestPath, query),
		Header: x.decision.FunctionHeader(x.forwarded(x.r.Header)),
		Body:   body,
		Stream: stream,
	})
	if err == nil {
		x.function = "warm"
		if resp.Cold {
			x.function = "cold"
		}
	}
	return resp, err
}

// readBody gives the body of the visitor's request, which a middleware and a function may both want.
func (x *exchange) readBody() ([]byte, error) {
	if x.body == nil && x.r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(x.r.Body, emulator.MaxPayload+1))
		if err != nil {
			return nil, &failure{http.StatusBadRequest, codeBadRequest, fmt.Sprintf("the request's body cannot be read: %v", err)}
		}
		x.body = body
	}
	return x.body, nil
}

// stream sends a streamed response as it comes. A failure after its beginning can only break it off.
func (x *exchange) stream(resp *emulator.Response) error {
	defer resp.Stream.Close()
	x.headers(resp.Header)
	h := x.w.Header()
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // net/http guesses otherwise
	}
	status := resp.Status
	if x.decision.Status != 0 {
		status = x.decision.Status
	}
	x.w.WriteHeader(status)
	if x.r.Method == http.MethodHead {
		return nil
	}
	flusher := http.NewResponseController(x.w)
	chunk := make([]byte, 32<<10)
	for {
		n, err := resp.Stream.Read(chunk)
		if n > 0 {
			if _, err := x.w.Write(chunk[:n]); err != nil {
				return nil // the visitor left
			}
			flusher.Flush()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			x.err = err
			panic(http.ErrAbortHandler) // or else the visitor would take it for the whole
		}
	}
}

// forwarded gives request headers for a plain function, a middleware or another host: the visitor's, without those that only the platform
// may set, and those of the platform.
//
// Source: the platform's documentation, "Request headers"; for the headers of routes, which [routing.Decision] adds,
// vite-plugin-vercel, which depends on them.
func (x *exchange) forwarded(visitor http.Header) http.Header {
	h := make(http.Header, len(visitor)+8)
	for name, values := range visitor {
		if !reserved(name) {
			h[name] = values
		}
	}
	deleteHopByHop(h)
	ip := x.r.RemoteAddr
	if host, _, err := net.SplitHostPort(ip); err == nil {
		ip = host
	}
	platformHeader(h, x.id, x.server.origin.Scheme, x.r.Host, ip)
	return h
}

// platformHeader sets what the platform adds to each request. Next.js keeps what it rendered for ten seconds unless the name of
// the invocation is another: without it a page would not change when it is regenerated.
func platformHeader(h http.Header, id, scheme, host, ip string) {
	h.Set("X-Forwarded-For", ip)
	h.Set("X-Forwarded-Host", host)
	h.Set("X-Forwarded-Proto", scheme)
	h.Set("X-Real-Ip", ip)
	h.Set("X-Vercel-Forwarded-For", ip)
	h.Set("X-Vercel-Deployment-Url", host)
	h.Set("X-Vercel-Id", id)
	h.Set("X-Invocation-Id", id)
}

// reserved reports whether a request header, in canonical form, is the platform's: a visitor cannot send it.
func reserved(name string) bool {
	switch name {
	case "X-Invocation-Id", "X-Matched-Path", "X-Now-Route-Matches", "X-Real-Ip":
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Vercel-")
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// failureOf gives status and code of a function's failure.
func failureOf(err error) (*failure, bool) {
	var e *emulator.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	return &failure{e.Status(), e.Code(), e.Detail}, true
}
