package routing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The content of classes, ASCII alone as in PCRE and JavaScript.
const (
	digits = `0-9`
	words  = `0-9A-Za-z_`
	spaces = `\t-\r `

	notDigits = "\\x00-/:-\U0010FFFF"
	notWords  = "\\x00-/:-@\\[-\\^`{-\U0010FFFF"
	notSpaces = "\\x00-\\x08\\x0E-\\x1F!-\U0010FFFF"
)

// shorthand gives the content of the class that \c stands for.
func shorthand(c byte) (content string, ok bool) {
	switch c {
	case 'd':
		return digits, true
	case 'w':
		return words, true
	case 's':
		return spaces, true
	case 'h':
		return `\t `, true
	case 'D':
		return notDigits, true
	case 'W':
		return notWords, true
	case 'S':
		return notSpaces, true
	}
	return "", false
}

// posix gives the content of [:name:].
func posix(name string) (content string, ok bool) {
	content, ok = map[string]string{
		"alnum": `0-9A-Za-z`, "alpha": `A-Za-z`, "ascii": `\x00-\x7F`, "blank": `\t `, "cntrl": `\x00-\x1F\x7F`,
		"digit": digits, "graph": `!-~`, "lower": `a-z`, "print": ` -~`, "punct": "!-/:-@\\[-`{-~",
		"space": spaces, "upper": `A-Z`, "word": words, "xdigit": `0-9A-Fa-f`,
	}[name]
	return content, ok
}

// escape reads what begins with a backslash, outside classes.
func (t *translator) escape() error {
	if t.pos+1 == len(t.src) {
		return errors.New(`\ at the end`)
	}
	c := t.src[t.pos+1]
	if content, ok := shorthand(c); ok {
		t.pos += 2
		t.emit("[" + content + "]")
		return nil
	}
	switch {
	case c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z':
		t.pos += 2
		t.out = append(t.out, '\\', c)
		t.atom, t.open, t.plain = -1, false, false
		t.backtracks = t.backtracks || c == 'Z'
		return nil
	case '1' <= c && c <= '9':
		return t.numberedReference()
	case t.eat(`\k<`):
		return t.namedReference(">")
	case t.eat(`\k'`):
		return t.namedReference("'")
	case t.eat(`\k{`):
		return t.namedReference("}")
	case t.eat(`\Q`):
		text, rest, _ := strings.Cut(t.rest(), `\E`)
		t.pos = len(t.src) - len(rest)
		for _, r := range text {
			t.literal(r)
		}
		return nil
	case t.eat(`\R`):
		t.emit(`(?:\r\n|[\n-\r])`)
		return nil
	case c == 'p' || c == 'P':
		property, err := t.property()
		t.emit(property)
		return err
	}
	r, err := t.character()
	if err != nil {
		return err
	}
	t.literal(r)
	return nil
}

func (t *translator) numberedReference() error {
	t.pos++
	end := t.pos
	for end < len(t.src) && '0' <= t.src[end] && t.src[end] <= '9' {
		end++
	}
	number, err := strconv.Atoi(t.src[t.pos:end])
	if err != nil {
		return err
	}
	t.pos = end
	t.reference(number)
	return nil
}

// property reads \pL or \p{Name}, which both engines know for the common names.
func (t *translator) property() (string, error) {
	which := t.src[t.pos : t.pos+2]
	t.pos += 2
	if t.pos == len(t.src) {
		return "", errors.New(which + " without a property")
	}
	if !t.eat("{") {
		t.pos++
		return which + "{" + t.src[t.pos-1:t.pos] + "}", nil
	}
	name, rest, found := strings.Cut(t.rest(), "}")
	if !found {
		return "", errors.New(which + " without end")
	}
	t.pos = len(t.src) - len(rest)
	if _, value, ok := strings.Cut(name, "="); ok { // \p{Script=Greek}
		name = value
	}
	return which + "{" + name + "}", nil
}

