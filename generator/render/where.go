package render

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Where keeps the items of a list for which a condition holds: where LIST PATH VALUE, or where LIST PATH OPERATOR VALUE. The path may
// have several parts, such as "Params.level".
func (c collectionsNamespace) Where(items any, path string, condition ...any) (any, error) {
	operator, want := "=", any(nil)
	switch len(condition) {
	case 1:
		want = condition[0]
	case 2:
		operator, want = toString(condition[0]), condition[1]
	default:
		return nil, errors.New("where takes a list, a path, perhaps an operator, and a value")
	}
	holds, ok := operators[strings.ToLower(operator)]
	if !ok {
		return nil, fmt.Errorf("where: there is no operator %q: write one of = != < <= > >= in, not in, intersect, like", operator)
	}
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	kept := reflect.MakeSlice(sliceType(v), 0, 0)
	for i := range v.Len() {
		value, err := lookup(v.Index(i), path)
		if err != nil {
			return nil, fmt.Errorf("where: %w", err)
		}
		yes, err := holds(value, want)
		if err != nil {
			return nil, fmt.Errorf("where: %s: %w", path, err)
		}
		if yes {
			kept = reflect.Append(kept, v.Index(i))
		}
	}
	return kept.Interface(), nil
}

// sliceType is the type of a part of a list.
func sliceType(v reflect.Value) reflect.Type {
	if v.Kind() == reflect.Slice {
		return v.Type()
	}
	return reflect.SliceOf(v.Type().Elem())
}

// operators are the conditions of where. Those of an order hold for no value that is not there.
var operators = map[string]func(value, want any) (bool, error){
	"=": is, "==": is, "eq": is,
	"!=": isNot, "<>": isNot, "ne": isNot,
	"<": ordered(func(c int) bool { return c < 0 }), "lt": ordered(func(c int) bool { return c < 0 }),
	"<=": ordered(func(c int) bool { return c <= 0 }), "le": ordered(func(c int) bool { return c <= 0 }),
	">": ordered(func(c int) bool { return c > 0 }), "gt": ordered(func(c int) bool { return c > 0 }),
	">=": ordered(func(c int) bool { return c >= 0 }), "ge": ordered(func(c int) bool { return c >= 0 }),
	"in":        isIn,
	"not in":    func(value, want any) (bool, error) { in, err := isIn(value, want); return !in, err },
	"intersect": shares,
	"like": func(value, want any) (bool, error) {
		re, err := regexp.Compile(toString(want))
		return err == nil && re.MatchString(toString(value)), err
	},
}

func is(value, want any) (bool, error)    { return equal(value, want), nil }
func isNot(value, want any) (bool, error) { return !equal(value, want), nil }

func ordered(holds func(int) bool) func(value, want any) (bool, error) {
	return func(value, want any) (bool, error) {
		if value == nil || want == nil {
			return false, nil
		}
		c, err := compareValues(value, want)
		return err == nil && holds(c), err
	}
}

func isIn(value, want any) (bool, error) {
	if want == nil {
		return false, nil
	}
	return collectionsNamespace{}.In(want, value)
}

func shares(value, want any) (bool, error) {
	a, err := list(value)
	b, otherErr := list(want)
	if err := errors.Join(err, otherErr); err != nil {
		return false, err
	}
	for i := range a.Len() {
		if contains(b, a.Index(i).Interface()) {
			return true, nil
		}
	}
	return false, nil
}

// lookup finds what a path leads to: fields, methods without arguments, and keys, these in any case.
func lookup(v reflect.Value, path string) (any, error) {
	for _, name := range strings.Split(strings.TrimPrefix(path, "."), ".") {
		if v = indirect(v); !v.IsValid() {
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
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		switch {
		case v.Kind() == reflect.Map:
			v = mapIndex(v, name)
		case v.Kind() == reflect.Struct && v.FieldByName(name).IsValid() && v.FieldByName(name).CanInterface():
			v = v.FieldByName(name)
		default:
			return nil, fmt.Errorf("%s has no %q", v.Type(), name)
		}
	}
	if v = indirect(v); !v.IsValid() {
		return nil, nil
	}
	return v.Interface(), nil
}

// Sort sorts a list, or the values of a mapping, by the items themselves or by what a path leads to, ascending or "desc".
func (collectionsNamespace) Sort(items any, args ...any) (any, error) {
	path, descending := "", false
	if len(args) > 0 {
		path = toString(args[0])
	}
	if len(args) > 1 {
		descending = strings.EqualFold(toString(args[1]), "desc")
	}
	if path == "asc" || path == "desc" || path == "value" {
		descending = descending || path == "desc"
		path = ""
	}
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	type keyed struct {
		item reflect.Value
		key  any
	}
	all := make([]keyed, v.Len())
	for i := range all {
		all[i] = keyed{v.Index(i), indirect(v.Index(i)).Interface()}
		if path != "" {
			if all[i].key, err = lookup(v.Index(i), path); err != nil {
				return nil, fmt.Errorf("sort: %w", err)
			}
		}
	}
	var fault error
	slices.SortStableFunc(all, func(a, b keyed) int {
		c, err := compareValues(a.key, b.key)
		fault = errors.Join(fault, err)
		if descending {
			return -c
		}
		return c
	})
	out := reflect.MakeSlice(sliceType(v), 0, len(all))
	for _, k := range all {
		out = reflect.Append(out, k.item)
	}
	return out.Interface(), fault
}
