package render

import (
	"html/template"

	"github.com/isrgen/isrgen/generator/site"
)

// Fragments are the parts of a text that links can lead to.
type Fragments struct {
	Headings    Headings
	HeadingsMap map[string]*Heading // by id
	Identifiers []string            // of the headings, sorted

	text *pageText
}

// Headings are headings of one level, or of several where the text begins with a lower one.
type Headings []*Heading

// Heading is a heading of a text, with those below it.
type Heading struct {
	ID       string
	Title    string // HTML
	Level    int
	Headings Headings
}

// Fragments are those of the page's text.
func (p *Page) Fragments() (*Fragments, error) {
	text, err := p.text()
	if err != nil {
		return nil, err
	}
	f := &Fragments{HeadingsMap: map[string]*Heading{}, text: text}
	var above []*Heading // of the next heading, the highest first
	for _, h := range text.headings {
		title := h.text
		if text.codes != nil {
			title = text.codes.fill(title)
		}
		entry := &Heading{ID: h.id, Title: title, Level: h.level}
		for len(above) > 0 && above[len(above)-1].Level >= h.level {
			above = above[:len(above)-1]
		}
		if len(above) == 0 {
			f.Headings = append(f.Headings, entry)
		} else {
			parent := above[len(above)-1]
			parent.Headings = append(parent.Headings, entry)
		}
		above = append(above, entry)
		if h.id != "" {
			f.HeadingsMap[h.id] = entry
			f.Identifiers = append(f.Identifiers, h.id)
		}
	}
	sorted(f.Identifiers)
	return f, nil
}

// ToHTML is a table of contents from one level to another; a list with numbers where ordered.
func (f *Fragments) ToHTML(first, last int, ordered bool) template.HTML {
	if last < 0 {
		last = 6
	}
	return f.text.contents(site.Contents{StartLevel: first, EndLevel: last, Ordered: ordered})
}

// RenderShortcodes is the text with the shortcodes rendered, and the Markdown as it was.
func (p *Page) RenderShortcodes() (template.HTML, error) {
	body, err := p.RawContent()
	if err != nil {
		return "", err
	}
	codes, source, err := p.expand(body)
	if err != nil {
		return "", err
	}
	return template.HTML(codes.fill(source)), nil
}
