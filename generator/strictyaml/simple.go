package strictyaml

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Most front matter is keys with one value each, short lists, and perhaps a mapping below a key. simple reads that, and gives the
// nodes that package yaml gives, in a quarter of its time. Of anything else, even of what only might mean something else, it says so,
// and package yaml reads the whole.
//
// FuzzSimple holds that the two agree.
type simple struct {
	text  string
	line  int // of what is read next, from 1
	nodes []yaml.Node
}

// A text of more lines than this, or with deeper mappings, is left to package yaml.
const (
	mostSimpleLines = 200
	deepestSimple   = 4
	longestKey      = 100 // of package yaml, 1024
)

// parseSimple returns the mapping that a text is, or false.
func parseSimple(text []byte) (*yaml.Node, bool) {
	if len(text) == 0 || !simpleCharacters(text) {
		return nil, false
	}
	s := &simple{text: string(text), line: 1}
	lines := strings.Count(s.text, "\n") + 1
	if lines > mostSimpleLines {
		return nil, false
	}
	s.nodes = make([]yaml.Node, 0, 2*lines+strings.Count(s.text, ",")+deepestSimple)
	root, ok := s.mapping(0, 0)
	return root, ok && s.text == ""
}

// simpleCharacters says whether a text is without control characters and what YAML takes for the end of a line or for nothing, and
// without comments.
func simpleCharacters(text []byte) bool {
	ascii := true
	for _, c := range text {
		switch {
		case c < ' ' && c != '\n' || c == 0x7f || c == '#':
			return false
		case c >= 0x80:
			ascii = false
		}
	}
	if ascii {
		return true
	}
	for _, r := range string(text) {
		if r >= 0x80 && r <= 0xa0 || r >= 0x2000 && r <= 0x206f || r == 0xfeff || r >= 0xfff0 {
			return false
		}
	}
	return true
}

// node makes a node. There is room for all, so that none moves.
func (s *simple) node(kind yaml.Kind, tag, value string, column int) (*yaml.Node, bool) {
	if len(s.nodes) == cap(s.nodes) {
		return nil, false
	}
	s.nodes = append(s.nodes, yaml.Node{Kind: kind, Tag: tag, Value: value, Line: s.line, Column: column})
	return &s.nodes[len(s.nodes)-1], true
}

// peek returns the next line without what indents it and what trails, and how far it is indented.
func (s *simple) peek() (line string, indent int) {
	line, _, _ = strings.Cut(s.text, "\n")
	trimmed := strings.TrimLeft(line, " ")
	return strings.TrimRight(trimmed, " "), len(line) - len(trimmed)
}

// next goes to the line after. An empty one is not simple: it may belong to a value of several lines.
func (s *simple) next() {
	_, s.text, _ = strings.Cut(s.text, "\n")
	s.line++
}

// mapping reads the lines of a mapping which are indented so far.
func (s *simple) mapping(indent, depth int) (*yaml.Node, bool) {
	mapping, ok := s.node(yaml.MappingNode, "!!map", "", indent+1)
	if !ok || depth > deepestSimple {
		return nil, false
	}
	for s.text != "" {
		line, at := s.peek()
		if at < indent {
			break
		}
		name, value, found := strings.Cut(line, ":")
		if at != indent || !found || !simpleKey(name) || value != "" && value[0] != ' ' {
			return nil, false
		}
		key, ok := s.node(yaml.ScalarNode, "!!str", name, indent+1)
		if !ok {
			return nil, false
		}
		below, ok := s.value(strings.TrimLeft(value, " "), indent, indent+len(line)+1, depth)
		if !ok {
			return nil, false
		}
		mapping.Content = append(mapping.Content, key, below)
	}
	return mapping, len(mapping.Content) > 0
}

// value reads the value of a key: what is behind it, up to the end of its line, or the lines below it.
func (s *simple) value(text string, indent, end, depth int) (*yaml.Node, bool) {
	if text == "" {
		s.next()
		line, at := s.peek()
		switch {
		case at >= indent && strings.HasPrefix(line, "- "):
			return s.list(at)
		case at > indent:
			return s.mapping(at, depth+1)
		}
		return nil, false
	}
	column := end - len(text)
	var node *yaml.Node
	ok := false
	if text[0] == '[' {
		node, ok = s.flow(text, column)
	} else {
		node, ok = s.scalar(text, column)
	}
	s.next()
	if _, at := s.peek(); at > indent {
		return nil, false // the value goes on
	}
	return node, ok
}

