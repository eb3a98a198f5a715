// Package diagnostic describes what the author of a site did wrong, and where. What the machine did wrong is an ordinary
// error.
package diagnostic

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Severity tells an error, which fails the build, from a warning, which does not.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one fault of a site. It names the place as exactly as it is known and says what to do.
type Diagnostic struct {
	Severity Severity `json:"severity"`

	// File is relative to the site's directory, with slashes. Line and Column count from 1, Column in
	// characters; 0 is unknown.
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`

	Message string `json:"message"`

	// Advice is what the author can do, as a sentence without a final stop.
	Advice string `json:"advice,omitempty"`

	// Excerpt is the text of the line, empty where there is none to show.
	Excerpt string `json:"excerpt,omitempty"`
}

// String gives file:line:col: message, the form that editors and CI systems recognise.
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.File)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d", d.Line)
		if d.Column > 0 {
			fmt.Fprintf(&b, ":%d", d.Column)
		}
	}
	b.WriteString(": ")
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	return b.String()
}

// List collects diagnostics. It may be added to from several goroutines; its zero value is empty.
type List struct {
	mu   sync.Mutex
	all  []Diagnostic
	seen map[Diagnostic]bool
}

// Add puts d into the list, unless the same fault at the same place is already there. An empty severity means Error.
func (l *List) Add(d Diagnostic) {
	if d.Severity == "" {
		d.Severity = Error
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[d] {
		return
	}
	if l.seen == nil {
		l.seen = map[Diagnostic]bool{}
	}
	l.seen[d] = true
	l.all = append(l.all, d)
}

// Errors counts the diagnostics that fail a build.
func (l *List) Errors() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, d := range l.all {
		if d.Severity == Error {
			n++
		}
	}
	return n
}

// Sorted returns the diagnostics by place, never nil.
func (l *List) Sorted() []Diagnostic {
	l.mu.Lock()
	defer l.mu.Unlock()
	sorted := append([]Diagnostic{}, l.all...)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message))
	})
	return sorted
}

// Excerpt returns one line of a text, counted from 1, cut to a length that fits on a screen.
func Excerpt(text []byte, line int) string {
	for ; line > 1; line-- {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return ""
		}
		text = text[end+1:]
	}
	text, _, _ = bytes.Cut(text, []byte("\n"))
	const longest = 160
	return strings.ToValidUTF8(strings.TrimRight(string(text[:min(len(text), longest)]), "\r"), "\ufffd")
}
