package content

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// synonyms are the keys of other generators, and of Hugo's past, in small letters.
var synonyms = map[string]string{
	"modified": "lastmod", "updated": "lastmod", "last_modified_at": "lastmod",
	"pubdate": "publishDate", "unpublishdate": "expiryDate",
	"permalink": "url", "path": "url",
	"redirect_from": "aliases",
	"template":      "layout",
	"extra":         "params",
	"menu":          "menus",
	"_build":        "build",
}

// hugosOwn are keys that do something in Hugo and nothing here, in small letters.
var hugosOwn = []string{"markup"}

// others decodes the keys that isrgen has no meaning for into parameters of the page, as Hugo does.
func others(doc *strictyaml.Document, params map[string]any) func(key, value *yaml.Node) {
	return func(key, value *yaml.Node) {
		if slices.Contains(hugosOwn, strings.ToLower(key.Value)) {
			doc.Diagnostics.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: doc.File, Line: doc.LinesBefore + key.Line,
				Column: key.Column, Message: fmt.Sprintf("%q has no effect in isrgen", key.Value), Advice: "remove it",
				Excerpt: diagnostic.Excerpt(doc.Text, key.Line)})
			return
		}
		var param any
		doc.Any(&param)(value)
		params[key.Value] = param
	}
}

// addParams adds parameters, which those under params go before.
func (fm *FrontMatter) addParams(params map[string]any) {
	if len(params) == 0 {
		return
	}
	maps.Copy(params, fm.Params)
	fm.Params = params
}

// decodePublished decodes a date, or what other generators say of drafts.
func decodePublished(doc *strictyaml.Document, fm *FrontMatter) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag != "!!bool" {
			doc.Time(&fm.PublishDate)(n)
		} else if n.Value == "false" {
			fm.Draft = true
		}
	}
}

// Sitemap is what a page says to sitemaps.
type Sitemap struct {
	Disable    bool    `json:"disable,omitempty"`
	ChangeFreq string  `json:"changeFreq,omitempty"`
	Priority   float64 `json:"priority,omitempty"`
}

// decodeSitemap decodes false, which leaves the page out, or a mapping.
func decodeSitemap(doc *strictyaml.Document, into *Sitemap) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag == "!!bool" {
			into.Disable = n.Value == "false"
			return
		}
		doc.Fields(n, "sitemap", strictyaml.Fields{
			"disable":    doc.Bool(&into.Disable),
			"changeFreq": doc.String(&into.ChangeFreq),
			"filename": func(n *yaml.Node) {
				doc.Errorf(n, "remove it", "the name of a sitemap is always sitemap.xml")
			},
			"priority": func(n *yaml.Node) {
				if n.Decode(&into.Priority) != nil || into.Priority < 0 || into.Priority > 1 {
					doc.Errorf(n, "write a number from 0 to 1", "priority cannot be %q", n.Value)
				}
			},
		})
	}
}

// decodeTaxonomies decodes a map of terms by taxonomy, which Zola has.
func decodeTaxonomies(doc *strictyaml.Document, taxonomies []string, fm *FrontMatter) func(*yaml.Node) {
	return func(n *yaml.Node) {
		fields := strictyaml.Fields{}
		for _, taxonomy := range taxonomies {
			fields[taxonomy] = decodeTerms(doc, taxonomy, fm)
		}
		doc.Fields(n, "taxonomies", fields)
	}
}
