package buildoutput

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Fault is what is wrong with one file of an output.
type Fault struct {
	// File is its path in the output.
	File string

	// Pointer is the place in a JSON file, empty for the whole of it. Line and Column are the same place, counted from 1,
	// the column in bytes; both are 0 where there is none.
	Pointer      jsontext.Pointer
	Line, Column int

	Err error
}

// Error gives file:line:column: message, the form that editors recognise.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %v", f.File, f.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", f.File, f.Line, f.Column, f.Err)
}

// Unwrap returns Err.
func (f *Fault) Unwrap() error { return f.Err }

// Faults is the error of [Read]: everything for which the platform's reader would refuse the output, in the order of the files.
type Faults []*Fault

// Error gives a line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, fault := range f {
		errs[i] = fault
	}
	return errs
}

// ValueError says that a member of a JSON file has a value of the wrong form.
type ValueError struct {
	Member string // its name, such as expiration
	Want   string // what it should be, such as "a number of seconds or false"
}

// Error gives the member and what it should be.
func (e *ValueError) Error() string { return fmt.Sprintf("%s must be %s", e.Member, e.Want) }