// character reads the escape of one character.
func (t *translator) character() (rune, error) {
	r, size := utf8.DecodeRuneInString(t.src[t.pos+1:])
	t.pos += 1 + size
	switch r {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'v':
		return '\v', nil
	case 'a':
		return '\a', nil
	case 'e':
		return 0x1b, nil
	case '0':
		return 0, nil
	case 'x':
		return t.hex(2)
	case 'u':
		return t.hex(4)
	case 'c':
		if t.pos == len(t.src) {
			return 0, errors.New(`\c at the end`)
		}
		t.pos++
		return rune(t.src[t.pos-1] & 0x1f), nil
	case 'G', 'K', 'X', 'C', 'N', 'H', 'V':
		return 0, fmt.Errorf(`\%c is not supported`, r)
	}
	return r, nil
}

// hex reads the digits of \xHH and \uHHHH, or any number of them in braces.
func (t *translator) hex(length int) (rune, error) {
	text := t.rest()
	if t.eat("{") {
		end := strings.IndexByte(t.rest(), '}')
		if end < 0 {
			return 0, errors.New("missing }")
		}
		text = t.rest()[:end]
		t.pos += end + 1
	} else {
		text = text[:min(length, len(text))]
		t.pos += len(text)
	}
	code, err := strconv.ParseUint(text, 16, 32)
	if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return 0, fmt.Errorf("bad character code %q", text)
	}
	return rune(code), nil
}

// class reads […]. As in JavaScript, [^] is any character and [] none; PCRE would take the bracket for a member.
func (t *translator) class() error {
	switch {
	case t.eat("[^]"):
		t.emit(`(?s:.)`)
		return nil
	case t.eat("[]"):
		t.emit(`[^\s\S]`)
		return nil
	}
	content := []byte("[")
	t.pos++
	if t.eat("^") {
		content = append(content, '^')
	}
	for !t.eat("]") {
		if t.pos == len(t.src) {
			return errors.New("missing ]")
		}
		member, err := t.member()
		if err != nil {
			return err
		}
		content = append(content, member...)
	}
	t.emit(string(content) + "]")
	return nil
}

// member reads a character, a range, a shorthand or a named class.
func (t *translator) member() (string, error) {
	low, content, err := t.single()
	if err != nil || content != "" {
		return content, err
	}
	from := t.pos
	if !t.eat("-") {
		return quoteMember(low), nil
	}
	if t.pos < len(t.src) && t.src[t.pos] != ']' {
		high, content, err := t.single()
		if err != nil {
			return "", err
		}
		if content == "" {
			if high < low {
				return "", fmt.Errorf("the range %c-%c is empty", low, high)
			}
			return quoteMember(low) + "-" + quoteMember(high), nil
		}
	}
	t.pos = from // the hyphen is a member by itself
	return quoteMember(low), nil
}

// single reads one member that is no range: a character, or the content of a class.
func (t *translator) single() (r rune, content string, err error) {
	if name, rest, found := strings.Cut(t.rest(), ":]"); found && strings.HasPrefix(name, "[:") {
		if content, ok := posix(name[len("[:"):]); ok {
			t.pos = len(t.src) - len(rest)
			return 0, content, nil
		}
	}
	if t.src[t.pos] != '\\' {
		r, size := utf8.DecodeRuneInString(t.rest())
		t.pos += size
		return r, "", nil
	}
	if t.pos+1 == len(t.src) {
		return 0, "", errors.New(`\ at the end`)
	}
	c := t.src[t.pos+1]
	if content, ok := shorthand(c); ok {
		t.pos += 2
		return 0, content, nil
	}
	switch c {
	case 'b':
		t.pos += 2
		return '\b', "", nil
	case 'p', 'P':
		content, err := t.property()
		return 0, content, err
	}
	r, err = t.character()
	return r, "", err
}

func quoteMember(r rune) string {
	switch {
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02X`, r)
	case strings.ContainsRune(`\]-[^&~`, r):
		return `\` + string(r)
	}
	return string(r)
}
