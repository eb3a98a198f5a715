package emulator

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// process is one running instance of a function with its Runtime API.
type process struct {
	*child
	api  *runtimeAPI
	temp string
	work chan *invocation // from the pool to an idle process; holds one
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
	own := map[string]string{"AWS_LAMBDA_RUNTIME_API": api.address}
	c, err := p.spawn(filepath.Join(p.dir, bootstrap), []string{bootstrap}, temp, own)
	if err != nil {
		api.close()
		os.RemoveAll(temp)
		return nil, err
	}
	return &process{child: c, api: api, temp: temp, work: make(chan *invocation, 1)}, nil
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

// handle gives the process an event and waits for the answer. It gives errExited if the process was gone before: the
// connection on which it asked for the event may look open for a while.
func (proc *process) handle(ctx context.Context, function string, inv *invocation) outcome {
	if !proc.alive() {
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

// end ends the process and frees what it had.
func (proc *process) end(ctx context.Context, grace time.Duration) {
	proc.child.end(ctx, grace)
	proc.api.close()
	os.RemoveAll(proc.temp)
}
