package site

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// New arranges documents into a site. What the author did wrong goes to diags, and the pages concerned are left out.
func New(config *Config, tree *content.Tree, data map[string]any, diags *diagnostic.List) *Site {
	menus := Menus{}
	var resources []Resource
	languages := newBuilder(config, diags, len(tree.Documents)).languages(tree)
	for i, b := range languages {
		b.sections(b.documents)
		b.leaves(b.documents)
		b.policies()
		b.schedule()
		b.taxonomies()
		if i == 0 { // what is in no language belongs to the first
			b.special()
		}
		b.policies()
	}
	translate(languages)
	for _, b := range languages {
		b.order()
		b.outputs()
		resources = append(resources, b.resources(tree)...)
		maps.Copy(menus, b.menus())
	}
	whole := merge(languages)
	whole.forSite()
	aliases := whole.aliases()
	origins := whole.placeOrigins()
	deferred := whole.groupDeferred()
	pages := whole.byPath()
	for _, page := range slices.Concat(pages, whole.hidden) {
		page.making = nil // with its document, which is as large as the page
	}
	return &Site{
		Config:    config,
		Origins:   origins,
		Pages:     pages,
		Deferrals: deferrals(deferred, nil),
		deferred:  deferred,
		Resources: resources,
		Hidden:    slices.SortedFunc(slices.Values(whole.hidden), func(x, y *Page) int { return cmp.Compare(x.Path, y.Path) }),
		Aliases:   aliases,
		Library:   &memory{pages: whole.pages, lists: whole.lists, texts: tree.Texts, relations: newRelations(config.Related, whole.all)},
		Data:      func() (map[string]any, error) { return data, nil },
		Menus:     func() (Menus, error) { return menus, nil },
	}
}

// builder arranges the pages of one language.
type builder struct {
	config    *Config
	diags     *diagnostic.List
	documents []*content.Document
	all       []*Page                      // of the language, in any order
	dirs      map[string]*Page             // sections by their directory below content/, "." for home
	cascades  map[string][]content.Cascade // by directory
	origins   map[string]*content.Origin
	hidden    []*Page

	// Of all languages.
	pages  map[string]*Page // by path
	folded map[string]*Page // by path in lower case: routes match in any case
	lists  map[string][]Entry
}

// newBuilder makes a builder for about so many pages.
func newBuilder(config *Config, diags *diagnostic.List, pages int) *builder {
	return &builder{config: config, diags: diags, dirs: map[string]*Page{}, cascades: map[string][]content.Cascade{},
		pages: make(map[string]*Page, pages), folded: make(map[string]*Page, pages), lists: map[string][]Entry{}}
}

// sections makes home, and a page for each directory that has an _index.md or stands directly below content/.
func (b *builder) sections(docs []*content.Document) {
	described := map[string]*content.Document{".": nil}
	for _, doc := range docs {
		dir := path.Dir(doc.Path)
		if doc.IsSection() {
			described[dir] = doc
			if len(doc.Cascade) > 0 {
				b.cascades[dir] = doc.Cascade
			}
			continue
		}
		if doc.IsBundle() {
			dir = path.Dir(dir)
		}
		if top, _, _ := strings.Cut(dir, "/"); described[top] == nil {
			described[top] = nil
		}
	}
	for _, o := range b.origins {
		if top, _, _ := strings.Cut(strings.Trim(o.Dir(), "/"), "/"); top != "" && described[top] == nil {
			described[top] = nil
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(described)) { // so that the same pages are found to have one address
		doc := described[dir]
		if doc == nil && dir != "." {
			doc = &content.Document{Path: dir + "/_index.md", Language: b.config.Language.Key}
			b.addSection(dir, doc, "")
		} else if doc == nil {
			b.addSection(dir, &content.Document{Path: "_index.md", Language: b.config.Language.Key}, "")
		} else {
			b.addSection(dir, doc, source(doc))
		}
	}
}

func (b *builder) addSection(dir string, doc *content.Document, source string) {
	page := b.fromDocument(doc, KindSection)
	if page == nil {
		return
	}
	page.Source = source
	if source == "" {
		page.doc, page.body = nil, content.Body{}
	}
	if dir == "." {
		if !doc.PublishDate.IsZero() || !doc.ExpiryDate.IsZero() {
			b.diags.Add(diagnostic.Diagnostic{File: source, Message: "publishDate and expiryDate: home is always there",
				Advice: "remove them"})
		}
		page.Kind, page.Window = KindHome, Window{}
		page.Title = cmp.Or(doc.Title, b.config.Title)
		page.LinkTitle = cmp.Or(doc.LinkTitle, page.Title)
	}
	if b.add(page) {
		b.dirs[dir] = page
	}
}

// leaves makes the regular pages.
func (b *builder) leaves(docs []*content.Document) {
	for _, doc := range docs {
		if doc.IsSection() {
			continue
		}
		if owner := bundleAbove(doc, docs); owner != "" {
			b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: source(doc),
				Message: "this is not a page of its own: it belongs to the bundle " + owner,
				Advice:  "move it out of the bundle's directory, or rename the bundle's index.md to _index.md"})
			continue
		}
		if page := b.fromDocument(doc, KindPage); page != nil {
			b.add(page)
		}
	}
}

// bundleAbove returns the directory of the leaf bundle that a document lies in without being it.
func bundleAbove(doc *content.Document, docs []*content.Document) string {
	dir := path.Dir(doc.Path)
	if doc.IsBundle() {
		dir = path.Dir(dir)
	}
	for ; dir != "."; dir = path.Dir(dir) {
		if _, found := slices.BinarySearchFunc(docs, dir+"/index.md", func(d *content.Document, name string) int {
			return cmp.Compare(d.Path, name)
		}); found {
			return dir
		}
	}
	return ""
}

