package preview

import (
	"slices"
	"sync"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

// mostEvents is how many events are remembered.
const mostEvents = 200

// eventLog remembers what happened to entries of late, and tells whoever listens.
type eventLog struct {
	mu        sync.Mutex
	recent    []isr.Event // the last at the end
	renders   int
	listeners map[chan isr.Event]bool
	closed    bool
}

// add notes an event. A listener that does not keep up misses some.
func (e *eventLog) add(event isr.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.recent) == mostEvents {
		e.recent = slices.Delete(e.recent, 0, 1)
	}
	e.recent = append(e.recent, event)
	if event.What != isr.Purged {
		e.renders++
	}
	for listener := range e.listeners {
		select {
		case listener <- event:
		default:
		}
	}
}

// listen gives the events from now on, until stop is called or the server closes, which closes the channel.
func (e *eventLog) listen() (happened <-chan isr.Event, stop func()) {
	listener := make(chan isr.Event, 64)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		close(listener)
		return listener, func() {}
	}
	if e.listeners == nil {
		e.listeners = map[chan isr.Event]bool{}
	}
	e.listeners[listener] = true
	return listener, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, listener)
	}
}

func (e *eventLog) list() []isr.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.recent)
}

func (e *eventLog) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for listener := range e.listeners {
		close(listener)
	}
	e.listeners, e.closed = nil, true
}
