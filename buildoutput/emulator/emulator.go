package emulator

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// Limits of the platform.
//
// Source: the platform's documentation, "Functions: Limits".
const (
	MaxPayload         = 4*1024*1024 + 512*1024 // bytes of a request's or a response's body
	DefaultMaxDuration = 300 * time.Second
)

// Options says how functions are run. The zero value works.
type Options struct {
	// Env are variables for every function, which win over those of the function's own config. Nothing else of
	// this process's environment reaches a function.
	Env map[string]string

	// Log gets each line that a function writes to its standard output or error. Nil discards them. It is called
	// from several goroutines at once.
	Log func(Line)

	// MaxProcesses is how many processes one function may have. 0 means 8.
	MaxProcesses int

	// IdleTimeout is how long a process waits for its next invocation before it is ended. 0 means five minutes.
	IdleTimeout time.Duration

	// StopTimeout is how long a process may take to end by itself after SIGTERM. 0 means two seconds.
	StopTimeout time.Duration

	// Region is the AWS_REGION of functions. Empty means "dev1".
	Region string

	// ProjectRoot is the directory which a filePathMap names files of. Empty means the one of which the build output is
	// .vercel/output.
	ProjectRoot string
}

// Line is one line of a function's output, without its end.
type Line struct {
	Function string // output path
	Stream   string // "stdout" or "stderr"
	Text     string
}

// Emulator runs the functions of one build output directory. [New] makes it, [Emulator.Close] ends it and every
// process that it started. Its methods may be called by many goroutines at once.
type Emulator struct {
	root    string
	opts    Options
	starter starter
	engines map[string]func() (string, error) // by name; each looks once
	port    *hostPort

	mu      sync.Mutex
	runners map[string]func() (runner, error) // by Function.Dir: links share the processes of what they lead to
	closed  bool
	ended   sync.Once

	scratches []string // directories to remove
}

// runner runs one function. There is one implementation for each way in which the platform talks to functions.
type runner interface {
	invoke(ctx context.Context, req *Request) (*Response, error)

	// close lets what runs come to its end, or ends it when ctx does, and returns when nothing is left.
	close(ctx context.Context)
}

// New makes an emulator for the functions below a build output directory. It starts nothing.
func New(dir string, opts Options) (*Emulator, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if opts.Log == nil {
		opts.Log = func(Line) {}
	}
	opts.MaxProcesses = positive(opts.MaxProcesses, 8)
	opts.IdleTimeout = positive(opts.IdleTimeout, 5*time.Minute)
	opts.StopTimeout = positive(opts.StopTimeout, 2*time.Second)
	if opts.Region == "" {
		opts.Region = "dev1"
	}
	if opts.ProjectRoot == "" {
		opts.ProjectRoot = filepath.Dir(filepath.Dir(root))
	}
	opts.Env = maps.Clone(opts.Env)
	return &Emulator{
		root: root,
		opts: opts,
		engines: map[string]func() (string, error){
			nodeEngine.name: sync.OnceValues(nodeEngine.find),
			bunEngine.name:  sync.OnceValues(bunEngine.find),
		},
		port:    newHostPort(executablePort),
		runners: map[string]func() (runner, error){},
	}, nil
}

func positive[T ~int | ~int64](n, otherwise T) T {
	if n > 0 {
		return n
	}
	return otherwise
}

// Invoke asks a function for its response to one request. The name is its output path, for errors and logs; fn comes
// from [buildoutput.Read] of the emulator's directory.
//
// An error is an [*Error], or the context's if that ended first. The invocation then still goes on to its end.
func (e *Emulator) Invoke(ctx context.Context, name string, fn *buildoutput.Function, req *Request) (*Response, error) {
	if len(req.Body) > MaxPayload {
		return nil, newError(name, RequestTooLarge, "the request's body has %d bytes, the platform accepts %d", len(req.Body), MaxPayload)
	}
	r, err := e.runner(name, fn)
	if err != nil {
		return nil, err
	}
	return r.invoke(ctx, req)
}

// Check finds out whether the emulator can run a function, without starting it. An error is an [*Error].
func (e *Emulator) Check(name string, fn *buildoutput.Function) error {
	return e.check(name, e.dir(fn), &fn.Config)
}

func (e *Emulator) dir(fn *buildoutput.Function) string {
	return filepath.Join(e.root, filepath.FromSlash(fn.Dir))
}

func (e *Emulator) runner(name string, fn *buildoutput.Function) (runner, error) {
	make, err := e.prepare(name, fn)
	if err != nil {
		return nil, err
	}
	return make()
}

// prepare gives what makes the runner of a function when it is called first, which may take a while.
func (e *Emulator) prepare(name string, fn *buildoutput.Function) (func() (runner, error), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, newError(name, Closed, "the emulator is closed")
	}
	if made, ok := e.runners[fn.Dir]; ok {
		return made, nil
	}
	if err := e.Check(name, fn); err != nil {
		return nil, err
	}
	if fn.Link != "" {
		name = fn.Link
	}
	made := sync.OnceValues(func() (runner, error) { return e.newRunner(name, fn) })
	e.runners[fn.Dir] = made
	return made, nil
}

func (e *Emulator) newRunner(name string, fn *buildoutput.Function) (runner, error) {
	dir := e.dir(fn)
	if len(fn.Config.FilePathMap) > 0 {
		complete, err := e.complete(name, dir, fn.Config.FilePathMap)
		if err != nil {
			return nil, err
		}
		dir = complete
	}
	p := e.program(name, dir, &fn.Config)
	if fn.Config.Runtime == buildoutput.RuntimeProvided {
		return newPool(p), nil
	}
	s := &service{program: p}
	if sharesPort(&fn.Config) {
		s.port = e.port
	}
	return s, nil
}

// Close lets the invocations under way finish, ends every process and waits for all of it. When ctx ends first,
// processes are killed.
func (e *Emulator) Close(ctx context.Context) error {
	e.ended.Do(func() { e.close(ctx) })
	return ctx.Err()
}

func (e *Emulator) close(ctx context.Context) {
	e.mu.Lock()
	e.closed = true
	runners := e.runners
	e.runners = nil
	e.mu.Unlock()

	var all sync.WaitGroup
	for _, made := range runners {
		all.Go(func() {
			if r, err := made(); err == nil {
				r.close(ctx)
			}
		})
	}
	all.Wait()
	e.starter.close()
	for _, dir := range e.scratches {
		os.RemoveAll(dir)
	}
}
