package render

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// Page is a page as templates see it. It reads its record when a template first asks for something in it: a list of many
// pages of which a template shows the first few costs a few reads.
//
// Methods that cannot fail for a sound site panic where its bundle is damaged; package template turns that into an error of the
// template that called them.
type Page struct {
	set    *templates
	path   string
	page   *site.Page
	params map[string]any // as layouts see them; nil until one asks
	form   *site.Page     // the other form of the page that is rendered, nil for HTML
}

func (t *templates) view(path string, page *site.Page) *Page {
	return &Page{set: t, path: path, page: page}
}

func (t *templates) views(list string) (Pages, error) {
	paths, err := t.site.List(list)
	if err != nil {
		return nil, err
	}
	pages := make([]Page, len(paths))
	views := make(Pages, len(paths))
	for i, path := range paths {
		pages[i] = Page{set: t, path: path}
		views[i] = &pages[i]
	}
	return views, nil
}

// nearest returns the page with a path or, if it is not there at the moment, the first that step leads to; nil where the way
// ends, so that `with` works.
func (t *templates) nearest(path string, step func(*site.Page) string) *Page {
	near, err := t.site.Nearest(path, step)
	if err != nil {
		panic(fmt.Errorf("%s: %w", path, err))
	}
	if near == "" {
		return nil
	}
	return t.view(near, nil)
}

// there returns the page with a path, nil if it is not there at the moment.
func (t *templates) there(path string) *Page {
	return t.nearest(path, func(*site.Page) string { return "" })
}

func (p *Page) record() *site.Page {
	if p.page == nil {
		page, err := p.set.site.Page(p.path)
		if err != nil {
			panic(fmt.Errorf("%s: %w", p.path, err))
		}
		p.page = page
	}
	return p.page
}

// Title is the page's title, by default made from the file's name.
func (p *Page) Title() string { return p.record().Title }

// LinkTitle is a shorter title for links, by default the title.
func (p *Page) LinkTitle() string { return p.record().LinkTitle }

// Description is the author's description, empty for none.
func (p *Page) Description() string { return p.record().Description }

// Kind is home, page, section, taxonomy, term, 404 or 405.
func (p *Page) Kind() string { return string(p.record().Kind) }

// Section is the first directory that the page's file is in, of a list of terms the taxonomy; empty for home and what stands
// beside it.
func (p *Page) Section() string { return p.record().Section }

// Date is the front matter's date, zero for none.
func (p *Page) Date() time.Time { return p.record().Date }

// PublishDate is when the page appeared, by default the page's date.
func (p *Page) PublishDate() time.Time {
	if page := p.record(); !page.PublishDate.IsZero() {
		return page.PublishDate
	}
	return p.Date()
}

// ExpiryDate is when the page vanishes, zero for never.
func (p *Page) ExpiryDate() time.Time { return p.record().ExpiryDate }

// Weight is the position in lists, lower first; 0 is none.
func (p *Page) Weight() int { return p.record().Weight }

// WordCount counts the words of the Markdown.
func (p *Page) WordCount() int { return p.record().Words }

// RelPermalink is the address as it stands in a link: from the root, escaped.
// That of a page which is not written is empty.
func (p *Page) RelPermalink() string {
	if p.record().Policy.Keeping == site.Unwritten {
		return ""
	}
	return p.record().RelPermalink()
}

// IsHome says whether the page is home.
func (p *Page) IsHome() bool { return p.record().Kind == site.KindHome }

// IsPage says whether the page stands for itself and not for a list.
func (p *Page) IsPage() bool { return p.record().Kind == site.KindPage }

// IsSection says whether the page lists a directory of content.
func (p *Page) IsSection() bool { return p.record().Kind == site.KindSection }

// Parent is the section above, nil for home.
func (p *Page) Parent() *Page { return p.set.nearest(p.record().Parent, parentOf) }

func parentOf(page *site.Page) string { return page.Parent }

// NextInSection is Next.
func (p *Page) NextInSection() *Page { return p.Next() }

// PrevInSection is Prev.
func (p *Page) PrevInSection() *Page { return p.Prev() }

// Next stands before the page in its section's list, as in Hugo; nil for the first.
func (p *Page) Next() *Page {
	return p.set.nearest(p.record().Next, func(page *site.Page) string { return page.Next })
}

// Prev stands after the page in its section's list, as in Hugo; nil for the last.
func (p *Page) Prev() *Page {
	return p.set.nearest(p.record().Prev, func(page *site.Page) string { return page.Prev })
}

// Permalink is the absolute address where the site has a baseURL, else the same as RelPermalink.
func (p *Page) Permalink() string {
	if p.record().Policy.Keeping == site.Unwritten {
		return ""
	}
	return p.set.site.Config().BaseURL + p.RelPermalink()
}

