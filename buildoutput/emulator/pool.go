package emulator

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// pool runs the processes of one function. Each has a goroutine of the pool, [pool.run], for as long as it lives.
type pool struct {
	program

	mu      sync.Mutex
	idle    []*process // the one used last at the end, so that those at the front grow old
	waiting []*invocation
	count   int
	closed  bool

	runs  sync.WaitGroup
	drain chan struct{} // closed by close: idle processes end
}

func newPool(p program) *pool {
	return &pool{program: p, drain: make(chan struct{})}
}

func (p *pool) invoke(ctx context.Context, req *Request) (*Response, error) {
	event, err := req.encode()
	if err != nil {
		return nil, err
	}
	inv := newInvocation(event)
	if !p.submit(inv) {
		return nil, newError(p.name, Closed, "the emulator is closed")
	}
	select {
	case out := <-inv.done:
		return out.resp, out.err
	case <-ctx.Done():
		p.abandon(inv)
		return nil, ctx.Err()
	}
}

// submit finds a process for an invocation: an idle one, a new one, or the first that becomes free.
func (p *pool) submit(inv *invocation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch n := len(p.idle); {
	case p.closed:
		return false
	case n > 0:
		p.idle[n-1].work <- inv
		p.idle = p.idle[:n-1]
	case p.count < p.opts.MaxProcesses:
		p.grow(inv)
	default:
		p.waiting = append(p.waiting, inv)
	}
	return true
}

// grow starts a process for an invocation. The caller holds p.mu.
func (p *pool) grow(inv *invocation) {
	p.count++
	p.runs.Go(func() {
		for inv != nil {
			inv = p.run(inv)
		}
		p.shrink()
	})
}

// shrink takes note of an ended process, whose place a waiting invocation can have.
func (p *pool) shrink() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
	if len(p.waiting) > 0 {
		inv := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.grow(inv)
	}
}

// abandon forgets an invocation that still waits for a process.
func (p *pool) abandon(inv *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, inv); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
}

// run is the life of one process, which begins with an invocation. It gives back one that reached the process too late.
func (p *pool) run(inv *invocation) (undelivered *invocation) {
	ctx, cancel := p.begin(inv)
	inv.cold = true
	proc, err := p.launch()
	if err != nil {
		cancel()
		inv.done <- outcome{err: newError(p.name, ExitedAtStart, "the process cannot be started: %v", err)}
		return nil
	}
	if err := proc.ready(ctx, p.name); err != nil {
		cancel()
		proc.end(p.ctx, 0)
		inv.done <- outcome{err: err}
		return nil
	}
	for inv != nil {
		out := proc.handle(ctx, p.name, inv)
		cancel()
		if out.err == errExited && !inv.cold {
			undelivered = inv
			break
		}
		if fatal(out.err) {
			proc.end(p.ctx, 0)
			inv.done <- out
			return nil
		}
		answered, rests := inv, false
		inv, rests = p.next(proc)
		answered.done <- out // who asks again at once finds the process at rest
		if rests {
			inv = p.await(proc)
		}
		if inv != nil {
			ctx, cancel = p.begin(inv)
		}
	}
	cancel()
	proc.end(p.ctx, p.opts.StopTimeout)
	return undelivered
}

// begin gives the context of an invocation and tells it when that ends.
func (p *pool) begin(inv *invocation) (context.Context, context.CancelFunc) {
	ctx, cancel := p.deadline()
	inv.deadline, _ = ctx.Deadline()
	return ctx, cancel
}

// fatal reports whether a process is of no use after an outcome.
func fatal(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return err != nil
	}
	return e.Kind == TimedOut || e.Kind == Crashed || e.Kind == Closed
}

// next gives a process an invocation that waits, or says that it rests until there is one. Neither means that it is to end.
func (p *pool) next(proc *process) (inv *invocation, rests bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) > 0 {
		inv := p.waiting[0]
		p.waiting = p.waiting[1:]
		return inv, false
	}
	if p.closed {
		return nil, false
	}
	p.idle = append(p.idle, proc)
	return nil, true
}

// await gives a process that rests its next invocation, nil if it is to end.
func (p *pool) await(proc *process) *invocation {
	timer := time.NewTimer(p.opts.IdleTimeout)
	defer timer.Stop()
	select {
	case inv := <-proc.work:
		return inv
	case <-timer.C:
	case <-proc.exited:
	case <-p.drain:
	}
	return p.retire(proc)
}

// retire takes a process out of the idle ones. If it was given an invocation at that moment, that is what it does
// next.
func (p *pool) retire(proc *process) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.idle, proc); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		return nil
	}
	return <-proc.work
}

func (p *pool) close(ctx context.Context) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	close(p.drain)
	closed := newError(p.name, Closed, "the emulator was closed")
	stop := context.AfterFunc(ctx, func() { p.kill(closed) })
	p.runs.Wait()
	stop()
	p.kill(closed)
}
