package render

import (
	"bytes"
	"cmp"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gohugoio/hugo-goldmark-extensions/passthrough"
	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/isrgen/isrgen/generator/site"
)

// markdown renders CommonMark with GitHub's extensions, footnotes, definition lists, alerts, and what the config turns on.
type markdown struct {
	goldmark.Markdown
	config    site.Markup
	highlight *highlighter
	buffers   sync.Pool // of *bytes.Buffer, for texts
}

func newMarkdown(config site.Markup) *markdown {
	m := &markdown{config: config, highlight: newHighlighter(config.Highlight), buffers: sync.Pool{New: func() any { return &bytes.Buffer{} }}}
	extensions := []goldmark.Extender{tables{}, extension.Strikethrough, extension.Linkify, extension.TaskList, extension.Footnote, extension.DefinitionList}
	if config.Typographer {
		extensions = append(extensions, extension.Typographer)
	}
	if config.Emoji {
		extensions = append(extensions, emoji.New(emoji.WithRenderingMethod(emoji.Unicode)))
	}
	if delimiters := config.Passthrough; len(delimiters.Block)+len(delimiters.Inline) > 0 {
		extensions = append(extensions, passthrough.New(passthrough.Config{
			BlockDelimiters: pairs(delimiters.Block), InlineDelimiters: pairs(delimiters.Inline)}))
	}
	var options []html.Option
	if config.Unsafe {
		options = append(options, html.WithUnsafe())
	}
	m.Markdown = goldmark.New(
		goldmark.WithExtensions(extensions...),
		goldmark.WithParserOptions(parser.WithHeadingAttribute()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(newElements(m, options), 10))),
	)
	if config.Unsafe {
		m.Renderer().AddOptions(html.WithUnsafe())
	}
	return m
}

func pairs(delimiters [][2]string) []passthrough.Delimiters {
	var all []passthrough.Delimiters
	for _, pair := range delimiters {
		all = append(all, passthrough.Delimiters{Open: pair[0], Close: pair[1]})
	}
	return all
}

// html renders a text that belongs to no page but stands at a path.
func (m *markdown) html(source []byte, base string) (template.HTML, error) {
	t := &target{base: base}
	err := m.render(t, source)
	return template.HTML(t.String()), err
}

// render renders a text into a target.
func (m *markdown) render(t *target, source []byte) error {
	t.more = -1
	t.Grow(len(source) + len(source)/2)
	doc := m.Parser().Parse(text.NewReader(source))
	prepare(doc, source, t.placeholder)
	return m.Renderer().Render(t, source, doc)
}

// target is what a text is rendered into, and what is learnt of it on the way. Package goldmark hands its writer to whoever
// renders a node: this is the writer.
type target struct {
	bytes.Buffer
	base        string     // path of the page that the text belongs to; relative links are meant from there, unless it is empty
	page        *Page      // the page itself, nil without one
	set         *templates // those of the site for parts of the text, nil for none
	placeholder string     // how stand-ins for shortcodes begin

	looked     bool  // for other pages
	starts     []int // where the open elements begin that hooks are to render
	ordinals   map[ast.NodeKind]int
	headings   []heading
	paragraphs [][2]int // beginnings and ends of the paragraphs outside of any other block
	more       int      // where the summary ends, as the author says; -1 if he does not
}

// heading is one of a text's headings.
type heading struct {
	level int
	id    string
	text  string // HTML
}

// Flush is there for package goldmark.
func (t *target) Flush() error { return nil }

// Buffered is there for package goldmark.
func (t *target) Buffered() int { return 0 }

// open remembers where the content of an element begins.
func (t *target) open() { t.starts = append(t.starts, t.Len()) }

// content returns what was written since the last open that was not closed, and whether it stays.
func (t *target) content(stays bool) string {
	start := t.starts[len(t.starts)-1]
	t.starts = t.starts[:len(t.starts)-1]
	content := string(t.Bytes()[start:])
	if !stays {
		t.Truncate(start)
	}
	return content
}

// ordinal counts the nodes of a kind from 0.
func (t *target) ordinal(kind ast.NodeKind) int {
	if t.ordinals == nil {
		t.ordinals = map[ast.NodeKind]int{}
	}
	n := t.ordinals[kind]
	t.ordinals[kind]++
	return n
}

// resolve makes a relative destination absolute within the site. What a shortcode writes is left as it is.
func (t *target) resolve(destination []byte) []byte {
	if t.placeholder != "" && bytes.HasPrefix(destination, []byte(t.placeholder)) {
		return destination
	}
	u, err := url.Parse(string(destination))
	if err != nil || t.base == "" || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		return destination
	}
	base := t.base
	if !strings.HasSuffix(base, "/") {
		base += "/" // a bundle's files lie below it, whatever the slash policy is
	}
	return []byte((&url.URL{Path: base}).ResolveReference(u).String())
}

// resolveLink is resolve for a link. One to a Markdown file of the content leads to its page.
func (t *target) resolveLink(destination []byte) ([]byte, error) {
	name, fragment, _ := bytes.Cut(destination, []byte("#"))
	if t.page == nil || !bytes.HasSuffix(name, []byte(".md")) || bytes.Contains(name, []byte(":")) {
		return t.resolve(destination), nil
	}
	file, err := url.PathUnescape(string(name))
	if err != nil {
		return t.resolve(destination), nil
	}
	t.looked = true
	page, err := t.page.GetPage(file)
	if page == nil || err != nil {
		return t.resolve(destination), err
	}
	address := page.RelPermalink()
	if len(fragment) > 0 {
		address += "#" + string(fragment)
	}
	return []byte(address), nil
}

