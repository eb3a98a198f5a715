package render

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowAssets has one file, for which it takes a minute, and knows nothing else, as a function.
type slowAssets struct{ made int }

func (a *slowAssets) Names() ([]string, error) { return []string{"slow.css"}, nil }

func (a *slowAssets) Make(op Operation) (*Asset, error) {
	if op.Kind != OpFile {
		return nil, ErrUnknownAsset
	}
	a.made++
	time.Sleep(time.Minute)
	return &Asset{Path: "slow.css", MediaType: "text/css", Sum: Sum([]byte("a{}"))}, nil
}

func (a *slowAssets) Use(_ Operation, use Use) ([]byte, error) {
	if use == Published {
		return nil, ErrUnknownAsset
	}
	return []byte("a{}"), nil
}

// renderAssets renders a page with a layout.
func renderAssets(t *testing.T, layout string) (string, error) {
	t.Helper()
	s := newSite(t)
	r := New(s, Layouts{"page.html": {File: "layouts/page.html", Text: layout}})
	r.Assets = &slowAssets{}
	page, err := s.Page("/posts/b/")
	if err != nil {
		t.Fatal(err)
	}
	response, err := r.Render(page, Request{Limit: 10 * time.Second})
	if err != nil {
		return "", err
	}
	return string(response.Body), nil
}

// The time that files take is not that of the page, which has its limit all the same.
func TestWorkIsNotLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got, err := renderAssets(t, `{{ (resources.Get "slow.css").Name }}{{ range resources.Match "**.css" }} {{ .MediaType }}{{ end }}`); err != nil || got != "/slow.css text/css" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestSmallOperations has a function do what needs little code, and say what it cannot do.
func TestSmallOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for layout, want := range map[string]string{
			`{{ (resources.FromString "a.css" "b{}").Content }}`:                                                                      "b{}",
			`{{ (slice (resources.Get "slow.css") (resources.FromString "a.css" "b{}") | resources.Concat "c.css").Content }}`:        "a{}\nb{}",
			`{{ (slice (resources.FromString "a.js" "b") (resources.FromString "c.js" "d") | resources.Concat "c.js").Content }}`:     "b\n;\nd",
			`{{ (resources.FromString "a.css" "b{}" | fingerprint "md5").Data.Integrity }}`:                                           "md5-",
			`{{ with resources.FromString "a.svg" "b" | resources.Copy "/x/y.svg" }}{{ .Name }} {{ .MediaType.SubType }}{{ end }}`:    "/x/y.svg svg",
			`{{ (resources.FromString "a.css" "{{ .Title }}" | resources.ExecuteAsTemplate "t.css" .).Content }}`:                     "Second",
			`{{ (resources.FromString "a.css" "b{}").RelPermalink }}`:                                                                 "error: a.css cannot be published",
			`{{ (resources.FromString "a.css" "b{}" | minify).Content }}`:                                                             "error: minify /a.css: the build did not do this, and a function cannot",
			`{{ (resources.FromString "../a.css" "b{}").Content }}`:                                                                   `error: "../a.css" cannot be the path of a file`,
			`{{ (resources.FromString "a.css" "b{}" | fingerprint "crc").Content }}`:                                                  `error: fingerprint: there is no hash "crc"`,
			`{{ ((resources.FromString "a.css" "b{}").Resize "1x").Width }}`:                                                          "error: image /a.css: the build did not do this",
			`{{ resources.Concat "a.css" (slice "text") }}`:                                                                           "error: resources.Concat takes a list of resources, and string is none",
			`{{ (.Resources.Get "none") | minify }}`:                                                                                  "error: minify: there is no such resource",
			`{{ images.Optimized "/a.png" 640 }}`:                                                                                     "error: images.Optimized: the site has no `images` in isrgen.yaml",
			`{{ (resources.FromString "a.css" "b{}" | js.Build (dict "params" .)).Content }}`:                                         "error: js.Build: the options must be texts",
			`{{ with resources.FromString "a.css" "{{ .Nothing }}" | resources.ExecuteAsTemplate "t.css" . }}{{ .Content }}{{ end }}`: "error: can't evaluate field Nothing",
		} {
			layout = strings.ReplaceAll(layout, `"{{ .Title }}"`, "(printf `%s .Title }}` `{{`)")
			layout = strings.ReplaceAll(layout, `"{{ .Nothing }}"`, "(printf `%s .Nothing }}` `{{`)")
			got, err := renderAssets(t, layout)
			if fault := (*Error)(nil); errors.As(err, &fault) {
				got = "error: " + fault.Message
			}
			wanted, isError := strings.CutPrefix(want, "error: ")
			if isError != (err != nil) || !strings.Contains(got, wanted) {
				t.Errorf("%s is %q, want %q", layout, got, want)
			}
		}
	})
}
