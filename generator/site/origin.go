package site

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
)

// Origin is a source on the network with its place in the site: what is known of each of its pages without asking it.
type Origin struct {
	content.Origin

	// Parent is the path of the section that the pages are in, Policy how they are kept if they say nothing else, and Params
	// what cascades to them.
	Parent string         `json:"parent"`
	Policy Policy         `json:"policy"`
	Params map[string]any `json:"params,omitempty"`

	// Readers are the pages besides those of the source that show what it holds, by path.
	Readers []Reader `json:"readers,omitempty"`
}

// Reader is a page that shows pages of a source.
type Reader struct {
	Path string `json:"path"`

	// Terms are the paths of terms: the page shows only what has one of them. None means that it may show all.
	Terms []string `json:"terms,omitempty"`
}

// Shows says whether a list holds all pages of a source, or those that have a term.
func (s *Site) Shows(list string, o *Origin) (all bool, term string, err error) {
	if list == ListIn(ListRegular, s.Config.DefaultLanguage) {
		return true, "", nil
	}
	if list == ListSitemap+sitemapPath { // of pages, or of other sitemaps, which hold what the build knew
		page, err := s.Page(sitemapPath)
		return err == nil && page.Output == Sitemap, "", err
	}
	if path, ok := strings.CutPrefix(list, ListRecursive); ok {
		for above := o.Parent; above != ""; {
			if above == path {
				return true, "", nil
			}
			page, err := s.Page(above)
			if err != nil {
				return false, "", err
			}
			above = page.Parent
		}
		return false, "", nil
	}
	path, ok := strings.CutPrefix(list, ListPages)
	switch {
	case !ok:
		return false, "", nil
	case path == o.Parent:
		return true, "", nil
	}
	for _, taxonomy := range o.Taxonomies {
		dir := s.Config.In(s.Config.DefaultLanguage).Language.Prefix + "/" + taxonomy + "/"
		if strings.HasPrefix(path, dir) && len(path) > len(dir) {
			return false, path, nil
		}
	}
	return false, "", nil
}

// Concerned are the paths of what shows a page of the source with some terms, the page itself left out.
func (o *Origin) Concerned(terms []string) []string {
	var paths []string
	for _, reader := range o.Readers {
		if len(reader.Terms) == 0 || slices.ContainsFunc(reader.Terms, func(term string) bool { return slices.Contains(terms, term) }) {
			paths = append(paths, reader.Path)
		}
	}
	return paths
}

// placeOrigins finds the places of the sources by that of a page which each of them could have.
func (b *builder) placeOrigins() map[string]*Origin {
	placed := map[string]*Origin{}
	for name, o := range b.origins {
		page := b.stranger(o)
		own := b.inherited(page)
		placed[name] = &Origin{Origin: *o, Params: own.Params}
		if o.DynamicParams {
			placed[name].Policy = newPolicy(own.ISR, b.diags)
		}
		if parent := b.parent(page); parent != nil {
			placed[name].Parent = parent.Path
		}
	}
	if len(placed) == 0 {
		return nil
	}
	return placed
}

// stranger is a page of a source that the build does not know.
func (b *builder) stranger(o *content.Origin) *Page {
	doc := &content.Document{Path: strings.Trim(o.Dir(), "/") + "/x.md", Body: content.Body{Origin: o.Name}}
	doc.ISR = o.ISR.Or(content.ISR{Defer: new(true)})
	return &Page{Path: b.config.pagePath(o.Dir() + "x"), Kind: KindPage, Origin: o.Name, making: &making{doc: doc}}
}

// originScope is the scope of the deferred pages of a source: all addresses that it may have.
func originScope(o *content.Origin) scope {
	part := "[^/]+"
	if _, several := o.Param(); several {
		part = ".+"
	}
	return scope{
		rank:   rankOrigin - strings.Count(o.Dir(), "/"),
		name:   cmp.Or(strings.Trim(o.Dir(), "/"), o.Name),
		label:  o.Path,
		regexp: literal(o.Dir()) + part,
	}
}

// originDeferral is the entry for pages of a source that the build does not know, nil where there can be none.
func (b *builder) originDeferral(o *content.Origin) *deferredPages {
	if !o.DynamicParams {
		return nil
	}
	policy := newPolicy(b.inherited(b.stranger(o)).ISR, b.diags)
	if policy.Keeping != Deferred { // a fault
		return nil
	}
	return &deferredPages{scope: originScope(o), policy: policy}
}

// OriginsAt returns the sources that a page with an address can be from, the one with the most in common first. Known is the page,
// nil if the build did not know it.
func (s *Site) OriginsAt(address string, known *Page) []*Origin {
	var able []*Origin
	for _, o := range s.Origins {
		if _, ok := o.NameAt(address); ok && (known == nil && o.DynamicParams || known != nil && known.Origin == o.Name) {
			able = append(able, o)
		}
	}
	slices.SortFunc(able, func(a, b *Origin) int {
		return cmp.Or(cmp.Compare(len(b.Dir()), len(a.Dir())), cmp.Compare(a.Name, b.Name))
	})
	return able
}

// Ask makes the page of an address that belongs to one of some sources on the network, by name, or returns [ErrNotFound]. Known is the
// page as the build knew it, nil if it did not.
func (s *Site) Ask(ctx context.Context, sources map[string]content.Source, address string, known *Page) (*Page, error) {
	for _, origin := range s.OriginsAt(address, known) {
		name, _ := origin.NameAt(address)
		doc, err := sources[origin.Name].Get(ctx, name)
		if errors.Is(err, content.ErrNoDocument) || err == nil && doc.Draft && !s.Config.Selection.Drafts {
			continue
		}
		if err != nil {
			return nil, err
		}
		if page, err := s.Renew(doc, known); page != nil || err != nil {
			return page, err
		}
	}
	return nil, ErrNotFound
}

// Renew makes the page of a document that was just asked for. Known is the page as the build knew it, nil if it did not: the
// place of a page among others is that which the build gave it. The page is nil where the document can have no address.
func (s *Site) Renew(doc *content.Document, known *Page) (*Page, error) {
	o := s.Origins[doc.Origin]
	config := s.Config.In(s.Config.DefaultLanguage)
	page, problem := config.fromDocument(doc, KindPage)
	if problem != "" {
		return nil, nil
	}
	page.Parent, page.Policy = o.Parent, o.Policy
	if known != nil {
		page.Parent, page.Policy, page.Next, page.Prev = known.Parent, known.Policy, known.Next, known.Prev
	}
	page.Params = withParams(page.Params, o.Params)
	for _, taxonomy := range s.Config.Taxonomies {
		for _, term := range doc.Terms.Of(taxonomy) {
			path := config.InLanguage("/" + taxonomy + "/" + Urlize(term))
			_, err := s.Page(path)
			if errors.Is(err, ErrNotFound) || err == nil && slices.Contains(page.Terms.Of(taxonomy), path) {
				continue // a term that is new appears with the next build
			}
			if err != nil {
				return nil, err
			}
			page.Terms.Add(taxonomy, path)
		}
	}
	return page, nil
}

// withParams adds to a page's own params those that cascade to it.
func withParams(own, cascaded map[string]any) map[string]any {
	all := maps.Clone(cascaded)
	if all == nil {
		return own
	}
	maps.Copy(all, own)
	return all
}
