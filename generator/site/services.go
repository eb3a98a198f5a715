package site

import (
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Services are the accounts at services of others that layouts put into pages.
type Services struct {
	GoogleAnalytics string `json:"googleAnalytics,omitempty"` // the id
	Disqus          string `json:"disqus,omitempty"`          // the short name
}

func decodeServices(d *strictyaml.Document, c *Config) func(*yaml.Node) {
	account := func(service, key string, into *string) func(*yaml.Node) {
		return func(n *yaml.Node) { d.Fields(n, service, strictyaml.Fields{key: d.String(into)}) }
	}
	return func(n *yaml.Node) {
		d.Fields(n, "services", strictyaml.Fields{
			"googleAnalytics": account("googleAnalytics", "id", &c.Services.GoogleAnalytics),
			"disqus":          account("disqus", "shortname", &c.Services.Disqus),
			"rss": func(n *yaml.Node) {
				d.Fields(n, "rss", strictyaml.Fields{"limit": d.Int(&c.RSSLimit)})
				c.RSSLimit = max(0, c.RSSLimit) // Hugo's -1 is all
			},
		})
	}
}
