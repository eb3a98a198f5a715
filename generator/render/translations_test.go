package render

import (
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

func TestTranslate(t *testing.T) {
	layouts := Layouts{}
	err := layouts.Translate(Translations{
		"en": {"hello": {"other": "Hello"}, "posts": {"one": "{{ .Count }} post", "other": "{{ .Count }} posts"}, "by": {"other": "By {{ .name }}"}, "english": {"other": "Only here"}},
		"pl": {"posts": {"one": "{{ .Count }} wpis", "few": "{{ .Count }} wpisy", "many": "{{ .Count }} wpisów", "other": "{{ .Count }} wpisu"}},
		"pt": {"hello": {"other": "Olá"}}, "pt-br": {"posts": {"one": "um", "other": "vários"}},
		"ar": {"posts": {"zero": "0", "one": "1", "two": "2", "few": "3-10", "many": "11-99", "other": "100"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	translator := newTranslator(layouts)()
	for _, test := range []struct {
		language, key string
		data          any
		want          string
	}{
		{"en", "hello", nil, "Hello"}, {"en-GB", "hello", nil, "Hello"}, {"EN_us", "hello", nil, "Hello"},
		{"en", "posts", 1, "1 post"}, {"en", "posts", 0, "0 posts"}, {"en", "posts", "1", "1 post"}, {"en", "posts", 1.0, "1 post"}, {"en", "posts", 1.5, "1.5 posts"},
		{"en", "posts", "1.0", "1.0 posts"}, {"en", "posts", map[string]any{"count": 1, "Count": 1}, "1 post"},
		{"pl", "posts", 1, "1 wpis"}, {"pl", "posts", 3, "3 wpisy"}, {"pl", "posts", 5, "5 wpisów"}, {"pl", "posts", 22, "22 wpisy"}, {"pl", "posts", 112, "112 wpisów"}, {"pl", "posts", 1.5, "1.5 wpisu"},
		{"ar", "posts", 0, "0"}, {"ar", "posts", 2, "2"}, {"ar", "posts", 7, "3-10"}, {"ar", "posts", 50, "11-99"}, {"ar", "posts", 100, "100"}, {"ar", "posts", -7, "3-10"},
		{"pt-BR", "hello", nil, "Olá"}, {"pt-BR", "posts", 1, "um"}, {"pt-BR", "english", nil, "Only here"}, {"pt", "posts", 2, "2 posts"},
		{"en", "by", map[string]any{"name": "<Ana>"}, "By <Ana>"}, {"en", "missing", nil, ""}, {"de", "missing", 3, ""},
		{"en", "posts", strings.Repeat("9", 40), strings.Repeat("9", 40) + " posts"},
	} {
		if got, err := translator.translate(append(tablesFor(test.language), defaultLanguage), test.key, test.data); err != nil || got != test.want {
			t.Errorf("%s %s %v: %q, want %q (%v)", test.language, test.key, test.data, got, test.want, err)
		}
	}
	if _, err := translator.translate([]string{"en"}, "by", 3.5); err != nil {
		t.Error(err) // a text may show nothing of a number
	}
}

// TestTranslationsAreFollowed has the tables among the layouts of who asks for texts, also before there is one.
func TestTranslationsAreFollowed(t *testing.T) {
	s := &site.Site{Config: &site.Config{LanguageCode: "en"}}
	page := &site.Page{Path: "/a/", Kind: site.KindPage}
	for text, want := range map[string]bool{
		`{{ i18n "a" }}`: true, `{{ T .Title }}`: true, `{{ with lang.Translate "a" 1 }}{{ . }}{{ end }}`: true, `{{ (lang.Translate "b") | upper }}`: true,
		`{{ .Title }} i18n`: false, `{{ partial "x" . }}`: true,
	} {
		r := New(s, Layouts{"page.html": {File: "layouts/page.html", Text: text}, "_partials/x.html": {File: "layouts/_partials/x.html", Text: `{{ T "c" }}`}})
		names, err := r.LayoutsOf(page)
		if err != nil || strings.Contains(strings.Join(names, " "), translationsLayout) != want {
			t.Errorf("%s has %q (%v), want translations: %v", text, names, err, want)
		}
	}
}
