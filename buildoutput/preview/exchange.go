package preview

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// defaultCacheControl is what a browser is told unless a route says otherwise: keep it, but ask each time.
//
// Source: the platform's documentation, "Cache-Control headers".
const defaultCacheControl = "public, max-age=0, must-revalidate"

// exchange is one request and the response to it. ServeHTTP makes it; one goroutine uses it.
type exchange struct {
	server     *Server
	deployment *deployment
	w          *recorder
	r          *http.Request
	id         string
	began      time.Time

	request  *routing.Request
	decision *routing.Decision
	body     []byte // of the request, once it was read
	broken   error  // what a middleware failed with

	// What the response and the log say of its origin.
	cache   isr.Status
	reason  isr.Reason
	age     time.Duration
	cold    bool   // a process was started for a plain function
	code    string // x-vercel-error
	failing bool   // what is served stands for an error
	err     error  // what fail was called for
}

func newExchange(s *Server, w http.ResponseWriter, r *http.Request) *exchange {
	return &exchange{
		server:     s,
		deployment: s.deployment,
		w:          &recorder{ResponseWriter: w},
		r:          r,
		id:         newID(),
		began:      time.Now(),
		cache:      isr.Miss,
	}
}

// newID gives an id for x-vercel-id: the region, a time and something random.
func newID() string {
	return fmt.Sprintf("dev1::dev1::%s-%d-%s", strings.ToLower(rand.Text()[:5]), time.Now().UnixMilli(), strings.ToLower(rand.Text()[:12]))
}

// answer routes the request and does what was decided. It writes nothing if it gives an error.
func (x *exchange) answer() error {
	path, query := target(x.r)
	x.request = &routing.Request{
		Method:   x.r.Method,
		Scheme:   x.server.origin.Scheme,
		Host:     x.r.Host,
		Path:     path,
		RawQuery: query,
		Header:   x.r.Header,

		Middleware: x.middleware,
	}
	x.decision = x.deployment.router.Resolve(x.request)
	switch d := x.decision; d.Kind {
	case routing.Serve:
		x.code, x.failing, x.err = d.Err, d.Err != "", x.broken
		return x.serve()
	case routing.Redirect:
		return x.redirect()
	case routing.Respond:
		return x.respond(d.Response.Status, d.Response.Header, d.Response.Body)
	case routing.Proxy:
		return &failure{http.StatusBadGateway, codeExternal, fmt.Sprintf("a route leads to %s, and this preview does not ask other hosts yet", d.URL)}
	default:
		return x.routingFailure()
	}
}

// target gives path and query as the client sent them. What is not a path, such as the * of OPTIONS, becomes the root.
func target(r *http.Request) (path, query string) {
	uri := r.RequestURI
	if !strings.HasPrefix(uri, "/") {
		uri = r.URL.EscapedPath()
		if r.URL.RawQuery != "" {
			uri += "?" + r.URL.RawQuery
		}
	}
	path, query, _ = strings.Cut(uri, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/"
	}
	return path, query
}

// serve answers with the output that routing found.
func (x *exchange) serve() error {
	output := x.decision.Output
	if p, ok := x.deployment.outputs.prerenders[output]; ok {
		return x.serveCached(&p.Config)
	}
	if fn, ok := x.deployment.outputs.functions[output]; ok {
		return x.serveFunction(fn)
	}
	if file, ok := x.deployment.outputs.static[output]; ok {
		return x.serveStatic(file)
	}
	return &failure{http.StatusNotFound, codeNotFound, ""}
}

// from notes where the response comes from. A failure keeps what it came from, whatever page stands for it.
func (x *exchange) from(cache isr.Status, reason isr.Reason, age time.Duration) {
	if x.err == nil {
		x.cache, x.reason, x.age = cache, reason, age
	}
}

func (x *exchange) redirect() error {
	d := x.decision
	x.headers(http.Header{"Location": {d.Location}})
	h := x.w.Header()
	if d.Status == http.StatusPermanentRedirect && h.Get("Refresh") == "" {
		h.Set("Refresh", "0;url="+d.Location)
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	x.write(d.Status, []byte("Redirecting to "+d.Location+"\n"))
	return nil
}

// respond sends the response of a function or a middleware.
func (x *exchange) respond(status int, header http.Header, body []byte) error {
	x.headers(header)
	if x.decision.Kind == routing.Serve && x.decision.Status != 0 {
		status = x.decision.Status
	}
	x.write(status, body)
	return nil
}

// headers puts together the headers of the response: those of routes, the output's own, important ones and transforms of
// routes, the default, and ours.
func (x *exchange) headers(own http.Header) {
	h := x.w.Header()
	clear(h)
	if x.decision != nil {
		own = x.decision.ResponseHeader(own)
	}
	for name, values := range own {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", defaultCacheControl)
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
	h.Del("Content-Length")
	h.Set("Server", "isrgen")
	h.Set("X-Vercel-Id", x.id)
	h.Set("X-Vercel-Cache", string(x.cache))
	h.Set("Age", strconv.FormatInt(int64(x.age/time.Second), 10))
	if x.reason != "" {
		h.Set("X-Isrgen-Reason", string(x.reason))
	}
	if x.code != "" {
		h.Set("X-Vercel-Error", x.code)
	}
}

// hopByHop are the headers of one connection.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// write sends status and body after headers.
func (x *exchange) write(status int, body []byte) {
	h := x.w.Header()
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // net/http guesses otherwise
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		x.w.WriteHeader(status)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.w.Write(body)
	}
}

// finish ends the exchange: after a panic with a page, and always with a line in the log.
func (x *exchange) finish() {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			panic(v)
		}
		x.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		if x.w.status == 0 {
			x.page(&failure{http.StatusInternalServerError, codeInternal, "the preview itself failed; its log says more"})
		}
	}
	x.logLine()
}

func (x *exchange) logLine() {
	attrs := []slog.Attr{
		slog.String("method", x.r.Method),
		slog.String("path", x.r.URL.Path),
		slog.Int("status", x.w.status),
		slog.String("cache", string(x.cache)),
	}
	if x.reason != "" {
		attrs = append(attrs, slog.String("reason", string(x.reason)))
	}
	if x.decision != nil {
		if x.decision.Output != "" {
			attrs = append(attrs, slog.String("output", x.decision.Output))
		}
		if x.decision.Route >= 0 {
			attrs = append(attrs, slog.Int("route", x.decision.Route))
		}
	}
	if x.cold {
		attrs = append(attrs, slog.Bool("cold", true))
	}
	attrs = append(attrs, slog.Duration("duration", time.Since(x.began)))
	level := slog.LevelInfo
	if x.err != nil {
		attrs = append(attrs, slog.Any("err", x.err))
		if x.w.status >= 500 {
			level = slog.LevelError
		}
	}
	x.server.log.LogAttrs(context.WithoutCancel(x.r.Context()), level, "request", attrs...)
}

// recorder remembers what was sent.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the first status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the status that it implies.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
