package strictyaml

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Language is what a document is written in.
type Language string

// The languages.
const (
	YAML Language = ""
	TOML Language = "toml"
	JSON Language = "json"
)

// parseTOML makes the nodes that the same text would have in YAML, so that all decoders take both. The parser knows places, which
// the library's decoder does not tell, and leaves out that: a function would be 0.2 MB larger for it.
func (d *Document) parseTOML() *yaml.Node {
	t := tomlReader{places: placesOf(d.Text), made: map[*yaml.Node]origin{}, index: map[*yaml.Node]map[string]*yaml.Node{}}
	t.parser.Reset(d.Text)
	root := t.mapping(0)
	t.made[root] = byHeader
	current := root
	for t.fault == nil && t.parser.NextExpression() {
		e := t.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			current = t.table(root, e, false)
		case unstable.ArrayTable:
			current = t.table(root, e, true)
		case unstable.KeyValue:
			t.keyValue(current, e)
		}
	}
	if err := t.parser.Error(); err != nil && t.fault == nil {
		t.fail(t.offset(err), "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	if t.fault != nil {
		t.fault.File, t.fault.Line, t.fault.Excerpt = d.File, d.LinesBefore+t.fault.Line, diagnostic.Excerpt(d.Text, t.fault.Line)
		d.Diagnostics.Add(*t.fault)
		return nil
	}
	return root
}

// origin is how a table was made, which decides what may be added to it.
type origin int

const (
	byHeader origin = iota + 1 // [a], whole
	byPath                     // a of [a.b], which may still get a header of its own
	byKey                      // a of a.b = 1, which only other keys of the same table add to
	byList                     // [[a]], a list of tables
)

// tomlReader makes nodes of expressions.
type tomlReader struct {
	parser unstable.Parser
	places places
	made   map[*yaml.Node]origin                // tables that are not written in one piece
	index  map[*yaml.Node]map[string]*yaml.Node // the values of tables by their keys
	fault  *diagnostic.Diagnostic
}

func (t *tomlReader) fail(offset int, format string, args ...any) {
	line, column := t.places.at(offset)
	t.fault = &diagnostic.Diagnostic{Line: line, Column: column, Message: "this is not TOML: " + fmt.Sprintf(format, args...),
		Advice: "write `key = value` lines, with texts in quotes, and each key once"}
}

// offset finds where the parser gave up.
func (t *tomlReader) offset(err error) int {
	at := (*unstable.ParserError)(nil)
	if !errors.As(err, &at) || len(at.Highlight) == 0 {
		return len(t.parser.Data())
	}
	return int(t.parser.Range(at.Highlight).Offset)
}

func (t *tomlReader) node(kind yaml.Kind, tag, value string, offset uint32) *yaml.Node {
	line, column := t.places.at(int(offset))
	return &yaml.Node{Kind: kind, Tag: tag, Value: value, Line: line, Column: column}
}

func (t *tomlReader) mapping(offset uint32) *yaml.Node {
	return t.node(yaml.MappingNode, "!!map", "", offset)
}

// table returns the mapping that a header such as [a.b] begins, or a new one at the end of a list for [[a.b]].
func (t *tomlReader) table(n *yaml.Node, header *unstable.Node, list bool) *yaml.Node {
	for keys := header.Key(); keys.Next(); {
		key := keys.Node()
		value := t.index[n][string(key.Data)]
		switch as := t.made[value]; {
		case !keys.IsLast():
			n = t.below(n, key, byPath, byHeader, byPath, byKey, byList)
		case list:
			n = t.below(n, key, byList, byList)
			n.Content = append(n.Content, t.mapping(key.Raw.Offset))
		case as == byPath:
			t.made[value] = byHeader
			return value
		default:
			return t.below(n, key, byHeader)
		}
		if n.Kind == yaml.SequenceNode {
			n = n.Content[len(n.Content)-1]
		}
	}
	return n
}

// below returns the table of a key, if it was made in one of some ways, and makes it where it is not there yet.
func (t *tomlReader) below(n *yaml.Node, key *unstable.Node, as origin, allowed ...origin) *yaml.Node {
	value := t.index[n][string(key.Data)]
	if value == nil {
		value = t.mapping(key.Raw.Offset)
		if as == byList {
			value = t.node(yaml.SequenceNode, "!!seq", "", key.Raw.Offset)
		}
		t.made[value] = as
		t.put(n, key, value)
	} else if !slices.Contains(allowed, t.made[value]) {
		t.fail(int(key.Raw.Offset), "%s is there already", key.Data)
		return t.mapping(key.Raw.Offset)
	}
	return value
}

func (t *tomlReader) put(n *yaml.Node, key *unstable.Node, value *yaml.Node) {
	name := string(key.Data)
	if t.index[n] == nil {
		t.index[n] = map[string]*yaml.Node{}
	}
	if t.index[n][name] != nil {
		t.fail(int(key.Raw.Offset), "%s is there already", name)
	}
	t.index[n][name] = value
	n.Content = append(n.Content, t.node(yaml.ScalarNode, "!!str", name, key.Raw.Offset), value)
}

// keyValue puts a value into a mapping, below the parts of a dotted key.
func (t *tomlReader) keyValue(n *yaml.Node, e *unstable.Node) {
	for keys := e.Key(); keys.Next(); {
		if key := keys.Node(); keys.IsLast() {
			t.put(n, key, t.value(e.Value(), key.Raw.Offset))
		} else {
			n = t.below(n, key, byKey, byKey)
		}
	}
}

// value makes the node of a value. Lists and tables have no place of their own, and get that of their key.
func (t *tomlReader) value(v *unstable.Node, offset uint32) *yaml.Node {
	if v.Raw.Length > 0 {
		offset = v.Raw.Offset
	}
	switch v.Kind {
	case unstable.Array:
		list := t.node(yaml.SequenceNode, "!!seq", "", offset)
		for items := v.Children(); items.Next(); {
			list.Content = append(list.Content, t.value(items.Node(), offset))
		}
		return list
	case unstable.InlineTable:
		table := t.mapping(offset)
		for pairs := v.Children(); pairs.Next(); {
			t.keyValue(table, pairs.Node())
		}
		return table
	default:
		return t.scalar(v, offset)
	}
}

func (t *tomlReader) scalar(v *unstable.Node, offset uint32) *yaml.Node {
	text := string(v.Data)
	switch v.Kind {
	case unstable.Bool:
		return t.node(yaml.ScalarNode, "!!bool", text, offset)
	case unstable.Integer:
		i, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			t.fail(int(offset), "%s is too large", text)
		}
		return t.node(yaml.ScalarNode, "!!int", strconv.FormatInt(i, 10), offset)
	case unstable.Float:
		f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return t.node(yaml.ScalarNode, "!!str", text, offset)
		}
		return t.node(yaml.ScalarNode, "!!float", strconv.FormatFloat(f, 'g', -1, 64), offset)
	default: // texts and dates
		return t.node(yaml.ScalarNode, "!!str", text, offset)
	}
}
