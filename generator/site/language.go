package site

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Language is one language of a site that has several, and what the configuration says for its pages alone.
type Language struct {
	Key       string `json:"key"` // such as "de", in names of files and in addresses
	Name      string `json:"name,omitempty"`
	Code      string `json:"code,omitempty"`      // of the language for browsers, such as de-AT; empty means Key
	Direction string `json:"direction,omitempty"` // ltr or rtl; empty means that of the language's usual script
	Weight    int    `json:"weight,omitempty"`

	// Prefix is what addresses begin with: a slash and the key, or nothing.
	Prefix string `json:"prefix,omitempty"`

	// What is empty is as in the rest of the configuration.
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Copyright   string         `json:"copyright,omitempty"`
	Params      map[string]any `json:"params,omitempty"`

	dir      string // below content/
	menus    []content.MenuItem
	disabled bool
}

// languageKey is what can stand in an address and in the name of a file.
var languageKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$`) })

// decodeLanguages decodes the languages of a site by their keys.
func decodeLanguages(d *strictyaml.Document, into *[]Language) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write keys such as `de:`, each with `languageName:` and more", "languages must be a mapping")
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			language := Language{Key: strings.ToLower(n.Content[i].Value)}
			if !languageKey().MatchString(language.Key) {
				d.Errorf(n.Content[i], "write it as de or pt-br", "%q is no key of a language", n.Content[i].Value)
				continue
			}
			decodeLanguage(d, &language)(n.Content[i+1])
			if !language.disabled {
				*into = append(*into, language)
			}
		}
		slices.SortStableFunc(*into, func(x, y Language) int {
			return cmp.Or(compareBool(x.Weight == 0, y.Weight == 0), cmp.Compare(x.Weight, y.Weight), cmp.Compare(x.Key, y.Key))
		})
	}
}

func decodeLanguage(d *strictyaml.Document, into *Language) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "a language", strictyaml.Fields{
			"languageName":      d.String(&into.Name),
			"label":             d.String(&into.Name),
			"languageCode":      d.String(&into.Code),
			"locale":            d.String(&into.Code),
			"languageDirection": decodeDirection(d, &into.Direction),
			"direction":         decodeDirection(d, &into.Direction),
			"weight":            d.Int(&into.Weight),
			"disabled":          d.Bool(&into.disabled),
			"title":             d.String(&into.Title),
			"description":       d.String(&into.Description),
			"copyright":         d.String(&into.Copyright),
			"params":            d.Map(&into.Params),
			"menus":             decodeMenus(d, &into.menus),
			"contentDir":        decodeContentDir(d, &into.dir),
		})
	}
}

func decodeDirection(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Value != "ltr" && n.Value != "rtl" {
			d.Errorf(n, "write ltr or rtl", "the direction of a language cannot be %q", n.Value)
			return
		}
		*into = n.Value
	}
}

// decodeContentDir decodes a directory below content/.
func decodeContentDir(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		dir, ok := strings.CutPrefix(strings.Trim(n.Value, "/"), content.Dir+"/")
		if !ok || dir == "" || slices.Contains(strings.Split(dir, "/"), "..") {
			d.Errorf(n, "write a directory below content/, such as content/de", "contentDir cannot be %q", n.Value)
			return
		}
		*into = dir
	}
}

// settleLanguages gives each language its place, after all of the configuration was read.
func (c *Config) settleLanguages(d *strictyaml.Document, inSubdir bool) {
	if len(c.Languages) == 0 {
		c.DefaultLanguage = "" // of which nothing is to be told
		return
	}
	c.DefaultLanguage = strings.ToLower(cmp.Or(c.DefaultLanguage, "en"))
	if c.language(c.DefaultLanguage) == nil {
		d.Errorf(&yaml.Node{Line: 1, Column: 1}, "set defaultContentLanguage to the key of one of the languages", "there is no language %q among the languages", c.DefaultLanguage)
		c.DefaultLanguage = c.Languages[0].Key
	}
	for i := range c.Languages {
		if language := &c.Languages[i]; inSubdir || language.Key != c.DefaultLanguage {
			language.Prefix = "/" + language.Key
		}
	}
}

// language is one of the languages by its key, nil for none.
func (c *Config) language(key string) *Language {
	for i := range c.Languages {
		if c.Languages[i].Key == key {
			return &c.Languages[i]
		}
	}
	return nil
}

// ContentLanguages are the languages of files.
func (c *Config) ContentLanguages() content.Languages {
	languages := content.Languages{Default: c.DefaultLanguage}
	for _, language := range c.Languages {
		languages.All = append(languages.All, content.Language{Key: language.Key, Dir: language.dir})
	}
	return languages
}

// In is the configuration as it is for pages in one of the languages.
func (c *Config) In(key string) *Config {
	language := c.language(key)
	if language == nil {
		return c
	}
	in := *c
	in.Language = *language
	in.Title, in.Description = cmp.Or(language.Title, c.Title), cmp.Or(language.Description, c.Description)
	in.Copyright, in.LanguageCode = cmp.Or(language.Copyright, c.Copyright), cmp.Or(language.Code, language.Key)
	in.Params = withParams(language.Params, c.Params)
	if len(language.menus) > 0 {
		in.Menus = language.menus
	}
	return &in
}

// HomePath is the address of home in the configuration's language.
func (c *Config) HomePath() string { return c.InLanguage("/") }

// Lists are the names of the lists that belong to no page, in each language.
func (c *Config) Lists(of ...string) []string {
	if len(of) == 0 {
		of = []string{ListRegular, ListSections, ListNodes, ListMain}
	}
	if len(c.Languages) == 0 {
		return of
	}
	var names []string
	for _, language := range c.Languages {
		for _, list := range of {
			names = append(names, ListIn(list, language.Key))
		}
	}
	return names
}

// ListIn is the name of a list of the pages in one language: of one of those without a path, and of menus.
func ListIn(list, language string) string {
	if language == "" {
		return list
	}
	return list + "@" + language
}
