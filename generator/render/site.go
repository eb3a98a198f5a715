package render

import (
	"errors"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/site"
)

// Site is the site as templates see it: what of it is in one language, where it has several.
type Site struct {
	set      *templates
	language string // the key, empty in a site of one
}

// Site is what of the site is in the language of the page.
func (p *Page) Site() *Site { return &Site{p.set, p.language()} }

// currentSite is that of the page which is rendered.
func (t *templates) currentSite() *Site {
	if t.page == nil {
		return &Site{t, t.site.Config().DefaultLanguage}
	}
	return t.page.Site()
}

func (s *Site) config() *site.Config { return s.set.config(s.language) }

// config is the configuration for pages of a language.
func (t *templates) config(language string) *site.Config {
	if config := t.renderer.configs[language]; config != nil {
		return config
	}
	return t.site.Config()
}

func (s *Site) list(name string) string { return site.ListIn(name, s.language) }

// Title is the site's title, from isrgen.yaml as everything here.
func (s *Site) Title() string { return s.config().Title }

// Description is the site's description, empty for none.
func (s *Site) Description() string { return s.config().Description }

// Copyright is the site's notice of copyright, empty for none.
func (s *Site) Copyright() string { return s.config().Copyright }

// BaseURL is scheme and host with a slash at the end, or the slash alone.
func (s *Site) BaseURL() string { return s.config().BaseURL + "/" }

// Params are the author's own values. Without one of that name, mainSections is that of MainSections.
func (s *Site) Params() (map[string]any, error) {
	params := s.set.renderer.siteParams(s)
	if mapIndex(reflectMap(params), "mainSections").IsValid() {
		return params, nil
	}
	main, err := s.MainSections()
	params = maps.Clone(params)
	if params == nil {
		params = map[string]any{}
	}
	params["mainSections"] = main
	return params, err
}

// Param is one of the author's own values, found in any case. A name with dots goes into mappings.
func (s *Site) Param(name string) (any, error) {
	params, err := s.Params()
	if err != nil {
		return nil, err
	}
	return dig(params, name), nil
}

// MainSections are the names of the sections that the site is about: params.mainSections, or the one with the most pages.
func (s *Site) MainSections() ([]string, error) {
	if own, err := list(dig(s.config().Params, "mainSections")); err == nil && own.Len() > 0 {
		var names []string
		for i := range own.Len() {
			names = append(names, toString(own.Index(i).Interface()))
		}
		return names, nil
	}
	return s.set.site.List(s.list(site.ListMain))
}

// Home is the page at the root, or at that of the language.
func (s *Site) Home() *Page { return s.set.view(s.config().HomePath(), nil) }

// Data is the content of the data directory: a file data/authors/ana.yaml is .Site.Data.authors.ana.
func (s *Site) Data() (map[string]any, error) { return s.set.site.Data() }

// Sections are the sections below home.
func (s *Site) Sections() (Pages, error) { return s.set.views(s.list(site.ListSections)) }

// RegularPages are all pages that are not lists, the newest first.
func (s *Site) RegularPages() (Pages, error) { return s.set.views(s.list(site.ListRegular)) }

// Pages are all pages: home, sections, taxonomies and terms, then the regular ones.
func (s *Site) Pages() (Pages, error) {
	nodes, err := s.set.views(s.list(site.ListNodes))
	regular, regularErr := s.RegularPages()
	return append(nodes, regular...), errors.Join(err, regularErr)
}

// AllPages is Pages of all languages.
func (s *Site) AllPages() (Pages, error) {
	var all Pages
	for _, in := range s.Sites() {
		pages, err := in.Pages()
		if err != nil {
			return nil, err
		}
		all = append(all, pages...)
	}
	return all, nil
}

// LastChange is the latest Lastmod of a regular page, zero for none.
func (s *Site) LastChange() (time.Time, error) {
	pages, err := s.RegularPages()
	var last time.Time
	for _, page := range pages {
		if changed := page.Lastmod(); changed.After(last) {
			last = changed
		}
	}
	return last, err
}