// fromDocument makes a page of what a document says itself, or reports why that cannot be done.
func (b *builder) fromDocument(doc *content.Document, kind Kind) *Page {
	page, problem := b.config.fromDocument(doc, kind)
	if problem != "" {
		fault := diagnostic.Diagnostic{File: source(doc), Message: problem, Advice: "choose another file name, slug or url"}
		if doc.Origin != "" {
			fault.Severity = diagnostic.Warning
		}
		b.diags.Add(fault)
		return nil
	}
	return page
}

// fromDocument makes a page of what a document says itself. The problem, if any, is that it can have no address.
func (c *Config) fromDocument(doc *content.Document, kind Kind) (page *Page, problem string) {
	address, problem := c.address(doc)
	if problem != "" {
		return nil, problem
	}
	name := strings.TrimSuffix(path.Base(doc.Path), ".md")
	if doc.IsSection() || doc.IsBundle() {
		name = path.Base(path.Dir(doc.Path))
	}
	title := cmp.Or(doc.Title, Humanize(name))
	if doc.Title == "" && doc.IsSection() {
		title = c.ListTitles.section(name)
	}
	return &Page{
		Path: address, Kind: kind, Title: title, LinkTitle: cmp.Or(doc.LinkTitle, title),
		Description: doc.Description, Summary: doc.Summary, Date: doc.Date, Lastmod: doc.Lastmod, Weight: doc.Weight,
		Layout: doc.Layout, Type: doc.Type, Section: sectionName(doc), Words: doc.Words, Lines: doc.Lines, Draft: doc.Draft, Params: doc.Params,
		Sitemap: doc.Sitemap, Resources: doc.Resources, Language: cmp.Or(doc.Language, c.DefaultLanguage), Place: placeOf(doc), Commit: doc.Commit,
		PublishDate: doc.PublishDate, ExpiryDate: doc.ExpiryDate, Window: c.Selection.window(doc),
		Source: source(doc), Origin: doc.Origin, Format: doc.Format, body: doc.Body, slug: doc.Slug, terms: doc.Terms, making: &making{doc: doc},
	}, ""
}

// source is what diagnostics call the place of a document.
func source(doc *content.Document) string {
	if doc.Origin != "" {
		return "sources." + doc.Origin + ": " + doc.Name
	}
	return content.Dir + "/" + doc.File
}

// placeOf is where a document is, where its file says it otherwise.
func placeOf(doc *content.Document) string {
	if doc.Language == "" {
		return ""
	}
	return logical(doc.Path)
}

// sectionName is the first directory that a document is in, empty for home and what stands beside it.
func sectionName(doc *content.Document) string {
	dir := path.Dir(doc.Path)
	if doc.IsBundle() {
		dir = path.Dir(dir)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(dir, "."), "/")
	return first
}

// add puts a page into the site unless its address is taken.
func (b *builder) add(page *Page) bool {
	key := strings.ToLower(page.Path)
	if other, taken := b.folded[key]; taken {
		first, second := other, page
		if second.Source == "" || first.Source != "" && second.Source < first.Source {
			first, second = second, first
		}
		fault := diagnostic.Diagnostic{File: second.Source, Message: "the address " + page.Path + " is already that of " +
			cmp.Or(first.Source, "a list that isrgen makes"), Advice: "give one of them another slug or url"}
		if page.Origin != "" { // what others write on the network does not stop the build
			fault.Severity, fault.File = diagnostic.Warning, page.Source
			fault.Message = "the address " + page.Path + " is already that of " + cmp.Or(other.Source, "a list that isrgen makes")
		}
		b.diags.Add(fault)
		return false
	}
	if page.making == nil {
		page.making = &making{}
	}
	b.folded[key] = page
	b.pages[page.Path] = page
	b.all = append(b.all, page)
	return true
}

// byPath are all pages in the order of their paths. They stay in it until one is added.
func (b *builder) byPath() []*Page {
	slices.SortFunc(b.all, func(x, y *Page) int { return strings.Compare(x.Path, y.Path) })
	return b.all
}

// special makes the pages for errors.
func (b *builder) special() {
	for _, page := range []*Page{
		{Path: NotFoundPath, Kind: KindNotFound, Title: "Page not found"},
		{Path: MethodNotAllowedPath, Kind: KindMethodNotAllowed, Title: "Method not allowed"},
	} {
		page.LinkTitle, page.Policy, page.Language = page.Title, Policy{Keeping: Static}, b.config.Language.Key
		b.add(page)
	}
}

// parent returns the section that a page is listed in, nil for home and for pages outside the tree.
func (b *builder) parent(page *Page) *Page {
	switch page.Kind {
	case KindHome, KindNotFound, KindMethodNotAllowed, KindOutput:
		return nil
	case KindTaxonomy:
		return b.dirs["."]
	case KindTerm:
		return b.pages[b.config.InLanguage("/"+page.Section)]
	}
	dir := b.dirOf(page)
	if page.Kind == KindSection || page.doc != nil && page.doc.IsBundle() {
		dir = path.Dir(dir)
	}
	for {
		if parent, ok := b.dirs[dir]; ok && parent != page {
			return parent
		}
		if dir == "." {
			return nil
		}
		dir = path.Dir(dir)
	}
}

// dirOf is the directory below content/ that a page's document lies in.
func (b *builder) dirOf(page *Page) string {
	if page.Origin != "" { // wherever in it the document is: the function does not know the sections below
		return path.Clean(strings.Trim(b.origins[page.Origin].Dir(), "/"))
	}
	if page.doc != nil {
		return path.Dir(page.doc.Path)
	}
	return strings.Trim(page.Path, "/")
}
