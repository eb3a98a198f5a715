package preview

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

// What the platform takes and nobody can use is served without it, and said.
func TestIgnoredIsLogged(t *testing.T) {
	dir := outputtest.Unpack(t, txtar.Parse([]byte(`
-- config.json --
{"version": 3,
 "crons": "daily"}
-- static/a.txt --
LINK ../../b.txt
-- static/c.txt --
c
`)).Files)
	var log bytes.Buffer
	s, err := New(dir, Options{Origin: "http://localhost:3000", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	for _, want := range []string{"config.json:2:2: a list is expected here", "static/a.txt: the link leads nowhere"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
	if w := ask(s, "GET", "/c.txt"); w.Code != 200 {
		t.Errorf("/c.txt: status %d", w.Code)
	}
}
