package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

const keyLayouts = "layouts"

// packedLayouts is a line of JSON before the texts of layouts, one after the other: a function opens them each time it starts, and uses a
// few.
type packedLayouts struct {
	Traits  traits         `json:"traits"`
	Layouts []packedLayout `json:"layouts"` // by name
}

type packedLayout struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Length int    `json:"length"` // of the text in bytes
}

// Pack adds the layouts to a bundle.
func (l Layouts) Pack(w interface {
	Add(key string, value []byte) error
}) error {
	packed := packedLayouts{Traits: l.traits()}
	var texts bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(l)) {
		packed.Layouts = append(packed.Layouts, packedLayout{name, l[name].File, len(l[name].Text)})
		texts.WriteString(l[name].Text)
	}
	head, err := json.Marshal(packed)
	if err != nil {
		return err
	}
	return w.Add(keyLayouts, slices.Concat(head, []byte("\n"), texts.Bytes()))
}

// Open makes a renderer of the layouts and the assets in a bundle, for the site that is in it.
func Open(bundle *content.Bundle, s *site.Site) (*Renderer, error) {
	record, err := bundle.Get(keyLayouts)
	if err != nil {
		return nil, err
	}
	head, texts, _ := bytes.Cut(record, []byte("\n"))
	var packed packedLayouts
	if err := json.Unmarshal(head, &packed); err != nil {
		return nil, fmt.Errorf("layouts: %w", err)
	}
	layouts, rest := make(Layouts, len(packed.Layouts)), string(texts)
	for _, layout := range packed.Layouts {
		if layout.Length < 0 || layout.Length > len(rest) {
			return nil, fmt.Errorf("layouts: %s is cut off", layout.Name)
		}
		layouts[layout.Name] = Layout{File: layout.File, Text: rest[:layout.Length]}
		rest = rest[layout.Length:]
	}
	r := newRenderer(s, layouts, packed.Traits)
	r.Assets = &packedAssets{bundle: bundle}
	return r, nil
}
