package deployment

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

var update = flag.Bool("update", false, "write the results of the cases")

// section is a part of a file of cases: a name between -- and --, and the text below it.
type section struct{ name, text string }

func readSections(t *testing.T, file string) []section {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []section
	for line := range strings.Lines(string(text)) {
		name, ok := strings.CutPrefix(line, "-- ")
		switch {
		case ok:
			list = append(list, section{name: strings.TrimSuffix(name, " --\n")})
		case len(list) > 0:
			list[len(list)-1].text += line
		default:
			t.Fatalf("%s: %q stands before the first case", file, line)
		}
	}
	return list
}

// TestSettings runs the cases of testdata/deployment, which its README describes.
func TestSettings(t *testing.T) {
	files, err := filepath.Glob("../../testdata/deployment/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		var text strings.Builder
		sections := readSections(t, file)
		for i, c := range sections {
			if c.name == "result" {
				continue
			}
			got, want := decode(t, c.text), ""
			if i+1 < len(sections) && sections[i+1].name == "result" {
				want = sections[i+1].text
			}
			if got != want && !*update {
				t.Errorf("%s: %s\n%s\ngot\n%s\nwant\n%s", filepath.Base(file), c.name, c.text, got, want)
			}
			text.WriteString("-- " + c.name + " --\n" + c.text + "-- result --\n" + got)
		}
		if *update {
			if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// decode gives the settings of a text, or its faults.
func decode(t *testing.T, text string) string {
	t.Helper()
	var diags diagnostic.List
	var settings Settings
	d := &strictyaml.Document{File: "isrgen.yaml", Text: []byte(text), Diagnostics: &diags}
	d.Mapping("the configuration", settings.Fields(d))
	var b strings.Builder
	for _, fault := range diags.Sorted() {
		b.WriteString(fault.String() + "\n    " + fault.Advice + "\n")
	}
	if b.Len() > 0 {
		return b.String()
	}
	for _, list := range [][]Rule{settings.Redirects, settings.Headers, settings.Rewrites} {
		for i, rule := range list {
			if rule.Place.Line == 0 || rule.Place.File == "" || rule.Place.Excerpt == "" {
				t.Errorf("%s has no place: %+v", rule.Source, rule.Place)
			}
			list[i].Place = diagnostic.Diagnostic{}
		}
	}
	value, err := json.Marshal(settings, json.OmitZeroStructFields(true), json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	return string(value) + "\n"
}
