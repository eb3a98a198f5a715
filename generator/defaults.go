package generator

import (
	"io/fs"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// nothing is a site without a file.
type nothing struct{}

// Open says that there is none.
func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// defaultSettings are the defaults of the configuration, in its own words.
func defaultSettings() *yaml.Node {
	c := site.ReadConfig(nothing{}, &diagnostic.List{})
	outputs := map[string]any{}
	for _, kind := range []site.Kind{site.KindHome, site.KindPage, site.KindSection, site.KindTaxonomy, site.KindTerm} {
		forms := []any{"html"}
		for _, form := range c.Outputs[kind] {
			forms = append(forms, string(form))
		}
		outputs[string(kind)] = forms
	}
	taxonomies := []any{}
	for _, name := range c.Taxonomies {
		taxonomies = append(taxonomies, name)
	}
	return strictyaml.ToNode(map[string]any{
		"languageCode":         c.LanguageCode,
		"trailingSlash":        c.TrailingSlash,
		"taxonomies":           taxonomies,
		"architecture":         c.Architecture,
		"pluralizeListTitles":  c.ListTitles.Pluralize,
		"capitalizeListTitles": c.ListTitles.Capitalize,
		"enableRobotsTXT":      c.RobotsTXT,
		"onBrokenLinks":        "warning",
		"outputs":              outputs,
		"pagination":           map[string]any{"pagerSize": int64(c.Pagination.Size()), "path": site.DefaultPagerPath},
		"services":             map[string]any{"rss": map[string]any{"limit": int64(render.DefaultFeedLimit)}},
		"isr":                  map[string]any{"notFound": map[string]any{"revalidate": int64(c.NotFound)}},
		"markup": map[string]any{
			"unsafe": c.Markup.Unsafe, "typographer": c.Markup.Typographer, "emoji": c.Markup.Emoji, "headingAnchors": !c.Markup.NoHeadingAnchors,
			"summaryLength": int64(render.DefaultSummaryLength), "highlight": !c.Markup.Highlight.Off,
			"tableOfContents": map[string]any{"startLevel": int64(2), "endLevel": int64(3), "ordered": false},
		},
	})
}
