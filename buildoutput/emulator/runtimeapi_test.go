package emulator

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRuntimeAPIIsStrict: what is not the function's process gets nothing.
func TestRuntimeAPIIsStrict(t *testing.T) {
	api, err := listen("test")
	if err != nil {
		t.Fatal(err)
	}
	defer api.close()
	if !strings.HasPrefix(api.address, "127.0.0.1:") {
		t.Errorf("it listens on %s", api.address)
	}
	for _, test := range []struct {
		method, path, host, origin string
		want                       int
	}{
		{"GET", "/2018-06-01/runtime/invocation/next", "localhost", "", 403},
		{"GET", "/2018-06-01/runtime/invocation/next", "evil.example", "", 403},
		{"GET", "/2018-06-01/runtime/invocation/next", "", "http://evil.example", 403},
		{"POST", "/2018-06-01/runtime/invocation/next", "", "", 404},
		{"GET", "/2018-06-01/runtime/init/error", "", "", 404},
		{"GET", "/2015-03-31/functions", "", "", 404},
		{"GET", "/", "", "", 404},
		{"POST", "/2018-06-01/runtime/invocation/guess/response", "", "", 400},
		{"POST", "/2018-06-01/runtime/invocation/guess/error", "", "", 400},
		{"POST", "/2018-06-01/runtime/init/error", "", "", 202},
		{"POST", "/2018-06-01/runtime/init/error", "", "", 202},
	} {
		req, err := http.NewRequest(test.method, "http://"+api.address+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = test.host
		if test.origin != "" {
			req.Header.Set("Origin", test.origin)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != test.want {
			t.Errorf("%+v: got %d", test, resp.StatusCode)
		}
	}
}

func TestLineWriter(t *testing.T) {
	var got []string
	w := &lineWriter{emit: func(text string) { got = append(got, text) }}
	for _, part := range []string{"one\ntw", "o\r\n\nlast", strings.Repeat("x", maxLine)} {
		fmt.Fprint(w, part)
	}
	w.flush()
	w.flush()
	want := []string{"one", "two", "", "last" + strings.Repeat("x", maxLine-4), "xxxx"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d lines: %.80q", len(got), got)
	}
}

// FuzzDecode: whatever a function posts is a response or an *Error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b","c":["d"]},"encoding":"base64","body":"YQ=="}`))
	f.Add([]byte(`{"statusCode":null,"headers":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		resp, err := decode("test", payload)
		if (resp == nil) == (err == nil) {
			t.Errorf("got %v and %v", resp, err)
		}
		if resp != nil && (resp.Status < 200 || resp.Status > 999) {
			t.Errorf("status %d", resp.Status)
		}
		if _, ok := err.(*Error); err != nil && !ok {
			t.Errorf("got a %T", err)
		}
	})
}