// prepare changes what goldmark parsed: headings get ids, quotations become alerts, <!--more--> a mark, and the keyboard reaches
// tables, which scroll on narrow screens.
func prepare(doc ast.Node, source []byte, placeholder string) {
	var headings []*ast.Heading
	var quotes []*ast.Blockquote
	var dividers []ast.Node
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
		case *extast.Table:
			n.SetAttributeString("tabindex", []byte("0"))
		case *ast.Blockquote:
			quotes = append(quotes, n)
		case *ast.HTMLBlock:
			if isDivider(n.Lines(), source) {
				dividers = append(dividers, n)
			}
		case *ast.RawHTML:
			if isDivider(n.Segments, source) {
				dividers = append(dividers, n)
			}
		}
		return ast.WalkContinue, nil
	})
	nameHeadings(headings, source, placeholder)
	for _, quote := range quotes {
		if alert := newAlert(quote, source); alert != nil {
			quote.Parent().ReplaceChild(quote.Parent(), quote, alert)
		}
	}
	for _, n := range dividers {
		// One inside a block ends the summary behind that block.
		top := n
		for top.Parent() != doc {
			top = top.Parent()
		}
		doc.InsertAfter(doc, top, &divider{})
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

func isDivider(segments *text.Segments, source []byte) bool {
	if segments.Len() != 1 {
		return false
	}
	inner, ok := strings.CutPrefix(strings.TrimSpace(string(segments.Value(source))), "<!--")
	inner, closed := strings.CutSuffix(inner, "-->")
	return ok && closed && strings.TrimSpace(inner) == "more"
}

// divider is the place of <!--more-->.
type divider struct{ ast.BaseBlock }

var kindDivider = ast.NewNodeKind("Divider")

func (*divider) Kind() ast.NodeKind          { return kindDivider }
func (d *divider) Dump(source []byte, n int) { ast.DumpHelper(d, source, n, nil, nil) }

// alert is a quotation with a mark such as [!NOTE] in its first line.
type alert struct {
	ast.BaseBlock
	kind  string // in small letters
	sign  string // "+" or "-" behind the mark, for something that folds, else empty
	title string
}

var kindAlert = ast.NewNodeKind("Alert")

func (*alert) Kind() ast.NodeKind { return kindAlert }
func (a *alert) Dump(source []byte, n int) {
	ast.DumpHelper(a, source, n, map[string]string{"Type": a.kind}, nil)
}

// newAlert returns the alert that a quotation is, or nil. It takes the mark out of the text.
func newAlert(quote *ast.Blockquote, source []byte) *alert {
	paragraph, ok := quote.FirstChild().(*ast.Paragraph)
	if !ok || paragraph.Lines().Len() == 0 {
		return nil
	}
	first := paragraph.Lines().At(0)
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(first.Value(source))), "[!")
	kind, title, closed := strings.Cut(rest, "]")
	if !ok || !closed || kind == "" || strings.ContainsFunc(kind, notLetter) {
		return nil
	}
	a := &alert{kind: strings.ToLower(kind)}
	if strings.HasPrefix(title, "+") || strings.HasPrefix(title, "-") {
		a.sign, title = title[:1], title[1:]
	}
	a.title = strings.TrimSpace(title)
	removeLine(paragraph, first.Stop)
	if !paragraph.HasChildren() {
		quote.RemoveChild(quote, paragraph)
	}
	for child := quote.FirstChild(); child != nil; child = quote.FirstChild() {
		a.AppendChild(a, child)
	}
	return a
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// removeLine removes what stands in a paragraph before an offset of the source.
func removeLine(paragraph ast.Node, end int) {
	for child := paragraph.FirstChild(); child != nil; child = paragraph.FirstChild() {
		if start(child) >= end {
			return
		}
		paragraph.RemoveChild(paragraph, child)
	}
}

// start is the offset of the first text in a node, 0 for none.
func start(n ast.Node) int {
	for ; n != nil; n = n.FirstChild() {
		switch n := n.(type) {
		case *ast.Text:
			return n.Segment.Start
		case *ast.RawHTML:
			return n.Segments.At(0).Start
		}
	}
	return 0
}

// nameHeadings gives headings ids, as GitHub does: the letters and digits of any script, and hyphens for spaces. Equal ones are
// numbered. What an author chose stays.
func nameHeadings(headings []*ast.Heading, source []byte, placeholder string) {
	used, last := map[string]bool{}, map[string]int{}
	for _, h := range headings {
		used[attribute(h, "id")] = true
	}
	for _, h := range headings {
		if attribute(h, "id") != "" {
			continue
		}
		base := cmp.Or(anchorize(withoutPlaceholders(plainText(h, source), placeholder)), "heading")
		id := base
		for used[id] {
			last[base]++
			id = base + "-" + strconv.Itoa(last[base])
		}
		used[id] = true
		h.SetAttributeString("id", []byte(id))
	}
}

// plainText is the text below a node, without its form.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Segment.Value(source)))))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(source))
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
