package projectconfig

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/isrgen/isrgen/buildoutput"
)

// The limits of the platform's schemas. Lengths are in characters.
const (
	maxEntries    = 2048
	maxText       = 4096
	maxConditions = 16
	maxEnv        = 64
	maxEnvName    = 256
	maxHeaders    = 1024
	maxValue      = 32768
)

// problems collects the faults of the entries of one list after the other.
type problems struct {
	list  string
	index int
	found []Problem
}

func (p *problems) addError(member string, err error) {
	if err != nil {
		p.found = append(p.found, Problem{p.list, p.index, member, err})
	}
}

func (p *problems) addf(member, format string, args ...any) {
	p.addError(member, fmt.Errorf(format, args...))
}

// text checks a member that must be there.
func (p *problems) text(member, text string, longest int) bool {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		p.addf(member, "missing")
	case n > longest:
		p.addf(member, "%d characters, more than %d", n, longest)
	default:
		return true
	}
	return false
}

// source parses a source, and gives nil for one that is no pattern. The platform's tools also want its text, as it stands, to
// be a regular expression.
func (p *problems) source(text string) pattern {
	if !p.text("source", text, maxText) {
		return nil
	}
	source, err := parse(text, sourceValue)
	if err == nil {
		err = checkRegexp(text)
	}
	if err == nil {
		err = checkRegexp(source.source())
	}
	if err != nil {
		p.addf("source", "%q is not a pattern: %w", text, err)
		return nil
	}
	return source
}

// destination checks that a destination names the parameters of its source or conditions only. It reports whether it is worth
// being filled.
func (p *problems) destination(text string, source pattern, has []buildoutput.Condition) bool {
	if !p.text("destination", text, maxText) || source == nil {
		return false
	}
	known := captured(has)
	for _, part := range source.capturing() {
		known = append(known, part.name)
	}
	for _, name := range destinationParameters(text) {
		switch {
		case slices.Contains(known, name):
		case name == "":
			p.addf("destination", "%q has a group, and the source has none without a name", text)
			return false
		default:
			p.addf("destination", "the parameter :%s is neither in the source nor in has", name)
			return false
		}
	}
	return true
}

// destinationParameters names the parameters in the host, path and query of a destination, as far as it can be read.
func destinationParameters(text string) []string {
	d, err := parseDestination(text)
	if err != nil && !errors.Is(err, errHost) {
		return nil
	}
	templates := []string{d.hostname, d.pathname}
	for _, field := range d.query {
		templates = append(templates, field.values[0])
	}
	var names []string
	for _, template := range templates {
		parts, err := parse(template, sourceValue)
		if err != nil || checkRegexp(parts.source()) != nil {
			break
		}
		for _, part := range parts.capturing() {
			names = append(names, part.name)
		}
	}
	return names
}

func (p *problems) status(status int) {
	if status != 0 && (status < 100 || status > 999) {
		p.addf("statusCode", "%d is no status: it must be from 100 to 999", status)
	}
}

func (p *problems) env(names []string) {
	if names != nil && len(names) == 0 || len(names) > maxEnv {
		p.addf("env", "%d variables: it must be from 1 to %d", len(names), maxEnv)
	}
	for i, name := range names {
		p.text(fmt.Sprintf("env[%d]", i), name, maxEnvName)
	}
}

func (p *problems) headerLines(lines []HeaderLine) {
	if lines == nil {
		p.addf("headers", "missing")
	}
	if len(lines) > maxHeaders {
		p.addf("headers", "%d headers, more than %d", len(lines), maxHeaders)
	}
	for i, line := range lines {
		p.text(fmt.Sprintf("headers[%d].key", i), line.Key, maxText)
		p.text(fmt.Sprintf("headers[%d].value", i), line.Value, maxValue)
	}
}

func (p *problems) conditions(has, missing []buildoutput.Condition) {
	for _, list := range []struct {
		member     string
		conditions []buildoutput.Condition
	}{{"has", has}, {"missing", missing}} {
		if len(list.conditions) > maxConditions {
			p.addf(list.member, "%d conditions, more than %d", len(list.conditions), maxConditions)
		}
		for i, condition := range list.conditions {
			p.condition(fmt.Sprintf("%s[%d]", list.member, i), condition)
		}
	}
}

func (p *problems) condition(member string, c buildoutput.Condition) {
	if len(c.Unknown) > 0 {
		p.addf(member, "members that are not type, key or value")
	}
	switch c.Type {
	case "host":
		if c.Key != "" {
			p.addf(member+".key", "means nothing for a host")
		}
		if c.Value == nil {
			p.addf(member+".value", "missing")
		}
	case "header", "cookie", "query":
		p.text(member+".key", c.Key, maxText)
	default:
		p.addf(member+".type", "%q is not host, header, cookie or query", c.Type)
	}
	if c.Value != nil {
		p.match(member+".value", *c.Value)
	}
}

// match checks the test of a value. One that says nothing is refused, though the schema has room for an empty text.
func (p *problems) match(member string, m buildoutput.Match) {
	o := m.Operators
	if len(o.Unknown) > 0 {
		p.addf(member, "members that are no operators")
	}
	texts := append([]string{m.Pattern, o.Pre, o.Suf, o.Re}, slices.Concat(o.Inc, o.Ninc)...)
	for _, operand := range []any{o.Eq, o.Neq} {
		switch operand := operand.(type) {
		case nil, float64:
		case string:
			texts = append(texts, operand)
		default:
			p.addf(member, "%v is neither a text nor a number", operand)
		}
	}
	if _, number := o.Neq.(float64); number {
		p.addf(member+".neq", "must be a text")
	}
	longest := 0
	for _, text := range texts {
		longest = max(longest, utf8.RuneCountInString(text))
	}
	if longest > maxText {
		p.addf(member, "%d characters, more than %d", longest, maxText)
	}
	numbers := o.Gt != nil || o.Gte != nil || o.Lt != nil || o.Lte != nil
	if longest == 0 && !numbers && o.Eq == nil && o.Neq == nil && o.Inc == nil && o.Ninc == nil {
		p.addf(member, "says nothing: leave it out where presence is enough")
	}
}
