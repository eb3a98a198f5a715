package preview

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// Options says how a directory is served. The zero value works.
type Options struct {
	// Origin is where the preview can be reached, such as "http://localhost:3000": the scheme and host which prerender
	// functions see. Empty means "http://localhost".
	Origin string

	// Env are variables for every function, which win over those of the function's own config. Nothing of this
	// process's own environment reaches a function.
	Env map[string]string

	// Log gets one line for each request and one for each render. Nil discards them.
	Log *slog.Logger

	// FunctionLog gets what functions write to their output. Nil sends it to Log.
	FunctionLog func(emulator.Line)

	// MaxProcesses is how many processes one function may have. 0 leaves it to the emulator.
	MaxProcesses int

	// AllowExternal names the hosts that rewrites and images may be fetched from, each as name or name:port, which
	// may be of this machine or its network; [AnyHost] adds all that are public. Empty means none: a route that leads
	// elsewhere is answered with 502.
	AllowExternal []string

	// Store keeps the entries of the ISR cache. Nil keeps them in memory.
	Store isr.Store
}

// Server answers requests from one Build Output directory. [New] makes it, [Server.Close] ends it. It is an http.Handler.
type Server struct {
	log        *slog.Logger
	origin     *url.URL
	via        string // this server in the header Via
	compressor *compressor
	external   *external
	deployment *deployment
}

// New reads the Build Output in dir and makes a server for it. Faults of single routes and functions do not keep the rest
// from working; they are logged.
func New(dir string, opts Options) (*Server, error) {
	s := &Server{
		log:        opts.Log,
		via:        "isrgen-" + strings.ToLower(rand.Text()),
		compressor: newCompressor(),
		external:   newExternal(opts.AllowExternal),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if opts.Origin == "" {
		opts.Origin = "http://localhost"
	}
	var err error
	if s.origin, err = url.Parse(opts.Origin); err != nil {
		return nil, err
	}
	if s.origin.Host == "" {
		return nil, fmt.Errorf("origin %q: want a URL such as http://localhost:3000", opts.Origin)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if s.deployment, err = newDeployment(root, s, opts); err != nil {
		root.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return s, nil
}

// ServeHTTP answers a request, whatever it is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(s, w, r)
	defer x.finish()
	if err := x.answer(); err != nil {
		x.fail(err)
	}
}

// Close lets renders and invocations finish and ends the processes of functions. When ctx ends first, they are cancelled.
// The caller stops sending requests before.
func (s *Server) Close(ctx context.Context) error {
	d := s.deployment
	defer s.external.transport.CloseIdleConnections()
	return errors.Join(d.cache.Close(ctx), d.emulator.Close(ctx), d.root.Close())
}

// domain gives the domain of a request's host: what entries of the cache belong to.
func (s *Server) domain(host string) string {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	ip := net.ParseIP(name)
	if name == "" || name == "localhost" || name == s.origin.Hostname() || ip != nil && ip.IsLoopback() {
		return s.origin.Host
	}
	return strings.ToLower(host)
}
