package content

import (
	"github.com/bmatcuk/doublestar/v4"
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// ResourceMatter is what front matter says of files beside the page, as in Hugo.
type ResourceMatter struct {
	Src    string         `json:"src"`             // a pattern of their paths from the page
	Name   string         `json:"name,omitempty"`  // in which :counter is a number
	Title  string         `json:"title,omitempty"` // the same
	Params map[string]any `json:"params,omitempty"`
}

// decodeResources decodes a list of these.
func decodeResources(d *strictyaml.Document, into *[]ResourceMatter) func(*yaml.Node) {
	const advice = "write a list, each item with `src:` and a title, a name or params"
	return func(n *yaml.Node) {
		d.Items(n, "resources", advice, func(item *yaml.Node) {
			var matter ResourceMatter
			d.Fields(item, "an item of resources", strictyaml.Fields{
				"src":    d.String(&matter.Src),
				"name":   d.String(&matter.Name),
				"title":  d.String(&matter.Title),
				"params": d.Map(&matter.Params),
			})
			if matter.Src == "" || !doublestar.ValidatePattern(matter.Src) {
				d.Errorf(item, "add `src:` and a file's path from the page, or a pattern such as \"*.jpg\"", "an item of resources says not which files it is about")
				return
			}
			*into = append(*into, matter)
		})
	}
}
