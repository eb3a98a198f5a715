package routing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// translation is a PCRE in a form that Go's regexp and regexp2 read alike, with what was learnt on the way.
type translation struct {
	text       string
	groups     int              // capturing groups; all of them are numbered from left to right
	names      map[string][]int // the groups of each name
	backtracks bool             // has what only regexp2 can run
	prefix     string           // text that every match begins with
	exact      bool             // the prefix is the whole of it
}

// translate rewrites a source. Platform routes are written for PCRE and JavaScript at once; the two Go engines differ from
// them, and from each other, in the numbering of named groups, in $, in what \d, \w and \s mean beyond ASCII, and in
// classes. What comes out uses none of these.
//
// With asPath, literals take the form that they have in a normalised path: é is %C3%A9.
func translate(src string, asPath bool) (*translation, error) {
	t := translator{src: src, asPath: asPath, names: map[string][]int{}, atom: -1, open: true, plain: true}
	for t.pos < len(t.src) {
		if err := t.next(); err != nil {
			return nil, fmt.Errorf("at byte %d: %w", t.pos, err)
		}
	}
	if len(t.stack) > 0 {
		return nil, errors.New("missing )")
	}
	if t.maxRef > t.groups {
		return nil, fmt.Errorf(`\%d refers to a group that does not exist`, t.maxRef)
	}
	return &translation{
		text: string(t.out), groups: t.groups, names: t.names, backtracks: t.backtracks,
		prefix: string(t.prefix), exact: t.plain,
	}, nil
}

type translator struct {
	src    string
	pos    int
	asPath bool
	out    []byte

	groups     int
	names      map[string][]int
	maxRef     int
	stack      []openGroup
	backtracks bool

	atom       int // where in out the last thing that can be repeated begins, -1 for none
	atomPrefix int // len(prefix) before it

	prefix []byte
	open   bool // the prefix may still grow
	plain  bool // nothing but literals and the anchors at the ends so far
}

type openGroup struct {
	start, prefix int
}

func (t *translator) rest() string { return t.src[t.pos:] }

func (t *translator) eat(s string) bool {
	if !strings.HasPrefix(t.rest(), s) {
		return false
	}
	t.pos += len(s)
	return true
}

func (t *translator) next() error {
	switch c := t.src[t.pos]; c {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.openParen()
	case ')':
		return t.closeParen()
	case '|':
		t.pos++
		t.alternative()
	case '^', '$':
		t.anchor(c)
	case '.':
		t.pos++
		t.emit(".")
	case '*', '+', '?', '{':
		return t.quantifier()
	default:
		r, size := utf8.DecodeRuneInString(t.rest())
		t.pos += size
		t.literal(r)
	}
	return nil
}

// emit writes something that can be repeated and is no literal.
func (t *translator) emit(s string) {
	t.atom, t.atomPrefix = len(t.out), len(t.prefix)
	t.out = append(t.out, s...)
	t.open, t.plain = false, false
}

// literal writes one character of text.
func (t *translator) literal(r rune) {
	text := string(r)
	if t.asPath {
		text = encodePath(text)
	}
	t.atom, t.atomPrefix = len(t.out), len(t.prefix)
	if len(text) > utf8.RuneLen(r) {
		t.out = append(append(append(t.out, "(?:"...), text...), ')')
	} else {
		t.out = append(t.out, quoteLiteral(text)...)
	}
	if t.open {
		t.prefix = append(t.prefix, text...)
	}
}

