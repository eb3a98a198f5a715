package preview

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestStreamReachesVisitor: each part of a streamed response is sent when it comes, and one that breaks off is not taken for
// the whole.
func TestStreamReachesVisitor(t *testing.T) {
	s, _ := open(t, "stream", Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	get := func(path string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	resp := get("/stream")
	defer resp.Body.Close()
	body := bufio.NewReader(resp.Body)
	for _, part := range []string{"one\n", "two\n"} { // each is only sent when asked for
		if line, err := body.ReadString('\n'); err != nil || line != part {
			t.Fatalf("got %q, %v", line, err)
		}
		get("/next").Body.Close()
	}
	if rest, err := io.ReadAll(body); err != nil || string(rest) != "" {
		t.Errorf("got %q, %v", rest, err)
	}
	resp = get("/broken")
	defer resp.Body.Close()
	if rest, err := io.ReadAll(resp.Body); err == nil || string(rest) != "one\n" {
		t.Errorf("got %q, %v", rest, err)
	}
}

// TestVisitorLeavesStream: the request ends with the visitor, and the preview can be closed.
func TestVisitorLeavesStream(t *testing.T) {
	s, _ := open(t, "stream", Options{})
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequest("GET", "/stream", nil).WithContext(ctx)
	w := &firstWrite{ResponseRecorder: httptest.NewRecorder(), then: cancel}
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
		if got := w.Body.String(); !strings.HasPrefix(got, "one") {
			t.Errorf("got %q", got)
		}
		ask(s, "GET", "/next")
		ask(s, "GET", "/next")
	}()
	s.ServeHTTP(w, r)
}

// firstWrite calls a function after the first write.
type firstWrite struct {
	*httptest.ResponseRecorder
	then func()
}

func (w *firstWrite) Write(b []byte) (int, error) {
	defer w.then()
	return w.ResponseRecorder.Write(b)
}
