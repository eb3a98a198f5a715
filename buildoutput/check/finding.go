package check

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/buildoutput"
)

// Severity tells what the platform refuses from what it takes and does not do.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one fault of an output.
type Finding struct {
	Severity Severity `json:"severity"`

	// Code names the kind of fault, such as "route-regex". It does not change from one version to the next.
	Code Code `json:"code"`

	// File is the path in the output, with slashes; empty for the output as a whole.
	File string `json:"file,omitempty"`

	// Pointer is the place in a JSON file, as in RFC 6901. Line and Column are the same place, counted from 1, in bytes; 0
	// is unknown.
	Pointer string `json:"pointer,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`

	// Message says what is wrong here, Effect what the platform will do, Advice what to do about it, and Source where
	// that is known from.
	Message string `json:"message"`
	Effect  string `json:"effect"`
	Advice  string `json:"advice"`
	Source  string `json:"source"`
}

// String gives file:line:col: message, the form that editors and CI systems recognise.
func (f Finding) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
		}
		b.WriteString(": ")
	}
	if f.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Message)
	return b.String()
}

// warn adds a warning. The pointer is made of its parts.
func (c *checker) warn(code Code, file string, pointer jsontext.Pointer, format string, args ...any) {
	c.add(Warning, code, file, pointer, fmt.Sprintf(format, args...))
}

func (c *checker) add(severity Severity, code Code, file string, pointer jsontext.Pointer, message string) {
	rule := rules[code]
	c.findings = append(c.findings, Finding{
		Severity: severity, Code: code, File: file, Pointer: string(pointer),
		Message: message, Effect: rule.effect, Advice: rule.advice, Source: rule.source,
	})
}

// pointer joins the parts of a JSON pointer: names and indices.
func pointer(parts ...any) jsontext.Pointer {
	var p jsontext.Pointer
	for _, part := range parts {
		p = p.AppendToken(fmt.Sprint(part))
	}
	return p
}

// refused adds what the platform's reader refuses. Any other error is the machine's.
func (c *checker) refused(err error) error {
	var faults buildoutput.Faults
	if !errors.As(err, &faults) {
		return err
	}
	for _, fault := range faults {
		c.fault(Error, Refused, fault)
	}
	return nil
}

// fault adds what the reader found, at the place that it gives.
func (c *checker) fault(severity Severity, code Code, fault *buildoutput.Fault) {
	c.add(severity, code, fault.File, fault.Pointer, fault.Err.Error())
	found := &c.findings[len(c.findings)-1]
	found.Line, found.Column = fault.Line, fault.Column
}

// place finds line and column of a finding in a JSON file.
func (c *checker) place(f *Finding) {
	if f.Pointer == "" || f.Line > 0 || c.fsys == nil {
		return
	}
	text, known := c.texts[f.File]
	if !known {
		text, _ = fs.ReadFile(c.fsys, f.File) // without it the pointer is all that can be said
		if c.texts == nil {
			c.texts = map[string][]byte{}
		}
		c.texts[f.File] = text
	}
	f.Line, f.Column = buildoutput.Position(text, jsontext.Pointer(f.Pointer))
}
