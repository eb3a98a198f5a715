package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// taxonomies makes the pages that list terms, and the pages with a term. A document in the place of such a page, such as
// content/tags/isr/_index.md, describes it.
func (b *builder) taxonomies() {
	pages := slices.Clone(b.all)
	sortNewestFirst(pages)
	for _, taxonomy := range b.config.Taxonomies {
		terms := map[string]*Page{} // by path
		members := map[string][]*Page{}
		for _, page := range pages {
			for _, name := range b.termsOf(page, taxonomy) {
				term := b.term(taxonomy, name, page, terms)
				if term == nil || slices.Contains(page.Terms.Of(taxonomy), term.Path) {
					continue
				}
				page.Terms.Add(taxonomy, term.Path)
				members[term.Path] = append(members[term.Path], page)
			}
		}
		if len(terms) == 0 {
			continue
		}
		b.listPage(b.config.InLanguage("/"+taxonomy), KindTaxonomy, b.config.ListTitles.term(Humanize(taxonomy)), taxonomy)
		for path, pages := range members {
			if term := terms[path]; term.doc == nil {
				term.Window = union(pages)
			}
			b.lists[ListPages+path] = b.entries(pages)
		}
	}
}

func (b *builder) termsOf(page *Page, taxonomy string) []string {
	if page.doc == nil || page.build.List != "" {
		return nil
	}
	return page.doc.Terms.Of(taxonomy)
}

// term returns the page of a term, which is made when a page first has it. Spellings that give one address are one term.
func (b *builder) term(taxonomy, name string, page *Page, terms map[string]*Page) *Page {
	slug := Urlize(name)
	if slug == "" {
		b.diags.Add(diagnostic.Diagnostic{File: page.Source, Message: "the term " + name + " leaves nothing for an address",
			Advice: "use letters or digits"})
		return nil
	}
	path := b.config.InLanguage("/" + taxonomy + "/" + slug)
	if terms[path] == nil {
		terms[path] = b.listPage(path, KindTerm, b.config.ListTitles.term(name), taxonomy)
		if term := terms[path]; term != nil && term.Title != name {
			term.Term = name
		}
	}
	return terms[path]
}

// listPage makes the page of a taxonomy or term, or turns the section that describes it into that page.
func (b *builder) listPage(path string, kind Kind, title, section string) *Page {
	if page, ok := b.pages[path]; ok && page.Kind == KindSection {
		page.Kind = kind
		if page.doc == nil || page.doc.Title == "" {
			page.Title = title
			page.LinkTitle = cmp.Or(docLinkTitle(page), title)
		}
		return page
	}
	page := &Page{Path: path, Kind: kind, Title: title, LinkTitle: title, Section: section, Language: b.config.Language.Key}
	if page.Language != "" {
		page.Place = trimSlash(strings.TrimPrefix(path, b.config.Language.Prefix))
	}
	if !b.add(page) {
		return nil
	}
	return page
}

func docLinkTitle(page *Page) string {
	if page.doc == nil {
		return ""
	}
	return page.doc.LinkTitle
}
