package site

import (
	"cmp"
	"crypto/sha256"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
)

// Kind says what a page is made from.
type Kind string

// The kinds. Home, sections, taxonomies and terms are lists of pages.
const (
	KindHome             Kind = "home"
	KindPage             Kind = "page"
	KindSection          Kind = "section"  // a directory of content
	KindTaxonomy         Kind = "taxonomy" // the list of a taxonomy's terms
	KindTerm             Kind = "term"     // the list of a term's pages
	KindOutput           Kind = "output"   // another form of a page, such as a feed
	KindNotFound         Kind = "404"      // what visitors get for an unknown address
	KindMethodNotAllowed Kind = "405"      // what they get for anything but GET and HEAD
)

// Page is one address of the site and what is known of it without rendering. [New] makes pages; a function reads them from
// its bundle, so that each field survives a passage through JSON.
type Page struct {
	// Path is the address: it begins with a slash, ends as the site's slash policy says, and is not escaped.
	Path string `json:"path"`

	Kind        Kind      `json:"kind"`
	Title       string    `json:"title"`
	LinkTitle   string    `json:"linkTitle"`
	Description string    `json:"description,omitempty"`
	Summary     string    `json:"summary,omitempty"`
	Date        time.Time `json:"date,omitzero"`
	Lastmod     time.Time `json:"lastmod,omitzero"`
	PublishDate time.Time `json:"publishDate,omitzero"`
	ExpiryDate  time.Time `json:"expiryDate,omitzero"`
	Weight      int       `json:"weight,omitempty"`
	Layout      string    `json:"layout,omitempty"`
	Type        string    `json:"type,omitempty"`    // as the author says; see TypeName
	Section     string    `json:"section,omitempty"` // the first directory of its file, or the taxonomy
	Words       int       `json:"words,omitempty"`
	Lines       int       `json:"lines,omitempty"` // of the source before the body
	Draft       bool      `json:"draft,omitempty"`

	Params map[string]any `json:"params,omitempty"`

	// Parent is the path of the section above, empty for home. Next and Prev are the neighbours in that section, in
	// the order of its list: Next stands before the page and Prev after it, as in Hugo.
	Parent string `json:"parent,omitempty"`
	Next   string `json:"next,omitempty"`
	Prev   string `json:"prev,omitempty"`

	// Of is the path of the page that this one is another form of, and Output which one. Both are empty for HTML.
	Of     string `json:"of,omitempty"`
	Output Output `json:"output,omitempty"`

	// Pagers is over how many pages a list is spread, 0 for none. Pager is which of them this one is, from 2.
	Pagers int `json:"pagers,omitempty"`
	Pager  int `json:"pager,omitempty"`

	// Outputs are the other forms of this page.
	Outputs []Output `json:"outputs,omitempty"`

	Sitemap content.Sitemap `json:"sitemap,omitzero"`

	// Term is the term that the page is of, as a page has it, where the title is another.
	Term string `json:"term,omitempty"`

	// Resources say something of files beside the page.
	Resources []content.ResourceMatter `json:"resources,omitempty"`

	// Terms are the paths of the pages of this page's terms.
	Terms content.Terms `json:"terms,omitempty"`

	Policy Policy `json:"policy"`

	// Window is when the page is there: made of its dates and of what the build was told to include.
	Window

	// Source is the file that the page comes from, or the source on the network and the name there; empty for a list that has
	// none.
	Source string `json:"source,omitempty"`

	// Language is the key of the page's language, empty in a site of one. Translations are the paths of the same page in the others, in
	// their order. Place is where its file is in the content, without what names the language.
	Language     string   `json:"language,omitempty"`
	Translations []string `json:"translations,omitempty"`
	Place        string   `json:"place,omitempty"`

	// Commit is the last change of the page's file, nil where nobody asked.
	Commit *content.Commit `json:"commit,omitempty"`

	// Origin is the name of the source on the network that the page is from, empty for a page of the content directory.
	Origin string `json:"origin,omitempty"`

	// Format is what the page's text is written in.
	Format content.Format `json:"format,omitempty"`

	body     content.Body  // a function has it of what it just asked for
	slug     string        // as the author says
	terms    content.Terms // as the author writes them
	unlisted bool          // lists leave the page out

	*making // nil once the site is made
}

// making is what is known of a page only while the site is made.
type making struct {
	doc     *content.Document // nil for a list that has none
	scope   scope
	outputs []string // forms as the author names them, where they are not those of the kind
	build   content.Build
}

// TypeName is the directory of the page's layouts, by default that of its section.
func (p *Page) TypeName() string { return strings.ToLower(cmp.Or(p.Type, p.Section, string(KindPage))) }

// Logical is where the page's file is in the content, as links to content name it: begun with a slash, without an extension.
func (p *Page) Logical() string {
	if p.Place != "" {
		return p.Place
	}
	inside, ok := strings.CutPrefix(p.Source, content.Dir+"/")
	if !ok {
		return ""
	}
	return logical(inside)
}

// logical is where a file below content/ is.
func logical(inside string) string {
	inside = strings.TrimSuffix(inside, ".md")
	switch path.Base(inside) {
	case "index", "_index":
		inside = path.Dir(inside)
	}
	return path.Clean("/" + inside)
}

// Slug is what the author put in the place of the last part of the address, empty for nothing. A function does not know it.
func (p *Page) Slug() string { return p.slug }

// RelPermalink is the page's address as it stands in a link.
func (p *Page) RelPermalink() string { return (&url.URL{Path: p.Path}).EscapedPath() }

// OutputPath names the page in a Build Output: its path without slashes at the ends, "index" for home.
func (p *Page) OutputPath() string {
	if name := strings.Trim(p.Path, "/"); name != "" {
		return name
	}
	return "index"
}

// File is the page's file below static/, or its fallback's below functions/.
func (p *Page) File() string {
	switch p.Kind {
	case KindNotFound, KindMethodNotAllowed:
		return p.OutputPath()
	case KindOutput:
		if p.Output != HTML {
			return p.OutputPath()
		}
	}
	return strings.TrimPrefix(strings.TrimSuffix(p.Path, "/")+"/index.html", "/")
}

// Status is what the page is served with.
func (p *Page) Status() int {
	switch p.Kind {
	case KindNotFound:
		return 404
	case KindMethodNotAllowed:
		return 405
	default:
		return 200
	}
}

// AllTerms are the paths of the page's terms in all taxonomies, sorted.
func (p *Page) AllTerms() []string {
	var all []string
	for _, terms := range p.Terms {
		all = append(all, terms.Terms...)
	}
	slices.Sort(all)
	return all
}

// BodySum is the SHA-256 of the page's text where that is a file, so that nobody has to read it again who only asks whether it is
// another.
func (p *Page) BodySum() (sum [sha256.Size]byte, ok bool) {
	return p.body.Sum, p.body.File != "" && p.body.Origin == ""
}

// Size is the length of the page's text in bytes. A function does not know it.
func (p *Page) Size() int64 { return p.body.Size }

// isRegular says whether the page stands for itself and not for a list.
func (p *Page) isRegular() bool { return p.Kind == KindPage }
