package emulator

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// executablePort is where the platform's proxy before a Go server listens, whatever it is told.
//
// Source: internals/ipc-proxy of vercel/vercel.
const executablePort = 3000

// hostPort is a port of the loopback interface that several functions want, each for itself. One instance has it at a time;
// who waits for it makes that one end after the calls that it has.
type hostPort struct {
	number int
	turn   chan struct{} // holds one while the port is free

	mu      sync.Mutex
	waiting int
	yield   func() // asks the instance that has the port for it
}

func newHostPort(number int) *hostPort {
	h := &hostPort{number: number, turn: make(chan struct{}, 1)}
	h.turn <- struct{}{}
	return h
}

// take waits for the port and reports whether it was given, rather than stop or done being closed. yield is called with
// [hostPort.mu] held when another one waits.
func (h *hostPort) take(stop, done <-chan struct{}, yield func()) bool {
	h.mu.Lock()
	h.waiting++
	if h.yield != nil {
		h.yield()
	}
	h.mu.Unlock()
	taken := false
	select {
	case <-h.turn:
		taken = true
	case <-stop:
	case <-done:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting--
	if taken {
		h.yield = yield
		if h.waiting > 0 {
			yield()
		}
	}
	return taken
}

// release gives the port to the next one.
func (h *hostPort) release() {
	h.mu.Lock()
	h.yield = nil
	h.mu.Unlock()
	h.turn <- struct{}{}
}

// available is check, but what an instance of ours has others can wait for.
func (h *hostPort) available() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.yield != nil {
		return nil
	}
	return h.check()
}

// check finds out whether somebody else on this machine listens on the port.
func (h *hostPort) check() error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(h.number)))
	if err == nil {
		return listener.Close()
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	by := "another program"
	switch pid, name := listenerOf(h.number); {
	case pid == os.Getpid():
		return fmt.Errorf("this function always listens on port %d of 127.0.0.1, which this preview has: start the preview with another --port", h.number)
	case pid != 0:
		by = fmt.Sprintf("%s (process %d)", name, pid)
	}
	return fmt.Errorf("this function always listens on port %d of 127.0.0.1, which is taken by %s: stop that one and ask again", h.number, by)
}

// freePort gives a port that was free a moment ago.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
