package content

import (
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// MenuItem is a line of a menu, from the configuration or from the front matter of the page that it leads to.
type MenuItem struct {
	Menu       string         `json:"menu"`
	Identifier string         `json:"identifier,omitempty"`
	Name       string         `json:"name,omitempty"`
	Title      string         `json:"title,omitempty"`
	URL        string         `json:"url,omitempty"`
	PageRef    string         `json:"pageRef,omitempty"` // a page by where its file is
	Parent     string         `json:"parent,omitempty"`  // identifier or name of the line above
	Pre        string         `json:"pre,omitempty"`
	Post       string         `json:"post,omitempty"`
	Weight     int            `json:"weight,omitempty"`
	Params     map[string]any `json:"params,omitempty"`
}

// DecodeMenuItem decodes the keys of one line.
func DecodeMenuItem(d *strictyaml.Document, into *MenuItem) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "a line of a menu", strictyaml.Fields{
			"identifier": d.String(&into.Identifier),
			"name":       d.String(&into.Name),
			"title":      d.String(&into.Title),
			"url":        d.String(&into.URL),
			"pageRef":    d.String(&into.PageRef),
			"parent":     d.String(&into.Parent),
			"pre":        d.String(&into.Pre),
			"post":       d.String(&into.Post),
			"weight":     d.Int(&into.Weight),
			"params":     d.Map(&into.Params),
		})
	}
}

// decodeMenus decodes the menus that a page is in: a name, a list of names, or a mapping of names to lines.
func decodeMenus(d *strictyaml.Document, into *[]MenuItem) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*into = nil
		if n.Kind != yaml.MappingNode {
			var names []string
			d.Strings(&names)(n)
			for _, name := range names {
				*into = append(*into, MenuItem{Menu: name})
			}
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			item := MenuItem{Menu: n.Content[i].Value}
			DecodeMenuItem(d, &item)(n.Content[i+1])
			*into = append(*into, item)
		}
	}
}