// Lastmod is LastChange under its new name.
func (s *Site) Lastmod() (time.Time, error) { return s.LastChange() }

// GetPage finds a page by where its file is, such as "/posts/hello.md" or "posts/hello", or by its address; nil for none.
//
// Of several texts, the first is the kind of the page, which its address says too, and the others are parts of the path.
func (s *Site) GetPage(name ...string) (*Page, error) {
	if len(name) > 1 {
		name = []string{path.Join(name[1:]...)}
	}
	return s.set.find(s.language, "/", path.Join(name...))
}

// Store keeps values while a response is rendered.
func (s *Site) Store() *Store { return s.set.store("") }

// HighlightCSS is the address of the style sheet for highlighted code, empty where highlighting is off.
func (s *Site) HighlightCSS() string {
	if s.config().Markup.Highlight.Off {
		return ""
	}
	return HighlightCSS
}

// SearchIndex is the address of what the search of the site searches in, in its language, empty where `outputs` of the configuration gives home none.
func (s *Site) SearchIndex() string {
	if !s.config().Search {
		return ""
	}
	return path.Join(s.config().HomePath(), s.config().Form(site.Search).File)
}

// SearchScript is the file of the theme that searches, which only a site with a search publishes.
const SearchScript = "search.js"

// TaxonomyNames are the names of the taxonomies, sorted.
func (s *Site) TaxonomyNames() []string { return s.config().Taxonomies }

// Taxonomies are the terms by taxonomy and, in each, by the last part of their address.
func (s *Site) Taxonomies() (map[string]Taxonomy, error) {
	all := map[string]Taxonomy{}
	for _, name := range s.config().Taxonomies {
		terms, err := s.set.taxonomy(s.language, name)
		if err != nil {
			return nil, err
		}
		if len(terms) > 0 {
			all[name] = terms
		}
	}
	return all, nil
}

// taxonomy reads the terms of a taxonomy.
func (t *templates) taxonomy(language, name string) (Taxonomy, error) {
	terms, err := t.views(site.ListPages + t.config(language).InLanguage("/"+name))
	if err != nil {
		return nil, err
	}
	taxonomy := Taxonomy{}
	for _, term := range terms {
		pages, err := term.Pages()
		if err != nil {
			return nil, err
		}
		weighted := make(WeightedPages, len(pages))
		for i, page := range pages {
			weighted[i] = WeightedPage{Page: page, term: term}
		}
		if term.record().Kind == site.KindTerm {
			taxonomy[path.Base(strings.TrimSuffix(term.path, "/"))] = weighted
		}
	}
	return taxonomy, nil
}

// find returns the page that a name means on a page with the given logical path, nil for none.
func (t *templates) find(language, from, name string) (*Page, error) {
	name = strings.TrimSuffix(name, ".md")
	if base := path.Base(name); base == "index" || base == "_index" {
		name = path.Dir(name)
	}
	candidates := []string{path.Join("/", name)}
	if !strings.HasPrefix(name, "/") {
		candidates = []string{path.Join(from, name), path.Join(path.Dir(from), name), path.Join("/", name)}
	}
	for _, candidate := range candidates {
		address := t.config(language).InLanguage(candidate)
		listed, err := t.site.List(site.ListLogical + language + strings.ToLower(candidate))
		if err != nil {
			return nil, err
		}
		if len(listed) > 0 {
			address = listed[0]
		}
		record, err := t.site.Page(address)
		if errors.Is(err, site.ErrNotFound) {
			record, err = t.site.Page(strings.ToLower(address))
		}
		if errors.Is(err, site.ErrNotFound) && language != "" {
			if record, err = t.site.Page(t.site.Config().Canonical(candidate)); err == nil && record.Language != language {
				continue // as it is an address, it means nothing in this language
			}
		}
		if err == nil {
			return t.view(record.Path, record), nil
		}
		if !errors.Is(err, site.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

// store returns the values kept for a page, or for the site.
func (t *templates) store(path string) *Store {
	if t.stores[path] == nil {
		t.stores[path] = &Store{}
	}
	return t.stores[path]
}
