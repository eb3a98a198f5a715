package site

import (
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// defaultKeptAssets is for how many builds a page in a cache finds the files that it was made for; mostKeptAssets keeps outputs small.
const (
	defaultKeptAssets = 2
	mostKeptAssets    = 100
)

func decodeAssets(d *strictyaml.Document, c *Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "assets", strictyaml.Fields{"keep": func(n *yaml.Node) {
			d.Int(&c.KeptAssets)(n)
			if c.KeptAssets < 0 || c.KeptAssets > mostKeptAssets {
				d.Errorf(n, "write from 0 to 100: of how many builds the output shall have the files", "assets.keep cannot be %d", c.KeptAssets)
				c.KeptAssets = defaultKeptAssets
			}
		}})
	}
}
