package render

import (
	"path"
	"reflect"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// Page is the page itself, so that a partial can be given a page or a shortcode.
func (p *Page) Page() *Page { return p }

// IsNode says whether the page is a list: home, a section, a taxonomy or a term.
func (p *Page) IsNode() bool {
	switch p.record().Kind {
	case site.KindHome, site.KindSection, site.KindTaxonomy, site.KindTerm:
		return true
	}
	return false
}

// CurrentSection is the page itself if it is a list, else the section it is in.
func (p *Page) CurrentSection() *Page {
	if p.IsNode() {
		return p
	}
	return p.Parent()
}

// FirstSection is the section directly below home that the page is in, or home.
func (p *Page) FirstSection() *Page {
	section := p.CurrentSection()
	for section != nil {
		above := section.Parent()
		if above == nil || above.IsHome() {
			return section
		}
		section = above
	}
	return nil
}

// InSection says whether both pages have the same CurrentSection.
func (p *Page) InSection(other any) (bool, error) {
	page, err := pageOf(other)
	if err != nil {
		return false, err
	}
	a, b := p.CurrentSection(), page.CurrentSection()
	return a != nil && b != nil && a.path == b.path, nil
}

// IsAncestor says whether the page is a section above another.
func (p *Page) IsAncestor(other any) (bool, error) {
	page, err := pageOf(other)
	if err != nil {
		return false, err
	}
	for _, above := range page.Ancestors() {
		if above.path == p.path {
			return true, nil
		}
	}
	return false, nil
}

// IsDescendant says whether another page is a section above the page.
func (p *Page) IsDescendant(other any) (bool, error) {
	page, err := pageOf(other)
	if err != nil {
		return false, err
	}
	return page.IsAncestor(p)
}

// Eq says whether it is the same page.
func (p *Page) Eq(other any) bool {
	page, err := pageOf(other)
	return err == nil && page.path == p.path
}

// Sections are the sections directly below.
func (p *Page) Sections() (Pages, error) {
	pages, err := p.Pages()
	var sections Pages
	for _, page := range pages {
		if page.IsSection() {
			sections = append(sections, page)
		}
	}
	return sections, err
}

// Type is the directory of the page's layouts: its type, else its section, else page.
func (p *Page) Type() string { return p.record().TypeName() }

// Layout is the name of the layout that the author chose, empty for none.
func (p *Page) Layout() string { return p.record().Layout }

// Draft says whether the page is one.
func (p *Page) Draft() bool { return p.record().Draft }

// Path is where the page's file is in the content, begun with a slash and without an extension; of a page without a file its
// address without a slash at the end.
func (p *Page) Path() string {
	if logical := p.record().Logical(); logical != "" {
		return strings.ToLower(logical)
	}
	return path.Clean(p.path)
}

// BundleType is leaf for a page with files of its own, branch for a list, and empty for the others.
func (p *Page) BundleType() string {
	switch {
	case p.IsNode():
		return "branch"
	case path.Base(p.record().Source) == "index.md":
		return "leaf"
	}
	return ""
}

// own is a parameter or a date or the like of the page itself, nil for none.
func (p *Page) own(name string) any {
	if value := dig(p.Params(), name); value != nil {
		return value
	}
	switch strings.ToLower(name) {
	case "title":
		return p.Title()
	case "date":
		return p.Date()
	case "lastmod":
		return p.Lastmod()
	case "weight":
		return p.Weight()
	}
	return nil
}

// Param is one of the author's own values, found in any case, of the page, else of the site. A name with dots goes into mappings.
func (p *Page) Param(name string) (any, error) {
	if value := dig(p.Params(), name); value != nil {
		return value, nil
	}
	return p.Site().Param(name)
}

// dig finds a value by a name with dots, in any case.
func dig(params map[string]any, name string) any {
	v := reflectMap(params)
	for part := range strings.SplitSeq(name, ".") {
		if v = indirect(v); !v.IsValid() || v.Kind() != reflect.Map {
			return nil
		}
		v = mapIndex(v, part)
	}
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

func reflectMap(m map[string]any) reflect.Value { return reflect.ValueOf(m) }

// File is the file that the page comes from, nil for none.
func (p *Page) File() *File {
	source, ok := strings.CutPrefix(p.record().Source, content.Dir+"/")
	if !ok {
		return nil
	}
	return &File{Path: source}
}

// File is a file below content/.
type File struct{ Path string }

// Dir is its directory, with a slash at the end; empty for content/ itself.
func (f *File) Dir() string {
	dir, _ := path.Split(f.Path)
	return dir
}

// Ext is its extension without the dot.
func (f *File) Ext() string { return strings.TrimPrefix(path.Ext(f.Path), ".") }

// LogicalName is its name.
func (f *File) LogicalName() string { return path.Base(f.Path) }

// BaseFileName is its name without the extension.
func (f *File) BaseFileName() string { return strings.TrimSuffix(f.LogicalName(), path.Ext(f.Path)) }

// TranslationBaseName is BaseFileName.
func (f *File) TranslationBaseName() string { return f.BaseFileName() }

// ContentBaseName is the name of the directory for a bundle, else BaseFileName.
func (f *File) ContentBaseName() string {
	if name := f.BaseFileName(); name != "index" && name != "_index" || f.Dir() == "" {
		return name
	}
	return path.Base(f.Dir())
}

// Section is the first directory.
func (f *File) Section() string {
	section, _, ok := strings.Cut(f.Path, "/")
	if !ok {
		return ""
	}
	return section
}

// UniqueID is the same in each build, and another for each file.
func (f *File) UniqueID() string { return cryptoNamespace{}.MD5(f.Path) }

// Store keeps values for the page while a response is rendered.
func (p *Page) Store() *Store { return p.set.store(p.path) }

// Scratch is Store under its old name.
func (p *Page) Scratch() *Store { return p.Store() }

// Data is what lists have: Pages, of a taxonomy Singular, Plural and Terms, of a term Term.
func (p *Page) Data() (map[string]any, error) {
	pages, err := p.Pages()
	if err != nil {
		return nil, err
	}
	data := map[string]any{"Pages": pages}
	if kind := p.record().Kind; kind == site.KindTaxonomy || kind == site.KindTerm {
		data["Plural"] = p.Section()
		data["Singular"] = inflectNamespace{}.Singularize(p.Section())
		if kind == site.KindTerm {
			data["Term"] = p.termName()
			return data, nil
		}
		data["Terms"], err = p.set.taxonomy(p.language(), p.Section())
	}
	return data, err
}

// Resources are the files beside the page.
func (p *Page) Resources() (Resources, error) {
	names, err := p.set.site.List(site.ListResources + p.path)
	all := make(Resources, len(names))
	for i, name := range names {
		all[i] = p.beside(name)
	}
	if err == nil && len(all) > 0 {
		all.describe(p.record().Resources)
	}
	return all, err
}
