// Package source asks what is outside of the site: the content sources of isrgen.yaml, and the addresses that templates read
// data from. The build and the function use the same code; they differ in that the function never takes an answer from a cache,
// and asks for one document at a time where it can.
package source

import (
	"errors"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Config is what isrgen.yaml says about sources and data. Functions carry it; it names credentials, and holds none.
type Config struct {
	Sources []*Settings `json:"sources,omitempty"`
	Data    Data        `json:"data"`

	file *strictyaml.Document // which it was read from
}

// Settings are one entry of `sources:`.
type Settings struct {
	content.Origin

	Type string `json:"type"`

	// List and Item are where a source of type json gives all items and one of them.
	List List `json:"list,omitzero"`
	Item Item `json:"item,omitzero"`

	// Manifest and Base are where a source of type markdown names its files, and has them.
	Manifest Manifest `json:"manifest,omitzero"`
	Base     string   `json:"base,omitempty"`

	// URL is the address of a feed.
	URL string `json:"url,omitempty"`

	// Key is the path to the value that is the name in an item's address.
	Key string `json:"key,omitempty"`

	// Fields are the paths to values by the front matter keys that they are for.
	Fields map[string]string `json:"fields,omitempty"`

	// Format is what texts are written in, and Trusted says that HTML is published as it comes.
	Format  content.Format `json:"format,omitempty"`
	Trusted bool           `json:"trusted,omitempty"`

	Access Access `json:"access"`

	// Prerender says which documents the build renders.
	Prerender Prerender `json:"-"`

	places map[string]*yaml.Node // of the keys of fields
}

// List is where a source of type json lists its items, and how it divides them into pages.
type List struct {
	URL   string `json:"url"`             // with {page} or {cursor} where the source wants them
	Items string `json:"items,omitempty"` // path to the items, empty for the whole answer

	Start int    `json:"start"`           // number of the first page
	Pages string `json:"pages,omitempty"` // path to the number of pages
	Next  string `json:"next,omitempty"`  // path to the next cursor, or to the address of the next page
	Link  bool   `json:"link,omitempty"`  // the header Link has the address of the next page
}

// Item is where a source of type json gives one item.
type Item struct {
	URL  string `json:"url"`            // with the parameter of the path in braces
	Data string `json:"data,omitempty"` // path to the item, empty for the whole answer
}

// Manifest is where a source of type markdown names its files.
type Manifest struct {
	URL   string `json:"url"`
	Paths string `json:"paths,omitempty"` // path to the list in JSON; empty where each line of the answer is a file
}

// Data says what templates may ask for.
type Data struct {
	// AllowedHosts are the hosts, with their ports if they have one.
	AllowedHosts []string `json:"allowedHosts,omitempty"`

	Access Access `json:"access"`
}

// New returns what asks a source. Requests are made through a client.
func New(s *Settings, client *Client) content.Source {
	switch s.Type {
	case Markdown:
		return &markdownSource{s, client}
	case typeFeed:
		return &feedSource{s, client}
	default:
		return &jsonSource{s, client}
	}
}

// ListsTexts says whether the list of a source gives documents with all that is known of them.
func (s *Settings) ListsTexts() bool { return s.Type != typeJSON }

const keyConfig = "sources"

// Pack adds the configuration to a bundle.
func (c *Config) Pack(w interface {
	Add(key string, value []byte) error
}) error {
	if len(c.Sources) == 0 && len(c.Data.AllowedHosts) == 0 {
		return nil
	}
	return content.AddJSON(w, keyConfig, c)
}

// Open reads the configuration of a bundle.
func Open(bundle *content.Bundle) (*Config, error) {
	c := &Config{}
	if err := bundle.GetJSON(keyConfig, c); err != nil && !errors.Is(err, content.ErrNoRecord) {
		return nil, err
	}
	return c, nil
}