// Lastmod is the date of the last change, by default the page's date.
func (p *Page) Lastmod() time.Time {
	if page := p.record(); !page.Lastmod.IsZero() {
		return page.Lastmod
	}
	return p.Date()
}

// GitInfo is the last change of the page's file, nil where the site does not ask for it.
func (p *Page) GitInfo() *content.Commit { return p.record().Commit }

// Summary is the author's own, else what stands before <!--more-->, else the first paragraphs.
func (p *Page) Summary() (template.HTML, error) {
	if own := p.record().Summary; own != "" {
		return p.set.markdownify(own)
	}
	summary, err := p.summary()
	return summary.text, err
}

// Truncated says whether the page has more than its summary.
func (p *Page) Truncated() (bool, error) {
	if p.record().Summary != "" {
		text, err := p.text()
		return err == nil && text.plainText() != "", err
	}
	summary, err := p.summary()
	return summary.truncated, err
}

// ReadingTime is in minutes, at 220 words a minute.
func (p *Page) ReadingTime() int { return (p.WordCount() + 219) / 220 }

// Content is the rendered body.
func (p *Page) Content() (template.HTML, error) {
	text, err := p.text()
	if err != nil {
		return "", err
	}
	return text.content, nil
}

// TableOfContents links to the headings of the body.
func (p *Page) TableOfContents() (template.HTML, error) {
	text, err := p.text()
	if err != nil {
		return "", err
	}
	return text.contents(p.set.site.Config().Markup.TableOfContents), nil
}

// Plain is the text of the body, without tags.
func (p *Page) Plain() (string, error) {
	text, err := p.text()
	if err != nil {
		return "", err
	}
	return text.plainText(), nil
}

// PlainWords are the words of Plain.
func (p *Page) PlainWords() ([]string, error) {
	plain, err := p.Plain()
	return strings.Fields(plain), err
}

// RawContent is the body as the author wrote it.
func (p *Page) RawContent() (string, error) {
	body, err := p.set.site.Body(p.record())
	return string(body), err
}

// Len is the length of the rendered body in bytes.
func (p *Page) Len() (int, error) {
	content, err := p.Content()
	return len(content), err
}

// FuzzyWordCount is WordCount, rounded up to hundreds.
func (p *Page) FuzzyWordCount() int { return (p.WordCount() + 99) / 100 * 100 }

// Pages are what a list holds: of a section the pages and sections directly below, of a term the pages that have it.
// A sitemap shows all those that are in it.
func (p *Page) Pages() (Pages, error) {
	if p.form != nil && (p.form.Output == site.Sitemap || p.form.Output == site.SitemapIndex) {
		return p.set.views(site.ListSitemap + p.form.Path)
	}
	return p.set.views(site.ListPages + p.path)
}

// RegularPages are the Pages which are not lists themselves.
func (p *Page) RegularPages() (Pages, error) {
	pages, err := p.Pages()
	return slices.DeleteFunc(pages, func(page *Page) bool { return !page.IsPage() }), err
}

// RegularPagesRecursive are the regular pages anywhere below, the newest first.
func (p *Page) RegularPagesRecursive() (Pages, error) {
	return p.set.views(site.ListRecursive + p.path)
}

// Ancestors are the sections above, the nearest first.
func (p *Page) Ancestors() Pages {
	var above Pages
	for parent := p.Parent(); parent != nil; parent = parent.Parent() {
		above = append(above, parent)
	}
	return above
}

// GetTerms are the pages of the page's terms in one taxonomy.
func (p *Page) GetTerms(taxonomy string) Pages {
	var terms Pages
	for _, path := range p.record().Terms.Of(taxonomy) {
		if term := p.set.nearest(path, func(*site.Page) string { return "" }); term != nil {
			terms = append(terms, term)
		}
	}
	return terms
}

// Query is the value of a query parameter of the visitor's that the page's allowQuery names, else empty.
func (p *Page) Query(name string) string {
	if !slices.Contains(p.record().Policy.AllowQuery, name) {
		return ""
	}
	return p.set.request.Query.Get(name)
}

// ISR says how the page is kept.
func (p *Page) ISR() ISR {
	policy := p.record().Policy
	isr := ISR{Kind: string(policy.Keeping), Group: policy.Group}
	if policy.Keeping != site.Static {
		isr.Revalidate = policy.Revalidate.String()
	}
	return isr
}

// ISR is how a page is kept, in words for templates.
type ISR struct {
	Kind       string // static, isr or deferred
	Revalidate string // such as "1h" or "on demand", empty for a static page
	Group      string
}
