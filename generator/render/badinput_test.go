package render

import (
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

// badTexts are texts that grow beyond measure in a renderer which is careless with them.
func badTexts() map[string]string {
	many := func(text string, n int) string { return strings.Repeat(text, n) }
	return map[string]string{
		"quotes":      many("> ", 10_000) + "x",
		"lists":       many("- ", 10_000) + "x",
		"brackets":    many("[", 50_000) + "x",
		"links":       many("[a](", 10_000),
		"images":      many("![", 10_000),
		"emphasis":    many("*a **a ", 10_000),
		"underscores": many("_", 50_000) + "x",
		"backticks":   many("`a``", 10_000),
		"table":       "|" + many("a|", 1_000) + "\n|" + many("-|", 1_000) + "\n" + many("|x|\n", 1_000),
		"headings":    many("# same\n\n", 20_000),
		"footnotes":   many("[^1] ", 10_000) + "\n\n[^1]: x",
		"definitions": many("a\n: b\n\n", 10_000),
		"alerts":      many("> [!NOTE]\n> x\n\n", 10_000),
		"nested":      many("> [!NOTE]\n> ", 1_000) + "x",
		"dividers":    many("<!--more-->\n\n", 10_000),
		"entities":    many("&#", 50_000),
		"comments":    many("<!-- ", 10_000),
		"fences":      many("```\n", 20_001),
		"attributes":  "# a {" + many("a=b ", 10_000),
		"options":     "```go {" + many("hl_lines=[1,2-3] ", 5_000) + "}\nx\n```",
		"code":        "```go\n" + many("\"\\", 50_000) + "\n```",
		"javascript":  "```js\n" + many("`${", 20_000) + "\n```",
		"languages":   many("```nolang"+many("x", 200)+"\n```\n", 1_000),
		"typography":  many("\"'", 20_000),
		"emoji":       many(":", 50_000),
		"math":        many("$$ ", 3_000) + many("\\( ", 3_000),
		"endless":     "```jungle\nx\n```\n```jsonata\na = \"b\" <c> 1\n```",
	}
}

// TestBadMarkdown holds that no text makes the renderer grow beyond measure, nor keeps it without end: what should take
// milliseconds would run into the timeout of all tests.
func TestBadMarkdown(t *testing.T) {
	m := newMarkdown(site.Markup{Typographer: true, Emoji: true,
		Passthrough: site.Passthrough{Block: [][2]string{{"$$", "$$"}}, Inline: [][2]string{{`\(`, `\)`}}}})
	for name, text := range badTexts() {
		t.Run(name, func(t *testing.T) {
			out, err := m.html([]byte(text), "/")
			if err != nil {
				t.Fatal(err)
			}
			if limit := 400*len(text) + 1<<20; len(out) > limit {
				t.Errorf("%d bytes became %d", len(text), len(out))
			}
		})
	}
}

// TestBadShortcodes holds the same of texts with shortcodes: finding them, and putting their HTML into the text, is linear.
func TestBadShortcodes(t *testing.T) {
	known := func(name string) (exists, inner bool) { return name != "none", name == "outer" }
	many := func(text string, n int) string { return strings.Repeat(text, n) }
	for name, c := range map[string]struct{ text, fault string }{
		"calls":    {many("{{< leaf a >}} ", 50_000), ""},
		"opened":   {many("{{< outer >}}", 50_000), "shortcodes stand in each other more than 100 deep"},
		"closed":   {many("{{< /outer >}}", 50_000), `shortcode "outer" is closed and was not opened`},
		"braces":   {many("{", 500_000) + many("{{", 100_000), ""},
		"begun":    {many("{{<", 50_000), `there is no shortcode "none"`},
		"comments": {many("{{</* x */>}}", 50_000), ""},
		"quotes":   {"{{< leaf " + many(`"a" `, 100_000), `the tag of shortcode "leaf" has no end`},
		"names":    {"{{< leaf " + many("a", 500_000) + "=1 >}}", ""},
		"escapes":  {`{{< leaf "` + many(`\"`, 200_000), `a parameter of shortcode "leaf" has no closing quote`},
	} {
		if name == "begun" {
			c.text = "{{< none >}}" + c.text
		}
		_, fault := parseShortcodes(c.text, known)
		if fault == nil && c.fault != "" || fault != nil && fault.message != c.fault {
			t.Errorf("%s: %+v, want %q", name, fault, c.fault)
		}
	}
	s := &shortcodeText{placeholder: "isrgenshortcode", outputs: []string{"<b>x</b>"}}
	if out := s.fill(many("<p>isrgenshortcode0z</p>\n", 50_000)); out != many("<b>x</b>\n", 50_000) {
		t.Errorf("filled: %.100s", out)
	}
}
