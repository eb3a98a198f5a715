package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	texttemplate "text/template"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Translations are the texts of a site and its themes: by language, in small letters with hyphens, and by key. Who reads the
// files makes them, and they travel among the layouts.
type Translations map[string]map[string]Message

// Message is one text in its forms: "other", and where a language has more for numbers, zero, one, two, few and many.
type Message map[string]string

// translationsLayout is the name that translations have among the layouts. It is one name for all, so that the first table of a
// language makes a difference to the pages that looked for one before.
const translationsLayout = "i18n"

// IsForm says whether a name is that of a form of messages.
func IsForm(name string) bool { return slices.Contains(pluralForms, name) }

// pluralForms are the names of the forms, in the order of package plural.
var pluralForms = []string{plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}

// CheckMessage finds what is wrong with the texts of a message, which are templates.
func CheckMessage(m Message) error {
	for _, form := range slices.Sorted(maps.Keys(m)) {
		if _, err := texttemplate.New("text").Parse(m[form]); err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "template: text:"))
		}
	}
	return nil
}

// Translate puts the translations among the layouts. A site without any needs no call.
func (l Layouts) Translate(all Translations) error {
	if len(all) == 0 {
		return nil
	}
	text, err := json.Marshal(all)
	l[translationsLayout] = Layout{File: translationsLayout, Text: string(text)}
	return err
}

// translator finds texts by language and key. It may be used by several goroutines.
type translator struct {
	all Translations

	mu     sync.Mutex
	parsed map[string]*texttemplate.Template // by text
}

// newTranslator reads the translations among some layouts when they are first needed: a function may never need them.
func newTranslator(layouts Layouts) func() *translator {
	return sync.OnceValue(func() *translator {
		t := &translator{parsed: map[string]*texttemplate.Template{}}
		if layout, ok := layouts[translationsLayout]; ok {
			if err := json.Unmarshal([]byte(layout.Text), &t.all); err != nil {
				panic(fmt.Errorf("translations: %w", err)) // the bundle is damaged
			}
		}
		return t
	})
}

// defaultLanguage is whose texts show where the language of the page has none, as in Hugo.
const defaultLanguage = "en"

// tablesFor are the languages whose tables are looked into for a language, the best first: pt-br, pt.
func tablesFor(code string) []string {
	code = LanguageKey(code)
	tables := []string{code}
	for i := strings.LastIndexByte(code, '-'); i > 0; i = strings.LastIndexByte(code[:i], '-') {
		tables = append(tables, code[:i])
	}
	return tables
}

// LanguageKey is the form of a language's code that translations are kept by.
func LanguageKey(code string) string { return strings.ReplaceAll(strings.ToLower(code), "_", "-") }

// translate gives the text of a key from the first of some tables that has it. As in Hugo, the data is a number that chooses the form, or what the text shows,
// with the number at Count. A key without a text is empty, so that `default` works.
func (t *translator) translate(tables []string, key string, data any) (string, error) {
	for _, table := range tables {
		message, ok := t.all[table][key]
		if !ok {
			continue
		}
		count, data := countOf(data)
		text := message[formOf(table, count)]
		if text == "" {
			text = message["other"]
		}
		if !strings.Contains(text, "{{") {
			return text, nil
		}
		shown, err := t.fill(text, data)
		if err != nil {
			err = fmt.Errorf("the text of %q in %s: %w", key, table, err)
		}
		return shown, err
	}
	return "", nil
}

// fill runs the template that a text is.
func (t *translator) fill(text string, data any) (string, error) {
	t.mu.Lock()
	parsed, err := t.parsed[text], error(nil)
	if parsed == nil {
		if parsed, err = texttemplate.New("text").Parse(text); err == nil {
			t.parsed[text] = parsed
		}
	}
	t.mu.Unlock()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, data)
	return b.String(), err
}

// countOf returns the number that chooses the form, empty for none, and what the text shows.
func countOf(data any) (count string, shown any) {
	if count = numeral(data); count != "" {
		return count, map[string]any{"Count": data}
	}
	v := reflect.ValueOf(data)
	if v.Kind() == reflect.Map {
		if value := mapIndex(v, "Count"); value.IsValid() && value.CanInterface() {
			count = numeral(value.Interface())
		}
	}
	return count, data
}

// numeral is a number as it is written, empty for what is none.
func numeral(value any) string {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprint(value)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.String:
		if _, err := strconv.ParseFloat(v.String(), 64); err == nil && !strings.ContainsAny(v.String(), "eExXnN_") {
			return v.String()
		}
	}
	return ""
}

// formOf is the form that a language has for a number: "other" for none.
//
// Source: the plural rules of CLDR, whose operands n, i, v, w, f and t these are.
func formOf(code, count string) string {
	if count == "" {
		return pluralForms[plural.Other]
	}
	whole, fraction, _ := strings.Cut(strings.TrimLeft(count, "+-"), ".")
	const most = 9 // digits: what is beyond them decides nothing
	whole, fraction = whole[max(0, len(whole)-most):], fraction[:min(most, len(fraction))]
	short := strings.TrimRight(fraction, "0")
	i, _ := strconv.Atoi(whole)
	f, _ := strconv.Atoi(fraction)
	t, _ := strconv.Atoi(short)
	return pluralForms[plural.Cardinal.MatchPlural(language.Make(code), i, len(fraction), len(short), f, t)]
}

// translate is the function i18n: the text of a key in the language of the page, else in that which the site begins with. A site without any texts shows its keys.
func (t *templates) translate(key any, data ...any) (string, error) {
	if len(data) > 1 {
		return "", fmt.Errorf("i18n %q takes one value, not %d: pass a dict", toString(key), len(data))
	}
	translator := t.renderer.translator()
	if len(translator.all) == 0 {
		return toString(key), nil
	}
	shown := t.currentSite()
	tables := append(tablesFor(shown.language), tablesFor(shown.LanguageCode())...)
	return translator.translate(append(tables, LanguageKey(t.site.Config().DefaultLanguage), defaultLanguage), toString(key), append(data, nil)[0])
}

// langNamespace has what depends on the language.
type langNamespace struct{ t *templates }

// Translate is i18n under its full name.
func (n langNamespace) Translate(key any, data ...any) (string, error) {
	return n.t.translate(key, data...)
}
