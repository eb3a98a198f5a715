package site

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Markup is the `markup:` block of the config: how Markdown becomes HTML. Its zero value is the default of each key.
type Markup struct {
	// Unsafe lets raw HTML and any kind of link through. Whoever writes content can then run scripts in readers' browsers.
	Unsafe bool `json:"unsafe,omitempty"`

	Typographer bool `json:"typographer,omitempty"` // quotation marks, dashes and ellipses as in print
	Emoji       bool `json:"emoji,omitempty"`       // :smile:

	// NoHeadingAnchors leaves out the link to itself that a heading ends with.
	NoHeadingAnchors bool `json:"noHeadingAnchors,omitempty"`

	// SummaryLength is how many words an automatic summary has at least; 0 means 70.
	SummaryLength int `json:"summaryLength,omitempty"`

	Highlight       Highlight   `json:"highlight,omitzero"`
	TableOfContents Contents    `json:"tableOfContents,omitzero"`
	Passthrough     Passthrough `json:"passthrough,omitzero"`
}

// Highlight says how blocks of code are coloured.
type Highlight struct {
	Off         bool   `json:"off,omitempty"`
	Style       string `json:"style,omitempty"`       // a style of chroma; empty means that of isrgen
	DarkStyle   string `json:"darkStyle,omitempty"`   // for readers who prefer a dark page
	LineNumbers string `json:"lineNumbers,omitempty"` // of blocks that do not say: table, inline or empty for none

	// Place is where the block stands, for diagnostics.
	Place content.Place `json:"-"`
}

// Contents says which headings a table of contents has; 0 means 2 and 3.
type Contents struct {
	StartLevel int  `json:"startLevel,omitempty"`
	EndLevel   int  `json:"endLevel,omitempty"`
	Ordered    bool `json:"ordered,omitempty"`
}

// Passthrough is the text that a script of the page renders, such as mathematics: pairs of what stands before and behind it.
type Passthrough struct {
	KaTeX  bool        `json:"katex,omitempty"` // the build renders it, as mathematics
	Block  [][2]string `json:"block,omitempty"`
	Inline [][2]string `json:"inline,omitempty"`
}

func decodeMarkup(d *strictyaml.Document, into *Markup) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "markup", strictyaml.Fields{
			"unsafe":          d.Bool(&into.Unsafe),
			"typographer":     d.Bool(&into.Typographer),
			"emoji":           d.Bool(&into.Emoji),
			"headingAnchors":  decodeAnchors(d, &into.NoHeadingAnchors),
			"summaryLength":   decodeBetween(d, "summaryLength", 1, 10_000, &into.SummaryLength),
			"highlight":       decodeHighlight(d, &into.Highlight),
			"tableOfContents": decodeContents(d, &into.TableOfContents),
			"passthrough":     decodePassthrough(d, &into.Passthrough),
		})
	}
}

func decodeAnchors(d *strictyaml.Document, without *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		anchors := true
		d.Bool(&anchors)(n)
		*without = !anchors
	}
}

func decodeBetween(d *strictyaml.Document, key string, least, most int, into *int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		value := least
		d.Int(&value)(n)
		if value < least || value > most {
			d.Errorf(n, "write another number, or leave the key out", "%s must be from %d to %d, not %d", key, least, most, value)
			return
		}
		*into = value
	}
}

// decodeHighlight decodes true, false or a mapping. Whether the styles exist is known where style sheets are made.
func decodeHighlight(d *strictyaml.Document, into *Highlight) func(*yaml.Node) {
	return func(n *yaml.Node) {
		into.Place = content.Place{File: d.File, Line: n.Line, Column: n.Column}
		if n.Kind == yaml.ScalarNode {
			on := true
			d.Bool(&on)(n)
			into.Off = !on
			return
		}
		d.Fields(n, "highlight", strictyaml.Fields{
			"style":       d.String(&into.Style),
			"darkStyle":   d.String(&into.DarkStyle),
			"lineNumbers": decodeLineNumbers(d, &into.LineNumbers),
		})
	}
}

func decodeLineNumbers(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case "table", "inline":
			*into = n.Value
		case "true":
			*into = "table"
		case "false":
			*into = ""
		default:
			d.Errorf(n, "write true, false, table or inline", "lineNumbers cannot be %q", n.Value)
		}
	}
}

func decodeContents(d *strictyaml.Document, into *Contents) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "tableOfContents", strictyaml.Fields{
			"startLevel": decodeBetween(d, "startLevel", 1, 6, &into.StartLevel),
			"endLevel":   decodeBetween(d, "endLevel", 1, 6, &into.EndLevel),
			"ordered":    d.Bool(&into.Ordered),
		})
	}
}

func decodePassthrough(d *strictyaml.Document, into *Passthrough) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Fields(n, "passthrough", strictyaml.Fields{
			"block":  decodeDelimiters(d, &into.Block),
			"inline": decodeDelimiters(d, &into.Inline),
			"katex":  d.Bool(&into.KaTeX),
		})
	}
}

func decodeDelimiters(d *strictyaml.Document, into *[][2]string) func(*yaml.Node) {
	const advice = `write a list of pairs, such as [["$$", "$$"]]`
	return func(n *yaml.Node) {
		d.Items(n, "delimiters", advice, func(item *yaml.Node) {
			var pair []string
			d.Strings(&pair)(item)
			if len(pair) != 2 || strings.TrimSpace(pair[0]) == "" || strings.TrimSpace(pair[1]) == "" {
				d.Errorf(item, advice, "this is not a pair of delimiters")
				return
			}
			*into = append(*into, [2]string{pair[0], pair[1]})
		})
	}
}
