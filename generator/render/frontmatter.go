package render

import (
	"maps"
	"regexp"
	"sync"
)

// frontMatterParam finds layouts that read front matter of a meaning of its own among the parameters, as they can in Hugo. For sites
// without one, no page gets a copy of its parameters.
var frontMatterParam = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bparams?(?:\.| "|\s+\(?")(?:title|date|lastmod|publishdate|expirydate|description|draft|weight|type|layout|tags|categories)\b`)
})

// readsFrontMatter says whether a layout reads front matter among the parameters.
func (l Layouts) readsFrontMatter() bool { return l.Match(frontMatterParam()) }

// Params are the author's own values, with what sections cascade to the page, and front matter of a meaning of its own where a layout
// reads that here.
func (p *Page) Params() map[string]any {
	if p.params != nil {
		return p.params
	}
	own := p.record().Params
	if p.set.renderer.FrontMatter {
		all := p.frontMatter()
		maps.Copy(all, own)
		own = all
	}
	p.params = p.set.renderer.Spellings.respell(own)
	return p.params
}

// frontMatter is what the page's front matter says besides parameters, as far as it says something.
func (p *Page) frontMatter() map[string]any {
	page := p.record()
	all := map[string]any{}
	if page.Source != "" {
		all["draft"], all["title"] = page.Draft, page.Title
	}
	for name, value := range map[string]string{"description": page.Description, "type": page.Type, "layout": page.Layout} {
		if value != "" {
			all[name] = value
		}
	}
	if !page.Date.IsZero() {
		all["date"], all["lastmod"], all["publishdate"] = p.Date(), p.Lastmod(), p.PublishDate()
	}
	if !page.ExpiryDate.IsZero() {
		all["expirydate"] = page.ExpiryDate
	}
	if page.Weight != 0 {
		all["weight"] = page.Weight
	}
	for _, terms := range page.Terms {
		var names []string
		for _, term := range p.GetTerms(terms.Taxonomy) {
			names = append(names, term.termName())
		}
		all[terms.Taxonomy] = names
	}
	return all
}

// termName is the term as the first page has it.
func (p *Page) termName() string {
	if name := p.record().Term; name != "" {
		return name
	}
	return p.Title()
}

// Name is the title of the page, under the name that it shares with files.
func (p *Page) Name() string { return p.Title() }
