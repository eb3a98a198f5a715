package diagnostic

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// The form of a diagnostic is one that editors and CI systems make a link of.
func TestString(t *testing.T) {
	for want, d := range map[string]Diagnostic{
		"a.md: m":              {File: "a.md", Message: "m"},
		"a.md:3: m":            {File: "a.md", Line: 3, Message: "m"},
		"a.md:3:7: m":          {File: "a.md", Line: 3, Column: 7, Message: "m", Severity: Error},
		"a.md: m again":        {File: "a.md", Column: 7, Message: "m again"},
		"a.md:3:7: warning: m": {File: "a.md", Line: 3, Column: 7, Message: "m", Severity: Warning},
	} {
		if got := d.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The same faults give the same list, in whatever order and however often they are found.
func TestList(t *testing.T) {
	faults := []Diagnostic{
		{File: "a", Message: "no line"}, {File: "a", Line: 2, Column: 1, Message: "x"}, {File: "a", Line: 2, Column: 1, Message: "y"},
		{File: "a", Line: 2, Column: 5, Message: "a"}, {File: "a", Line: 10, Message: "a"}, {File: "b", Severity: Warning, Message: "a"},
	}
	var list List
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() { list.Add(faults[(i*7)%len(faults)]) })
	}
	group.Wait()
	got := list.Sorted()
	for i := range got {
		if got[i].Severity == "" {
			t.Errorf("%v has no severity", got[i])
		}
	}
	text := func(all []Diagnostic) []string {
		var lines []string
		for _, d := range all {
			lines = append(lines, fmt.Sprint(d))
		}
		return lines
	}
	if !slices.Equal(text(got), text(faults)) || list.Errors() != 5 {
		t.Errorf("%d errors in %q, want 5 in %q", list.Errors(), text(got), text(faults))
	}
}

func TestExcerpt(t *testing.T) {
	text := "one\r\ntwo\n\n" + strings.Repeat("日", 100) + "\nlast"
	for line, want := range map[int]string{1: "one", 2: "two", 3: "", 5: "last", 6: "", 100: ""} {
		if got := Excerpt([]byte(text), line); got != want {
			t.Errorf("line %d is %q, want %q", line, got, want)
		}
	}
	if long := Excerpt([]byte(text), 4); !utf8.ValidString(long) || len(long) > 170 || !strings.HasPrefix(long, strings.Repeat("日", 53)) {
		t.Errorf("a long line becomes %q", long)
	}
	if bad := Excerpt([]byte("a\xffb"), 1); bad != "a\ufffdb" {
		t.Errorf("what is not UTF-8 becomes %q", bad)
	}
}
