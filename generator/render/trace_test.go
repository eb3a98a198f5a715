package render

import (
	"fmt"
	"testing"
	"time"
)

// TestTrace holds that a trace writes what Render does, and finds the line that made the difference.
func TestTrace(t *testing.T) {
	for _, test := range []struct{ name, page, partial, want string }{
		{"an action", "<p>{{ .Title }}</p>\n<b>{{ now.Second }}</b>", "", "layouts/page.html:2:7"},
		{"a condition", "{{ .Title }}\n{{ if lt now.Second 30 }}early{{ else }}late{{ end }}", "", "layouts/page.html:2:7"},
		{"inside of one", "{{ with .Title }}\n{{ range slice 1 2 }}\n  {{ now.Second }}{{ end }}{{ end }}", "", "layouts/page.html:3:6"},
		{"a partial", "{{ .Title }}{{ partial \"a.html\" . }}", "one\n two {{ now.Second }}", "layouts/_partials/a.html:2:9"},
		{"an attribute", "<a title=\"{{ .Title }} {{ now.Second }}\">", "", "layouts/page.html:1:27"},
		{"a script", "<script>var a = {{ .Title }}, b = {{ now.Second }}</script>", "", "layouts/page.html:1:38"},
		{"a definition", "{{ define \"t\" }}\n{{ now.Second }}{{ end }}x{{ template \"t\" . }}", "", "layouts/page.html:2:4"},
		{"nothing", "{{ .Title }} {{ now.Year }}", "", ""},
	} {
		s := newSite(t)
		r := New(s, Layouts{"page.html": {File: "layouts/page.html", Text: test.page}, "_partials/a.html": {File: "layouts/_partials/a.html", Text: test.partial}})
		page, err := s.Page("/posts/b/")
		if err != nil {
			t.Fatal(err)
		}
		var traces [2][]Traced
		for i := range traces {
			request := Request{Time: time.Date(2026, 1, 2, 3, 4, 5+40*i, 0, time.UTC)}
			if traces[i], err = r.Trace(page, request); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			response, err := r.Render(page, request)
			if last := traces[i][len(traces[i])-1]; err != nil || string(last.Body) != string(response.Body) {
				t.Errorf("%s: traced\n%s\nrendered\n%s, %v", test.name, last.Body, response.Body, err)
			}
		}
		got := ""
		if d := Compare(traces[0], traces[1]); d != nil {
			got = fmt.Sprintf("%s:%d:%d", d.File, d.Line, d.Column)
		}
		if got != test.want {
			t.Errorf("%s: the difference is at %q, want %q", test.name, got, test.want)
		}
	}
}
