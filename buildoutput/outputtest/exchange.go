package outputtest

import (
	"fmt"
	"net/http"
	"strings"
)

// Exchange is a request to an output and what is expected of the response, written as
//
//	> METHOD TARGET
//	Name: value            a header of the request
//	< STATUS
//	name: value            a header of the response, or its body
//
// The status may be "*". Of a value, "-" stands for its absence, "*" for anything, also at the end of what must be the beginning,
// "~" begins what must be contained and "!" what must not. With ">>" in place of ">" the request may have to be repeated until the
// response is the expected one.
type Exchange struct {
	Line           int // of the request
	Method, Target string
	Repeat         bool
	Header         []string
	Status         string
	Expect         []string
}

// ParseExchanges finds the exchanges of a text. Empty lines, those that begin with "#" and those before the first request are
// remarks.
func ParseExchanges(text string) (all []*Exchange) {
	var current *Exchange
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\n")
		first, rest, _ := strings.Cut(line, " ")
		switch {
		case first == ">" || first == ">>":
			current = &Exchange{Line: number, Repeat: first == ">>"}
			current.Method, current.Target, _ = strings.Cut(rest, " ")
			all = append(all, current)
		case current == nil, line == "", strings.HasPrefix(line, "#"):
		case first == "<":
			current.Status = rest
		case current.Status == "":
			current.Header = append(current.Header, line)
		default:
			current.Expect = append(current.Expect, line)
		}
	}
	return all
}

// Differences says in what a response is not the expected one. Several headers of a name are one value, joined by commas. The
// line break at the end of a body does not matter.
func (e *Exchange) Differences(status int, header http.Header, body string) (all []string) {
	if e.Status != "*" && e.Status != fmt.Sprint(status) {
		all = append(all, fmt.Sprintf("status %d, want %s", status, e.Status))
	}
	for _, line := range e.Expect {
		name, want, _ := strings.Cut(line, ": ")
		got := strings.Join(header.Values(name), ", ")
		if name == "body" {
			got = strings.TrimSuffix(body, "\n")
		}
		if !agrees(got, want) {
			all = append(all, fmt.Sprintf("%s is %q, want %q", name, got, want))
		}
	}
	return all
}

func agrees(got, want string) bool {
	switch {
	case want == "-":
		return got == ""
	case want == "*":
		return got != ""
	case strings.HasSuffix(want, "*"):
		return strings.HasPrefix(got, want[:len(want)-1])
	case strings.HasPrefix(want, "~"):
		return strings.Contains(got, want[1:])
	case strings.HasPrefix(want, "!"):
		return !strings.Contains(got, want[1:])
	}
	return got == want
}
