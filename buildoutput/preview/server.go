package preview

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/isrgen/isrgen/buildoutput"
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

	// Store keeps the entries of the ISR cache, for each deployment its own. Nil keeps them in memory. The caller closes it
	// after the server.
	Store isr.Store

	// Regions are the places that visitors come from, each with a memory of its own in front of the store. A visitor comes from
	// the one that [RegionHeader] names, or whose name stands in the host before .localhost, else from the first. None means one,
	// dev1.
	Regions []isr.Region

	// Memory is how many bytes the entries in the memory of each region may take. 0 leaves it to the cache.
	Memory int64

	// Deployments is a directory that keeps the outputs which were served, so that the server can go back to one. Empty keeps none.
	Deployments string

	// VirtualClock allows [Server.Advance].
	VirtualClock bool

	// Inspector serves the inspector, and what it acts by, below [InspectorPath], to requests for a name of this machine.
	Inspector bool
}

// Server answers requests from one Build Output directory, and from the next output as soon as that takes its place. [New]
// makes it, [Server.Close] ends it. It is an http.Handler.
type Server struct {
	dir        string
	opts       Options
	log        *slog.Logger
	origin     *url.URL
	via        string // this server in the header Via
	compressor *compressor
	held       *otter.Cache[*tag, []byte] // contents of small files
	external   *external
	clock      clock
	archive    archive
	events     eventLog
	down       sync.Map     // output paths of functions that were taken down
	gate       sync.RWMutex // renders pass through it

	loading sync.Mutex   // held by who loads a deployment
	started time.Time    // of the server
	looked  atomic.Int64 // the last look at the directory that is over, as a time since started

	mu         sync.RWMutex
	deployment *deployment
	broken     *broken // what is in the directory if that could not be loaded
	closed     bool

	retiring sync.WaitGroup  // deployments that are served no more
	draining context.Context // ends when they must
	cutOff   context.CancelFunc
}

// New reads the Build Output in dir and makes a server for it. Faults of single routes and functions do not keep the rest
// from working; they are logged.
func New(dir string, opts Options) (*Server, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Origin == "" {
		opts.Origin = "http://localhost"
	}
	origin, err := url.Parse(opts.Origin)
	if err != nil {
		return nil, err
	}
	if origin.Host == "" {
		return nil, fmt.Errorf("origin %q: want a URL such as http://localhost:3000", opts.Origin)
	}
	if len(opts.Regions) == 0 {
		opts.Regions = []isr.Region{{Name: defaultRegion}}
	}
	if opts.Store == nil {
		opts.Store = &isr.Memory{}
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{
		dir:        absolute,
		opts:       opts,
		log:        opts.Log,
		origin:     origin,
		via:        "isrgen-" + strings.ToLower(rand.Text()),
		compressor: newCompressor(),
		held:       newHeld(),
		external:   newExternal(opts.AllowExternal),
		archive:    archive{opts.Deployments},
		started:    time.Now(),
	}
	s.draining, s.cutOff = context.WithCancel(context.Background())
	if s.deployment, err = s.load(); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	s.keep(s.deployment)
	return s, nil
}

// Crons are what the platform would ask for on a schedule. Nobody does here.
func (s *Server) Crons() []buildoutput.Cron {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.deployment.config.Crons
}

// mostMoves is how many exchanges of the directory one request can meet. On a machine with much else to do, builds overtake requests.
const mostMoves = 10

// ServeHTTP answers a request, whatever it is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.Inspector && strings.HasPrefix(r.URL.Path, InspectorPath) {
		s.inspect(w, r)
		return
	}
	began := time.Now()
	x := newExchange(s, s.acquire(began), w, r, began)
	defer func() { x.deployment.users.Done() }()
	defer x.finish()
	err := x.answer()
	for range mostMoves {
		if !errors.Is(err, fs.ErrNotExist) || !x.moveOn() && s.upToDate() {
			break
		}
		err = x.answer() // the directory was exchanged after the request began, and perhaps again since
	}
	if err != nil {
		x.fail(err)
	}
}

// Close lets renders and invocations finish and ends the processes of functions. When ctx ends first, they are cancelled.
// The caller stops sending requests before.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	d := s.deployment
	s.mu.Unlock()
	defer context.AfterFunc(ctx, s.cutOff)()
	s.events.close()
	err := d.close(ctx)
	s.retiring.Wait()
	s.cutOff()
	s.external.transport.CloseIdleConnections()
	return err
}

// ownDomain stands in keys for all names of this machine, so that entries are found again by a preview at another port.
const ownDomain = "localhost"

// host is what a function is told for a domain.
func (s *Server) host(domain string) string {
	if domain == ownDomain {
		return s.origin.Host
	}
	return domain
}

// domain gives the domain of a request's host: what entries of the cache belong to.
func (s *Server) domain(host string) string {
	if host == s.origin.Host {
		return ownDomain
	}
	if _, rest, ok := s.cutRegion(host); ok {
		host = rest
	}
	name := hostname(host)
	ip := net.ParseIP(name)
	if name == "" || name == "localhost" || name == s.origin.Hostname() || ip != nil && ip.IsLoopback() {
		return ownDomain
	}
	return strings.ToLower(host)
}
