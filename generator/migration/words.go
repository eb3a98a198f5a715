package migration

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/isrgen/isrgen/generator/render"
)

// Word is a function or a method that a template uses.
type Word struct {
	Name   string // such as where, strings.ToUpper or .Title
	Line   int
	Method bool
}

// Words lists what a template of Hugo uses, in the order of the text.
func Words(text string) ([]Word, error) {
	tree := parse.New("layout")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return nil, err
	}
	w := wordReader{}
	for _, t := range trees {
		w.tree = t
		if t.Root != nil {
			render.Walk(t.Root, w.node)
		}
	}
	slices.SortStableFunc(w.words, func(a, b Word) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Name, b.Name)
	})
	return w.words, nil
}

type wordReader struct {
	tree  *parse.Tree
	words []Word
}

func (w *wordReader) add(n parse.Node, name string, method bool) {
	place, _ := w.tree.ErrorContext(n)
	parts := strings.Split(place, ":") // layout:line:column
	line := 0
	if len(parts) > 1 {
		line, _ = strconv.Atoi(parts[1])
	}
	w.words = append(w.words, Word{Name: name, Line: line, Method: method})
}

func (w *wordReader) node(n parse.Node) (descend bool) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		w.add(n, n.Ident, false)
	case *parse.ChainNode:
		return w.chain(n)
	case *parse.FieldNode:
		w.methods(n, n.Ident)
	case *parse.VariableNode:
		w.methods(n, n.Ident[1:])
	}
	return true
}

// chain reads names behind a function or parentheses: of the function site and the like they are methods, of others they belong to it.
func (w *wordReader) chain(n *parse.ChainNode) (descend bool) {
	id, ok := n.Node.(*parse.IdentifierNode)
	if !ok || id.Ident == "site" || id.Ident == "page" {
		w.methods(n, n.Field)
		return true
	}
	w.add(n, id.Ident+"."+n.Field[0], false)
	w.methods(n, n.Field[1:])
	return false
}

// methods reads the names of a path, up to where the author's own begin.
func (w *wordReader) methods(n parse.Node, names []string) {
	for _, name := range names {
		if name == "" || name[0] < 'A' || name[0] > 'Z' {
			return
		}
		w.add(n, "."+name, true)
		if name == "Params" || name == "Data" || name == "Taxonomies" || name == "Menus" {
			return
		}
	}
}

// Known says whether isrgen has a word.
func (w Word) Known(v *render.Vocabulary) bool {
	if w.Method {
		return slices.Contains(v.Methods, w.Name[1:])
	}
	if slices.Contains(goFunctions, w.Name) {
		return true
	}
	space, method, qualified := strings.Cut(w.Name, ".")
	methods, known := v.Functions[space]
	return known && (!qualified || slices.Contains(methods, method))
}

// goFunctions are those that package template has.
var goFunctions = []string{"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
	"eq", "ne", "lt", "le", "gt", "ge", "break", "continue", "nil"}

// checkLayouts reports the functions in layouts that isrgen has not. A shortcode, or a hook for code in a language, that has one and that no
// page uses is left out: a single layout that cannot be read keeps all pages from being rendered.
func (h *hugo) checkLayouts(from tree, dir string) {
	names, _ := from.files(dir, &h.diags)
	vocabulary := render.NewVocabulary()
	for _, name := range names {
		into := path.Join("layouts", render.LayoutName(name))
		planned, ours := h.files[into]
		if !ours || planned.from.shown != from.shown {
			continue // that of the site goes before that of a theme
		}
		shown := path.Join(from.shown, dir, name)
		text, _, err := from.text(path.Join(dir, name))
		if err != nil {
			continue
		}
		words, err := Words(string(text))
		if err != nil {
			h.leave(shown, 0, "this is no template: "+err.Error(), "mend it, or remove it")
			continue
		}
		unused := h.unused(strings.TrimPrefix(into, "layouts/"))
		said := map[string]bool{}
		for _, word := range words {
			if word.Method || said[word.Name] || word.Known(&vocabulary) {
				continue
			}
			said[word.Name] = true
			message, advice := "isrgen has no function "+word.Name, "write the layout without it, or leave the layout out"
			if unused {
				message, advice = message+": the layout is left out", "nothing, as long as no page uses it"
				delete(h.files, into)
			}
			h.leave(shown, word.Line, message, advice)
		}
	}
}

// unused says of a layout that texts ask for by name, a shortcode or a hook for code in a language, whether none does.
func (h *hugo) unused(layout string) bool {
	name, isShortcode := strings.CutPrefix(layout, "_shortcodes/")
	name = strings.TrimSuffix(name, ".html")
	call := `\{\{[<%]\s*/?\s*` + regexp.QuoteMeta(name) + `[\s/>%]`
	if !isShortcode {
		language, isHook := strings.CutPrefix(strings.TrimSuffix(layout, ".html"), "_markup/render-codeblock-")
		if !isHook {
			return false
		}
		call = "(?m)^[ \t>]*(?:```+|~~~+)[ \t]*" + regexp.QuoteMeta(language) + `\b`
	}
	return !regexp.MustCompile(call).Match(h.texts())
}

// texts are those of the content, one behind the other.
func (h *hugo) texts() []byte {
	if h.content != nil {
		return h.content
	}
	h.content = []byte{}
	for name, file := range h.files {
		if strings.HasPrefix(name, "content/") && path.Ext(name) == ".md" {
			text, _, _ := file.from.text(file.name) // what cannot be read is reported where it is copied
			h.content = append(append(h.content, text...), '\n')
		}
	}
	return h.content
}
