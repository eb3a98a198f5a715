package render

import (
	"html/template"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gohugoio/hugo-goldmark-extensions/passthrough"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// elements renders the nodes that a site can have its own templates for, those that goldmark's own renderers leave without a
// name or out of the keyboard's reach, and those that something is to be learnt of.
type elements struct {
	markdown *markdown
	defaults registry // goldmark's
}

// registry is a set of renderers by the kind of their nodes.
type registry map[ast.NodeKind]renderer.NodeRendererFunc

// Register adds a renderer.
func (r registry) Register(kind ast.NodeKind, f renderer.NodeRendererFunc) { r[kind] = f }

func newElements(m *markdown, options []html.Option) *elements {
	e := &elements{markdown: m, defaults: registry{}}
	html.NewRenderer(options...).RegisterFuncs(e.defaults)
	return e
}

// RegisterFuncs tells goldmark what is rendered here.
func (e *elements) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, e.link)
	r.Register(ast.KindImage, e.image)
	r.Register(ast.KindHeading, e.heading)
	r.Register(ast.KindParagraph, e.paragraph)
	r.Register(ast.KindBlockquote, e.blockquote)
	r.Register(ast.KindFencedCodeBlock, e.fencedCode)
	r.Register(ast.KindCodeBlock, e.indentedCode)
	r.Register(kindAlert, e.alert)
	r.Register(kindDivider, e.divider)
	r.Register(extast.KindTaskCheckBox, checkBox)
	r.Register(extast.KindTableCell, cell)
	r.Register(passthrough.KindPassthroughInline, e.formula)
	r.Register(passthrough.KindPassthroughBlock, e.formula)
}

var linkTag = regexp.MustCompile(`</?a(?:\s[^>]*)?>`)

func attribute(n ast.Node, name string) string {
	value, _ := n.AttributeString(name)
	text, _ := value.([]byte)
	return string(text)
}

func (e *elements) paragraph(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	t := w.(*target)
	top := n.Parent().Kind() == ast.KindDocument
	if entering && top {
		t.paragraphs = append(t.paragraphs, [2]int{t.Len(), t.Len()})
	}
	status, err := e.defaults[ast.KindParagraph](w, source, n, entering)
	if !entering && top {
		t.paragraphs[len(t.paragraphs)-1][1] = t.Len()
	}
	return status, err
}

func (e *elements) divider(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if t := w.(*target); entering && t.more < 0 {
		t.more = t.Len()
	}
	return ast.WalkContinue, nil
}

func (e *elements) fencedCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.FencedCodeBlock)
	var info codeInfo
	if block.Info != nil {
		unescaped := util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(block.Info.Value(source))))
		info = e.markdown.highlight.info(string(unescaped))
	} else {
		info = e.markdown.highlight.info("")
	}
	code := lines(n, source)
	if hooked, err := e.codeHook(w.(*target), n, code, info); hooked {
		return ast.WalkContinue, err
	}
	if info.language == diagramLanguage {
		if drawn, ok := diagram(code); ok {
			w.WriteString(drawn)
			return ast.WalkContinue, nil
		}
	}
	return e.code(w, code, info)
}

func (e *elements) indentedCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	return e.code(w, lines(n, source), codeInfo{})
}

func lines(n ast.Node, source []byte) string {
	var b strings.Builder
	for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
		b.Write(line.Value(source))
	}
	return b.String()
}

// code writes a block of code.
func (e *elements) code(w util.BufWriter, code string, info codeInfo) (ast.WalkStatus, error) {
	out, coloured, err := e.markdown.highlight.block(info.language, code, info.options)
	if err != nil {
		return ast.WalkStop, err
	}
	if coloured {
		w.WriteString("<div")
		writeAttributes(w, withClass(info.attributes, "highlight"))
		w.WriteString(">" + out + "</div>\n")
		return ast.WalkContinue, nil
	}
	w.WriteString(`<pre tabindex="0"`)
	writeAttributes(w, info.attributes)
	w.WriteString("><code")
	if info.language != "" {
		w.WriteString(` class="language-` + template.HTMLEscapeString(info.language) + `"`)
	}
	w.WriteString(">" + escapeText(code) + "</code></pre>\n")
	return ast.WalkContinue, nil
}

func escapeText(text string) string { return string(util.EscapeHTML([]byte(text))) }

func checkBox(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
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
func cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
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

// anchorize makes an id of a text: its letters and digits in lower case, and a hyphen for each space.
func anchorize(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, strings.TrimSpace(text))
}

func escapeFragment(id string) string { return url.PathEscape(id) }

// writeAttributes writes the attributes that any element may have, and none that runs a script.
func writeAttributes(w util.BufWriter, attributes map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if html.GlobalAttributeFilter.Contains([]byte(name)) || strings.HasPrefix(name, "data-") || strings.HasPrefix(name, "aria-") {
			w.WriteString(" " + name + `="` + template.HTMLEscapeString(toString(attributes[name])) + `"`)
		}
	}
}

// withClass adds a class to attributes.
func withClass(attributes map[string]any, class string) map[string]any {
	with := maps.Clone(attributes)
	if with == nil {
		with = map[string]any{}
	}
	with["class"] = strings.TrimSpace(class + " " + toString(attributes["class"]))
	return with
}
