package emulator

import (
	"net"
	"path/filepath"
	"testing"
)

// FuzzIPC: whatever a program sends, what comes after it in a message of its own is understood.
func FuzzIPC(f *testing.F) {
	f.Add([]byte(`{"type":"server-started","payload":{"initDuration":1,"httpPort":3000}}`))
	f.Add([]byte(`{"type":"end","payload":{"context":{"invocationId":"other","requestId":1},"error":{"message":"m"}}}`))
	f.Add([]byte(`{"type":"log","payload":{"message":"b25lCnR3bw==","level":"error"}}`))
	f.Add([]byte(`{"type":"unrecoverable-error","payload":{"exitCode":1,"message":"m"}}`))
	f.Add([]byte(`{"type":"end","payload":{"context":[]}}`))
	f.Add([]byte("\x00\x00{"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		path := filepath.Join(t.TempDir(), "s")
		c, err := listenIPC(path, func(stream, text string) {})
		if err != nil {
			t.Skip(err)
		}
		defer c.close()
		id := newID()
		ended := c.begin(id)
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write(sent)
		conn.Write([]byte("\x00" + `{"type":"end","payload":{"context":{"invocationId":"` + id + `","requestId":1},"error":"why"}}` + "\x00"))
		if why := <-ended; why != "why" {
			t.Errorf("got %q", why)
		}
	})
}

func TestReason(t *testing.T) {
	for raw, want := range map[string]string{
		"":                              "",
		"null":                          "",
		`"text"`:                        "text",
		`{"name":"N","message":"text"}`: "N: text",
		`{"message":"text"}`:            "text",
		`{"code":1}`:                    `{"code":1}`,
	} {
		if got := reason([]byte(raw)); got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
	}
}
