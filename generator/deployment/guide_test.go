package deployment

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	tableRow  = regexp.MustCompile("(?m)^\\| `(/[^`]*)` \\| (.*) \\| (.*) \\|$")
	codeSpan  = regexp.MustCompile("`([^`]*)`")
)

// The sample site's guide shows these settings. Its examples must be without faults, and its table of sources true.
func TestGuideIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../testdata/site/blog/content/guide/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, guide, _ := strings.Cut(string(text), "## Redirects, rewrites and headers\n")
	blocks, rows := yamlBlock.FindAllStringSubmatch(guide, -1), tableRow.FindAllStringSubmatch(guide, -1)
	if len(blocks) < 5 || len(rows) < 5 {
		t.Fatalf("the guide has %d examples and %d sources", len(blocks), len(rows))
	}
	for _, block := range blocks {
		settings(t, block[1])
	}
	for _, row := range rows {
		source := strings.ReplaceAll(row[1], `\|`, "|") // a table wants it so
		rules := settings(t, "redirects: [{ source: '"+source+"', destination: /matched }]").Redirects
		router, _ := routing.New(&buildoutput.Config{Routes: []buildoutput.Route{rules[0].Route}}, nothing{})
		for i, want := range []routing.Kind{routing.Redirect, routing.Error} {
			for _, path := range codeSpan.FindAllStringSubmatch(row[2+i], -1) {
				if got := router.Resolve(&routing.Request{Path: path[1]}).Kind; got != want {
					t.Errorf("%s: %s is a case of %v, not of %v", source, path[1], got, want)
				}
			}
		}
	}
}

// settings decodes a text without faults.
func settings(t *testing.T, text string) *Settings {
	t.Helper()
	var diags diagnostic.List
	s := &Settings{}
	d := &strictyaml.Document{File: "isrgen.yaml", Text: []byte(text), Diagnostics: &diags}
	fields := s.Fields(d)
	fields["architecture"] = d.String(new(string)) // the guide has it among these, package site decodes it
	d.Mapping("the example", fields)
	for _, fault := range diags.Sorted() {
		t.Errorf("%s\n%s", text, fault)
	}
	return s
}
