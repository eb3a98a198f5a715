package render

import (
	"encoding/json"
	"fmt"

	"github.com/isrgen/isrgen/generator/content"
)

const keyLayouts = "layouts"

// Pack adds the layouts to a bundle.
func (l Layouts) Pack(w interface {
	Add(key string, value []byte) error
}) error {
	record, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return w.Add(keyLayouts, record)
}

// OpenLayouts reads the layouts of a bundle.
func OpenLayouts(bundle *content.Bundle) (Layouts, error) {
	record, err := bundle.Get(keyLayouts)
	if err != nil {
		return nil, err
	}
	var layouts Layouts
	if err := json.Unmarshal(record, &layouts); err != nil {
		return nil, fmt.Errorf("layouts: %w", err)
	}
	return layouts, nil
}
