package strictyaml

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

func TestTOMLValues(t *testing.T) {
	const text = `
title = "A \"quoted\" title"
literal = 'C:\path'
long = """
two
lines"""
n = 1_000
hex = 0xff
f = 1.5e3
whole = 2.0
yes = true
date = 2026-01-31
at = 2026-01-31T12:00:00+02:00
list = [1, "two", [3], {four = 4}]
a.b.c = "dotted"
inline = {x = 1, y.z = "deep"}

[params]
"quoted key" = 1
[params.more]
k = "v"

[[menus.main]]
name = "One"
[[menus.main]]
name = "Two"
[menus.main.params]
x = 2
`
	const want = `{"a":{"b":{"c":"dotted"}},"at":"2026-01-31T12:00:00+02:00","date":"2026-01-31","f":1500,"hex":255,` +
		`"inline":{"x":1,"y":{"z":"deep"}},"list":[1,"two",[3],{"four":4}],"literal":"C:\\path","long":"two\nlines",` +
		`"menus":{"main":[{"name":"One"},{"name":"Two","params":{"x":2}}]},"n":1000,` +
		`"params":{"more":{"k":"v"},"quoted key":1},"title":"A \"quoted\" title","whole":2,"yes":true}`
	var diags diagnostic.List
	d := Document{File: "a.toml", Text: []byte(text), Language: TOML, Diagnostics: &diags}
	got, err := json.Marshal(d.Value())
	if err != nil || string(got) != want || diags.Errors() > 0 {
		t.Errorf("got %s\nwant %s\n%v %v", got, want, err, diags.Sorted())
	}
}

func TestTOMLPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"a = 1\nb = [\n":                "a.toml:5:6: this is not TOML",
		"a = 1\na = 2\n":                "a.toml:5:1: this is not TOML",
		"x = 1\n":                       `a.toml:4:1: unknown key "x"`,
		"[box]\n  weight = \"heavy\"\n": `a.toml:5:12: want a whole number`,
		"box.weight = true\n":           `a.toml:4:14: want a whole number`,
		"[box]\n[box]\n":                "a.toml:5:2: this is not TOML: box is there already",
		"[a.b]\n[a]\nb.c = 1\n":         "a.toml:6:1: this is not TOML: b is there already",
		"a = 1\n[a.b]\n":                "a.toml:5:2: this is not TOML: a is there already",
		"a = {x = 1}\n[a.b]\n":          "a.toml:5:2: this is not TOML: a is there already",
		"[[a]]\n[a]\n":                  "a.toml:5:2: this is not TOML: a is there already",
		"a = [1]\n[[a]]\n":              "a.toml:5:3: this is not TOML: a is there already",
		"[a]\nb.c = 1\n[a.b]\n":         "a.toml:6:4: this is not TOML: b is there already",
		"a = 99999999999999999999\n":    "a.toml:4:5: this is not TOML: 99999999999999999999 is too large",
		"[[box]]\n":                     `a.toml:4:3: box must be a mapping, not a list`,
	} {
		var diags diagnostic.List
		d := Document{File: "a.toml", Text: []byte(text), Language: TOML, LinesBefore: 3, Diagnostics: &diags}
		var weight int
		var a any
		d.Mapping("this", Fields{"a": d.Any(&a), "b": d.Any(&a), "box": func(n *yaml.Node) {
			d.Fields(n, "box", Fields{"weight": d.Int(&weight)})
		}})
		got := ""
		for _, fault := range diags.Sorted() {
			got += fault.String()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzTOML holds that what the library's decoder takes is taken here. A date that is none is a text here.
func FuzzTOML(f *testing.F) {
	f.Add("a = 1\n[b]\nc = [{d = 2}]\n[[e.f]]\n[e.f.g]\n")
	f.Add("a = 1\na = 2\n")
	f.Add("[a.b]\n[a]\n[a.b.c]\nd.e = 1\nd.f = 2\n[[x]]\n[x.y]\n[[x]]\n[x.y]\n")
	f.Add("[a]\nb.c = 1\n[a.b.d]\n[[a.b]]\n")
	f.Add(strings.Repeat("a.", 500) + "a = 1")
	f.Add("a = " + strings.Repeat("[", 500) + strings.Repeat("]", 500))
	f.Fuzz(func(t *testing.T, text string) {
		var theirs map[string]any
		err := toml.Unmarshal([]byte(text), &theirs)
		var diags diagnostic.List
		d := Document{File: "a.toml", Text: []byte(text), Language: TOML, Diagnostics: &diags}
		if d.Value(); err == nil && diags.Errors() > 0 {
			t.Error(diags.Sorted())
		}
	})
}
