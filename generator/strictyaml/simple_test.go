package strictyaml

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// checkSimple holds that a text which is simple is what package yaml says. It reports whether the text is simple.
func checkSimple(t testing.TB, text string) bool {
	t.Helper()
	got, ok := parseSimple([]byte(text))
	if !ok {
		return false
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) != 1 {
		t.Errorf("%q is simple, and package yaml says %v", text, err)
		return true
	}
	if want := doc.Content[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("%q is\n%s; package yaml says\n%s", text, outline(got, ""), outline(want, ""))
	}
	return true
}

func outline(n *yaml.Node, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%d:%d kind %d style %d %s %q %q%q%q\n", indent, n.Line, n.Column, n.Kind, n.Style, n.Tag, n.Value,
		n.HeadComment, n.LineComment, n.FootComment)
	for _, child := range n.Content {
		b.WriteString(outline(child, indent+"  "))
	}
	return b.String()
}

// What people write is simple.
func TestSimple(t *testing.T) {
	for _, text := range []string{
		"title: Hello\n", "title: Hello", "title: \"Hello: world\"\ndate: 2026-01-31\ntags: [isr, go]\n",
		"title: 'It is'\ndate: 2026-01-31T12:00:00Z\ndraft: true\nweight: 3\n",
		"tags:\n  - one\n  - two words\ntitle: Last\n", "tags:\n- one\n- two\n", "tags:\n-   spaced\n",
		"params:\n  author: ana\n  level: 3\n  deep:\n    er: x\ntitle: x\n", "title: Füße und 日本\n", "title: 10 ways to wait\n",
		"url: /a/b\nempty: []\nnone: null\n", "isr:\n  revalidate: 1h\n  fallback: blocking\n", "title:   spaced   \n",
		"tags: [ a , \"b\", 'c' ]\n", "time: 12:30\n"[:0] + "title: a:b\n", "date: 2026-01-31T12:00:00+01:00\n",
	} {
		if !checkSimple(t, text) {
			t.Errorf("%q is not simple", text)
		}
	}
}

// What only looks simple is left to package yaml.
func TestNotSimple(t *testing.T) {
	for _, text := range []string{
		"", "\n", "a", "a:b", "a: b # c", "a: |\n  b\n", "a: b\n c\n", "a: b\n\n c\n", "a: &x b\n", "a: *x\n", "a: !!str 1\n", "a: {b: c}\n",
		"a: b: c\n", "a: 'it''s'\n", "a: \"\\n\"\n", "a: \"b\" c\n", "a: 0x10\n", "a: 1.5\n", "a: 1_000\n", "a: 2026-1-2\n", "a: ~\n", "a:\n",
		"a:\nb: c\n", "? a\n", "- a\n", "a: - b\n", "a: [b\n", "a: [b, [c]]\n", "a: [b,]\n", "a:\tb\n", "true: b\n", "\"a\": b\n", "a: b\r\n",
		"a: @b\n", "a: `b\n", "a: %b\n", "--- a\n", "a: b\n---\n", "a: b\n...\n", " a: b\nc: d\n", "a:\n  - b: c\n", "a:\n  - - b\n",
		"a:\n  b: c\n d: e\n", "a: \u2028\n", "<<: b\n", "a: .inf\n", "a: 09\n", "a: [b c: d]\n", "a: 'b\n", "a: \"\n", "a: b\n\n",
	} {
		if checkSimple(t, text) {
			t.Errorf("%q is simple", text)
		}
	}
}

// TestSimpleAtRandom makes texts of the pieces that matter.
func TestSimpleAtRandom(t *testing.T) {
	pieces := []string{
		"a", "b", "title", "true", "null", "1", "0", "2026-01-31", "T12:00:00Z", ": ", ":", "\n", "\n", "\n  ", "\n ", "\n- ", "\n  - ", "- ",
		" ", "  ", "[", "]", ", ", ",", "\"", "'", "x y", "é", "/", "_", ".", "-", "10 x", "{", "}", "|", "#", " #", "&", "*", "!", "%", "?", "e5", "~",
		"key: ", "key: value\n", "list:\n  - one\n", "map:\n  in: side\n", "flow: [a, b]\n", "quoted: \"c d\"\n",
	}
	random := rand.New(rand.NewPCG(8, 8))
	simple := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + random.IntN(9) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		if checkSimple(t, b.String()) {
			simple++
		}
		if t.Failed() {
			return
		}
	}
	if simple < 2000 {
		t.Errorf("only %d texts were simple", simple)
	}
}

func FuzzSimple(f *testing.F) {
	f.Add("title: \"Hello\"\ndate: 2026-01-31\ntags: [isr, 'go']\nparams:\n  a: 1\n  l:\n  - x\n")
	f.Fuzz(func(t *testing.T, text string) { checkSimple(t, text) })
}

const benchmarkFrontMatter = `title: "What a cache is for"
date: 2026-01-31T12:00:00Z
description: Some words on caches and what they are good for.
tags:
  - caching
  - isr
categories: [notes]
params:
  author: ana
  level: 3
`

func BenchmarkParse(b *testing.B) {
	b.Run("simple", func(b *testing.B) {
		for b.Loop() {
			parseSimple([]byte(benchmarkFrontMatter))
		}
	})
	b.Run("yaml", func(b *testing.B) {
		for b.Loop() {
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(benchmarkFrontMatter), &doc); err != nil {
				b.Fatal(err)
			}
		}
	})
}
