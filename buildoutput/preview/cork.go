package preview

import (
	"context"
	"net"
)

// Cork gives a listener whose connections send the beginning of a response together with what follows. Package net/http sends
// the header with the first bytes of a long body, and then the rest, which costs a second call of the system and wakes the visitor
// twice. It needs [ConnContext] in the http.Server.
func Cork(l net.Listener) net.Listener { return corkedListener{l} }

// ConnContext lets a [Server] know the connection of a request. It is for http.Server.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

type connKey struct{}

type corkedListener struct{ net.Listener }

// Accept gives the next connection.
func (l corkedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &corkedConn{TCPConn: tcp}, err
	}
	return c, err // of another kind, which is left alone
}

// corkedConn is a connection that can hold back one write until the next. The goroutine that answers a request uses it so.
type corkedConn struct {
	*net.TCPConn
	corked bool
	held   []byte
}

// Write sends at once unless the connection is corked.
func (c *corkedConn) Write(p []byte) (int, error) {
	if !c.corked {
		return c.TCPConn.Write(p)
	}
	if len(c.held) == 0 {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	n, err := (&net.Buffers{c.held, p}).WriteTo(c.TCPConn)
	n -= int64(len(c.held))
	c.corked, c.held = false, c.held[:0]
	return int(max(0, n)), err
}

// uncork sends what is held back. Whether that fails, the next write says too.
func (c *corkedConn) uncork() {
	c.corked = false
	if len(c.held) > 0 {
		c.TCPConn.Write(c.held)
		c.held = c.held[:0]
	}
}
