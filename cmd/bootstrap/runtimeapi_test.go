package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const farAway = 4_000_000_000_000 // in milliseconds: the year 2096

// exchange is what a fake of the API gives and gets.
type exchange struct {
	events  []string
	chunked bool
	got     []string // path and body of each answer
}

func (x *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, invocations)
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		x.got = append(x.got, path+" "+string(body))
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if len(x.events) == 0 {
		http.Error(w, "that was all", http.StatusGone)
		return
	}
	w.Header().Set(deadline, strconv.Itoa(farAway))
	w.Header().Set(requestID, fmt.Sprint("id-", len(x.events)))
	for _, part := range strings.SplitAfter(x.events[0], " ") {
		io.WriteString(w, part)
		if x.chunked {
			w.(http.Flusher).Flush()
		}
	}
	x.events = x.events[1:]
}

// serveAll lets a function answer events, which gets their bodies.
func serveAll(t *testing.T, x *exchange, invoke func(string) (response, error)) error {
	t.Helper()
	server := httptest.NewServer(x)
	defer server.Close()
	api := runtimeAPI{address: strings.TrimPrefix(server.URL, "http://")}
	return api.serve(func(ctx context.Context, e event) (response, error) {
		if until, ok := ctx.Deadline(); !ok || until.UnixMilli() != farAway {
			t.Errorf("the deadline is %v, %v", until, ok)
		}
		return invoke(e.Body)
	})
}

func TestServe(t *testing.T) {
	long := strings.Repeat("long ", 20_000)
	for _, chunked := range []bool{false, true} {
		x := &exchange{events: []string{`{"body":"one"}`, `{"body":"` + long + `"}`, `{"body":"bad"}`, `none`}, chunked: chunked}
		err := serveAll(t, x, func(body string) (response, error) {
			if body == "bad" {
				return response{}, errors.New("it failed")
			}
			return response{StatusCode: 200, Body: body}, nil
		})
		if err == nil || !strings.Contains(err.Error(), "status 410: that was all") {
			t.Errorf("chunked %v: error is %v", chunked, err)
		}
		answer := func(body string) string {
			return fmt.Sprintf(`/response {"statusCode":200,"headers":null,"encoding":"","body":"%s"}`, body)
		}
		want := []string{"id-4" + answer("one"), "id-3" + answer(long), `id-2/error {"errorMessage":"it failed","errorType":"Error"}`}
		if len(x.got) != 4 || !slices.Equal(x.got[:3], want) || !strings.Contains(x.got[3], "the event is not JSON") {
			t.Errorf("chunked %v: answers are %.200q", chunked, x.got)
		}
	}
}

// TestServePanic holds that a process which panicked answers nothing any more.
func TestServePanic(t *testing.T) {
	x := &exchange{events: []string{`{"body":"one"}`, `{"body":"two"}`}}
	err := serveAll(t, x, func(string) (response, error) { panic("broken") })
	if err == nil || !strings.Contains(err.Error(), "panic: broken") || !strings.Contains(err.Error(), "runtimeapi_test.go") {
		t.Errorf("error is %v", err)
	}
	if len(x.got) != 1 || !strings.HasPrefix(x.got[0], `id-2/error {"errorMessage":"panic: broken`) {
		t.Errorf("answers are %q", x.got)
	}
}

func TestServeWithoutAPI(t *testing.T) {
	if err := (&runtimeAPI{}).serve(nil); err == nil || !strings.Contains(err.Error(), "AWS_LAMBDA_RUNTIME_API is not set") {
		t.Errorf("error is %v", err)
	}
	if err := (&runtimeAPI{address: "127.0.0.1:1"}).serve(nil); err == nil {
		t.Error("a closed port gave events")
	}
}

func TestReadResponse(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "200 abc"},
		{"HTTP/1.0 200\r\n\r\nto the end", "200 to the end"},
		{"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "202 abc0123456789"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "EOF"},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", `"-1" is no length`},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", `"xyz" is no length of a chunk`},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "EOF"},
		{"HTTP/2 200 OK\r\n\r\n", "is no status of HTTP/1"},
		{"SSH-2.0\r\n", "is no status of HTTP/1"},
		{"", "EOF"},
	} {
		status, _, body, err := readResponse(bufio.NewReader(strings.NewReader(test.text)))
		got := fmt.Sprintf("%d %s", status, body)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}