func quoteLiteral(s string) string {
	if len(s) == 1 && strings.Contains(`\.+*?()|[]{}^$`, s) {
		return `\` + s
	}
	return s
}

// anchor writes ^ or $ so that neither engine takes a newline for an end.
func (t *translator) anchor(c byte) {
	t.pos++
	t.atom = -1
	if c == '^' {
		t.plain = t.plain && len(t.out) == 0
		t.out = append(t.out, `\A`...)
		return
	}
	t.plain = t.plain && t.pos == len(t.src)
	t.open = false
	t.out = append(t.out, `\z`...)
}

// alternative writes |: what follows the group's opening is not certain any more.
func (t *translator) alternative() {
	t.out = append(t.out, '|')
	t.atom, t.open, t.plain = -1, false, false
	from := 0
	if n := len(t.stack); n > 0 {
		from = t.stack[n-1].prefix
	}
	t.prefix = t.prefix[:min(from, len(t.prefix))]
}

func (t *translator) closeParen() error {
	n := len(t.stack)
	if n == 0 {
		return errors.New("unexpected )")
	}
	t.pos++
	t.out = append(t.out, ')')
	t.atom, t.atomPrefix = t.stack[n-1].start, t.stack[n-1].prefix
	t.stack = t.stack[:n-1]
	return nil
}

// openParen reads everything that begins with a parenthesis.
func (t *translator) openParen() error {
	switch {
	case t.eat("(*"):
		return errors.New("verbs such as (*SKIP) are not supported")
	case !strings.HasPrefix(t.rest(), "(?"):
		t.pos++
		t.capture("")
		return nil
	case t.eat("(?#"):
		end := strings.IndexByte(t.rest(), ')')
		if end < 0 {
			return errors.New("comment without end")
		}
		t.pos += end + 1
		return nil
	case t.eat("(?:"):
		t.group("(?:")
		return nil
	}
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
		if t.eat(look) {
			t.group(look)
			t.open, t.plain, t.backtracks = false, false, true
			return nil
		}
	}
	switch {
	case t.eat("(?P="):
		return t.namedReference(")")
	case t.eat("(?P<"), t.eat("(?<"):
		return t.namedGroup(">")
	case t.eat("(?'"):
		return t.namedGroup("'")
	}
	return t.flags()
}

func (t *translator) group(opening string) {
	t.stack = append(t.stack, openGroup{len(t.out), len(t.prefix)})
	t.out = append(t.out, opening...)
	t.atom, t.plain = -1, false
}

func (t *translator) capture(name string) {
	t.group("(")
	t.groups++
	if name != "" {
		t.names[name] = append(t.names[name], t.groups)
	}
}

func (t *translator) namedGroup(end string) error {
	name, err := t.name(end)
	if err != nil {
		return err
	}
	t.capture(name)
	return nil
}

// name reads up to end.
func (t *translator) name(end string) (string, error) {
	name, rest, found := strings.Cut(t.rest(), end)
	if !found || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || !isWord(byte(r)) }) {
		return "", fmt.Errorf("bad name of a group: %q", name)
	}
	t.pos = len(t.src) - len(rest)
	return name, nil
}

// isWord reports whether c may stand in a name.
func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// flags reads (?i), (?-s:…) and so on. The flag m changes nothing: no subject has lines.
func (t *translator) flags() error {
	end := strings.IndexAny(t.rest(), ":)")
	if end < 0 {
		return errors.New("missing )")
	}
	flags := t.src[t.pos+len("(?") : t.pos+end]
	if flags == "" || strings.Trim(flags, "ims-") != "" || strings.Count(flags, "-") > 1 {
		return fmt.Errorf("(?%s is not supported", flags)
	}
	scoped := t.src[t.pos+end] == ':'
	t.pos += end + 1
	kept := strings.TrimSuffix(strings.ReplaceAll(flags, "m", ""), "-")
	t.plain, t.open = false, false // the case of what follows may not matter any more
	if scoped {
		t.group("(?" + kept + ":")
		return nil
	}
	t.atom = -1
	if kept != "" {
		t.out = append(t.out, "(?"+kept+")"...)
	}
	return nil
}

// quantifier reads *, +, ?, {n,m} with a following ? or +, or the literal {.
func (t *translator) quantifier() error {
	text, least := t.repeat()
	if text == "" {
		t.pos++
		t.literal('{')
		return nil
	}
	if t.atom < 0 {
		return fmt.Errorf("nothing to repeat before %s", text)
	}
	t.pos += len(text)
	if least == 0 {
		t.prefix = t.prefix[:min(t.atomPrefix, len(t.prefix))]
	}
	t.open, t.plain = false, false
	switch {
	case t.eat("?"):
		t.out = append(append(t.out, text...), '?')
	case t.eat("+"): // possessive: never gives anything back
		t.out = append(slices.Insert(t.out, t.atom, []byte("(?>")...), text+")"...)
		t.backtracks = true
	default:
		t.out = append(t.out, text...)
	}
	t.atom = -1
	return nil
}

// repeat gives the quantifier at the position and the least number of times, or "" if the brace is none.
func (t *translator) repeat() (text string, least int) {
	switch c := t.src[t.pos]; c {
	case '+':
		return "+", 1
	case '*', '?':
		return string(c), 0
	}
	end := strings.IndexByte(t.rest(), '}')
	if end < 0 {
		return "", 0
	}
	text = t.rest()[:end+1]
	low, high, ranged := strings.Cut(text[1:end], ",")
	if !isDigits(low) || ranged && high != "" && !isDigits(high) {
		return "", 0
	}
	least, _ = strconv.Atoi(low)
	return text, least
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// reference writes a reference to what a group matched.
func (t *translator) reference(number int) {
	t.maxRef = max(t.maxRef, number)
	t.emit(`(?:\` + strconv.Itoa(number) + `)`)
	t.backtracks = true
}

func (t *translator) namedReference(end string) error {
	name, err := t.name(end)
	if err != nil {
		return err
	}
	groups := t.names[name]
	if len(groups) == 0 {
		return fmt.Errorf("reference to the group %s before it", name)
	}
	t.reference(groups[0])
	return nil
}
