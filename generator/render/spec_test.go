package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

const judge = "../../testdata/judge"

var showSpec = flag.Bool("spec", false, "show what differs from the specifications of Markdown")

// example is one of a specification.
type example struct {
	Spec     string
	Number   int
	Markdown string
	HTML     string
}

// TestSpecifications renders the examples of CommonMark 0.31.2 and of GitHub's Markdown with raw HTML on. What differs is written
// down in testdata/judge/markdown.txt, each with its reason; an example there that does not differ fails too.
func TestSpecifications(t *testing.T) {
	known := knownDifferences(t)
	m := newMarkdown(site.Markup{Unsafe: true, Highlight: site.Highlight{Off: true}})
	counts := map[string]int{}
	for _, e := range examples(t) {
		counts[e.Spec]++
		name := fmt.Sprintf("%s %d", e.Spec, e.Number)
		out, err := m.html([]byte(e.Markdown), "")
		if err != nil {
			t.Fatal(name, err)
		}
		got, want := normal(string(out)), normal(e.HTML)
		switch _, listed := known[name]; {
		case got != want && !listed:
			t.Errorf("%s: %q\nis\n%s\nwant\n%s", name, e.Markdown, got, want)
		case got == want && listed:
			t.Errorf("%s does not differ: take it out of markdown.txt", name)
		case got != want && *showSpec:
			t.Logf("%s: %q\nis\n%s\nspecified\n%s", name, e.Markdown, got, want)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("markdown.txt has %s, which is no example", name)
	}
	if counts["commonmark"] < 600 || counts["gfm"] < 600 {
		t.Errorf("only %v examples", counts)
	}
}

func examples(t *testing.T) (all []example) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(judge, "node_modules", "commonmark-spec")); err != nil {
		t.Skip("the specifications are missing: run `npm ci --ignore-scripts` in testdata/judge")
	}
	cmd := exec.CommandContext(t.Context(), "node", "markdown.mjs")
	cmd.Dir = judge
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var e example
		if err := decoder.Decode(&e); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

// knownDifferences reads lines "SPEC NUMBER NUMBER…: REASON".
func knownDifferences(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(judge, "markdown.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		names, reason, ok := strings.Cut(strings.TrimSpace(line), ": ")
		spec, numbers, _ := strings.Cut(names, " ")
		if !ok || reason == "" || numbers == "" {
			t.Fatalf("markdown.txt: %q is not SPEC NUMBER…: REASON", line)
		}
		for number := range strings.FieldsSeq(numbers) {
			known[spec+" "+number] = reason
		}
	}
	return known
}

// What is added on purpose, everywhere, is taken out before the comparison: ids of headings and their links, what lets the keyboard
// reach code and tables, names of check boxes. Ends of empty elements and alignments are written in one way.
var normalForms = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(` <a class="anchor" href="#[^"]*" aria-label="[^"]*">#</a>(</h[1-6]>)`), "$1"},
	{regexp.MustCompile(`(<h[1-6]) id="[^"]*"`), "$1"},
	{regexp.MustCompile(`(<(?:pre|table)) tabindex="0"`), "$1"},
	{regexp.MustCompile(` aria-label="(?:Done|Not done)"`), ""},
	{regexp.MustCompile(` />`), ">"},
	{regexp.MustCompile(` align="(\w+)"`), ` style="text-align:$1"`},
	{regexp.MustCompile(`<input[^>]*>`), ""}, // the order of their attributes is nobody's concern; see checkBoxes
	{regexp.MustCompile(`\n+`), "\n"},
}

func normal(html string) string {
	boxes := checkBoxes.FindAllString(html, -1)
	for _, form := range normalForms {
		html = form.pattern.ReplaceAllString(html, form.with)
	}
	for _, box := range boxes {
		html += fmt.Sprintln(slices.Contains(strings.FieldsFunc(box, func(r rune) bool { return strings.ContainsRune(` ="<>`, r) }), "checked"))
	}
	return strings.TrimSpace(html)
}

var checkBoxes = regexp.MustCompile(`<input[^>]*>`)
