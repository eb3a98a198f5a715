package generator

import (
	"math"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/styles"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// The colours of code can be read on the theme's background for code: WCAG 2.2 wants a contrast of 4.5.
func TestStyleContrast(t *testing.T) {
	for name, background := range map[string]string{lightStyle: "#f1f3ee", darkStyle: "#1f2422"} {
		style := styles.Get(name)
		coloured := 0
		for token, class := range chroma.StandardTypes {
			entry := style.Get(token)
			if class == "" || !entry.Colour.IsSet() || token == chroma.LineNumbers || token == chroma.LineNumbersTable || token == chroma.LineLink {
				continue // the theme colours numbers itself
			}
			on := chroma.MustParseColour(background)
			if entry.Background.IsSet() && entry.Background != style.Get(chroma.Background).Background {
				on = entry.Background
			}
			coloured++
			if ratio := contrast(entry.Colour, on); ratio < 4.5 {
				t.Errorf("%s: %v is %s on %s, a contrast of %.1f", name, token, entry.Colour, on, ratio)
			}
		}
		if coloured < 20 {
			t.Errorf("%s has only %d colours", name, coloured)
		}
	}
}

func contrast(a, b chroma.Colour) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c chroma.Colour) float64 {
	linear := func(part uint8) float64 {
		v := float64(part) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.Red()) + 0.7152*linear(c.Green()) + 0.0722*linear(c.Blue())
}

func TestStyleSheet(t *testing.T) {
	var diags diagnostic.List
	for _, c := range []struct {
		config site.Highlight
		has    []string
		lacks  string
	}{
		{site.Highlight{}, []string{"@media (prefers-color-scheme: light) {", "@media (prefers-color-scheme: dark) {", ".chroma .k {"}, ".chroma { "},
		{site.Highlight{Style: "Monokai"}, []string{".chroma { color: #f8f8f2; background-color: #272822"}, "modus"},
	} {
		sheet, err := styleSheet(c.config, &diags)
		if err != nil || strings.Count(string(sheet), "{") != strings.Count(string(sheet), "}") {
			t.Fatal(err, string(sheet))
		}
		for _, want := range c.has {
			if !strings.Contains(string(sheet), want) {
				t.Errorf("%+v has no %s:\n%s", c.config, want, sheet)
			}
		}
		if strings.Contains(string(sheet), c.lacks) {
			t.Errorf("%+v has %s:\n%s", c.config, c.lacks, sheet)
		}
	}
	if _, err := styleSheet(site.Highlight{Style: "monokay"}, &diags); err == nil || diags.Errors() != 1 || diags.Sorted()[0].Advice != `did you mean "monokai"?` {
		t.Errorf("%v, %v", err, diags.Sorted())
	}
}
