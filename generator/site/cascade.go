package site

import (
	"maps"
	"path"

	"github.com/isrgen/isrgen/generator/content"
)

// policies gives each page the params that cascade to it, and settles how it is kept.
func (b *builder) policies() {
	for _, page := range b.all {
		if page.Policy.Keeping != "" { // a page for errors, or one that had its turn
			continue
		}
		block, params := b.inherited(page)
		page.Params = params
		page.Policy = newPolicy(block, b.diags)
		if page.Policy.Keeping == Deferred {
			page.scope = b.scope(page)
		}
	}
}

// inherited merges a page's own block and params with those of the sections above it and of the config, the nearer first.
func (b *builder) inherited(page *Page) (content.ISR, map[string]any) {
	var block content.ISR
	var params map[string]any
	shared := true // with the document, as long as nothing cascades
	if page.doc != nil {
		block, params = page.doc.ISR, page.Params
	}
	for dir := range b.sectionsAbove(page) {
		cascade := b.cascades[dir]
		block = block.Or(cascade.ISR)
		for key, value := range cascade.Params {
			if _, set := params[key]; set {
				continue
			}
			if shared {
				params, shared = maps.Clone(params), false
			}
			if params == nil {
				params = map[string]any{}
			}
			params[key] = value
		}
	}
	rule, _ := b.config.rule(page.Path)
	if len(params) == 0 {
		params = nil
	}
	return block.Or(rule).Or(b.config.Defaults), params
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
