package emulator

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runtimeAPI is the Lambda Runtime API, version 2018-06-01, for one process. It listens on a port of the loopback
// interface that no other process is told of, and answers only requests addressed to exactly that.
//
// Source: the documentation of AWS Lambda, "Using the Lambda runtime API"; what aws-lambda-go expects of it.
type runtimeAPI struct {
	function string
	address  string // host:port
	server   *http.Server

	events     chan *invocation // to whoever polls for the next one
	ready      chan struct{}    // closed by the first poll
	initFailed chan string      // what the function said of its failed start
	closing    chan struct{}

	mu       sync.Mutex
	started  bool
	closed   bool
	current  *invocation // delivered and not answered
	handlers sync.WaitGroup
}

// invocation is one event on its way through a function.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	outcome  chan outcome // from the Runtime API; holds one
	done     chan outcome // to whoever invoked; holds one
	cold     bool
}

// outcome is a response or an error.
type outcome struct {
	resp *Response
	err  error
}

func newInvocation(event []byte) *invocation {
	return &invocation{id: newID(), event: event, outcome: make(chan outcome, 1), done: make(chan outcome, 1)}
}

// newID gives a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// listen makes the API and serves it until close.
func listen(function string) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &runtimeAPI{
		function:   function,
		address:    listener.Addr().String(),
		events:     make(chan *invocation),
		ready:      make(chan struct{}),
		initFailed: make(chan string, 1),
		closing:    make(chan struct{}),
	}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	a.handlers.Go(func() { a.server.Serve(listener) })
	return a, nil
}

// close ends every connection and waits for the handlers.
func (a *runtimeAPI) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	close(a.closing)
	a.server.Close()
	a.handlers.Wait()
}

// enter counts a handler, unless the API is closed.
func (a *runtimeAPI) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.handlers.Add(1)
	return true
}

// ServeHTTP answers the function's process. A browser that was led here is refused: it sends an Origin, or a
// Host other than the address.
func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.enter() {
		return
	}
	defer a.handlers.Done()
	path, ok := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/")
	if r.Host != a.address || r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		refuse(w, http.StatusForbidden, "AccessDenied", "this is the Runtime API of another process")
		return
	}
	id, verb, _ := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
	switch {
	case ok && r.Method == http.MethodGet && path == "invocation/next":
		a.next(w, r)
	case ok && r.Method == http.MethodPost && path == "init/error":
		a.initError(w, r)
	case ok && r.Method == http.MethodPost && (verb == "response" || verb == "error"):
		a.answer(w, r, id, verb)
	default:
		refuse(w, http.StatusNotFound, "NotFound", "no such resource of the Runtime API 2018-06-01")
	}
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message})
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`+"\n")
}

// next waits for an event and delivers it.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	if skipped := a.poll(); skipped != nil {
		err := newError(a.function, BadResponse, "the function asked for the next event before it answered this one")
		skipped.outcome <- outcome{err: err}
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Detail)
		return
	}
	select {
	case inv := <-a.events:
		a.mu.Lock()
		a.current = inv
		a.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:local:000000000000:function:preview")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		h.Set("Content-Length", strconv.Itoa(len(inv.event)))
		w.Write(inv.event)
	case <-r.Context().Done():
	case <-a.closing:
	}
}

// poll notes that the process asks for an event and gives the one that it should have answered before.
func (a *runtimeAPI) poll() (skipped *invocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.started {
		a.started = true
		close(a.ready)
	}
	skipped, a.current = a.current, nil
	return skipped
}

// answer takes the response or the error for the current event.
func (a *runtimeAPI) answer(w http.ResponseWriter, r *http.Request, id, verb string) {
	payload, err := readPayload(r.Body)
	a.mu.Lock()
	inv := a.current
	if inv != nil && inv.id == id {
		a.current = nil
	}
	a.mu.Unlock()
	if inv == nil || inv.id != id {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "no event of this id waits for an answer")
		return
	}
	var resp *Response
	switch {
	case errors.Is(err, errPayload):
		err = newError(a.function, ResponseTooLarge, "the response's body has more than the %d bytes that the platform accepts", MaxPayload)
	case err != nil:
		err = newError(a.function, Crashed, "the response ended early: %v", err)
	case verb == "error":
		err = newError(a.function, HandlerFailed, "%s", describe(payload))
	default:
		resp, err = decode(a.function, payload)
	}
	inv.outcome <- outcome{resp: resp, err: err}
	var failure *Error
	if errors.As(err, &failure) && failure.Kind == ResponseTooLarge {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", failure.Detail)
		return
	}
	accept(w)
}

// initError takes the report of a function that cannot start.
func (a *runtimeAPI) initError(w http.ResponseWriter, r *http.Request) {
	payload, _ := readPayload(r.Body)
	select {
	case a.initFailed <- describe(payload):
	default: // the first report counts
	}
	accept(w)
}

var errPayload = errors.New("payload too large")

// readPayload reads all of a body, and keeps it unless it is longer than a response with MaxPayload bytes in base64 and a
// megabyte of headers.
func readPayload(body io.Reader) ([]byte, error) {
	const limit = MaxPayload/3*4 + 1<<20
	payload, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && len(payload) > limit {
		io.Copy(io.Discard, body)
		return nil, errPayload
	}
	return payload, err
}

// describe gives type and message of an error that a function posted.
func describe(payload []byte) string {
	var e struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(payload, &e); err != nil || e.ErrorMessage == "" {
		return fmt.Sprintf("%.500q", payload)
	}
	if e.ErrorType == "" {
		return e.ErrorMessage
	}
	return e.ErrorType + ": " + e.ErrorMessage
}

// offer hands an event to the process. It reports false if stop comes first.
func (a *runtimeAPI) offer(ctx context.Context, inv *invocation, exited <-chan struct{}) error {
	select {
	case a.events <- inv:
		return nil
	case <-exited:
		return errExited
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errExited = errors.New("the process ended")
