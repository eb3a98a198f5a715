package render

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"strings"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

type partialsNamespace struct{ t *templates }

func (n partialsNamespace) Include(name string, dot ...any) (any, error) {
	return n.t.partial(name, dot...)
}
func (n partialsNamespace) IncludeCached(name string, dot any, variants ...any) (any, error) {
	return n.t.partialCached(name, dot, variants...)
}

type templatesNamespace struct{ t *templates }

func (n templatesNamespace) Exists(name string) bool {
	_, ok := n.t.renderer.layouts[LayoutName(strings.TrimPrefix(name, "/"))]
	return ok
}

// errReturn ends a partial that returns a value.
var errReturn = errors.New("a value is returned outside of a partial")

// returns makes its argument the value of the partial that runs.
func (t *templates) returns(value ...any) (string, error) {
	if len(value) > 1 {
		return "", errors.New("return takes one value: return a dict or a slice")
	}
	t.returned = append(t.returned, append(value, nil)[0])
	return "", errReturn
}

// partial runs the template _partials/NAME with a dot of its own. Its value is what it returns, else its HTML.
func (t *templates) partial(name string, dot ...any) (any, error) {
	layout, err := t.renderer.layouts.partial(name)
	if err != nil {
		inline, ok := t.inline(name)
		if !ok {
			return nil, err
		}
		layout = Layout{File: inline}
	}
	if len(dot) > 1 {
		return nil, fmt.Errorf("partial %q takes one value, not %d: pass a dict", name, len(dot))
	}
	out, err := t.run(layout, append(dot, nil)[0])
	if errors.Is(err, errReturn) && len(t.returned) > 0 {
		value := t.returned[len(t.returned)-1]
		t.returned = t.returned[:len(t.returned)-1]
		return value, nil
	}
	return template.HTML(out), err
}

// inline finds a partial that a layout defines within itself, as a template of its name.
func (t *templates) inline(name string) (template string, ok bool) {
	short := strings.TrimPrefix(LayoutName(strings.TrimPrefix(name, "/")), partials)
	for _, dir := range []string{partials, "partials/"} {
		for _, end := range []string{"", ".html"} {
			if t.set.lookup(dir+short+end).tree() != nil {
				return dir + short + end, true
			}
		}
	}
	return "", false
}

func (l Layouts) partial(name string) (Layout, error) {
	short := strings.TrimPrefix(name, "/")
	short = strings.TrimPrefix(strings.TrimPrefix(short, "partials/"), partials)
	for _, candidate := range []string{short, short + ".html"} {
		if layout, ok := l[partials+candidate]; ok {
			return layout, nil
		}
	}
	var known []string
	for layout := range l {
		if rest, ok := strings.CutPrefix(layout, partials); ok {
			known = append(known, strings.TrimSuffix(rest, ".html"))
		}
	}
	advice := "create layouts/" + partials + short
	if nearest, ok := strictyaml.Nearest(strings.TrimSuffix(short, ".html"), sorted(known)); ok {
		advice = fmt.Sprintf("did you mean %q? Otherwise %s", nearest, advice)
	}
	return Layout{}, fmt.Errorf("there is no partial %q: %s", name, advice)
}

// partialCached runs a partial once for the same variants. Unlike Hugo's it forgets at the end of the page: what one page shows must
// not depend on which page was rendered before.
func (t *templates) partialCached(name string, dot any, variants ...any) (any, error) {
	key := fmt.Sprintf("%q", append([]any{name}, variants...))
	if value, ok := t.cached[key]; ok {
		return value, nil
	}
	value, err := t.partial(name, dot)
	if err == nil {
		t.cached[key] = value
	}
	return value, err
}

// apply calls a function on each item of a list. An argument "." stands for the item.
func (t *templates) apply(items any, name string, args ...any) ([]any, error) {
	f, ok := t.functions()[name]
	if !ok {
		return nil, fmt.Errorf("apply: there is no function %q", name)
	}
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	var results []any
	for i := range v.Len() {
		given := make([]any, len(args))
		for j, arg := range args {
			if given[j] = arg; arg == "." {
				given[j] = v.Index(i).Interface()
			}
		}
		result, err := call(f, given)
		if err != nil {
			return nil, fmt.Errorf("apply %s: %w", name, err)
		}
		results = append(results, result)
	}
	return results, nil
}

// call calls a function with arguments that must fit.
func call(f any, args []any) (any, error) {
	fn := reflect.ValueOf(f)
	kind := fn.Type()
	if n := kind.NumIn(); len(args) != n && !(kind.IsVariadic() && len(args) >= n-1) {
		return nil, fmt.Errorf("want %d arguments, not %d", n, len(args))
	}
	in := make([]reflect.Value, len(args))
	for i, arg := range args {
		want := kind.In(min(i, kind.NumIn()-1))
		if kind.IsVariadic() && i >= kind.NumIn()-1 {
			want = want.Elem()
		}
		switch v := reflect.ValueOf(arg); {
		case !v.IsValid():
			in[i] = reflect.Zero(want)
		case v.Type().AssignableTo(want):
			in[i] = v
		default:
			return nil, fmt.Errorf("argument %d is %T, want %s", i+1, arg, want)
		}
	}
	out := fn.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return nil, out[1].Interface().(error)
	}
	return out[0].Interface(), nil
}

type fmtNamespace struct{ t *templates }

func (fmtNamespace) Print(args ...any) string                 { return fmt.Sprint(args...) }
func (fmtNamespace) Printf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
func (fmtNamespace) Println(args ...any) string               { return fmt.Sprintln(args...) }

// Errorf ends the page: the build fails, and a function keeps the page that there was.
func (fmtNamespace) Errorf(format string, args ...any) (string, error) {
	return "", fmt.Errorf("%s", fmt.Sprintf(format, args...))
}

func (n fmtNamespace) Erroridf(_, format string, args ...any) (string, error) {
	return n.Errorf(format, args...)
}

// Warnf makes a warning of the build's report.
func (n fmtNamespace) Warnf(format string, args ...any) string {
	n.t.warnings = append(n.t.warnings, fmt.Sprintf(format, args...))
	return ""
}

func (n fmtNamespace) Warnidf(_, format string, args ...any) string { return n.Warnf(format, args...) }
