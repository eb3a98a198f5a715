package strictyaml

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

func document(text string) (*Document, *diagnostic.List) {
	var diags diagnostic.List
	return &Document{File: "f.yaml", Text: []byte(text), LinesBefore: 10, Diagnostics: &diags}, &diags
}

// first is the first fault of a list, with its advice and excerpt.
func first(diags *diagnostic.List) string {
	all := diags.Sorted()
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("%s | %s | %s", all[0], all[0].Advice, all[0].Excerpt)
}

// A fault names its line in the file, its column in characters and what to do.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"title: x\nnumber: y\n": `f.yaml:12:9: want a whole number, not "y" | write digits only | number: y`,
		"titel: x\n":            `f.yaml:11:1: unknown key "titel" in it | did you mean "title"? | titel: x`,
		"é: 1\n":                `f.yaml:11:1: unknown key "é" in it | known keys: list, number, on, title | é: 1`,
		"title: {äö: 1}\n":      `f.yaml:11:8: want a text, not a mapping | write one value | title: {äö: 1}`,
		"list: [ä, [b]]\n":      `f.yaml:11:11: want a text in this list, not a list | write a list of texts, such as [a, b] | list: [ä, [b]]`,
		"on: maybe\n":           `f.yaml:11:5: want true or false, not "maybe" | write true or false | on: maybe`,
		"- a\n":                 `f.yaml:11:1: it must be a mapping, not a list | write it as ` + "`key: value`" + ` lines | - a`,
		"title: a\nTitle: b\n":  `f.yaml:12:1: "Title" stands twice in it | keep one of them | Title: b`,
		"a: b: c\n": "f.yaml:11: this is not YAML: mapping values are not allowed in this context | " +
			"look at the indentation, and put values that hold a colon or a quote into quotes | a: b: c",
		"title: x\n\tnumber: 1\n": "f.yaml:12: this is not YAML: found a tab character that violates indentation | " +
			"look at the indentation, and put values that hold a colon or a quote into quotes | \tnumber: 1",
		"":                      "",
		"# a comment\n":         "",
		"title:\nnumber: 1\n":   "",
		"TITLE: x\nnumber: ~\n": "",
	} {
		doc, diags := document(text)
		var title string
		var number int
		var on bool
		var list []string
		doc.Mapping("it", Fields{"title": doc.String(&title), "number": doc.Int(&number), "on": doc.Bool(&on), "list": doc.Strings(&list)})
		if got := first(diags); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", text, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"title", "revalidate", "draft", "url", "weight"}
	for word, want := range map[string]string{
		"titel": "title", "Revaldate": "revalidate", "drafts": "draft", "URL": "url", "wieght": "weight",
		"author": "", "x": "", "": "",
	} {
		if got, _ := Nearest(word, names); got != want {
			t.Errorf("for %q %q is suggested, want %q", word, got, want)
		}
	}
}

func TestOldBool(t *testing.T) {
	for text, want := range map[string]bool{"a: yes\nb: x\n": true, "a: On\n": true, "a: no\n": false, "{a: off}": false, "a: true\n": true} {
		d, diags := document(text)
		got := !want
		d.Mapping("this", Fields{"a": d.Bool(&got), "b": func(*yaml.Node) {}})
		if got != want || diags.Errors() > 0 {
			t.Errorf("%q is %v: %s", text, got, first(diags))
		}
	}
	d, diags := document("a: 'yes'\n")
	d.Mapping("this", Fields{"a": d.Bool(new(bool))})
	if diags.Errors() != 1 {
		t.Error("a text is taken for true")
	}
}

func TestTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-01":                "2026-11-01T00:00:00Z",
		"2026-11-01 12:30":          "2026-11-01T12:30:00Z",
		"2026-11-01T12:30:15Z":      "2026-11-01T12:30:15Z",
		"2026-11-01T12:30:15+02:00": "2026-11-01T12:30:15+02:00",
		"2026-11-01 12:30:15 -0700": "2026-11-01T12:30:15-07:00",
		"2026-13-01":                "",
		"1.11.2026":                 "",
		"tomorrow":                  "",
	} {
		got, err := ParseTime(text)
		if (err == nil) != (want != "") || err == nil && got.Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("%q is %v, %v; want %q", text, got, err, want)
		}
		if name, _ := got.Zone(); err == nil && name != "UTC" && name != "" {
			t.Errorf("%q has the zone %q, which depends on the machine", text, name)
		}
	}
}

