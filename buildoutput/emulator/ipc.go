package emulator

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"strings"
	"sync"
)

// ipc is the Unix socket on which a program that serves HTTP says how it is doing: JSON messages, each ended by a NUL byte,
// from the program alone.
//
// Source: internals/ipc-proxy and crates/vercel_runtime of vercel/vercel.
type ipc struct {
	listener net.Listener
	log      func(stream, text string)

	started chan int      // the port of server-started; holds one
	failed  chan string   // what unrecoverable-error says; holds one
	silent  chan struct{} // closed when the program closed its end, or will never have one

	mu    sync.Mutex
	calls map[string]chan string // by invocation id, as begin gives them
	conn  net.Conn

	reader sync.WaitGroup
}

// message is what a program sends.
type message struct {
	Type    string `json:"type"`
	Payload struct {
		HTTPPort int `json:"httpPort"`
		Context  struct {
			InvocationID string `json:"invocationId"`
		} `json:"context"`
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"` // in base64 for the type log
		Stream  string          `json:"stream"`
		Level   string          `json:"level"`
	} `json:"payload"`
}

// maxMessage is how long a message may be. Programs keep up to a megabyte of log lines while they start.
const maxMessage = 16 << 20

// listenIPC makes the socket and reads what the program sends until close.
func listenIPC(path string, log func(stream, text string)) (*ipc, error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	c := &ipc{
		listener: listener,
		log:      log,
		started:  make(chan int, 1),
		failed:   make(chan string, 1),
		silent:   make(chan struct{}),
		calls:    map[string]chan string{},
	}
	c.reader.Go(func() {
		defer close(c.silent)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if c.connected(conn) {
			c.read(conn)
		}
	})
	return c, nil
}

func (c *ipc) connected(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		return false
	}
	c.conn = conn
	return true
}

// close ends the connection and waits for the reader.
func (c *ipc) close() {
	c.listener.Close()
	c.mu.Lock()
	c.calls = nil
	if c.conn != nil {
		c.conn.Close()
	}
	c.mu.Unlock()
	c.reader.Wait()
}

func (c *ipc) read(conn net.Conn) {
	messages := bufio.NewScanner(conn)
	messages.Buffer(nil, maxMessage)
	messages.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return i + 1, data[:i], nil
		}
		return 0, nil, nil // more, or a message without its end, which does not count
	})
	for messages.Scan() {
		var m message
		if err := json.Unmarshal(messages.Bytes(), &m); err == nil {
			c.take(&m)
		}
	}
}

func (c *ipc) take(m *message) {
	switch p := &m.Payload; m.Type {
	case "server-started":
		select {
		case c.started <- p.HTTPPort:
		default:
		}
	case "end":
		c.mu.Lock()
		defer c.mu.Unlock()
		if ended := c.calls[p.Context.InvocationID]; ended != nil {
			delete(c.calls, p.Context.InvocationID)
			ended <- reason(p.Error)
			close(ended)
		}
	case "log":
		text, err := base64.StdEncoding.DecodeString(p.Message)
		if err != nil {
			return
		}
		stream := "stdout"
		if p.Stream == "stderr" || p.Level == "error" || p.Level == "warn" {
			stream = "stderr"
		}
		for line := range strings.Lines(string(text)) {
			c.log(stream, strings.TrimRight(line, "\r\n"))
		}
	case "unrecoverable-error":
		select {
		case c.failed <- p.Message:
		default: // the first report counts
		}
	}
}

// begin expects the end of an invocation. The channel gives what went wrong, empty for nothing, and is closed.
func (c *ipc) begin(id string) (ended <-chan string) {
	end := make(chan string, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls != nil {
		c.calls[id] = end
	}
	return end
}

// forget no longer expects the end of an invocation.
func (c *ipc) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, id)
}

// reason describes the error of an end: a text, or an object like JavaScript's errors. It is empty for none.
func reason(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var e struct{ Name, Message string }
	if json.Unmarshal(raw, &e) != nil || e.Message == "" {
		return string(raw)
	}
	if e.Name == "" {
		return e.Message
	}
	return e.Name + ": " + e.Message
}
