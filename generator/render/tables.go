package render

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// tables is goldmark's extension for GitHub's tables with a bound. A row that is shorter than the heading is filled with empty
// cells, so that a wide heading over many short rows would grow with the square of the text.
type tables struct{ parser.ParagraphTransformer }

// mostCells of a table, for each byte of its text: far more than a person leaves out.
const mostCells = 20

// Extend adds tables to goldmark.
func (tables) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(tables{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(extension.NewTableHTMLRenderer(), 500)))
}

// Transform makes a table of a paragraph that is one. One beyond the bound stays a paragraph.
func (t tables) Transform(paragraph *ast.Paragraph, reader text.Reader, context parser.Context) {
	size, columns := 0, 0
	for _, line := range paragraph.Lines().Sliced(0, paragraph.Lines().Len()) {
		value := line.Value(reader.Source())
		size += len(value)
		columns = max(columns, bytes.Count(value, []byte("|"))+1)
	}
	if columns*paragraph.Lines().Len() <= mostCells*(size+50) {
		t.ParagraphTransformer.Transform(paragraph, reader, context)
	}
}
