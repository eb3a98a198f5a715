package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Settings are the configuration of a site as it counts: what the author set, and the defaults of the rest. Written as YAML they are
// a configuration that means the same, but for what is hidden.
type Settings struct {
	root *yaml.Node
	set  map[*yaml.Node]bool // keys that the author wrote

	// Hidden are the keys whose values look like secrets, and are not shown.
	Hidden []string
}

// ReadSettings reads the configuration of a site. What is wrong with it is returned beside [ErrSite].
func ReadSettings(o Options) (*Settings, []diagnostic.Diagnostic, error) {
	b, err := newBuild(o.withDefaults())
	if err != nil {
		return nil, nil, err
	}
	defer b.root.Close()
	site.ReadConfig(b.fsys, &b.diags, b.deployment.Fields, b.sources.Fields, b.webhooks.Fields)
	if b.diags.Errors() > 0 {
		return nil, b.diags.Sorted(), ErrSite
	}
	text, err := fs.ReadFile(b.fsys, site.ConfigFile)
	if err != nil {
		return nil, nil, err
	}
	s := &Settings{set: map[*yaml.Node]bool{}}
	document := &strictyaml.Document{File: site.ConfigFile, Text: text, Diagnostics: &b.diags}
	if s.root = document.Node(); s.root == nil {
		s.root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	budget := 1_000_000
	s.root = s.own(s.root, &budget)
	if budget < 0 {
		return nil, nil, errors.New("the configuration grows without end: write aliases out")
	}
	s.hide(s.root, "")
	s.complete(s.root, defaultSettings())
	return s, b.diags.Sorted(), nil
}

// own copies what the author wrote, without comments and aliases, and notes its keys.
func (s *Settings) own(n *yaml.Node, budget *int) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if *budget--; *budget < 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Line: n.Line}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!timestamp" {
		copied.Tag = "!!str"
	}
	for i, child := range n.Content {
		copied.Content = append(copied.Content, s.own(child, budget))
		s.set[copied.Content[i]] = n.Kind == yaml.MappingNode && i%2 == 0
	}
	return copied
}

// wholeSettings are the keys that are set as a whole: what is not said of them does not have the default.
var wholeSettings = map[string]bool{"highlight": true, "tableOfContents": true}

// complete adds the keys that a mapping does not have.
func (s *Settings) complete(n, defaults *yaml.Node) {
	for i := 0; i < len(defaults.Content); i += 2 {
		key, value := defaults.Content[i], defaults.Content[i+1]
		there := s.find(n, key.Value)
		switch {
		case there == nil:
			n.Content = append(n.Content, key, value)
		case value.Kind == yaml.MappingNode && there.Kind == yaml.MappingNode && !wholeSettings[key.Value]:
			s.complete(there, value)
		}
	}
}

func (s *Settings) find(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, key) {
			return n.Content[i+1]
		}
	}
	return nil
}

// YAML writes the settings as a configuration. Each line that the author wrote says where.
func (s *Settings) YAML() ([]byte, error) {
	s.comment(s.root)
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := errors.Join(encoder.Encode(s.root), encoder.Close())
	return b.Bytes(), err
}

func (s *Settings) comment(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if s.set[key] {
			place := fmt.Sprintf("%s:%d", site.ConfigFile, key.Line)
			if value.Kind == yaml.ScalarNode {
				value.LineComment = place
			} else {
				key.LineComment = place
			}
		}
		if value.Kind == yaml.MappingNode {
			s.comment(value)
		}
	}
}

// MarshalJSON writes the settings as "config", and as "from" the places of those that the author wrote.
func (s *Settings) MarshalJSON() ([]byte, error) {
	var config any
	(&strictyaml.Document{Diagnostics: &diagnostic.List{}}).Any(&config)(s.root)
	from := map[string]string{}
	s.places(s.root, "", from)
	return json.Marshal(map[string]any{"config": config, "from": from, "hidden": append([]string{}, s.Hidden...)})
}

func (s *Settings) places(n *yaml.Node, above string, into map[string]string) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		name := strings.TrimPrefix(above+"."+n.Content[i].Value, ".")
		if s.set[n.Content[i]] {
			into[name] = fmt.Sprintf("%s:%d", site.ConfigFile, n.Content[i].Line)
		}
		s.places(n.Content[i+1], name, into)
	}
}
