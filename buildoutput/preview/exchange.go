package preview

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

// Values that many responses share.
var (
	cacheControl = []string{defaultCacheControl}
	serverName   = []string{"isrgen"}
)

// exchange is one request and the response to it. ServeHTTP makes it; one goroutine uses it.
type exchange struct {
	server     *Server
	deployment *deployment
	w          *recorder
	r          *http.Request
	region     string // of the visitor
	id         string
	began      time.Time

	request  *routing.Request
	decision *routing.Decision
	body     []byte // of the request, once it was read
	broken   error  // what a middleware failed with

	// What the response and the log say of its origin.
	cache    isr.Status
	reason   isr.Reason
	age      time.Duration
	function string // "cold" if a process was started for this request, "warm" if one was there
	code     string // x-vercel-error
	failing  bool   // what is served stands for an error
	err      error  // what fail was called for
}

func newExchange(s *Server, d *deployment, w http.ResponseWriter, r *http.Request, began time.Time) *exchange {
	region := s.region(r)
	return &exchange{
		server:     s,
		deployment: d,
		w:          &recorder{ResponseWriter: w},
		r:          r,
		region:     region,
		id:         s.newID(region, began),
		began:      began,
		cache:      isr.Miss,
	}
}

// newID gives an id for x-vercel-id: the visitor's region, the function's, a time and something random, which is no secret.
func (s *Server) newID(region string, now time.Time) string {
	if region == "" {
		region = s.opts.Regions[0].Name
	}
	id := append(make([]byte, 0, 64), region...)
	id = append(append(append(id, "::"...), s.opts.Regions[0].Name...), "::"...)
	id = append(strconv.AppendUint(id, rand.Uint64()>>39|1<<24, 32), '-') // five digits
	id = append(strconv.AppendInt(id, now.UnixMilli(), 10), '-')
	id = strconv.AppendUint(id, rand.Uint64()>>4|1<<59, 32) // twelve
	return string(id)
}

// answer routes the request and does what was decided. It writes nothing if it gives an error.
func (x *exchange) answer() error {
	if path, query := target(x.r); x.deployment.images != nil && imagePaths[path] {
		return x.serveImage(query)
	}
	x.route(false)
	switch d := x.decision; d.Kind {
	case routing.Serve:
		x.code, x.failing, x.err = d.Err, d.Err != "", x.broken
		return x.serve()
	case routing.Redirect:
		return x.redirect()
	case routing.Respond:
		return x.respond(d.Response.Status, d.Response.Header, d.Response.Body)
	case routing.Proxy:
		return x.serveProxy()
	default:
		return x.routingFailure()
	}
}

// route decides what to do with the request.
func (x *exchange) route(trace bool) {
	path, query := target(x.r)
	x.request = &routing.Request{
		Method:   x.r.Method,
		Scheme:   x.server.origin.Scheme,
		Host:     x.r.Host,
		Path:     path,
		RawQuery: query,
		Header:   x.r.Header,
		Trace:    trace,

		Middleware: x.middleware,
	}
	x.decision = x.deployment.router.Resolve(x.request)
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
	decision := x.decision
	if decision == nil {
		decision = &routing.Decision{}
	}
	decision.ResponseHeader(h, own)
	if h.Get("Cache-Control") == "" {
		h["Cache-Control"] = cacheControl
	}
	deleteHopByHop(h)
	delete(h, "Content-Length")
	h["Server"] = serverName
	ours := []string{x.id, string(x.cache), strconv.FormatInt(int64(x.age/time.Second), 10)} // one piece of memory for all
	h["X-Vercel-Id"], h["X-Vercel-Cache"], h["Age"] = ours[0:1:1], ours[1:2:2], ours[2:3:3]
	if x.reason != "" {
		h.Set("X-Isrgen-Reason", string(x.reason))
	}
	if x.code != "" {
		h.Set("X-Vercel-Error", x.code)
	}
}

// hopByHop are the headers of one connection, in canonical form.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// deleteHopByHop removes those and the ones that Connection names.
func deleteHopByHop(h http.Header) {
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}

// write sends status and body after headers, compressed where the platform does that and the visitor accepts it.
func (x *exchange) write(status int, body []byte) {
	x.send(status, contentCoding(x.w.Header(), x.r.Header, int64(len(body))), body)
}

// send does that with the coding, which is empty for none.
func (x *exchange) send(status int, coding string, body []byte) {
	h := x.w.Header()
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // net/http guesses otherwise
	}
	if status == http.StatusNotModified && coding != "" {
		weaken(h) // as in the response that the visitor has
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		x.w.WriteHeader(status)
		return
	}
	if coding != "" {
		if smaller := x.server.compressor.compress(coding, body); smaller != nil {
			body = smaller
			h.Set("Content-Encoding", coding)
			weaken(h)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	if x.r.Method == http.MethodHead {
		return
	}
	if conn, ok := x.r.Context().Value(connKey{}).(*corkedConn); ok {
		conn.corked = true
		defer conn.uncork()
	}
	x.w.Write(body)
}

// finish ends the exchange: after a panic with a page, and always with a line in the log.
func (x *exchange) finish() {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			x.logLine()
			panic(v)
		}
		x.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		if x.w.status == 0 {
			x.page(&failure{http.StatusInternalServerError, codeInternal, "the preview itself failed; its log says more"})
		}
	}
	x.logLine()
}

// logLine says what became of the request. The path is as it was sent, without its query, which may hold what is secret.
func (x *exchange) logLine() {
	level := slog.LevelInfo
	if x.err != nil && x.w.status >= 500 {
		level = slog.LevelError
	}
	ctx := context.WithoutCancel(x.r.Context())
	if !x.server.log.Enabled(ctx, level) {
		return
	}
	path, _ := target(x.r)
	attrs := []slog.Attr{
		slog.String("method", x.r.Method),
		slog.String("path", path),
		slog.Int("status", x.w.status),
		slog.String("cache", string(x.cache)),
	}
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	text("reason", string(x.reason))
	if d := x.decision; d != nil {
		text("output", d.Output)
		if d.Route >= 0 {
			attrs = append(attrs, slog.Int("route", d.Route))
			text("src", source(&x.deployment.config.Routes[d.Route]))
		}
	}
	text("function", x.function)
	text("code", x.code)
	attrs = append(attrs, slog.Duration("duration", time.Since(x.began)))
	if x.err != nil {
		attrs = append(attrs, slog.Any("err", x.err))
	}
	x.server.log.LogAttrs(ctx, level, "request", attrs...)
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
