// Package strictyaml decodes YAML whose keys are known, and says of each fault where it stands and what to do. Isrgen is
// strict about its own keys, so that a misspelt setting is found by the build and not by a visitor.
package strictyaml

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Document is one YAML text: a file, or the front matter at the beginning of one.
type Document struct {
	// File names the file in diagnostics.
	File string

	// Text is the YAML, or what Language says.
	Text     []byte
	Language Language

	// LinesBefore is how many lines of the file stand before Text.
	LinesBefore int

	// Diagnostics receives the faults.
	Diagnostics *diagnostic.List
}

// Fields says which keys a mapping may have, and what decodes the value of each. Keys match in any case.
type Fields map[string]func(*yaml.Node)

// Mapping parses the document, whose whole must be a mapping with these fields. An empty document is an empty mapping.
func (d *Document) Mapping(what string, fields Fields) {
	if root := d.parse(); root != nil {
		d.Fields(root, what, fields)
	}
}

// Node parses a document of any content and returns its root, nil for none, such as where it is empty or has a fault.
func (d *Document) Node() *yaml.Node { return d.parse() }

// Value parses a document of any content and returns it as [Document.Any] does.
func (d *Document) Value() any {
	root := d.parse()
	if root == nil {
		return nil
	}
	var value any
	d.Any(&value)(root)
	return value
}

func (d *Document) parse() *yaml.Node {
	switch d.Language {
	case TOML:
		return d.parseTOML()
	case JSON:
		return d.parseJSON()
	}
	if root, ok := parseSimple(d.Text); ok {
		return root
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(d.Text, &doc); err != nil {
		d.syntaxError(err)
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (d *Document) syntaxError(err error) {
	message := err.Error()
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = strings.TrimPrefix(message, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	d.Diagnostics.Add(diagnostic.Diagnostic{
		File: d.File, Line: d.LinesBefore + line, Message: "this is not YAML: " + message,
		Advice:  "look at the indentation, and put values that hold a colon or a quote into quotes",
		Excerpt: diagnostic.Excerpt(d.Text, line),
	})
}

// Errorf reports a fault at a node.
func (d *Document) Errorf(at *yaml.Node, advice, format string, args ...any) {
	d.Diagnostics.Add(diagnostic.Diagnostic{
		File: d.File, Line: d.LinesBefore + at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...),
		Advice: advice, Excerpt: diagnostic.Excerpt(d.Text, at.Line),
	})
}

// Fields decodes a mapping. Unknown and repeated keys are reported; what is the noun for the mapping in such reports.
func (d *Document) Fields(n *yaml.Node, what string, fields Fields) {
	d.open(n, what, fields, func(key, _ *yaml.Node) {
		d.Errorf(key, unknownAdvice(fields, key.Value), "unknown key %q in %s", key.Value, what)
	})
}

// OpenMapping is [Document.Mapping] where other keys may stand too, which other gets; but not those that are a slip of the pen for
// one of the fields. A synonym, in small letters, counts as the key that it stands for.
func (d *Document) OpenMapping(what string, fields Fields, synonyms map[string]string, other func(key, value *yaml.Node)) {
	root := d.parse()
	if root == nil {
		return
	}
	for i := 0; root.Kind == yaml.MappingNode && i < len(root.Content); i += 2 {
		if name, ok := synonyms[strings.ToLower(root.Content[i].Value)]; ok {
			root.Content[i].Value = name
		}
	}
	d.OpenFields(root, what, fields, other)
}

// OpenFields is [Document.Fields] where other keys may stand too; see [Document.OpenMapping].
func (d *Document) OpenFields(n *yaml.Node, what string, fields Fields, other func(key, value *yaml.Node)) {
	d.open(n, what, fields, func(key, value *yaml.Node) {
		if meant, ok := slip(key.Value, fields); ok {
			d.Errorf(key, fmt.Sprintf("did you mean %q? If not, put it under params", meant), "unknown key %q in %s", key.Value, what)
			return
		}
		other(key, value)
	})
}

func (d *Document) open(n *yaml.Node, what string, fields Fields, other func(key, value *yaml.Node)) {
	n = resolve(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.Errorf(n, "write it as `key: value` lines", "%s must be a mapping, not %s", what, kindOf(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name, decode := lookup(fields, key.Value)
		if decode == nil {
			name, decode = key.Value, func(value *yaml.Node) { other(key, value) }
		}
		if seen[name] {
			d.Errorf(key, "keep one of them", "%q stands twice in %s", key.Value, what)
			continue
		}
		seen[name] = true
		decode(value)
	}
}

func lookup(fields Fields, key string) (string, func(*yaml.Node)) {
	if decode, ok := fields[key]; ok {
		return key, decode
	}
	for name, decode := range fields {
		if strings.EqualFold(name, key) {
			return name, decode
		}
	}
	return "", nil
}

// String decodes a scalar as it is written.
func (d *Document) String(into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		if n.Kind != yaml.ScalarNode {
			d.Errorf(n, "write one value", "want a text, not %s", kindOf(n))
			return
		}
		*into = n.Value
	}
}

// Bool decodes true or false, or what older YAML had for them: yes, on, no and off.
func (d *Document) Bool(into *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		old := d.Language == YAML && n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
		switch word := strings.ToLower(n.Value); {
		case old && (word == "yes" || word == "on"):
			*into = true
		case old && (word == "no" || word == "off"):
			*into = false
		case n.Tag != "!!bool" || n.Decode(into) != nil:
			d.Errorf(n, "write true or false", "want true or false, not %s", kindOf(n))
		}
	}
}

// Int decodes a whole number.
func (d *Document) Int(into *int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		if n.Tag != "!!int" || n.Decode(into) != nil {
			d.Errorf(n, "write digits only", "want a whole number, not %s", kindOf(n))
		}
	}
}

// Strings decodes a list of scalars, or a single one as a list of one.
func (d *Document) Strings(into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		list := make([]string, 0, len(items))
		for _, item := range items {
			if item = resolve(item); item.Kind != yaml.ScalarNode || isNull(item) {
				d.Errorf(item, "write a list of texts, such as [a, b]", "want a text in this list, not %s", kindOf(item))
				continue
			}
			list = append(list, item.Value)
		}
		*into = list
	}
}

// Items decodes a list, one item after the other. What is the noun for the list in reports, and advice says what to write.
func (d *Document) Items(n *yaml.Node, what, advice string, decode func(*yaml.Node)) {
	if n = resolve(n); isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.Errorf(n, advice, "%s must be a list, not %s", what, kindOf(n))
		return
	}
	for _, item := range n.Content {
		decode(resolve(item))
	}
}

