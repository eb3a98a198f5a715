package strictyaml

import (
	"encoding/json"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

func TestJSONText(t *testing.T) {
	const text = "{\n\t\"title\": \"A \\ud83d\\ude00 \\/ \\\"x\\\"\",\n\t\"n\": 12, \"f\": 1.5e3, \"no\": false, \"nil\": null,\n" +
		"\t\"list\": [1, [\"two\"], {\"three\": 3}], \"empty\": {}\n}\n"
	const want = `{"empty":{},"f":1500,"list":[1,["two"],{"three":3}],"n":12,"nil":null,"no":false,"title":"A 😀 / \"x\""}`
	var diags diagnostic.List
	d := Document{File: "a.json", Text: []byte(text), Language: JSON, Diagnostics: &diags}
	got, err := json.Marshal(d.Value())
	if err != nil || string(got) != want || diags.Errors() > 0 {
		t.Errorf("got %s\nwant %s\n%v %v", got, want, err, diags.Sorted())
	}
	if end, ok := JSONEnd([]byte(text + "body } {")); !ok || end != len(text)-1 {
		t.Errorf("the object ends at %d, %v", end, ok)
	}
}

func TestJSONPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"a\": 1,\n  \"b\" 2\n}": "a.json:3:7: this is not JSON",
		"{\"a\": 1":                    "a.json:1:8: this is not JSON: unexpected EOF",
		"{\"a\": 1} x":                 "a.json:1:10: this is not JSON: there is something after the value",
		"{\n\t\"x\": 1}":               `a.json:2:2: unknown key "x"`,
		"{\"box\": {\n  \"weight\":  \"heavy\"}\n}": `a.json:2:14: want a whole number`,
		"{\"box\": [1]}": `a.json:1:9: box must be a mapping, not a list`,
		"{\"a\": " + strings.Repeat("[", 20_000) + "": "this is not JSON",
	} {
		var diags diagnostic.List
		d := Document{File: "a.json", Text: []byte(text), Language: JSON, Diagnostics: &diags}
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
			t.Errorf("%.80q: %s, want %s", text, got, want)
		}
	}
}
