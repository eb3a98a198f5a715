package preview

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
)

// TestCork reads responses of many sizes, one after the other on one connection, and looks that each is whole.
func TestCork(t *testing.T) {
	s := newServer(t, "static/page", "")
	sizes := []int{0, 1, 2047, 2048, 3700, 4096, 5000, 10_000, maxHeld, maxHeld + 1, 1 << 20}
	bodies := make([][]byte, len(sizes))
	for i, size := range sizes {
		bodies[i] = make([]byte, size)
		for j := range bodies[i] {
			bodies[i][j] = byte(j * (i + 3) >> 4)
		}
	}
	client := corked(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		fmt.Sscan(r.URL.Path[1:], &i)
		x := newExchange(s, s.present(), w, r, s.started)
		defer x.deployment.users.Done()
		x.write(http.StatusOK, bodies[i])
	}))
	in := bufio.NewReader(client)
	for range 3 {
		for i, want := range bodies {
			fmt.Fprintf(client, "GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i)
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: got %d, %v", len(want), len(got), err)
			}
		}
	}
}

// TestCorkJoins looks at what a reader gets at once.
func TestCorkJoins(t *testing.T) {
	page := bytes.Repeat([]byte("0123456789abcdef"), 640)
	s := newServer(t, "static/page", string(page))
	client := corked(t, s)
	all := make([]byte, 64<<10)
	for range 3 {
		fmt.Fprint(client, "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n")
		n, err := client.Read(all)
		if err != nil || !bytes.HasSuffix(all[:n], page) {
			t.Errorf("the first read gave %d bytes, %v", n, err)
			return
		}
	}
}

// corked serves a handler on a corked listener and gives a connection to it.
func corked(t *testing.T, handler http.Handler) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ConnContext: ConnContext}
	go server.Serve(Cork(l))
	t.Cleanup(func() { server.Shutdown(context.Background()) })
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}
