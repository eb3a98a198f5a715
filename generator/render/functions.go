package render

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/isrgen/isrgen/generator/site"
)

// functions are the functions of templates besides those of Go, under Hugo's names.
func (t *templates) functions() template.FuncMap {
	return template.FuncMap{
		"partial":     t.partial,
		"markdownify": t.markdownify,
		"now":         t.now,
		"relURL":      relURL,
		"absURL":      func(path string) string { return t.site.Config().BaseURL + relURL(path) },

		"getJSON": t.getJSON,

		"first":   first,
		"after":   after,
		"where":   where,
		"in":      in,
		"dict":    dict,
		"slice":   func(items ...any) []any { return items },
		"default": defaultTo,

		"dateFormat": func(layout string, when time.Time) string { return when.Format(layout) },
		"humanize":   site.Humanize,
		"urlize":     site.Urlize,
		"lower":      strings.ToLower,
		"upper":      strings.ToUpper,
		"title":      titleCase,
		"truncate":   truncate,
		"plainify":   plainify,
		"safeHTML":   func(text string) template.HTML { return template.HTML(text) },
		"jsonify":    jsonify,
	}
}

// now gives the time of the request, and notes that the page depends on it.
func (t *templates) now() time.Time {
	t.timed = true
	return t.time
}

// deepestPartial is far above what a layout needs and far below what exhausts the stack.
const deepestPartial = 100

// partial runs the template _partials/NAME with a dot of its own.
func (t *templates) partial(name string, dot ...any) (template.HTML, error) {
	layout, ok := t.renderer.layouts[partials+name]
	if !ok {
		return "", fmt.Errorf("there is no partial %q: create layouts/_partials/%s", name, name)
	}
	if len(dot) > 1 {
		return "", fmt.Errorf("partial %q takes one value, not %d: pass a dict", name, len(dot))
	}
	if t.depth++; t.depth > deepestPartial {
		return "", errors.New("partials call each other without end")
	}
	defer func() { t.depth-- }()
	var b bytes.Buffer
	var data any
	if len(dot) == 1 {
		data = dot[0]
	}
	defer t.trace.begin(&b)()
	err := t.set.Lookup(layout.File).Execute(&b, data)
	return template.HTML(b.String()), err
}

// markdownify renders a text. A single paragraph loses its tags, so that it can stand in a line.
func (t *templates) markdownify(text any) (template.HTML, error) {
	out, err := t.renderer.markdown.html([]byte(toString(text)), "/")
	if inner, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "<p>"); ok {
		if inner, ok := strings.CutSuffix(inner, "</p>"); ok && !strings.Contains(inner, "<p>") {
			return template.HTML(inner), err
		}
	}
	return out, err
}

// getJSON reads data from the network. Several texts are one address in parts. It is nil where there is nothing.
func (t *templates) getJSON(address ...any) (any, error) {
	if t.request.JSON == nil {
		return nil, errors.New("getJSON cannot be used here")
	}
	var whole strings.Builder
	for _, part := range address {
		whole.WriteString(toString(part))
	}
	return t.request.JSON(cmp.Or(t.request.Context, context.Background()), whole.String())
}

func toString(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case template.HTML:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}

func relURL(path string) string {
	if strings.Contains(path, "://") || strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + path
}

func list(value any) (reflect.Value, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return reflect.ValueOf([]any(nil)), nil
	}
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return v, fmt.Errorf("want a list, not %T", value)
	}
	return v, nil
}

func first(n int, items any) (any, error) {
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	return v.Slice(0, max(0, min(n, v.Len()))).Interface(), nil
}

func after(n int, items any) (any, error) {
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	return v.Slice(max(0, min(n, v.Len())), v.Len()).Interface(), nil
}

// in says whether a list holds an item, or a text another text.
func in(items, item any) (bool, error) {
	if text, ok := items.(string); ok {
		return strings.Contains(text, toString(item)), nil
	}
	v, err := list(items)
	if err != nil {
		return false, err
	}
	for i := range v.Len() {
		if equal(v.Index(i).Interface(), item) {
			return true, nil
		}
	}
	return false, nil
}

func equal(a, b any) bool {
	return reflect.DeepEqual(a, b) || toString(a) == toString(b)
}

// where keeps the items whose field, method or key has a value. The path may have several parts, such as "Params.level".
func where(items any, path string, want any) (any, error) {
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	kept := reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), 0, v.Len())
	for i := range v.Len() {
		value, err := lookup(v.Index(i), strings.Split(strings.TrimPrefix(path, "."), "."))
		if err != nil {
			return nil, err
		}
		if equal(value, want) {
			kept = reflect.Append(kept, v.Index(i))
		}
	}
	return kept.Interface(), nil
}

func lookup(v reflect.Value, path []string) (any, error) {
	for _, name := range path {
		for v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() {
			return nil, nil
		}
		if method := v.MethodByName(name); method.IsValid() && method.Type().NumIn() == 0 {
			results := method.Call(nil)
			if len(results) == 2 && !results[1].IsNil() {
				return nil, results[1].Interface().(error)
			}
			v = results[0]
			continue
		}
		if v.Kind() != reflect.Map || v.Type().Key().Kind() != reflect.String {
			return nil, fmt.Errorf("where: %s has no %q", v.Type(), name)
		}
		v = v.MapIndex(reflect.ValueOf(name))
	}
	if !v.IsValid() {
		return nil, nil
	}
	return v.Interface(), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict takes pairs of a key and a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not a text", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// defaultTo returns value unless a condition on it would not hold.
func defaultTo(fallback, value any) any {
	if truth, _ := template.IsTrue(value); truth {
		return value
	}
	return fallback
}

func titleCase(text string) string {
	wordStart := true
	return strings.Map(func(r rune) rune {
		start := wordStart
		wordStart = unicode.IsSpace(r) || r == '-'
		if start {
			return unicode.ToTitle(r)
		}
		return r
	}, text)
}

// truncate cuts a text to a number of characters, at the end of a word, and says so with an ellipsis.
func truncate(n int, text any) string {
	plain := toString(text)
	if utf8.RuneCountInString(plain) <= n {
		return plain
	}
	cut := string([]rune(plain)[:max(n, 0)])
	if space := strings.LastIndexFunc(cut, unicode.IsSpace); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:") + "…"
}

var tag = regexp.MustCompile(`<[^>]*>`)

// plainify removes tags.
func plainify(text any) string {
	return html.UnescapeString(tag.ReplaceAllString(toString(text), ""))
}

func jsonify(value any) (template.JS, error) {
	out, err := json.Marshal(value)
	return template.JS(out), err
}
