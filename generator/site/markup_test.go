package site

import (
	"encoding/json"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

func readMarkup(text string) (Markup, *diagnostic.List) {
	var diags diagnostic.List
	c := ReadConfig(fstest.MapFS{ConfigFile: {Data: []byte("title: x\nmarkup:\n  " + text + "\n")}}, &diags)
	return c.Markup, &diags
}

// What markup: may say, and that a function reads the same from its bundle.
func TestMarkup(t *testing.T) {
	for text, want := range map[string]Markup{
		"unsafe: true":                            {Unsafe: true},
		"{typographer: true, emoji: true}":        {Typographer: true, Emoji: true},
		"summaryLength: 20":                       {SummaryLength: 20},
		"highlight: false":                        {Highlight: Highlight{Off: true}},
		"highlight: true":                         {},
		"highlight: {style: a, darkStyle: b}":     {Highlight: Highlight{Style: "a", DarkStyle: "b"}},
		"highlight: {lineNumbers: true}":          {Highlight: Highlight{LineNumbers: "table"}},
		"highlight: {lineNumbers: inline}":        {Highlight: Highlight{LineNumbers: "inline"}},
		"tableOfContents: {endLevel: 4}":          {TableOfContents: Contents{EndLevel: 4}},
		`passthrough: {block: [["$$", "$$"]]}`:    {Passthrough: Passthrough{Block: [][2]string{{"$$", "$$"}}}},
		`passthrough: {inline: [["\\(", "\\)"]]}`: {Passthrough: Passthrough{Inline: [][2]string{{`\(`, `\)`}}}},
	} {
		got, diags := readMarkup(text)
		got.Highlight.Place = want.Highlight.Place
		if faults := diags.Sorted(); len(faults) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v with %v, want %+v", text, got, faults, want)
		}
		record, err := json.Marshal(got)
		var again Markup
		if err != nil || json.Unmarshal(record, &again) != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s is %+v after a passage through JSON, %v", text, again, err)
		}
	}
}

func TestMarkupFaults(t *testing.T) {
	for text, want := range map[string]string{
		"unsave: true":                         `isrgen.yaml:3:3: unknown key "unsave" in markup`,
		"unsafe: maybe":                        `isrgen.yaml:3:11: want true or false, not "maybe"`,
		"summaryLength: 0":                     "isrgen.yaml:3:18: summaryLength must be from 1 to 10000, not 0",
		"highlight: {styel: x}":                `isrgen.yaml:3:15: unknown key "styel" in highlight`,
		"highlight: {lineNumbers: some}":       `isrgen.yaml:3:28: lineNumbers cannot be "some"`,
		"tableOfContents: {startLevel: 7}":     "isrgen.yaml:3:33: startLevel must be from 1 to 6, not 7",
		`passthrough: {block: ["$$", "$$"]}`:   "isrgen.yaml:3:25: this is not a pair of delimiters",
		`passthrough: {inline: [["", "x"]]}`:   "isrgen.yaml:3:26: this is not a pair of delimiters",
		`passthrough: {inline: {open: "\\("}}`: "isrgen.yaml:3:25: delimiters must be a list, not a mapping",
	} {
		if _, diags := readMarkup(text); diags.Errors() == 0 || diags.Sorted()[0].String() != want {
			t.Errorf("%s: %v\nwant %s", text, diags.Sorted(), want)
		}
	}
}
