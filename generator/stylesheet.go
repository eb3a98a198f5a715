package generator

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/styles"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// The styles of code where the config names none. Their colours were chosen for contrast, and stand on the page's own
// background.
const (
	lightStyle = "modus-operandi"
	darkStyle  = "modus-vivendi"
)

// planStyleSheet publishes the colours of code, unless the site has a file of its own in that place.
func (b *build) planStyleSheet() {
	name := strings.TrimPrefix(render.HighlightCSS, "/")
	if _, taken := b.plan.owners[name]; taken || b.site.Config.Markup.Highlight.Off {
		return
	}
	sheet, err := styleSheet(b.site.Config.Markup.Highlight, &b.diags)
	if err == nil && b.claim(name, "") {
		b.plan.output.Static[name] = buildoutput.File{Content: buildoutput.Bytes(sheet)}
	}
}

// styleSheet makes the rules for a light and for a dark page. A site that names one style only wants it on both.
func styleSheet(config site.Highlight, diags *diagnostic.List) ([]byte, error) {
	var b bytes.Buffer
	light, dark := cmp.Or(config.Style, lightStyle), cmp.Or(config.DarkStyle, config.Style, darkStyle)
	for _, side := range []struct{ scheme, style string }{{"light", light}, {"dark", dark}} {
		style, ok := styles.Registry[strings.ToLower(side.style)]
		if !ok {
			diags.Add(unknownStyle(side.style, config))
			return nil, fmt.Errorf("there is no style %q", side.style)
		}
		fmt.Fprintf(&b, "@media (prefers-color-scheme: %s) {\n", side.scheme)
		if err := writeRules(&b, style); err != nil {
			return nil, err
		}
		b.WriteString("}\n")
	}
	return b.Bytes(), nil
}

// writeRules writes the rules of a style. Those for the background are left out of isrgen's own.
func writeRules(b *bytes.Buffer, style *chroma.Style) error {
	var rules bytes.Buffer
	if err := html.New(html.WithClasses(true), html.WithCSSComments(false)).WriteCSS(&rules, style); err != nil {
		return err
	}
	own := style.Name == lightStyle || style.Name == darkStyle
	for line := range strings.Lines(rules.String()) {
		if !own || !strings.HasPrefix(line, ".bg {") && !strings.HasPrefix(line, ".chroma {") {
			b.WriteString(line)
		}
	}
	return nil
}

func unknownStyle(name string, config site.Highlight) diagnostic.Diagnostic {
	names := styles.Names()
	advice := "choose one of " + strings.Join(names, ", ")
	if nearest, ok := strictyaml.Nearest(name, names); ok {
		advice = fmt.Sprintf("did you mean %q?", nearest)
	}
	return diagnostic.Diagnostic{File: site.ConfigFile, Line: config.Place.Line, Column: config.Place.Column,
		Message: fmt.Sprintf("there is no style %q for highlighted code", name), Advice: advice}
}
