package projectconfig

import (
	"errors"
	"fmt"
	"strings"
)

// pattern is a parsed source or template: literal text and parameters in turn.
type pattern []part

// part is literal text, or a parameter with what stands around each of its values.
type part struct {
	text string // literal; everything else is then empty

	parameter      bool
	name           string // empty for a parameter without a name
	prefix, suffix string
	regexp         string // what a value matches; empty for a group in braces without a parameter
	modifier       string // ? * + or nothing
}

// The two delimiters that a parameter's value stops at by default: in sources, and in templates.
const (
	sourceValue   = `[^\/]+?`
	templateValue = `[^\/#\?]+?`
)

// tokenKind is what a piece of a pattern's text is. The names are those of path-to-regexp.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenChar
	tokenEscaped  // \x
	tokenName     // :x
	tokenRegexp   // (x)
	tokenOpen     // {
	tokenClose    // }
	tokenModifier // ? * +
)

type token struct {
	kind  tokenKind
	value string
	at    int
}

// tokenize splits a pattern's text.
func tokenize(text string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(text); {
		kind, value, end := tokenChar, text[i:i+1], i+1
		switch c := text[i]; c {
		case '*', '+', '?':
			kind = tokenModifier
		case '{':
			kind = tokenOpen
		case '}':
			kind = tokenClose
		case '\\': // at the end of the text it stands for nothing
			kind, value = tokenEscaped, text[end:min(end+1, len(text))]
			end += len(value)
		case ':':
			for end < len(text) && isWord(text[end]) {
				end++
			}
			if end == i+1 {
				return nil, fmt.Errorf("a : without a name at %q", text[i:])
			}
			kind, value = tokenName, text[i+1:end]
		case '(':
			inner, err := regexpToken(text[i+1:])
			if err != nil {
				return nil, err
			}
			kind, value, end = tokenRegexp, inner, i+len(inner)+2
		}
		tokens = append(tokens, token{kind, value, i})
		i = end
	}
	return append(tokens, token{tokenEnd, "", len(text)}), nil
}

// regexpToken gives the text up to the parenthesis that closes the one before it.
func regexpToken(text string) (string, error) {
	if strings.HasPrefix(text, "?") {
		return "", errors.New("a group cannot begin with (?")
	}
	for i, depth := 0, 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ')':
			if depth--; depth == 0 && i == 0 {
				return "", errors.New("a group () without a pattern")
			} else if depth == 0 {
				return text[:i], nil
			}
		case '(':
			if depth++; !strings.HasPrefix(text[i+1:], "?") {
				return "", fmt.Errorf("a group within a group at %q: write (?:...)", text[i:])
			}
		}
	}
	return "", errors.New("a ( without its )")
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '_'
}

// parse reads a pattern. A parameter without a regular expression of its own matches value.
//
// Source: path-to-regexp 6.1.0, parse. A slash or a full stop before a parameter belongs to it, and is absent where it is.
func parse(text, value string) (pattern, error) {
	tokens, err := tokenize(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, value: value}
	for p.tokens[0].kind != tokenEnd {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.flush()
	return p.parts, nil
}

type parser struct {
	tokens []token // what is left
	value  string
	text   string // literal text that is being collected
	parts  pattern
}

// next reads one token, or those of one parameter.
func (p *parser) next() error {
	char, literal := p.take(tokenChar)
	name, named := p.take(tokenName)
	expression, matched := p.take(tokenRegexp)
	switch {
	case named || matched:
		prefix := ""
		if char == "/" || char == "." {
			prefix, char = char, ""
		}
		p.text += char
		p.add(part{name: name, prefix: prefix, regexp: expression})
		return nil
	case literal:
		p.text += char
		return nil
	}
	if escaped, ok := p.take(tokenEscaped); ok {
		p.text += escaped
		return nil
	}
	if _, ok := p.take(tokenOpen); !ok {
		return p.unexpected()
	}
	prefix := p.literal()
	name, _ = p.take(tokenName)
	expression, _ = p.take(tokenRegexp)
	suffix := p.literal()
	if _, ok := p.take(tokenClose); !ok {
		return p.unexpected()
	}
	p.add(part{name: name, prefix: prefix, suffix: suffix, regexp: expression})
	return nil
}

// add ends the literal text before a parameter, and completes the parameter.
func (p *parser) add(parameter part) {
	p.flush()
	if parameter.name != "" && parameter.regexp == "" {
		parameter.regexp = p.value
	}
	parameter.parameter = true
	parameter.modifier, _ = p.take(tokenModifier)
	p.parts = append(p.parts, parameter)
}

func (p *parser) flush() {
	if p.text != "" {
		p.parts = append(p.parts, part{text: p.text})
		p.text = ""
	}
}

func (p *parser) take(kind tokenKind) (string, bool) {
	if p.tokens[0].kind != kind {
		return "", false
	}
	value := p.tokens[0].value
	p.tokens = p.tokens[1:]
	return value, true
}

func (p *parser) literal() string {
	text := ""
	for {
		char, ok := p.take(tokenChar)
		if !ok {
			if char, ok = p.take(tokenEscaped); !ok {
				return text
			}
		}
		text += char
	}
}

func (p *parser) unexpected() error {
	switch found := p.tokens[0]; found.kind {
	case tokenEnd:
		return errors.New("a { without its }")
	case tokenModifier:
		return fmt.Errorf("%s after nothing that it could repeat: write (.*) for any text, or \\%[1]s for the character", found.value)
	default:
		return fmt.Errorf("%q is not expected after %d characters", found.value, found.at)
	}
}

// capturing are the parameters in the order of their groups.
func (p pattern) capturing() []part {
	var list []part
	for _, part := range p {
		if part.parameter && part.regexp != "" {
			list = append(list, part)
		}
	}
	return list
}

// source gives the regular expression of a pattern for a whole path, with slashes unescaped as the platform's normalizeRoutes
// leaves them.
func (p pattern) source() string {
	var b strings.Builder
	b.WriteByte('^')
	for _, part := range p {
		prefix, suffix := quote(part.prefix), quote(part.suffix)
		around := prefix != "" || suffix != ""
		switch {
		case !part.parameter:
			b.WriteString(quote(part.text))
		case part.regexp == "":
			fmt.Fprintf(&b, "(?:%s%s)%s", prefix, suffix, part.modifier)
		case around && (part.modifier == "*" || part.modifier == "+"):
			fmt.Fprintf(&b, "(?:%s((?:%s)(?:%s%s(?:%[2]s))*)%[3]s)", prefix, part.regexp, suffix, prefix)
			if part.modifier == "*" {
				b.WriteByte('?')
			}
		case around:
			fmt.Fprintf(&b, "(?:%s(%s)%s)%s", prefix, part.regexp, suffix, part.modifier)
		default:
			fmt.Fprintf(&b, "(%s)%s", part.regexp, part.modifier)
		}
	}
	b.WriteByte('$')
	return unescapeSlashes(b.String())
}

// quote makes text literal in a regular expression, the way path-to-regexp does.
func quote(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(`.+*?=^!:${}()[]|/\`, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func unescapeSlashes(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if i++; text[i] != '/' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
