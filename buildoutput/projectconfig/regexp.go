package projectconfig

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkRegexp says what keeps a text from being a regular expression of JavaScript, which is what the platform's tools take
// sources for. No engine of Go has the same syntax: a lone { is text, [^] is any character, and $* is an error.
//
// Source: ECMA-262, "Patterns", with annex B, for expressions without flags.
func checkRegexp(text string) error {
	c := &regexpChecker{rest: text, named: groupName.MatchString(text)}
	for c.rest != "" {
		if err := c.next(); err != nil {
			return err
		}
	}
	if len(c.groups) > 0 {
		return errors.New("a ( without its )")
	}
	for _, name := range c.references {
		if !slices.Contains(c.names, name) {
			return fmt.Errorf(`\k<%s> names no group`, name)
		}
	}
	return nil
}

type regexpChecker struct {
	rest       string
	repeatable bool   // a quantifier may follow
	groups     []bool // of the open groups, whether a quantifier may follow them
	names      []string
	references []string
	named      bool // there is a named group, so that \k must refer to one
}

var (
	groupName     = regexp.MustCompile(`\(\?<([\pL_$][\pL\pN_$]*)>`)
	openGroup     = regexp.MustCompile(`^\((?:\?(?:[:=!]|<[=!]|<[\pL_$][\pL\pN_$]*>))?`)
	backReference = regexp.MustCompile(`^\\k<([\pL_$][\pL\pN_$]*)>`)
	quantifier    = regexp.MustCompile(`^(?:[*+?]|\{([0-9]+)(,([0-9]*))?\})\??`)
)

// next reads one part of an expression.
func (c *regexpChecker) next() error {
	if repeat := quantifier.FindStringSubmatch(c.rest); repeat != nil {
		return c.repeat(repeat)
	}
	switch c.rest[0] {
	case '(':
		return c.open()
	case ')':
		if len(c.groups) == 0 {
			return errors.New("a ) without its (")
		}
		c.repeatable = c.groups[len(c.groups)-1]
		c.groups = c.groups[:len(c.groups)-1]
		c.rest = c.rest[1:]
	case '[':
		end, err := checkClass(c.rest)
		c.rest, c.repeatable = c.rest[end:], true
		return err
	case '\\':
		return c.escape()
	case '|', '^', '$':
		c.rest, c.repeatable = c.rest[1:], false
	default:
		_, size := utf8.DecodeRuneInString(c.rest)
		c.rest, c.repeatable = c.rest[size:], true
	}
	return nil
}

func (c *regexpChecker) repeat(match []string) error {
	if !c.repeatable {
		return fmt.Errorf("nothing to repeat before %s", match[0])
	}
	if match[3] != "" && atLeast(match[1]) > atLeast(match[3]) {
		return fmt.Errorf("%s ends before it begins", match[0])
	}
	c.rest, c.repeatable = c.rest[len(match[0]):], false
	return nil
}

// atLeast reads a number, as the largest there is if it is larger.
func atLeast(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

func (c *regexpChecker) open() error {
	begin := openGroup.FindString(c.rest)
	if begin == "(" && strings.HasPrefix(c.rest, "(?") {
		return fmt.Errorf("%.3s begins no group that the platform knows", c.rest)
	}
	if name := groupName.FindStringSubmatch(begin); name != nil {
		if slices.Contains(c.names, name[1]) {
			return fmt.Errorf("the name %s stands twice", name[1])
		}
		c.names = append(c.names, name[1])
	}
	c.groups = append(c.groups, begin != "(?<=" && begin != "(?<!")
	c.rest, c.repeatable = c.rest[len(begin):], false
	return nil
}

func (c *regexpChecker) escape() error {
	if c.named && strings.HasPrefix(c.rest, `\k`) {
		match := backReference.FindStringSubmatch(c.rest)
		if match == nil {
			return errors.New(`\k names no group`)
		}
		c.references = append(c.references, match[1])
		c.rest, c.repeatable = c.rest[len(match[0]):], true
		return nil
	}
	r, size := utf8.DecodeRuneInString(c.rest[1:])
	if size == 0 {
		return errors.New(`\ at the end`)
	}
	c.rest, c.repeatable = c.rest[1+size:], r != 'b' && r != 'B'
	return nil
}

// checkClass checks the class at the beginning of a text, and gives its length.
func checkClass(text string) (int, error) {
	i := 1
	if strings.HasPrefix(text, "[^") {
		i = 2
	}
	const set = -1 // \d and the like, which begin and end no range
	previous, ranging := rune(set), false
	for i < len(text) && text[i] != ']' {
		member, size := classMember(text[i:])
		i += size
		switch {
		case ranging:
			if previous != set && member != set && previous > member {
				return i, fmt.Errorf("a range in %s ends before it begins", text[:i])
			}
			previous, ranging = set, false
		default:
			previous = member
			// A hyphen makes a range unless it is the last.
			ranging = strings.HasPrefix(text[i:], "-") && !strings.HasPrefix(text[i:], "-]") && len(text) > i+1
			if ranging {
				i++
			}
		}
	}
	if i >= len(text) {
		return len(text), errors.New("a [ without its ]")
	}
	return i + 1, nil
}

var (
	hexEscape   = regexp.MustCompile(`^\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))`)
	octalEscape = regexp.MustCompile(`^\\([0-3][0-7]{0,2}|[4-7][0-7]?)`)
	control     = regexp.MustCompile(`^\\c[0-9A-Za-z_]`)
)

// classMember gives the character that a text within a class begins with, -1 for a set of them, and how long it is.
func classMember(text string) (rune, int) {
	if text[0] != '\\' || len(text) == 1 {
		return utf8.DecodeRuneInString(text)
	}
	if match := hexEscape.FindStringSubmatch(text); match != nil {
		n, _ := strconv.ParseUint(match[1]+match[2], 16, 32)
		return rune(n), len(match[0])
	}
	if match := octalEscape.FindStringSubmatch(text); match != nil {
		n, _ := strconv.ParseUint(match[1], 8, 32)
		return rune(n), len(match[0])
	}
	if match := control.FindString(text); match != "" {
		return rune(match[2] % 32), len(match)
	}
	r, size := utf8.DecodeRuneInString(text[1:])
	switch r {
	case 'd', 'D', 'w', 'W', 's', 'S':
		return -1, 1 + size
	case 'c': // a backslash, and then a c
		return '\\', 1
	case 'b', 'f', 'n', 'r', 't', 'v':
		return map[rune]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[r], 1 + size
	}
	return r, 1 + size
}