// A short text whose aliases grow without end is a fault and takes no time; an ordinary one with aliases is fine.
func TestAliases(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	for name, text := range map[string]string{
		"many":   bomb.String(),
		"itself": "a: &a [*a]\n",
		"deep":   strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
	} {
		doc, diags := document(text)
		doc.Value()
		if got := first(diags); got == "" {
			t.Errorf("%s: no fault", name)
		}
		doc, diags = document(text)
		var m map[string]any
		var list []string
		if root := doc.parse(); root != nil { // the other decoders must come to an end too
			doc.Map(&m)(root)
			doc.Strings(&list)(root)
			doc.Fields(root, "it", Fields{"a": doc.Map(&m)})
		}
		if diags.Errors() == 0 {
			t.Errorf("%s, decoded as other things: no fault", name)
		}
	}
	doc, diags := document("base: &b {x: 1}\none: *b\ntwo: [*b, *b]\n")
	want := map[string]any{"base": map[string]any{"x": int64(1)}, "one": map[string]any{"x": int64(1)},
		"two": []any{map[string]any{"x": int64(1)}, map[string]any{"x": int64(1)}}}
	if got := doc.Value(); !reflect.DeepEqual(got, want) || diags.Errors() > 0 {
		t.Errorf("%v, %s; want %v", got, first(diags), want)
	}
}

// Values have the types that templates are promised.
func TestAny(t *testing.T) {
	for text, want := range map[string]any{
		"1": int64(1), "-7": int64(-7), "0x10": int64(16), "1.5": 1.5, "1.0": int64(1), "1e3": int64(1000), "true": true, "~": nil,
		"yes": "yes", "2026-01-01": "2026-01-01", "007x": "007x", "'1'": "1", ".inf": ".inf", ".nan": ".nan",
		"9223372036854775807": int64(9223372036854775807), "92233720368547758070": float64(92233720368547758070),
		"[1, a]": []any{int64(1), "a"}, "{a: {b: [~]}}": map[string]any{"a": map[string]any{"b": []any{nil}}}, "{1: x}": map[string]any{"1": "x"},
		"!!binary aGk=": "aGk=", "\"\\xff\"": "ÿ",
	} {
		doc, diags := document(text)
		if got := doc.Value(); !reflect.DeepEqual(got, want) || diags.Errors() > 0 {
			t.Errorf("%s is %T %v, %s; want %T %v", text, got, got, first(diags), want, want)
		}
	}
}

// throughJSON is what a function sees of a value that the build had.
func throughJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%v: %v", value, err)
	}
	return FromJSON(text)
}

// FuzzAny holds that no text makes the decoder panic, and that a value is the same after a passage through JSON as before it:
// the build and the function render the same.
func FuzzAny(f *testing.F) {
	for _, text := range []string{"a: 1", "[1.0, 1.5e300, -0.0, 0.1, 1e400, 123456789012345678901]", "{a: ~, b: .inf, c: 2026-01-01}", "&a [*a]",
		"a: \"\\u0000\\ud800\"", "? [a, b]\n: c", "!!binary /w==", "<<: {a: 1}", "9007199254740993.0", "[0o17, 0b1, 1_000, +1]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, diags := document(text)
		value := doc.Value()
		if diags.Errors() > 0 {
			return
		}
		if after := throughJSON(t, value); !reflect.DeepEqual(after, value) {
			t.Errorf("%q is %#v before and %#v after JSON", text, value, after)
		}
	})
}

// FuzzMapping holds that strict decoding never panics, and that its faults have places inside the text.
func FuzzMapping(f *testing.F) {
	f.Add("title: x\nlist: [a]\non: true\n")
	f.Add("title: &a x\nlist: [*a]\nmore: {title: *a}\n")
	f.Fuzz(func(t *testing.T, text string) {
		doc, diags := document(text)
		var title string
		var list []string
		var m map[string]any
		fields := Fields{"title": doc.String(&title), "list": doc.Strings(&list), "params": doc.Map(&m)}
		fields["more"] = func(n *yaml.Node) { doc.Fields(n, "more", Fields{"title": doc.String(&title)}) }
		doc.Mapping("it", fields)
		for _, d := range diags.Sorted() {
			if d.Line <= 10 || d.Line > 12+strings.Count(text, "\n")+strings.Count(text, "\r")+strings.Count(text, "\u0085")+
				strings.Count(text, "\u2028")+strings.Count(text, "\u2029") {
				t.Errorf("a fault of %q is in line %d: %s", text, d.Line-10, d)
			}
		}
	})
}
