package migration

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// config is the configuration of the new site under way. What isrgen would refuse does not get into it.
type config struct {
	root *yaml.Node
	m    *migration
	from *settings
}

// carry puts a setting of the other site into the configuration, under a path of keys. What is refused of it is reported at the place
// of the key that it had.
func (c *config) carry(key *yaml.Node, name string, value *yaml.Node, as ...string) {
	kept := c.accept(as, value, func(problem string) {
		c.m.leave(c.from.files[key], key.Line, name+": "+problem, "write isrgen's own form into "+site.ConfigFile+", if the site needs it")
	})
	if kept == nil {
		return
	}
	c.set(kept, as...)
	c.m.Carried = append(c.m.Carried, Carried{File: c.from.files[key], Line: key.Line, Key: name, As: strings.Join(as, ".")})
}

// set puts a value under a path of keys.
func (c *config) set(value *yaml.Node, as ...string) {
	n := c.root
	for _, key := range as[:len(as)-1] {
		_, below := pair(n, key)
		if below == nil {
			below = mapping()
			n.Content = append(n.Content, scalar("!!str", key), below)
		}
		n = below
	}
	last := as[len(as)-1]
	if _, there := pair(n, last); there != nil {
		*there = *value
		return
	}
	n.Content = append(n.Content, scalar("!!str", last), value)
}

// accept returns as much of a value as isrgen takes, nil for nothing, and reports the rest.
func (c *config) accept(as []string, value *yaml.Node, refuse func(problem string)) *yaml.Node {
	problem := problemOf(as, value)
	if problem == "" {
		return value
	}
	kept := &yaml.Node{Kind: value.Kind, Tag: value.Tag, Line: value.Line, Column: value.Column}
	switch value.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(value.Content); i += 2 {
			if part := c.accept(append(slices.Clone(as), value.Content[i].Value), value.Content[i+1], refuse); part != nil {
				kept.Content = append(kept.Content, value.Content[i], part)
			}
		}
	case yaml.SequenceNode:
		for _, item := range value.Content {
			alone := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{item}}
			if problem := problemOf(as, alone); problem != "" {
				refuse(problem)
				continue
			}
			kept.Content = append(kept.Content, item)
		}
	default:
		refuse(problem)
	}
	if len(kept.Content) == 0 || problemOf(as, kept) != "" {
		return nil
	}
	return kept
}

// problemOf is what isrgen would say of a configuration with this value alone.
func problemOf(as []string, value *yaml.Node) string {
	root := value
	for _, key := range slices.Backward(as) {
		root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar("!!str", key), root}}
	}
	for _, d := range problemsOf(root) {
		return d.Message
	}
	return ""
}

// problemsOf is what isrgen says of a configuration.
func problemsOf(root *yaml.Node) []diagnostic.Diagnostic {
	text, err := configText(root, "")
	if err != nil {
		return []diagnostic.Diagnostic{{Message: err.Error()}}
	}
	var diags diagnostic.List
	site.ReadConfig(alone{text}, &diags)
	return diags.Sorted()
}

// alone is a file system in which each name is that of one text.
type alone struct{ text []byte }

// Open opens the text.
func (a alone) Open(string) (fs.File, error) {
	return opened{bytes.NewReader(a.text), int64(len(a.text))}, nil
}

type opened struct {
	io.Reader
	size int64
}

func (o opened) Close() error               { return nil }
func (o opened) Stat() (fs.FileInfo, error) { return o, nil }
func (o opened) Name() string               { return site.ConfigFile }
func (o opened) Size() int64                { return o.size }
func (o opened) Mode() fs.FileMode          { return 0o444 }
func (o opened) ModTime() time.Time         { return time.Time{} }
func (o opened) IsDir() bool                { return false }
func (o opened) Sys() any                   { return nil }
