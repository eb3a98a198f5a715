package render

import (
	"errors"
	"html/template"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// hooks begin the names of the layouts that render parts of Markdown, under Hugo's names: render-link, render-image,
// render-heading, render-codeblock, render-codeblock-LANGUAGE, render-blockquote and render-blockquote-alert.
const hooks = "_markup/render-"

// element is what hooks have in common.
type element struct {
	Page       *Page // the page whose text it is
	PageInner  *Page // the same
	Attributes map[string]any
	Ordinal    int // of its kind in the text, from 0
}

type linkElement struct {
	element
	Destination string // as it is written
	Title       string
	Text        template.HTML
	PlainText   string
	IsBlock     bool // an image that stands alone
}

type headingElement struct {
	element
	Level     int
	Anchor    string
	Text      template.HTML
	PlainText string
}

type codeElement struct {
	element
	Type    string // the language
	Inner   string
	Options map[string]any

	info codeInfo
}

type quoteElement struct {
	element
	Type       string // regular or alert
	Text       template.HTML
	AlertType  string
	AlertTitle string
	AlertSign  string
}

// hook returns the first of some hooks that the site has.
func (t *target) hook(names ...string) (Layout, bool) {
	if t.set != nil && t.set.renderer.Hooked {
		for _, name := range names {
			if layout, ok := t.set.renderer.layouts[hooks+name+".html"]; ok {
				return layout, true
			}
		}
	}
	return Layout{}, false
}

// execute writes what a hook makes of an element.
func (t *target) execute(layout Layout, data any) (ast.WalkStatus, error) {
	out, err := t.set.run(layout, data)
	if err != nil {
		return ast.WalkStop, err
	}
	t.WriteString(out)
	return ast.WalkContinue, nil
}

// element describes a node.
func (t *target) element(n ast.Node) element {
	attributes := map[string]any{}
	for _, a := range n.Attributes() {
		attributes[string(a.Name)] = attributeValue(a.Value)
	}
	return element{Page: t.page, PageInner: t.page, Attributes: attributes, Ordinal: t.ordinal(n.Kind())}
}

func (e *elements) link(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t, link := w.(*target), n.(*ast.Link)
	layout, hooked := t.hook("link")
	switch {
	case !hooked && entering:
		destination, err := t.resolveLink(link.Destination)
		if err != nil {
			return ast.WalkStop, err
		}
		link.Destination = destination
		fallthrough
	case !hooked:
		return e.defaults[ast.KindLink](w, source, n, entering)
	case entering:
		t.open()
		return ast.WalkContinue, nil
	}
	return t.execute(layout, e.linkElement(t, n, source, link.Destination, link.Title))
}

func (e *elements) image(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t, image := w.(*target), n.(*ast.Image)
	layout, hooked := t.hook("image")
	switch {
	case !hooked && entering:
		image.Destination = t.resolve(image.Destination)
		fallthrough
	case !hooked:
		return e.defaults[ast.KindImage](w, source, n, entering)
	case entering:
		t.open()
		return ast.WalkContinue, nil
	}
	data := e.linkElement(t, n, source, image.Destination, image.Title)
	data.IsBlock = n.Parent().Kind() == ast.KindParagraph && n.Parent().ChildCount() == 1
	return t.execute(layout, data)
}

func (e *elements) linkElement(t *target, n ast.Node, source, destination, title []byte) linkElement {
	text := t.content(false)
	unescape := func(b []byte) string {
		return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b))))
	}
	return linkElement{element: t.element(n), Destination: unescape(destination), Title: unescape(title),
		Text: template.HTML(text), PlainText: plainText(n, source)}
}

// heading notes a heading for the table of contents. Without a hook it gets a link to itself.
func (e *elements) heading(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t, level := w.(*target), n.(*ast.Heading).Level
	layout, hooked := t.hook("heading")
	if entering {
		status := ast.WalkContinue
		var err error
		if !hooked {
			status, err = e.defaults[ast.KindHeading](w, source, n, entering)
		}
		t.open()
		return status, err
	}
	id, text := attribute(n, "id"), t.content(!hooked)
	t.headings = append(t.headings, heading{level, id, linkTag.ReplaceAllString(text, "")})
	if hooked {
		return t.execute(layout, headingElement{element: t.element(n), Level: level, Anchor: id, Text: template.HTML(text),
			PlainText: plainText(n, source)})
	}
	if e.markdown.config.NoHeadingAnchors {
		return e.defaults[ast.KindHeading](w, source, n, entering)
	}
	w.WriteString(` <a class="anchor" href="#` + template.HTMLEscapeString(escapeFragment(id)) + `" aria-label="Link to this section">#</a>`)
	return e.defaults[ast.KindHeading](w, source, n, entering)
}

func (e *elements) blockquote(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t := w.(*target)
	layout, hooked := t.hook("blockquote-regular", "blockquote")
	switch {
	case !hooked:
		return e.defaults[ast.KindBlockquote](w, source, n, entering)
	case entering:
		t.open()
		return ast.WalkContinue, nil
	}
	text := t.content(false)
	return t.execute(layout, quoteElement{element: t.element(n), Type: "regular", Text: template.HTML(text)})
}

// alertTitles are the alerts that GitHub knows.
var alertTitles = map[string]string{"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "caution": "Caution"}

func (e *elements) alert(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t, a := w.(*target), n.(*alert)
	layout, hooked := t.hook("blockquote-alert", "blockquote")
	switch {
	case hooked && entering:
		t.open()
	case hooked:
		text := t.content(false)
		return t.execute(layout, quoteElement{element: t.element(n), Type: "alert", Text: template.HTML(text),
			AlertType: a.kind, AlertTitle: a.title, AlertSign: a.sign})
	case entering:
		title := a.title
		if title == "" {
			title = alertTitles[a.kind]
		}
		if title == "" {
			title = a.kind
		}
		w.WriteString(`<div class="markdown-alert markdown-alert-` + a.kind + "\">\n" +
			`<p class="markdown-alert-title">` + template.HTMLEscapeString(title) + "</p>\n")
	default:
		w.WriteString("</div>\n")
	}
	return ast.WalkContinue, nil
}

// codeHook has a hook render a block of code, if there is one.
func (e *elements) codeHook(t *target, n ast.Node, code string, info codeInfo) (bool, error) {
	layout, hooked := t.hook("codeblock-"+strings.ToLower(info.language), "codeblock")
	if !hooked {
		return false, nil
	}
	data := codeElement{element: t.element(n), Type: info.language, Inner: strings.TrimSuffix(code, "\n"), Options: info.given, info: info}
	data.Attributes = info.attributes
	_, err := t.execute(layout, data)
	return true, err
}

// errEndless says that templates call each other, or themselves, and find no end.
var errEndless = errors.New("templates call each other without end")
