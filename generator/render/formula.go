package render

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/gohugoio/hugo-goldmark-extensions/passthrough"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// FormulaOptions are those of a formula, under the names of KaTeX.
type FormulaOptions struct {
	DisplayMode      bool              `json:"displayMode,omitempty"`
	Output           string            `json:"output"` // mathml, html or htmlAndMathml
	ErrorColor       string            `json:"errorColor,omitempty"`
	FleqN            bool              `json:"fleqn,omitempty"`
	Leqno            bool              `json:"leqno,omitempty"`
	MinRuleThickness float64           `json:"minRuleThickness,omitempty"`
	Macros           map[string]string `json:"macros,omitempty"`
	ThrowOnError     bool              `json:"throwOnError"`
	Strict           string            `json:"strict,omitempty"` // error, ignore or warn
}

// ToMath renders a formula of TeX, as MathML that browsers know or with the options of KaTeX, which renders it.
func (n transformNamespace) ToMath(args ...any) (template.HTML, error) {
	options := FormulaOptions{Output: "mathml", ThrowOnError: true}
	if len(args) == 0 || len(args) > 2 {
		return "", errors.New("transform.ToMath takes a formula, and perhaps options")
	}
	if len(args) == 2 {
		given, ok := args[1].(map[string]any)
		if !ok {
			return "", fmt.Errorf("the options of transform.ToMath are a mapping, not %T", args[1])
		}
		text, err := json.Marshal(given)
		if err == nil {
			err = json.Unmarshal(text, &options) // in any case, as Hugo's
		}
		if err != nil {
			return "", fmt.Errorf("the options of transform.ToMath: %w", err)
		}
	}
	html, err := n.t.formula(toString(args[0]), options)
	return template.HTML(html), err
}

// formula gives what KaTeX makes of a formula.
func (t *templates) formula(text string, options FormulaOptions) (string, error) {
	encoded, err := json.Marshal(options)
	if err != nil {
		return "", err
	}
	op := Operation{Kind: OpMath, Text: strings.TrimSpace(text), Options: string(encoded)}.keyed()
	assets := t.assets()
	if assets == nil {
		return "", ErrUnknownAsset
	}
	if _, err := assets.Make(op); err != nil { // which says what went into it
		return "", t.ofPage(err)
	}
	html, err := assets.Use(op, ReadContent)
	return string(html), t.ofPage(err)
}

// at names the page's file in what is wrong with its text.
func (p *Page) at(err error) error {
	if fault := (*Error)(nil); errors.As(err, &fault) {
		return err
	}
	return &Error{File: cmp.Or(p.record().Source, p.path), Page: p.path, Message: err.Error(), Advice: "correct it, or write it otherwise"}
}

// formula writes a formula. Where KaTeX is to render it and can, that is done; else it is left to the page's own script: as it was written,
// delimiters included, but never as HTML.
func (e *elements) formula(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	written, element, class, end := "", "div", "math display", "\n"
	var delimiters *passthrough.Delimiters
	switch n := n.(type) {
	case *passthrough.PassthroughInline:
		written, element, class, end, delimiters = string(n.Segment.Value(source)), "span", "math inline", "", n.Delimiters
	case *passthrough.PassthroughBlock:
		written, delimiters = strings.TrimSpace(lines(n, source)), n.Delimiters
	}
	content := escapeText(written)
	if t := w.(*target); e.markdown.config.Passthrough.KaTeX && t.set != nil && delimiters != nil {
		inside := strings.TrimSuffix(strings.TrimPrefix(written, delimiters.Open), delimiters.Close)
		html, err := t.set.formula(inside, FormulaOptions{DisplayMode: element == "div", Output: "mathml", ThrowOnError: true})
		switch {
		case err == nil:
			content, t.looked = html, true
		case !errors.Is(err, ErrUnknownAsset): // which a function meets where the text is newer than the build
			return ast.WalkStop, t.page.at(err)
		}
	}
	w.WriteString("<" + element + ` class="` + class + `">` + content + "</" + element + ">" + end)
	return ast.WalkSkipChildren, nil
}
