package emulator

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// process is one running instance of a function with its Runtime API.
type process struct {
	api    *runtimeAPI
	cmd    *exec.Cmd
	temp   string
	work   chan *invocation // from the pool to an idle process; holds one
	exited chan struct{}    // closed once the process and what it started are gone
	waiter sync.WaitGroup
}

// launch starts the program of a function. It returns before the program asked for an event.
func (p *pool) launch() (*process, error) {
	temp, err := os.MkdirTemp("", "isrgen-function-")
	if err != nil {
		return nil, err
	}
	api, err := listen(p.name)
	if err != nil {
		os.RemoveAll(temp)
		return nil, err
	}
	stdout, stderr := p.lines("stdout"), p.lines("stderr")
	cmd := &exec.Cmd{
		Path:        filepath.Join(p.dir, bootstrap),
		Args:        []string{bootstrap},
		Dir:         p.dir,
		Env:         environment(p.opts, p.name, p.dir, temp, api.address, p.config),
		Stdout:      stdout,
		Stderr:      stderr,
		SysProcAttr: ownGroup(),
		WaitDelay:   time.Second, // for output held open by what left the process group
	}
	if err := p.starter.start(cmd); err != nil {
		api.close()
		os.RemoveAll(temp)
		return nil, err
	}
	proc := &process{api: api, cmd: cmd, temp: temp, work: make(chan *invocation, 1), exited: make(chan struct{})}
	proc.waiter.Go(func() {
		awaitExit(cmd.Process.Pid)
		killGroup(cmd.Process.Pid)
		cmd.Wait()
		stdout.flush()
		stderr.flush()
		close(proc.exited)
	})
	return proc, nil
}

func (p *pool) lines(stream string) *lineWriter {
	return &lineWriter{emit: func(text string) {
		p.opts.Log(Line{Function: p.name, Stream: stream, Text: text})
	}}
}

// ready waits until the program asks for its first event.
func (proc *process) ready(ctx context.Context, function string) error {
	select {
	case <-proc.api.ready:
		return nil
	case detail := <-proc.api.initFailed:
		return newError(function, InitFailed, "%s", detail)
	case <-proc.exited:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case detail := <-proc.api.initFailed:
		return newError(function, InitFailed, "%s", detail)
	default:
		return newError(function, ExitedAtStart, "the process ended before it asked for an event: %s", proc.cmd.ProcessState)
	}
}

// handle gives the process an event and waits for the answer. It gives errExited if the process was gone before,
// which only the kernel knows at first: the connection on which it asked for the event may look open for a while.
func (proc *process) handle(ctx context.Context, function string, inv *invocation) outcome {
	if !alive(proc.cmd.Process.Pid) {
		<-proc.exited
		return outcome{err: errExited}
	}
	if err := proc.api.offer(ctx, inv, proc.exited); err != nil {
		if err == errExited {
			return outcome{err: err}
		}
		return outcome{err: context.Cause(ctx)}
	}
	began := time.Now()
	select {
	case out := <-inv.outcome:
		return out.took(time.Since(began), inv.cold)
	case <-proc.exited:
	case <-ctx.Done():
		return outcome{err: context.Cause(ctx)}
	}
	select {
	case out := <-inv.outcome: // it answered and ended
		return out.took(time.Since(began), inv.cold)
	default:
		return outcome{err: newError(function, Crashed, "the process ended during the invocation: %s", proc.cmd.ProcessState)}
	}
}

func (o outcome) took(d time.Duration, cold bool) outcome {
	if o.resp != nil {
		o.resp.Duration, o.resp.Cold = d, cold
	}
	return o
}

// end ends the process, with SIGTERM and, after grace or when ctx ends, with SIGKILL, and frees what it had.
func (proc *process) end(ctx context.Context, grace time.Duration) {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	if grace > 0 {
		terminate(proc.cmd.Process)
		select {
		case <-proc.exited:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-proc.exited:
	default:
		proc.cmd.Process.Kill()
	}
	proc.waiter.Wait()
	proc.api.close()
	os.RemoveAll(proc.temp)
}
