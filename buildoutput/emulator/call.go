package emulator

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request on its way through a service. It goes on to its end when the visitor leaves.
type call struct {
	*service
	visitor context.Context
	req     *Request
	number  uint64
	answer  chan outcome // received from as long as the visitor waits
	began   time.Time    // when the instance was asked
}

func (c *call) run() {
	ctx, cancel := c.deadline()
	defer cancel()
	for c.ask(ctx) == errExited {
	}
}

// deliver hands over the answer and reports whether somebody took it.
func (c *call) deliver(resp *Response, err error) bool {
	select {
	case c.answer <- outcome{resp, err}:
		return true
	case <-c.visitor.Done():
		return false
	}
}

// ask lets an instance answer. It gives errExited if that was gone before it heard of the request.
func (c *call) ask(ctx context.Context) error {
	inst, cold := c.acquire()
	defer c.release(inst)
	if err := inst.await(ctx); err != nil {
		c.discard(inst)
		if err == errExited && !cold {
			return errExited
		}
		if err == errExited {
			err = c.fault(ExitedAtStart, "the process ended as soon as it served")
		}
		c.deliver(nil, err)
		return nil
	}
	c.began = time.Now()
	id := newID()
	ended := inst.ipc.begin(id)
	defer inst.ipc.forget(id)
	resp, err := inst.transport.RoundTrip(c.request(ctx, id))
	if err != nil {
		c.deliver(nil, c.explain(ctx, inst, ended, err))
		return nil
	}
	defer resp.Body.Close()
	explain := func(err error) error { return c.explain(ctx, inst, ended, err) }
	c.respond(resp, &Response{Status: resp.StatusCode, Header: headerOf(resp), Cold: cold, Duration: time.Since(c.began)}, explain)
	select { // a function may go on after its response
	case <-ended:
	case <-inst.exited:
	case <-ctx.Done():
	}
	return nil
}

// respond hands over a response, whole or as a stream.
func (c *call) respond(from *http.Response, resp *Response, explain func(error) error) {
	if resp.Status < 200 {
		c.deliver(nil, c.fault(BadResponse, "the response has the status %d", resp.Status))
		return
	}
	if c.req.Stream && c.streams() {
		c.stream(from.Body, resp, explain)
		return
	}
	body, err := io.ReadAll(io.LimitReader(from.Body, MaxPayload+1))
	switch {
	case err != nil:
		c.deliver(nil, explain(err))
	case len(body) > MaxPayload:
		from.Body.Close()
		c.deliver(nil, c.fault(ResponseTooLarge, "the response's body has more than the %d bytes that the platform accepts", MaxPayload))
	default:
		resp.Body, resp.Duration = body, time.Since(c.began)
		c.deliver(resp, nil)
	}
}

// stream passes on a body as it comes, and reads it to its end in any case.
func (c *call) stream(body io.Reader, resp *Response, explain func(error) error) {
	reader, writer := io.Pipe()
	defer context.AfterFunc(c.visitor, func() { reader.Close() })()
	resp.Stream = reader
	if !c.deliver(resp, nil) {
		reader.Close()
	}
	_, err := io.Copy(writer, body)
	if errors.Is(err, io.ErrClosedPipe) {
		io.Copy(io.Discard, body)
		return
	}
	if err != nil {
		err = explain(err)
	}
	writer.CloseWithError(err)
}

// explain finds out why there is no response, or only a part: the program says so in its own way, and perhaps later. Of an
// instance that fails here nothing good is to be expected, unless it said itself what was wrong with this one request.
func (c *call) explain(ctx context.Context, inst *instance, ended <-chan string, broken error) error {
	if ctx.Err() != nil { // the program hears of it too, and may be as fast
		c.discard(inst)
		return context.Cause(ctx)
	}
	select {
	case why := <-ended:
		if why != "" {
			return c.fault(HandlerFailed, "%s", why)
		}
	case <-inst.exited:
		c.discard(inst)
		if detail := inst.lastWords(); detail != "" {
			return c.fault(Crashed, "%s", detail)
		}
		select {
		case why := <-ended:
			if why != "" {
				return c.fault(HandlerFailed, "%s", why)
			}
		default:
		}
		return c.fault(Crashed, "the process ended during the invocation: %s", inst.cmd.ProcessState)
	case <-ctx.Done():
		c.discard(inst)
		return context.Cause(ctx)
	case <-time.After(time.Second):
	}
	return c.fault(BadResponse, "the connection was closed without a response that can be understood: %v", broken)
}

// request makes the HTTP request for the program.
func (c *call) request(ctx context.Context, id string) *http.Request {
	header := maps.Clone(c.req.Header)
	if header == nil {
		header = http.Header{}
	}
	if header.Get("User-Agent") == "" {
		header["User-Agent"] = []string{""} // net/http adds its own otherwise
	}
	header["X-Vercel-Internal-Invocation-Id"] = []string{id}
	header["X-Vercel-Internal-Request-Id"] = []string{strconv.FormatUint(c.number, 10)}
	if c.req.Middleware {
		header["X-Vercel-Internal-Middleware"] = []string{"1"}
	}
	req := &http.Request{Method: c.req.Method, URL: exactURL(c.req.Path), Host: c.req.Host, Header: header, Body: http.NoBody}
	if len(c.req.Body) > 0 {
		req.Body = io.NopCloser(strings.NewReader(string(c.req.Body)))
		req.ContentLength = int64(len(c.req.Body))
	}
	return req.WithContext(ctx)
}

// exactURL is a URL whose path and query are sent as they are.
func exactURL(path string) *url.URL {
	path, query, _ := strings.Cut(strings.ReplaceAll(path, " ", "%20"), "?")
	u := &url.URL{Scheme: "http", Host: "function", Opaque: path, RawQuery: query}
	if strings.HasPrefix(path, "//") { // Opaque would say that a host follows
		u.Opaque, u.Path, u.RawPath = "", path, path
	}
	return u
}

// headerOf gives the header of a response without what belongs to the connection and the moment.
func headerOf(resp *http.Response) http.Header {
	header := resp.Header.Clone()
	for _, name := range []string{"Connection", "Date", "Keep-Alive", "Transfer-Encoding"} {
		header.Del(name)
	}
	return header
}
