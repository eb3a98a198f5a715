package emulator

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// instance is one process of a service and what connects it to us. A call may use it once ready is closed.
type instance struct {
	*child
	ipc       *ipc
	temp      string
	transport *http.Transport

	ready chan struct{} // closed when it serves
	stop  chan struct{} // closed when it is to end
	gone  chan struct{} // closed when it has ended, or could not start
	err   error         // why it could not, to be read once gone is closed

	// For service.mu.
	users  int
	broken bool
	halted bool
	idle   *time.Timer
}

func newInstance() *instance {
	idle := time.NewTimer(time.Hour)
	idle.Stop()
	return &instance{ready: make(chan struct{}), stop: make(chan struct{}), gone: make(chan struct{}), idle: idle}
}

// halt tells the instance to end. The caller holds service.mu.
func (inst *instance) halt() {
	if !inst.halted {
		inst.halted = true
		close(inst.stop)
	}
}

// live runs the instance from its start to its end.
func (inst *instance) live(s *service) {
	defer close(inst.gone)
	if s.port != nil {
		if !s.port.take(inst.stop, s.ctx.Done(), func() { s.retire(inst) }) {
			inst.err = s.ended()
			s.discard(inst)
			return
		}
		defer s.port.release()
	}
	if inst.err = inst.start(s); inst.err != nil {
		s.discard(inst)
	} else {
		close(inst.ready)
		select {
		case <-inst.exited:
		case <-inst.stop:
		case <-s.ctx.Done():
		}
	}
	inst.end(s.ctx, s.grace(inst))
}

// start starts the process and waits until it serves.
func (inst *instance) start(s *service) error {
	var err error
	if inst.temp, err = os.MkdirTemp("", "isrgen-function-"); err != nil {
		return s.fault(ExitedAtStart, "the process cannot be started: %v", err)
	}
	if err := inst.spawn(s); err != nil {
		var known *Error
		if errors.As(err, &known) {
			return err
		}
		return s.fault(ExitedAtStart, "the process cannot be started: %v", err)
	}
	select {
	case port := <-inst.ipc.started:
		inst.connect(port)
		return nil
	case detail := <-inst.ipc.failed:
		return s.fault(InitFailed, "%s", detail)
	case <-inst.exited:
	case <-inst.stop:
		return errExited
	case <-s.ctx.Done():
		return s.ended()
	}
	if detail := inst.lastWords(); detail != "" {
		return s.fault(InitFailed, "%s", detail)
	}
	return s.fault(ExitedAtStart, "the process ended before it served: %s", inst.cmd.ProcessState)
}

// spawn starts the process.
func (inst *instance) spawn(s *service) error {
	home := filepath.Join(inst.temp, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	socket := filepath.Join(inst.temp, "ipc.sock")
	own := map[string]string{"VERCEL_IPC_PATH": socket}
	path, args, err := s.command(inst.temp, own)
	if err != nil {
		return err
	}
	inst.ipc, err = listenIPC(socket, func(stream, text string) {
		s.opts.Log(Line{Function: s.name, Stream: stream, Text: text})
	})
	if err != nil {
		return err
	}
	inst.child, err = s.program.spawn(path, args, home, own)
	return err
}

// command gives what to start, and adds to its variables.
func (s *service) command(temp string, own map[string]string) (path string, args []string, err error) {
	if s.engine != "" {
		return s.scriptCommand(temp)
	}
	if s.port == nil {
		port, err := freePort()
		if err != nil {
			return "", nil, err
		}
		own["VERCEL_DEV_PORT"] = strconv.Itoa(port)
	} else if err := s.port.check(); err != nil {
		return "", nil, s.fault(PortTaken, "%v", err)
	}
	path = filepath.Join(s.dir, filepath.FromSlash(s.config.Handler))
	return path, []string{path}, nil
}

// connect prepares for requests to a port, or, for programs of ours, to the socket that they were given.
func (inst *instance) connect(port int) {
	network, address := "unix", inst.socket()
	if port != 0 {
		network, address = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	patience := time.Now().Add(5 * time.Second)
	inst.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return inst.dial(ctx, network, address, patience)
		},
		DisableCompression: true,
		DisableKeepAlives:  true, // so that a connection belongs to one request, and a request is never sent twice
	}
}

func (inst *instance) socket() string { return httpSocket(inst.temp) }

// httpSocket is where our own launcher serves, below the directory of an instance.
func httpSocket(temp string) string { return filepath.Join(temp, "http.sock") }

// dial connects to the program. The platform's proxy for Go says that it serves just before it does.
func (inst *instance) dial(ctx context.Context, network, address string, patience time.Time) (net.Conn, error) {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, network, address)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(patience) {
			return conn, err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-inst.exited:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// await waits until the instance serves. It gives errExited for one that has ended.
func (inst *instance) await(ctx context.Context) error {
	select {
	case <-inst.ready:
		if inst.alive() {
			return nil
		}
		return errExited
	case <-inst.gone:
		if inst.err == nil {
			return errExited
		}
		return inst.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lastWords gives what an ended process said of its end, which may still be on its way.
func (inst *instance) lastWords() string {
	select {
	case <-inst.ipc.silent:
	case <-time.After(100 * time.Millisecond): // it never spoke at all
	}
	select {
	case detail := <-inst.ipc.failed:
		return detail
	default:
		return ""
	}
}

// end ends what there is of the instance.
func (inst *instance) end(ctx context.Context, grace time.Duration) {
	if inst.child != nil {
		inst.child.end(ctx, grace)
	}
	if inst.ipc != nil {
		inst.ipc.close()
	}
	os.RemoveAll(inst.temp)
}
