package site

import (
	"cmp"
	"maps"
	"path"

	"github.com/isrgen/isrgen/generator/content"
)

// policies gives each page what cascades to it, and settles how it is kept.
func (b *builder) policies() {
	for _, page := range b.all {
		if page.Policy.Keeping != "" { // a page for errors, or one that had its turn
			continue
		}
		own := b.inherited(page)
		page.Params = own.Params
		if page.Origin == "" { // of whose pages a function knows no more than the source says
			page.Type, page.Layout, page.Sitemap = own.Type, own.Layout, own.Sitemap
		}
		page.build, page.outputs, page.unlisted = own.Build, own.Outputs, own.Build.List != ""
		page.Policy = newPolicy(own.ISR, b.diags)
		if page.build.Render != "" {
			page.Policy = Policy{Keeping: Unwritten}
		}
		if page.Policy.Keeping == Deferred {
			page.scope = b.scope(page)
		}
	}
}

// inherited merges what a page says itself with what the sections above it and the config give to it, the nearer first.
func (b *builder) inherited(page *Page) content.Cascade {
	own := content.Cascade{Type: page.Type, Layout: page.Layout, Sitemap: page.Sitemap}
	shared := true // the params with the document, as long as nothing cascades
	if page.doc != nil {
		own.ISR, own.Params, own.Outputs, own.Build = page.doc.ISR, page.Params, page.doc.Outputs, page.doc.Build
	}
	for cascade := range b.cascadesTo(page) {
		own.ISR, own.Build = own.ISR.Or(cascade.ISR), own.Build.Or(cascade.Build)
		own.Type, own.Layout = cmp.Or(own.Type, cascade.Type), cmp.Or(own.Layout, cascade.Layout)
		own.Sitemap = cmp.Or(own.Sitemap, cascade.Sitemap)
		if own.Outputs == nil {
			own.Outputs = cascade.Outputs
		}
		for key, value := range cascade.Params {
			if _, set := own.Params[key]; set {
				continue
			}
			if shared {
				own.Params, shared = maps.Clone(own.Params), false
			}
			if own.Params == nil {
				own.Params = map[string]any{}
			}
			own.Params[key] = value
		}
	}
	rule, _ := b.config.rule(page.Path)
	if len(own.Params) == 0 {
		own.Params = nil
	}
	own.ISR = own.ISR.Or(rule).Or(b.config.Defaults)
	return own
}

// cascadesTo yields what the sections above a page, and the config, give to it, the nearest first.
func (b *builder) cascadesTo(page *Page) func(yield func(content.Cascade) bool) {
	return func(yield func(content.Cascade) bool) {
		for dir := range b.sectionsAbove(page) {
			for _, cascade := range b.cascades[dir] {
				if b.meets(cascade, page) && !yield(cascade) {
					return
				}
			}
		}
		for _, cascade := range b.config.Cascade {
			if b.meets(cascade, page) && !yield(cascade) {
				return
			}
		}
	}
}

func (b *builder) meets(cascade content.Cascade, page *Page) bool {
	return cascade.Target == (content.Target{}) || cascade.Target.Meets(cmp.Or(page.Logical(), trimSlash(page.Path)), string(page.Kind), page.Language)
}

// sectionsAbove yields the directories whose cascade reaches a page, the nearest first. A section's cascade is for the
// pages below it and for itself.
func (b *builder) sectionsAbove(page *Page) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for dir := b.dirOf(page); ; dir = path.Dir(dir) {
			if _, ok := b.cascades[dir]; ok && !yield(dir) {
				return
			}
			if dir == "." || dir == "/" {
				return
			}
		}
	}
}