// list reads the lines of a list of scalars.
func (s *simple) list(indent int) (*yaml.Node, bool) {
	list, ok := s.node(yaml.SequenceNode, "!!seq", "", indent+1)
	if !ok {
		return nil, false
	}
	for s.text != "" {
		line, at := s.peek()
		if at > indent {
			return nil, false
		}
		text, found := strings.CutPrefix(line, "- ")
		if at < indent || !found {
			break
		}
		text = strings.TrimLeft(text, " ")
		if text == "" {
			return nil, false
		}
		item, ok := s.scalar(text, indent+1+len(line)-len(text))
		if !ok {
			return nil, false
		}
		list.Content = append(list.Content, item)
		s.next()
	}
	return list, true
}

// flow reads a list of scalars in brackets.
func (s *simple) flow(text string, column int) (*yaml.Node, bool) {
	inside, ok := strings.CutSuffix(text[1:], "]")
	if !ok {
		return nil, false
	}
	list, ok := s.node(yaml.SequenceNode, "!!seq", "", column)
	if !ok {
		return nil, false
	}
	list.Style = yaml.FlowStyle
	for at := 1; strings.TrimSpace(inside) != ""; {
		part, rest, more := strings.Cut(inside, ",")
		text := strings.TrimLeft(part, " ")
		begin := column + at + len(part) - len(text)
		if text = strings.TrimRight(text, " "); !simpleItem(text) || more && strings.TrimSpace(rest) == "" {
			return nil, false
		}
		item, ok := s.scalar(text, begin)
		if !ok {
			return nil, false
		}
		list.Content = append(list.Content, item)
		at += len(part) + 1
		inside = rest
	}
	return list, true
}

// scalar reads one value.
func (s *simple) scalar(text string, column int) (*yaml.Node, bool) {
	switch quote := text[0]; quote {
	case '"', '\'':
		inner := text[1:]
		if inner == "" || strings.IndexByte(inner, quote) != len(inner)-1 || strings.IndexByte(inner, '\\') >= 0 {
			return nil, false
		}
		node, ok := s.node(yaml.ScalarNode, "!!str", inner[:len(inner)-1], column)
		if !ok {
			return nil, false
		}
		node.Style = yaml.DoubleQuotedStyle
		if quote == '\'' {
			node.Style = yaml.SingleQuotedStyle
		}
		return node, true
	}
	tag, ok := simpleTag(text)
	if !ok || strings.Contains(text, ": ") || text[len(text)-1] == ':' {
		return nil, false
	}
	return s.node(yaml.ScalarNode, tag, text, column)
}

// simpleTag says what a value without quotes is.
func simpleTag(text string) (tag string, ok bool) {
	c := text[0]
	switch {
	case isLetter(c) || c == '_' || c == '/' || c >= 0x80:
		return wordTag(text), true
	case !isDigit(c):
		return "", false
	case strings.ContainsAny(text[len(text)-1:], "wdhms") && strings.Trim(text[:len(text)-1], "0123456789") == "":
		return "!!str", true // a duration
	case strings.Trim(text, "0123456789") == "":
		return "!!int", text == "0" || c != '0' && len(text) <= 18
	case len(text) > 4 && text[4] == '-':
		_, err := time.Parse(time.DateOnly, text)
		if err != nil {
			_, err = time.Parse(time.RFC3339, text)
		}
		return "!!timestamp", err == nil
	}
	// Numbers and dates of any other form have no letter behind a space.
	_, after, found := strings.Cut(text, " ")
	return "!!str", found && isLetter(after[0])
}

func wordTag(word string) string {
	switch word {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return "!!bool"
	case "null", "Null", "NULL":
		return "!!null"
	}
	return "!!str"
}

func simpleKey(name string) bool {
	if name == "" || len(name) > longestKey || !isLetter(name[0]) || wordTag(name) != "!!str" {
		return false
	}
	for _, c := range []byte(name) {
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// simpleItem says whether an item of a list in brackets has no character that could mean something there.
func simpleItem(text string) bool {
	if text == "" {
		return false
	}
	if quote := text[0]; (quote == '"' || quote == '\'') && len(text) > 1 {
		text = strings.Trim(text, text[:1])
	}
	for _, c := range []byte(text) {
		if !isLetter(c) && !isDigit(c) && c != ' ' && c != '_' && c != '-' && c != '.' && c != '/' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
