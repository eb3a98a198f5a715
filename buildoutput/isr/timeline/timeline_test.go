package timeline

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// echo is a world whose outcomes are the words of its steps.
type echo struct {
	now     time.Duration
	renders atomic.Int32
}

func (e *echo) Pause(d time.Duration) error { e.now += d; return nil }

func (e *echo) Step(words []string) (string, error) {
	switch words[0] {
	case "RENDER":
		e.renders.Add(1)
	case "SILENT":
		return "", nil
	case "BAD":
		return "", errors.New("no such step")
	}
	return fmt.Sprintf("%s age=%s", strings.Join(words, " "), e.now), nil
}

func (e *echo) Together(n int, visit func(i int)) {
	for i := range n {
		visit(i)
	}
}

func (e *echo) Settle() {}

func (e *echo) Renders() int { return int(e.renders.Load()) }

func TestRun(t *testing.T) {
	lines := []string{
		"# a comment",
		"",
		"GET /a -> GET /a",
		"GET /a#b -> /a#b",
		"GET /a # unchecked",
		"+1m GET /a -> age=1m0s 0 renders",
		"RENDER -> 1 render",
		"3x RENDER -> RENDER 3 renders",
		"& GET /later -> /later",
		"SILENT",
		"GET /b -> /c",
		"RENDER -> 2 renders",
		"SILENT -> HIT",
		"& GET /later -> never",
	}
	mismatches, err := Run(&echo{}, lines)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, m := range mismatches {
		got = append(got, m.Line)
	}
	if fmt.Sprint(got) != "[11 12 13 14]" {
		t.Errorf("mismatches are in the lines %v", got)
	}
	if err := Update(&echo{}, lines); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{
		4:  "GET /a # unchecked -> GET /a",
		5:  "+1m GET /a -> age=1m0s 0 renders",
		10: "GET /b -> GET /b",
		11: "RENDER -> RENDER 1 render",
		12: "SILENT -> HIT",
	} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
		}
	}
}

func TestRunStops(t *testing.T) {
	for line, want := range map[string]string{
		"BAD":        "line 2: no such step",
		"2x BAD":     "line 2: no such step",
		"& BAD":      "line 2: no such step",
		"&":          "line 2: there is no step on this line",
		"+soon GET":  `line 2: "+soon" is not a time that can pass: write +59s or +1h30m`,
		"+-1s GET /": `line 2: "+-1s" is not a time that can pass: write +59s or +1h30m`,
	} {
		_, err := Run(&echo{}, []string{"GET /", line})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}
