package render

import (
	"cmp"
	"path"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

// outputLayouts are names of layouts of other forms, besides those made of the kind's. Others have none.
var outputLayouts = map[site.Output]string{site.RSS: "rss", site.Atom: "atom", site.JSONFeed: "jsonfeed", site.Search: "search", site.Sitemap: "sitemap",
	site.SitemapIndex: "sitemapindex", site.Robots: "robots"}

// chooseOutput names the layout of another form of a page: home.rss.xml, rss.xml or home.xml, in the directories of the page.
func (l Layouts) chooseOutput(owner, page *site.Page, extension string) (string, error) {
	own := outputLayouts[page.Output]
	var names []string
	for _, kind := range kindLayouts[owner.Kind] {
		names = append(names, kind+"."+string(page.Output))
	}
	if own != "" {
		names = append(names, own)
	}
	if (own == "" || own == "rss") && extension != ".html" { // which is the page itself
		names = append(names, kindLayouts[owner.Kind]...)
	}
	if name, ok := l.find(candidates(owner, names, extension)); ok {
		return name, nil
	}
	name := "layouts/" + names[len(names)-1] + extension
	return "", &Error{File: name, Page: page.Path, Message: "there is no layout for " + string(page.Output) + " of " + owner.Path,
		Advice: "create " + name + ", or leave " + string(page.Output) + " out of `outputs`"}
}

// shown is the page that a layout sees for a page: another form shows the page that it is a form of.
func (t *templates) shown(page *site.Page) (*Page, error) {
	if page.Kind != site.KindOutput {
		return t.view(page.Path, page), nil
	}
	owner, err := t.site.Owner()
	if err != nil {
		return nil, err
	}
	view := t.view(owner.Path, owner)
	view.form = page
	return view, nil
}

// OutputFormat is a form that a page has.
type OutputFormat struct {
	Name string // such as RSS
	Rel  string // of links to it: canonical or alternate

	path   string
	output site.Output
	set    *templates
}

// OutputFormats are the forms of a page.
type OutputFormats []OutputFormat

// RelPermalink is the address of this form of the page.
func (o OutputFormat) RelPermalink() string { return (&site.Page{Path: o.path}).RelPermalink() }

// Permalink is the absolute address of this form of the page.
func (o OutputFormat) Permalink() string {
	return o.set.site.Config().BaseURL + o.RelPermalink()
}

func (o OutputFormat) form() site.Form { return o.set.site.Config().Form(o.output) }

// MediaType is the type of this form.
func (o OutputFormat) MediaType() MediaType { return MediaType{Type: o.form().MediaType} }

// MediaType is a type such as text/html.
type MediaType struct{ Type string }

// String is the type.
func (m MediaType) String() string { return m.Type }

// MainType is what is before the slash.
func (m MediaType) MainType() string {
	main, _, _ := strings.Cut(m.Type, "/")
	return main
}

// SubType is what is behind the slash, without a suffix such as +xml.
func (m MediaType) SubType() string {
	_, sub, _ := strings.Cut(m.Type, "/")
	sub, _, _ = strings.Cut(sub, "+")
	return sub
}

// Get returns the form with a name in any case, nil for none.
func (f OutputFormats) Get(name string) *OutputFormat {
	for _, format := range f {
		if strings.EqualFold(format.Name, name) {
			return &format
		}
	}
	return nil
}

// OutputFormats are the forms of the page, HTML first.
func (p *Page) OutputFormats() OutputFormats {
	formats := OutputFormats{{Name: "html", Rel: "canonical", path: p.path, set: p.set}}
	for _, output := range p.record().Outputs {
		format := OutputFormat{Name: string(output), output: output, set: p.set}
		format.Rel, format.path = cmp.Or(format.form().Rel, "alternate"), path.Join(p.path, format.form().File)
		formats = append(formats, format)
	}
	return formats
}

// AlternativeOutputFormats are the forms of the page but for the one that is rendered.
func (p *Page) AlternativeOutputFormats() OutputFormats {
	current := site.HTML
	if p.form != nil {
		current = p.form.Output
	}
	var others OutputFormats
	for _, format := range p.OutputFormats() {
		if format.output != current && !format.form().Unlinked {
			others = append(others, format)
		}
	}
	return others
}

// Sitemap is what the page says to sitemaps.
func (p *Page) Sitemap() PageSitemap {
	s := p.record().Sitemap
	return PageSitemap{ChangeFreq: s.ChangeFreq, Priority: s.Priority}
}

// PageSitemap has how often a page changes, and its priority, of which 0 is none.
type PageSitemap struct {
	ChangeFreq string
	Priority   float64
}

// FeedLimit is how many pages a feed has at most.
func (s *Site) FeedLimit() int {
	if limit := s.config().RSSLimit; limit > 0 {
		return limit
	}
	return DefaultFeedLimit
}

// DefaultFeedLimit keeps feeds small. Hugo has no limit, and feeds of a megabyte for it.
const DefaultFeedLimit = 50
