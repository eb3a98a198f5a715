package main

import (
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// highlighter colours blocks of code as chroma does by itself.
type highlighter struct{ formatter *html.Formatter }

func newHighlighter() renderer.NodeRenderer {
	return highlighter{html.New(html.WithClasses(true))}
}

// RegisterFuncs tells goldmark what is rendered here.
func (h highlighter) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, h.block)
}

func (h highlighter) block(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	lexer := lexers.Get(string(n.(*ast.FencedCodeBlock).Language(source)))
	if lexer == nil {
		lexer = lexers.Fallback
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, string(n.Lines().Value(source)))
	if err != nil {
		return ast.WalkStop, err
	}
	return ast.WalkContinue, h.formatter.Format(w, styles.Fallback, tokens)
}
