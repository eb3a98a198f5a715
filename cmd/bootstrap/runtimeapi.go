package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// runtimeAPI is the Lambda Runtime API, at an address host:port: what gives this process its events. One goroutine uses it.
//
// It is spoken to without net/http, which brings TLS and with it a third of the size that this program would have. The API
// is plain HTTP from this machine, over one connection.
//
// Source: the documentation of AWS Lambda, "Using the Lambda runtime API", version 2018-06-01.
type runtimeAPI struct {
	address string
	conn    net.Conn // nil before the first call, and after one that ended it
	reader  *bufio.Reader
}

const (
	invocations = "/2018-06-01/runtime/invocation/"
	requestID   = "Lambda-Runtime-Aws-Request-Id"
	deadline    = "Lambda-Runtime-Deadline-Ms"
)

// handle answers an event before a deadline.
type handle func(context.Context, event) (response, error)

// serve answers events until the API is gone. A panic ends it too, after the invocation was told: what the process holds may
// be half changed.
func (api *runtimeAPI) serve(invoke handle) error {
	if api.address == "" {
		return errors.New("AWS_LAMBDA_RUNTIME_API is not set: this program is run by the platform, or by `isrgen preview`")
	}
	for {
		header, payload, err := api.next()
		if err != nil {
			return err
		}
		answer, failed := call(invoke, header.Get(deadline), payload)
		if failed == nil {
			err = api.post(header.Get(requestID)+"/response", answer)
		} else {
			err = api.post(header.Get(requestID)+"/error", failure(failed))
		}
		var panicked *panicError
		if errors.As(failed, &panicked) {
			err = errors.Join(panicked, err)
		}
		if err != nil {
			return err
		}
	}
}

// call is one invocation, which the platform ends at a time in milliseconds.
func call(invoke handle, until string, payload []byte) (answer []byte, err error) {
	ctx := context.Background()
	if ms, err := strconv.ParseInt(until, 10, 64); err == nil {
		bounded, cancel := context.WithDeadline(ctx, time.UnixMilli(ms))
		defer cancel()
		ctx = bounded
	}
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value, debug.Stack()}
		}
	}()
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("the event is not JSON: %w", err)
	}
	r, err := invoke(ctx, e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

// panicError is what a panic ended with.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// failure is how an invocation that failed is told to the API.
func failure(err error) []byte {
	text, _ := json.Marshal(map[string]string{"errorType": "Error", "errorMessage": err.Error()})
	return text
}

// next waits for an event, however long it takes.
func (api *runtimeAPI) next() (header textproto.MIMEHeader, payload []byte, err error) {
	status, header, payload, err := api.do("GET", invocations+"next", nil)
	if err == nil && status != 200 {
		err = fmt.Errorf("status %d: %s", status, payload)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("asking for the next event: %w", err)
	}
	return header, payload, nil
}

// post answers an event. An answer that is refused, as one that is too large, is the platform's to tell.
func (api *runtimeAPI) post(path string, body []byte) error {
	status, _, reason, err := api.do("POST", invocations+path, body)
	if err == nil && status != 202 {
		fmt.Fprintf(os.Stderr, "isrgen: the answer was refused with status %d: %s\n", status, reason)
	}
	if err != nil {
		return fmt.Errorf("answering an event: %w", err)
	}
	return nil
}

// do makes a call. A connection that was used before may have been closed meanwhile: then the call is made once more.
func (api *runtimeAPI) do(method, path string, body []byte) (status int, header textproto.MIMEHeader, answer []byte, err error) {
	used := api.conn != nil
	if !used {
		if api.conn, err = net.Dial("tcp", api.address); err != nil {
			return 0, nil, nil, err
		}
		api.reader = bufio.NewReader(api.conn)
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		method, path, api.address, len(body))
	if _, err = api.conn.Write(append([]byte(head), body...)); err == nil {
		status, header, answer, err = readResponse(api.reader)
	}
	if err != nil || strings.EqualFold(header.Get("Connection"), "close") || ends(header) {
		api.conn.Close()
		api.conn = nil
	}
	if err != nil && status == 0 && used {
		return api.do(method, path, body)
	}
	return status, header, answer, err
}

// ends says whether the end of a body is that of the connection.
func ends(header textproto.MIMEHeader) bool {
	return header.Get("Content-Length") == "" && header.Get("Transfer-Encoding") == ""
}

func readResponse(r *bufio.Reader) (status int, header textproto.MIMEHeader, body []byte, err error) {
	text := textproto.NewReader(r)
	line, err := text.ReadLine()
	if err != nil {
		return 0, nil, nil, err
	}
	protocol, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	if status, err = strconv.Atoi(code); err != nil || !strings.HasPrefix(protocol, "HTTP/1.") {
		return 0, nil, nil, fmt.Errorf("%q is no status of HTTP/1", line)
	}
	if header, err = text.ReadMIMEHeader(); err != nil {
		return 0, nil, nil, err
	}
	body, err = readBody(text, header)
	return status, header, body, err
}

// readBody reads a body in the three ways that it can end.
func readBody(text *textproto.Reader, header textproto.MIMEHeader) ([]byte, error) {
	if strings.EqualFold(header.Get("Transfer-Encoding"), "chunked") {
		return readChunks(text)
	}
	length := header.Get("Content-Length")
	if length == "" {
		return io.ReadAll(text.R)
	}
	size, err := strconv.ParseInt(length, 10, 64)
	if err != nil || size < 0 {
		return nil, fmt.Errorf("%q is no length", length)
	}
	var body bytes.Buffer
	_, err = io.CopyN(&body, text.R, size)
	return body.Bytes(), err
}

func readChunks(text *textproto.Reader) ([]byte, error) {
	var body bytes.Buffer
	for {
		line, err := text.ReadLine()
		if err != nil {
			return nil, err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseInt(strings.TrimSpace(digits), 16, 64)
		if err != nil || size < 0 {
			return nil, fmt.Errorf("%q is no length of a chunk", line)
		}
		if size == 0 {
			_, err := text.ReadMIMEHeader() // trailers, which are of no use here
			return body.Bytes(), err
		}
		if _, err := io.CopyN(&body, text.R, size); err != nil {
			return nil, err
		}
		if _, err := text.ReadLine(); err != nil {
			return nil, err
		}
	}
}
