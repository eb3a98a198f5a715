package render

import (
	"bytes"
	"html/template"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders CommonMark with GitHub's extensions. Raw HTML is left out.
type markdown struct{ goldmark.Markdown }

func newMarkdown() *markdown {
	return &markdown{goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(accessible{}, 100))),
	)}
}

// html renders a text. Relative links are resolved against base, the path of the page that the text belongs to, since the text
// may be shown on another page.
func (m *markdown) html(source []byte, base string) (template.HTML, error) {
	doc := m.Parser().Parse(text.NewReader(source))
	if err := ast.Walk(doc, prepare(base)); err != nil {
		return "", err
	}
	var b bytes.Buffer
	b.Grow(len(source) + len(source)/2)
	if err := m.Renderer().Render(&b, source, doc); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// prepare makes relative destinations absolute within the site, gives headings a link to themselves, and lets the keyboard
// reach tables, which scroll on narrow screens.
func prepare(base string) ast.Walker {
	if !strings.HasSuffix(base, "/") {
		base += "/" // a bundle's files lie below it, whatever the slash policy is
	}
	from := &url.URL{Path: base}
	return func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = resolve(from, n.Destination)
		case *ast.Image:
			n.Destination = resolve(from, n.Destination)
		case *ast.Heading:
			addAnchor(n)
		case *extast.Table:
			n.SetAttributeString("tabindex", []byte("0"))
		}
		return ast.WalkContinue, nil
	}
}

func resolve(from *url.URL, destination []byte) []byte {
	u, err := url.Parse(string(destination))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		return destination
	}
	return []byte(from.ResolveReference(u).String())
}

func addAnchor(heading *ast.Heading) {
	id, _ := heading.AttributeString("id")
	name, ok := id.([]byte)
	if !ok {
		return
	}
	anchor := ast.NewString([]byte(` <a class="anchor" href="#` + url.PathEscape(string(name)) + `" aria-label="Link to this section">#</a>`))
	anchor.SetCode(true) // written as it is
	heading.AppendChild(heading, anchor)
}

// accessible renders what goldmark's own renderers leave without a name, or out of the keyboard's reach.
type accessible struct{}

func (a accessible) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, a.code)
	r.Register(ast.KindCodeBlock, a.code)
	r.Register(extast.KindTaskCheckBox, a.checkBox)
	r.Register(extast.KindTableCell, a.cell)
}

func (accessible) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.WriteString("</code></pre>\n")
		return ast.WalkContinue, nil
	}
	w.WriteString(`<pre tabindex="0"><code`)
	if fenced, ok := n.(*ast.FencedCodeBlock); ok {
		if language := fenced.Language(source); language != nil {
			w.WriteString(` class="language-`)
			html.DefaultWriter.Write(w, language)
			w.WriteByte('"')
		}
	}
	w.WriteByte('>')
	for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
		html.DefaultWriter.RawWrite(w, line.Value(source))
	}
	return ast.WalkContinue, nil
}

func (accessible) checkBox(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	if n.(*extast.TaskCheckBox).IsChecked {
		w.WriteString(`<input checked disabled type="checkbox" aria-label="Done"> `)
	} else {
		w.WriteString(`<input disabled type="checkbox" aria-label="Not done"> `)
	}
	return ast.WalkContinue, nil
}

// cell makes the empty corner of a table an ordinary cell: a heading without a text announces nothing.
func (accessible) cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	name := "td"
	if n.Parent().Kind() == extast.KindTableHeader && n.HasChildren() {
		name = "th"
	}
	if !entering {
		w.WriteString("</" + name + ">\n")
		return ast.WalkContinue, nil
	}
	w.WriteString("<" + name)
	if alignment := n.(*extast.TableCell).Alignment; alignment != extast.AlignNone {
		w.WriteString(` style="text-align:` + alignment.String() + `"`)
	}
	w.WriteByte('>')
	return ast.WalkContinue, nil
}
