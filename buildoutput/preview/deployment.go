package preview

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// deployment is one build output with everything that serves it: its routes, its cache and the processes of its
// functions.
type deployment struct {
	id       string
	kept     chan struct{}  // closed when the archive has the output, or could not take it
	state    state          // of the directory when it was read
	users    sync.WaitGroup // requests
	root     *os.Root
	started  time.Time
	config   *buildoutput.Config
	outputs  *outputs
	router   *routing.Router
	cache    *isr.Cache
	emulator *emulator.Emulator
	renderer *renderer
	images   *imageService              // nil for none
	bypasses map[string]*routing.Router // by output path: experimentalBypassFor
	tags     sync.Map                   // path of a static file -> *tag
	held     *otter.Cache[*tag, []byte] // the server's
}

// newDeployment reads the output in root. Its id is computed where it is not known.
func newDeployment(root *os.Root, s *Server, id string) (*deployment, error) {
	opts := &s.opts
	out, err := buildoutput.Read(root.FS())
	if err != nil {
		return nil, err
	}
	if id == "" {
		if id, err = out.ID(); err != nil {
			return nil, err
		}
	}
	started, err := s.archive.since(id, s.clock.now())
	if err != nil {
		s.log.Warn("when this deployment was first served cannot be noted", "err", err)
	}
	for _, fault := range out.Ignored {
		s.log.Warn("ignored", "err", fault)
	}
	d := &deployment{id: id, kept: make(chan struct{}), root: root, started: started, config: &out.Config, outputs: newOutputs(out), held: s.held}
	var problems []routing.Problem
	d.router, problems = routing.New(&out.Config, d.outputs)
	for _, p := range problems {
		s.log.Warn("route ignored", "err", p)
	}
	d.bypasses = bypasses(out.Prerenders)
	d.images = newImageService(out.Config.Images, s.log)
	d.emulator, err = emulator.New(root.Name(), emulator.Options{
		Env:          opts.Env,
		Log:          functionLog(s.log, opts.FunctionLog),
		MaxProcesses: opts.MaxProcesses,
		ProjectRoot:  s.projectRoot(),
	})
	if err != nil {
		return nil, err
	}
	d.warn(s.log)
	d.renderer = &renderer{s, d}
	d.cache = isr.New(isr.Options{
		Prerenders: out.Prerenders, Renderer: d.renderer, Store: opts.Store, Regions: opts.Regions, Memory: opts.Memory,
		Started: started, Now: s.clock.now, Observe: s.events.add, Log: s.log,
	})
	return d, nil
}

// projectRoot is the project that the served directory is the output of. The outputs in the archive are of the same one, and a link to
// an output is where it leads.
func (s *Server) projectRoot() string {
	dir, err := filepath.EvalSymlinks(s.dir)
	if err != nil { // it is gone, and what is served is in the archive
		dir = s.dir
	}
	return filepath.Dir(filepath.Dir(dir))
}

func functionLog(log *slog.Logger, own func(emulator.Line)) func(emulator.Line) {
	if own != nil {
		return own
	}
	return func(line emulator.Line) {
		log.Info("function output", "function", line.Function, "stream", line.Stream, "text", line.Text)
	}
}

// warn logs what cannot run here, once for each directory.
func (d *deployment) warn(log *slog.Logger) {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(d.outputs.functions)) {
		fn := d.outputs.functions[name]
		if seen[fn.Dir] {
			continue
		}
		seen[fn.Dir] = true
		if err := d.emulator.Check(name, fn); err != nil {
			log.Warn("function cannot run here", "err", err)
		}
	}
}

// bypasses makes a router for each prerender with experimentalBypassFor. It finds the output "bypass" for a request that
// fulfils one of the conditions, and nothing for any other: routing knows how conditions are tested.
func bypasses(prerenders map[string]*buildoutput.Prerender) map[string]*routing.Router {
	routers := map[string]*routing.Router{}
	for output, p := range prerenders {
		var config buildoutput.Config
		for _, condition := range p.Config.ExperimentalBypassFor {
			config.Routes = append(config.Routes, buildoutput.Route{
				Src:  "^/.*$",
				Has:  []buildoutput.Condition{condition},
				Dest: buildoutput.Dest{Path: "/bypass"},
			})
		}
		if config.Routes != nil {
			routers[output], _ = routing.New(&config, bypass{})
		}
	}
	return routers
}

// bypass is the one output of the routers that [bypasses] makes.
type bypass struct{}

// Has reports whether the output is "bypass".
func (bypass) Has(output string) bool { return output == "bypass" }

// bypassed reports whether a request fulfils a condition of an output's experimentalBypassFor.
func (d *deployment) bypassed(output string, req *routing.Request) bool {
	router, ok := d.bypasses[output]
	if !ok {
		return false
	}
	at := *req
	at.Path, at.Middleware, at.Trace = "/", nil, false
	decision := router.Resolve(&at)
	return decision.Kind == routing.Serve && decision.Output == "bypass"
}
