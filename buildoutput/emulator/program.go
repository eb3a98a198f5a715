package emulator

import (
	"context"
	"os/exec"
	"sync"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// program is a function as something to start: what every [runner] knows of its own.
type program struct {
	opts    Options
	name    string // output path
	dir     string // absolute, what the function finds itself in
	config  *buildoutput.FunctionConfig
	limit   time.Duration
	starter *starter
	engine  string // the executable that runs a function in JavaScript

	ctx  context.Context
	kill context.CancelCauseFunc // ends all invocations
}

func (e *Emulator) program(name, dir string, config *buildoutput.FunctionConfig) program {
	p := program{opts: e.opts, name: name, dir: dir, config: config, limit: DefaultMaxDuration, starter: &e.starter}
	if config.MaxDuration.Seconds > 0 {
		p.limit = time.Duration(config.MaxDuration.Seconds) * time.Second
	}
	if name, ok := engineOf(config); ok {
		p.engine, _ = e.engines[name]() // checked before
	}
	p.ctx, p.kill = context.WithCancelCause(context.Background())
	return p
}

// fault makes an error of the function.
func (p *program) fault(kind Kind, format string, args ...any) *Error {
	e := newError(p.name, kind, format, args...)
	e.edge = p.config.Runtime == buildoutput.RuntimeEdge
	return e
}

// deadline gives the context of an invocation that begins now, whose cause is an [*Error] when it ends.
func (p *program) deadline() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(p.ctx, p.limit, p.fault(TimedOut, "no answer within %s", p.limit))
}

// ended says why nothing runs any more: the emulator was closed, or else nobody waits for it.
func (p *program) ended() error {
	if err := context.Cause(p.ctx); err != nil {
		return err
	}
	return errExited
}

// lines is where a process of the function writes to.
func (p *program) lines(stream string) *lineWriter {
	return &lineWriter{emit: func(text string) {
		p.opts.Log(Line{Function: p.name, Stream: stream, Text: text})
	}}
}

// child is a running process of a function, as the operating system sees it.
type child struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed once the process and what it started are gone
	waiter sync.WaitGroup
}

// spawn starts a process of the function, with a directory for its temporary files and variables of its own.
func (p *program) spawn(path string, args []string, temp string, own map[string]string) (*child, error) {
	stdout, stderr := p.lines("stdout"), p.lines("stderr")
	cmd := &exec.Cmd{
		Path:        path,
		Args:        args,
		Dir:         p.dir,
		Env:         p.environment(temp, own),
		Stdout:      stdout,
		Stderr:      stderr,
		SysProcAttr: ownGroup(),
		WaitDelay:   time.Second, // for output held open by what left the process group
	}
	if err := p.starter.start(cmd); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, exited: make(chan struct{})}
	c.waiter.Go(func() {
		awaitExit(cmd.Process.Pid)
		killGroup(cmd.Process.Pid)
		cmd.Wait()
		stdout.flush()
		stderr.flush()
		close(c.exited)
	})
	return c, nil
}

// alive reports whether the process runs, which only the kernel knows at first. If it does not, exited is closed.
func (c *child) alive() bool {
	if alive(c.cmd.Process.Pid) {
		return true
	}
	<-c.exited
	return false
}

// end ends the process, with SIGTERM and, after grace or when ctx ends, with SIGKILL.
func (c *child) end(ctx context.Context, grace time.Duration) {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	if grace > 0 {
		terminate(c.cmd.Process)
		select {
		case <-c.exited:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-c.exited:
	default:
		c.cmd.Process.Kill()
	}
	c.waiter.Wait()
}
