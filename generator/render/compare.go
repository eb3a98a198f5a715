package render

import (
	"cmp"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"
)

type compareNamespace struct{}

// Eq says whether the first value equals one of the others.
func (compareNamespace) Eq(value any, others ...any) bool {
	for _, other := range others {
		if same(value, other) {
			return true
		}
	}
	return false
}

// Ne says whether the first value differs from all others.
func (c compareNamespace) Ne(value any, others ...any) bool { return !c.Eq(value, others...) }

func (compareNamespace) Lt(value any, others ...any) (bool, error) {
	return allHold(value, others, func(c int) bool { return c < 0 })
}
func (compareNamespace) Le(value any, others ...any) (bool, error) {
	return allHold(value, others, func(c int) bool { return c <= 0 })
}
func (compareNamespace) Gt(value any, others ...any) (bool, error) {
	return allHold(value, others, func(c int) bool { return c > 0 })
}
func (compareNamespace) Ge(value any, others ...any) (bool, error) {
	return allHold(value, others, func(c int) bool { return c >= 0 })
}

func allHold(value any, others []any, holds func(int) bool) (bool, error) {
	for _, other := range others {
		c, err := compareValues(value, other)
		if err != nil || !holds(c) {
			return false, err
		}
	}
	return true, nil
}

// Default returns a value unless it is not set: nil, empty, or the zero of its kind. Unlike a condition it takes false for set.
func (compareNamespace) Default(fallback any, value ...any) any {
	if len(value) == 0 || !isSet(value[0]) {
		return fallback
	}
	return value[0]
}

func isSet(value any) bool {
	if _, ok := value.(bool); ok {
		return true
	}
	truth, _ := template.IsTrue(value)
	return truth
}

func (compareNamespace) Conditional(condition, yes, no any) any {
	if truth, _ := template.IsTrue(condition); truth {
		return yes
	}
	return no
}

// plainValue gives numbers, texts and pages one type each.
func plainValue(value any) any {
	v := indirect(reflect.ValueOf(value))
	if !v.IsValid() {
		return nil
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if _, ok := value.(time.Duration); !ok {
			return v.Int()
		}
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(v.Uint())
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.String:
		return v.String()
	case reflect.Pointer:
		if page, ok := value.(*Page); ok && page != nil {
			return "page " + page.path
		}
		if v.IsNil() {
			return nil
		}
	}
	return v.Interface()
}

// same says whether two values are equal, as eq does.
func same(a, b any) bool {
	a, b = plainValue(a), plainValue(b)
	if x, y, ok := twoNumbers(a, b); ok {
		return x == y
	}
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	return reflect.DeepEqual(a, b)
}

// twoNumbers returns both values as numbers where both are.
func twoNumbers(a, b any) (x, y float64, ok bool) {
	number := func(v any) (float64, bool) {
		switch n := v.(type) {
		case int64:
			return float64(n), true
		case float64:
			return n, true
		}
		return 0, false
	}
	x, first := number(a)
	y, second := number(b)
	return x, y, first && second
}

// equal is what lists and where compare with: a number also equals the text of it.
func equal(a, b any) bool {
	if same(a, b) {
		return true
	}
	a, b = plainValue(a), plainValue(b)
	if a == nil || b == nil {
		return false
	}
	_, firstText := a.(string)
	_, secondText := b.(string)
	return firstText != secondText && toString(a) == toString(b)
}

// compareValues orders numbers, texts, times, and lists by their length. Nil stands before everything.
func compareValues(a, b any) (int, error) {
	if c, ok := compareVersions(a, b); ok {
		return c, nil
	}
	a, b = plainValue(seconds(a, b)), plainValue(seconds(b, a))
	if x, ok := a.(int64); ok { // whole numbers may be too large for a float
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y), nil
		}
	}
	if x, y, ok := twoNumbers(a, b); ok {
		return cmp.Compare(x, y), nil
	}
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0, nil
		}
		return -1, nil
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), nil
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), nil
		}
	case bool:
		if y, ok := b.(bool); ok {
			return strings.Compare(strconv.FormatBool(x), strconv.FormatBool(y)), nil
		}
	}
	if b == nil {
		return 1, nil
	}
	x, xErr := toFloat(length(a))
	y, yErr := toFloat(length(b))
	if xErr != nil || yErr != nil {
		return 0, fmt.Errorf("%T and %T have no order", a, b)
	}
	return cmp.Compare(x, y), nil
}

// length replaces a list or mapping by its length.
func length(value any) any {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return v.Len()
	}
	return value
}

type reflectNamespace struct{}

func (reflectNamespace) IsMap(value any) bool {
	return indirect(reflect.ValueOf(value)).Kind() == reflect.Map
}
func (reflectNamespace) IsSlice(value any) bool {
	return indirect(reflect.ValueOf(value)).Kind() == reflect.Slice
}

// seconds is a time as the seconds since 1970 where it is compared with a number, and any other value itself.
func seconds(value, with any) any {
	at, ok := value.(time.Time)
	if ok && numeral(with) != "" {
		return at.Unix()
	}
	return value
}
