package render

import (
	"strings"
	"testing"
)

// TestLayoutsOf holds that no layout is left out that may have a part in a page.
func TestLayoutsOf(t *testing.T) {
	for _, test := range []struct {
		name    string
		layouts map[string]string
		want    string
	}{
		{"alone", map[string]string{"page.html": "x", "_partials/a.html": "a"}, "page.html"},
		{"base", map[string]string{"page.html": `{{ define "main" }}x{{ end }}`, "baseof.html": `{{ block "main" . }}{{ end }}{{ partial "a.html" . }}`,
			"_partials/a.html": `{{ partial "b.html" }}`, "_partials/b.html": "b", "_partials/c.html": "c"},
			"_partials/a.html _partials/b.html baseof.html page.html"},
		{"conditions", map[string]string{"page.html": `{{ if false }}{{ else }}{{ with .Title }}{{ range slice 1 }}{{ partial "a.html" . | len | print }}{{ end }}{{ end }}{{ end }}`,
			"_partials/a.html": "a"}, "_partials/a.html page.html"},
		{"inside", map[string]string{"page.html": `{{ $x := (printf "%s" (partial "a.html" .)) }}{{ if (partial "b.html") }}{{ end }}`,
			"_partials/a.html": "a", "_partials/b.html": "b"}, "_partials/a.html _partials/b.html page.html"},
		{"a name that is computed", map[string]string{"page.html": `{{ partial (printf "%s.html" .Kind) . }}`,
			"_partials/a.html": "a", "_partials/b.html": "b"}, "_partials/a.html _partials/b.html page.html"},
		{"definitions", map[string]string{"page.html": `{{ template "t" . }}`, "_partials/a.html": `{{ define "t" }}{{ partial "b.html" }}{{ end }}`,
			"_partials/b.html": "b", "_partials/c.html": "c"}, "_partials/a.html _partials/b.html page.html"},
		{"partials that call each other", map[string]string{"page.html": `{{ partial "a.html" }}`, "_partials/a.html": `{{ partial "a.html" }}`},
			"_partials/a.html page.html"},
	} {
		s := newSite(t)
		layouts := Layouts{}
		for name, text := range test.layouts {
			layouts[name] = Layout{File: "layouts/" + name, Text: text}
		}
		page, err := s.Page("/posts/b/")
		if err != nil {
			t.Fatal(err)
		}
		got, err := New(s, layouts).LayoutsOf(page)
		if strings.Join(got, " ") != test.want || err != nil {
			t.Errorf("%s: %v, %v; want %s", test.name, got, err, test.want)
		}
	}
}
