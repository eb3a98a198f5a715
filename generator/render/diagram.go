package render

import (
	"strings"

	"github.com/bep/goat"
)

// diagramLanguage is that of blocks which are drawings in letters.
const diagramLanguage = "goat"

// mostDiagram is far more than a page can show, in bytes. The time to draw grows faster than the text.
const mostDiagram = 32 << 10

// diagram draws a drawing in letters as SVG, whose text readers of screens get as it is.
func diagram(text string) (string, bool) {
	if len(text) > mostDiagram || strings.TrimSpace(text) == "" {
		return "", false
	}
	svg := goat.BuildSVG(strings.NewReader(strings.ReplaceAll(text, "\t", "    ")))
	return `<figure class="diagram" role="img" aria-label="Diagram">` + svg.String() + "</figure>\n", true
}
