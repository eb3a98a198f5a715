package migration

import (
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// settings are the keys of a configuration that may be spread over files.
type settings struct {
	root  *yaml.Node
	files map[*yaml.Node]string // where keys stand
	taken map[*yaml.Node]bool   // keys that somebody asked for
}

func newSettings() *settings {
	return &settings{root: mapping(), files: map[*yaml.Node]string{}, taken: map[*yaml.Node]bool{}}
}

// languages are those of files by the ends of their names.
var languages = map[string]strictyaml.Language{".toml": strictyaml.TOML, ".yaml": "", ".yml": "", ".json": strictyaml.JSON}

// read reads a file whose keys are below some others. Keys that are there already stay. It returns false if there is no such file.
func (s *settings) read(from tree, name string, below []string, diags *diagnostic.List) bool {
	text, exists, err := from.text(name)
	shown := path.Join(from.shown, name)
	if !exists {
		return false
	}
	if err != nil {
		diags.Add(diagnostic.Diagnostic{File: shown, Message: err.Error(), Advice: "make it a file that can be read"})
		return true
	}
	document := &strictyaml.Document{File: shown, Text: text, Language: languages[path.Ext(name)], Diagnostics: diags}
	read := document.Node()
	if read == nil {
		return true
	}
	budget := 1_000_000 // aliases can make a lot of a short text
	root := byID(plain(read, &budget))
	if root.Kind != yaml.MappingNode || budget < 0 {
		diags.Add(diagnostic.Diagnostic{File: shown, Message: "this is no mapping of keys to values", Advice: "look at what it holds"})
		return true
	}
	s.note(root, shown)
	for _, key := range slices.Backward(below) {
		name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: 1}
		s.files[name] = shown
		root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{name, root}}
	}
	merge(s.root, root)
	return true
}

// byID makes a mapping of the older form of texts: a list of an id and its translation.
func byID(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return n
	}
	all := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	for _, item := range n.Content {
		_, id := pair(item, "id")
		_, translation := pair(item, "translation")
		if id == nil || translation == nil {
			return n
		}
		all.Content = append(all.Content, id, translation)
	}
	return all
}

func (s *settings) note(n *yaml.Node, file string) {
	s.files[n] = file
	for _, child := range n.Content {
		s.note(child, file)
	}
}

// merge adds the keys of a mapping that another does not have.
func merge(into, from *yaml.Node) {
	for i := 0; i+1 < len(from.Content); i += 2 {
		key, value := from.Content[i], from.Content[i+1]
		switch _, there := pair(into, key.Value); {
		case strings.EqualFold(key.Value, "_merge"):
		case there == nil:
			into.Content = append(into.Content, key, value)
		case there.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			merge(there, value)
		}
	}
}

// plain copies a node without aliases and comments, while the budget of nodes lasts.
func plain(n *yaml.Node, budget *int) *yaml.Node {
	const deepest = 100
	return plainAt(n, budget, deepest)
}

func plainAt(n *yaml.Node, budget *int, depth int) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if depth == 0 {
		*budget = -1
	}
	copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Line: n.Line, Column: n.Column}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!timestamp" {
		copied.Tag = "!!str"
	}
	for i, child := range n.Content {
		if *budget--; *budget < 0 {
			return copied
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Tag == "!!merge" {
			merged := plainAt(n.Content[i+1], budget, depth-1)
			merge(copied, merged)
			continue
		}
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Tag == "!!merge" {
			continue
		}
		copied.Content = append(copied.Content, plainAt(child, budget, depth-1))
	}
	return copied
}

// pair finds a key of a mapping in any case.
func pair(n *yaml.Node, key string) (name, value *yaml.Node) {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, key) {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// get returns the value at a path of keys, nil for none, and its last key.
func (s *settings) get(keys ...string) (name, value *yaml.Node) {
	value = s.root
	for _, key := range keys {
		if name, value = pair(value, key); name == nil {
			return nil, nil
		}
	}
	return name, value
}

// take is get, and notes that the key was asked for.
func (s *settings) take(keys ...string) (name, value *yaml.Node) {
	name, value = s.get(keys...)
	if name != nil {
		s.taken[name] = true
	}
	return name, value
}

// left calls do with the keys that nobody asked for, with their paths.
func (s *settings) left(do func(key *yaml.Node, path string)) {
	var walk func(n *yaml.Node, above string)
	walk = func(n *yaml.Node, above string) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			name := strings.TrimPrefix(above+"."+key.Value, ".")
			switch {
			case s.taken[key]:
			case value.Kind == yaml.MappingNode && s.takenBelow(value):
				walk(value, name)
			default:
				do(key, name)
			}
		}
	}
	walk(s.root, "")
}

func (s *settings) takenBelow(n *yaml.Node) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if s.taken[n.Content[i]] || s.takenBelow(n.Content[i+1]) {
			return true
		}
	}
	return false
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// text is the value of a scalar, empty for any other.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// texts are the values of a list, or of a scalar as a list of one.
func texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		n = &yaml.Node{Content: []*yaml.Node{n}}
	}
	var all []string
	for _, item := range n.Content {
		if value := text(item); value != "" {
			all = append(all, value)
		}
	}
	return all
}

func isTrue(n *yaml.Node) bool { return strings.EqualFold(text(n), "true") }
