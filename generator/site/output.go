package site

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Output is the form that a page has: HTML, or another one for programs. It is given by its name.
type Output string

// The forms. A sitemap and a robots.txt are for the whole site.
const (
	HTML         Output = "" // in lists of the author's, "html"
	RSS          Output = "rss"
	Atom         Output = "atom"
	JSONFeed     Output = "jsonfeed"
	JSON         Output = "json"
	Search       Output = "search" // what a script of the page searches in
	Sitemap      Output = "sitemap"
	SitemapIndex Output = "sitemapindex"
	Robots       Output = "robots"
)

// form is what the world knows of a form.
type form struct {
	file      string // beside the page
	mediaType string
	absolute  bool // its links need a scheme and a host
}

func (o Output) form() form {
	switch o {
	case RSS:
		return form{"index.xml", "application/rss+xml", true}
	case Atom:
		return form{"atom.xml", "application/atom+xml", true}
	case JSONFeed:
		return form{"feed.json", "application/feed+json", true}
	case JSON:
		return form{"index.json", "application/json", false}
	case Search:
		return form{"search.json", "application/json", false}
	case Sitemap, SitemapIndex:
		return form{"sitemap.xml", "application/xml", true}
	case Robots:
		return form{"robots.txt", "text/plain", false}
	}
	return form{"index.html", "text/html", false}
}

// File is the name of the form's file, beside the page.
func (o Output) File() string { return o.form().file }

// MediaType is the type of the response, without its charset.
func (o Output) MediaType() string { return o.form().mediaType }

// IsText says whether a layout makes text that is no markup, in which nothing is escaped.
func (o Output) IsText() bool { return o == JSON || o == JSONFeed || o == Search || o == Robots }

// chosenOutputs are the forms that an author can choose, and how.
var chosenOutputs = []string{"html", "rss", "atom", "jsonfeed", "json", "search"}

// Outputs are the forms of pages by their kind, besides HTML.
type Outputs map[Kind][]Output

// defaultOutputs are those of Hugo: lists have a feed.
func defaultOutputs() Outputs {
	return Outputs{KindHome: {RSS}, KindSection: {RSS}, KindTaxonomy: {RSS}, KindTerm: {RSS}}
}

func decodeOutputs(d *strictyaml.Document, c *Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		fields := strictyaml.Fields{}
		for _, kind := range []Kind{KindHome, KindPage, KindSection, KindTaxonomy, KindTerm} {
			fields[string(kind)] = func(n *yaml.Node) {
				var names []string
				d.Strings(&names)(n)
				outputs, problem := outputsOf(names)
				if problem != "" {
					d.Errorf(n, "write some of "+strings.Join(chosenOutputs, ", "), "%s", problem)
					return
				}
				c.Outputs[kind] = outputs
				if kind == KindHome {
					c.Search = slices.Contains(outputs, Search)
				}
			}
		}
		d.Fields(n, "outputs", fields)
	}
}

// outputsOf reads names of forms, among which HTML must be.
func outputsOf(names []string) (outputs []Output, problem string) {
	html := false
	for _, name := range names {
		switch name = strings.ToLower(name); {
		case name == "html":
			html = true
		case !slices.Contains(chosenOutputs, name):
			return nil, fmt.Sprintf("there is no output %q", name)
		case !slices.Contains(outputs, Output(name)):
			outputs = append(outputs, Output(name))
		}
	}
	if !html {
		return nil, "a page without html has no address"
	}
	return outputs, ""
}

// sitemapPath is the address of the one sitemap, or of the index of several.
const sitemapPath = "/sitemap.xml"

// mostSitemapURLs is how many addresses a sitemap may have.
//
// Source: the protocol of sitemaps.org.
const mostSitemapURLs = 50_000

// outputs makes the other forms of pages. Without a baseURL there are none that need one.
func (b *builder) outputs() {
	for _, page := range slices.Clone(b.byPath()) { // to which more are added
		switch page.Kind {
		case KindNotFound, KindMethodNotAllowed:
			continue
		}
		for _, output := range b.outputsOf(page) {
			if (!output.form().absolute || b.config.BaseURL != "") && (output != RSS || !b.config.NoRSS) {
				page.Outputs = append(page.Outputs, output)
				b.derive(page, output, path.Join(page.Path, output.form().file))
			}
		}
	}
}

// forSite makes what is for the whole site.
func (b *builder) forSite() {
	home := b.dirs["."]
	if home == nil {
		return
	}
	if b.config.BaseURL != "" && !b.config.NoSitemap {
		var listed []*Page
		for _, page := range b.byPath() {
			if page.Kind != KindOutput && page.Kind != KindNotFound && page.Kind != KindMethodNotAllowed && !page.Sitemap.Disable && page.build == (content.Build{}) {
				listed = append(listed, page)
			}
		}
		b.sitemaps(home, b.entries(listed))
	}
	if b.config.RobotsTXT {
		b.derive(home, Robots, "/robots.txt")
	}
}

func (b *builder) outputsOf(page *Page) []Output {
	if page.Policy.Keeping == Unwritten {
		return nil
	}
	if page.outputs != nil {
		outputs, problem := outputsOf(page.outputs)
		if problem != "" {
			b.diags.Add(diagnostic.Diagnostic{File: page.Source, Message: "outputs: " + problem,
				Advice: "write some of " + strings.Join(chosenOutputs, ", ")})
		}
		return outputs
	}
	return b.config.Outputs[page.Kind]
}

// sitemaps makes one, or several and an index of them.
func (b *builder) sitemaps(home *Page, listed []Entry) {
	if len(listed) <= mostSitemapURLs {
		b.lists[ListSitemap+sitemapPath] = listed
		b.derive(home, Sitemap, sitemapPath)
		return
	}
	var parts []Entry
	for part := range slices.Chunk(listed, mostSitemapURLs) {
		name := fmt.Sprintf("/sitemap-%d.xml", len(parts)+1)
		parts = append(parts, Entry{Path: name})
		b.lists[ListSitemap+name] = part
		b.derive(home, Sitemap, name)
	}
	b.lists[ListSitemap+sitemapPath] = parts
	b.derive(home, SitemapIndex, sitemapPath)
}

// derive makes another form of a page, which is kept as the page is. What is for the whole site is kept as the rules say of its own
// address.
func (b *builder) derive(owner *Page, output Output, address string) {
	page := &Page{Path: address, Kind: KindOutput, Output: output, Of: owner.Path, Policy: owner.Policy, Window: owner.Window, Language: owner.Language}
	switch output {
	case Sitemap, SitemapIndex, Robots:
		rule, _ := b.config.rule(address)
		page.Policy = newPolicy(rule.Or(b.config.Defaults), b.diags)
	}
	page.Policy.AllowQuery = nil
	if page.Policy.Keeping == Deferred { // the build knows its address
		page.Policy.Keeping, page.Policy.Fallback = ISR, content.FallbackBlocking
	}
	page.Title, page.LinkTitle = owner.Title, owner.LinkTitle
	b.add(page)
}