// Find returns the node at a path such as has[0].value below another, or the last one on the way that is there.
func Find(n *yaml.Node, path string) *yaml.Node {
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		below := child(resolve(n), step)
		if below == nil {
			break
		}
		n = below
	}
	return n
}

// child returns the value of a mapping's key or a list's index.
func child(n *yaml.Node, step string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, step) {
			return n.Content[i+1]
		}
	}
	return nil
}

// timeLayouts are the ways to write a point in time; without an offset it is in UTC.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
	"2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
}

// Time decodes a date or a date with a time.
func (d *Document) Time(into *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		t, err := ParseTime(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			d.Errorf(n, "write 2006-01-02 or 2006-01-02T15:04:05Z", "%q is not a date", n.Value)
			return
		}
		*into = t
	}
}

// ParseTime reads a point in time as it stands in front matter. The result does not depend on the machine's own zone.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return FixedZone(t), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date", text)
}

// FixedZone undoes that package time takes the machine's zone, with its name, where the offset happens to be the same.
func FixedZone(t time.Time) time.Time {
	_, offset := t.Zone()
	if offset == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", offset))
}

// Aliases can make a lot of a short text, and one that contains itself never ends. These bounds are far above what a person
// writes.
const (
	mostValues  = 1_000_000 // more than the text has bytes
	deepestNest = 1_000
)

// Any decodes any value into nil, bool, int64, float64, string, []any and map[string]any. A number without a fraction is an
// int64 and a date is the string that was written: a value is the same after a passage through JSON.
func (d *Document) Any(into *any) func(*yaml.Node) {
	return func(n *yaml.Node) {
		budget := mostValues + len(d.Text)
		*into = d.any(n, &budget, 0)
		if budget < 0 {
			d.Errorf(n, "write aliases out, or fewer of them", "this grows without end: too many or too deeply nested values")
		}
	}
}

// Map decodes a mapping of any content, as [Document.Any] does its values.
func (d *Document) Map(into *map[string]any) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n = resolve(n); isNull(n) {
			return
		}
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write it as `key: value` lines", "want a mapping, not %s", kindOf(n))
			return
		}
		var value any
		d.Any(&value)(n)
		*into, _ = value.(map[string]any)
	}
}

func (d *Document) any(n *yaml.Node, budget *int, depth int) any {
	if depth > deepestNest {
		*budget = 0
	}
	if *budget--; *budget < 0 {
		return nil
	}
	n = resolve(n)
	switch n.Kind {
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = d.any(item, budget, depth+1)
		}
		return list
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			m[resolve(n.Content[i]).Value] = d.any(n.Content[i+1], budget, depth+1)
		}
		return m
	default:
		return d.scalar(n)
	}
}

func (d *Document) scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return number(f)
		}
	}
	if !utf8.ValidString(n.Value) { // from !!binary or an escape
		d.Errorf(n, "write the value as text", "this value is not UTF-8")
		return ""
	}
	return n.Value
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	default:
		return strconv.Quote(n.Value)
	}
}
