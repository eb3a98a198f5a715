package preview

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestInvocation: what one visit renders, a page and the data of its group, has the name of one invocation, and what another
// visit renders has another.
func TestInvocation(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	archive := txtar.Parse([]byte(`
-- config.json --
{"version": 3}
-- functions/page.func/.vc-config.json --
{"runtime": "provided.al2023", "handler": "bootstrap", "architecture": "HOST", "environment": {"RECORD": "1"}}
-- functions/page.func/bootstrap --
FUNCTION
-- functions/page.prerender-config.json --
{"expiration": false, "group": 1, "allowQuery": [], "bypassToken": "` + token + `", "allowHeader": ["x-invocation-id"]}
-- functions/data.func/.vc-config.json --
{"runtime": "provided.al2023", "handler": "bootstrap", "architecture": "HOST", "environment": {"RECORD": "1"}}
-- functions/data.func/bootstrap --
FUNCTION
-- functions/data.prerender-config.json --
{"expiration": false, "group": 1, "allowQuery": [], "bypassToken": "` + token + `"}
`))
	var recorded events
	s, err := New(unpack(t, archive.Files), Options{FunctionLog: recorded.add})
	if err != nil {
		t.Fatal(err)
	}
	ask(s, "GET", "/page", "X-Invocation-Id: made-up")
	recorded.wait(t, 2)
	ask(s, "GET", "/data", "X-Prerender-Revalidate: "+token)
	recorded.wait(t, 4)
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range recorded.lines {
		var event struct{ Headers map[string]string }
		if err := json.NewDecoder(strings.NewReader(line)).Decode(&event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		names = append(names, event.Headers["x-invocation-id"])
	}
	count := map[string]int{}
	for _, name := range names {
		count[name]++
	}
	if len(count) != 2 || count["made-up"] > 0 || count[""] > 0 || len(names) != 4 {
		t.Errorf("the renders of two visits, of a page and its data, were %q", names)
	}
}

// wait waits until so many renders were asked for: what is renewed with a page is so behind the visitor.
func (e *events) wait(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		e.mu.Lock()
		have := len(e.lines)
		e.mu.Unlock()
		if have >= n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("there were %d renders, want %d", have, n)
		}
	}
}
