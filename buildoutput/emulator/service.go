package emulator

import (
	"context"
	"sync"
	"time"
)

// service runs a function that is a server of HTTP: one instance of it, which is asked many things at once, as with the
// platform's Fluid compute. An instance that ended, or that let an invocation time out, is asked nothing more, and the next
// request starts another.
type service struct {
	program
	port *hostPort // nil if the function gets a place of its own to listen at

	mu      sync.Mutex
	current *instance // takes the next request; nil for none
	count   uint64    // requests so far
	closed  bool

	runs sync.WaitGroup // calls, and the lives of instances
}

func (s *service) invoke(visitor context.Context, req *Request) (*Response, error) {
	c := &call{service: s, visitor: visitor, req: req, answer: make(chan outcome)}
	if !s.begin(c) {
		return nil, s.fault(Closed, "the emulator is closed")
	}
	select {
	case out := <-c.answer:
		return out.resp, out.err
	case <-visitor.Done():
		return nil, visitor.Err()
	}
}

func (s *service) begin(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.count++
	c.number = s.count
	s.runs.Go(c.run)
	return true
}

// acquire gives a call the current instance, and makes one if there is none.
func (s *service) acquire() (inst *instance, cold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cold = s.current == nil; cold {
		inst := newInstance()
		s.current = inst
		s.runs.Go(func() { inst.live(s) })
	}
	s.current.users++
	s.current.idle.Stop()
	return s.current, cold
}

// release takes a call from an instance.
func (s *service) release(inst *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inst.users--
	if inst.users > 0 {
		return
	}
	if s.current == inst {
		inst.idle = time.AfterFunc(s.opts.IdleTimeout, func() { s.expire(inst) })
		return
	}
	inst.halt()
}

// expire ends an instance that was idle for long enough.
func (s *service) expire(inst *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if inst.users == 0 {
		s.drop(inst)
	}
}

// retire gives an instance no more calls; it ends after the last.
func (s *service) retire(inst *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(inst)
}

// discard retires an instance of which nothing good is to be expected: it is killed after its last call.
func (s *service) discard(inst *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inst.broken = true
	s.drop(inst)
}

// drop is retire for those who hold s.mu.
func (s *service) drop(inst *instance) {
	if s.current == inst {
		s.current = nil
	}
	inst.idle.Stop()
	if inst.users == 0 {
		inst.halt()
	}
}

// grace retires an instance that ends and says how long it may take to.
func (s *service) grace(inst *instance) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(inst)
	if inst.broken {
		return 0
	}
	return s.opts.StopTimeout
}

func (s *service) close(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	if s.current != nil {
		s.drop(s.current)
	}
	s.mu.Unlock()
	closed := s.fault(Closed, "the emulator was closed")
	stop := context.AfterFunc(ctx, func() { s.kill(closed) })
	s.runs.Wait()
	stop()
	s.kill(closed)
}
