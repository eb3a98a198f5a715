package render

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

type collectionsNamespace struct{}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func list(value any) (reflect.Value, error) {
	v := indirect(reflect.ValueOf(value))
	switch {
	case !v.IsValid():
		return reflect.ValueOf([]any(nil)), nil
	case v.Kind() == reflect.Map:
		return values(v), nil
	case v.Kind() != reflect.Slice && v.Kind() != reflect.Array:
		return v, fmt.Errorf("want a list, not %T", value)
	}
	return v, nil
}

// indirect follows interfaces.
func indirect(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// values are the values of a mapping in the order of their keys.
func values(m reflect.Value) reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	all := make([]any, len(keys))
	for i, key := range keys {
		all[i] = m.MapIndex(key).Interface()
	}
	return reflect.ValueOf(all)
}

func (collectionsNamespace) First(n, items any) (any, error) {
	v, count, err := listAndNumber(items, n)
	if err != nil {
		return nil, err
	}
	return v.Slice(0, max(0, min(count, v.Len()))).Interface(), nil
}

func (collectionsNamespace) Last(n, items any) (any, error) {
	v, count, err := listAndNumber(items, n)
	if err != nil {
		return nil, err
	}
	return v.Slice(v.Len()-max(0, min(count, v.Len())), v.Len()).Interface(), nil
}

func (collectionsNamespace) After(n, items any) (any, error) {
	v, count, err := listAndNumber(items, n)
	if err != nil {
		return nil, err
	}
	return v.Slice(max(0, min(count, v.Len())), v.Len()).Interface(), nil
}

func listAndNumber(items, n any) (reflect.Value, int, error) {
	if text, ok := items.(string); ok {
		items = strings.Split(text, "")
	}
	v, err := list(items)
	count, numberErr := toInt(n)
	return v, int(min(count, 1<<30)), errors.Join(err, numberErr)
}

func (collectionsNamespace) Slice(items ...any) []any { return items }

func (collectionsNamespace) Reverse(items any) (any, error) {
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	reversed := reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), 0, v.Len())
	if v.Kind() == reflect.Slice {
		reversed = reflect.MakeSlice(v.Type(), 0, v.Len())
	}
	for i := v.Len() - 1; i >= 0; i-- {
		reversed = reflect.Append(reversed, v.Index(i))
	}
	return reversed.Interface(), nil
}

// In says whether a list holds an item, or a text another text.
func (collectionsNamespace) In(items, item any) (bool, error) {
	switch items.(type) {
	case string, template.HTML:
		return strings.Contains(toString(items), toString(item)), nil
	}
	v, err := list(items)
	if err != nil {
		return false, err
	}
	return contains(v, item), nil
}

func contains(list reflect.Value, item any) bool {
	for i := range list.Len() {
		if equal(list.Index(i).Interface(), item) {
			return true
		}
	}
	return false
}

// Append adds items to the list that stands last. A list as the only item is added item by item.
func (collectionsNamespace) Append(args ...any) (any, error) {
	if len(args) < 2 {
		return nil, errors.New("append takes items and a list")
	}
	items := args[:len(args)-1]
	if len(items) == 1 {
		return appendTo(items[0], args[len(args)-1])
	}
	return appendTo(items, args[len(args)-1])
}

func appendTo(items, to any) (any, error) {
	v, err := list(to)
	if err != nil {
		return nil, err
	}
	added := reflect.ValueOf([]any{items})
	if given := indirect(reflect.ValueOf(items)); given.IsValid() && given.Kind() == reflect.Slice {
		added = given
	}
	if v.Kind() == reflect.Slice && v.Type() == added.Type() {
		return reflect.AppendSlice(v.Slice3(0, v.Len(), v.Len()), added).Interface(), nil
	}
	var all []any
	for _, part := range []reflect.Value{v, added} {
		for i := range part.Len() {
			all = append(all, part.Index(i).Interface())
		}
	}
	return typed(all), nil
}

// typed makes a list of pages one that has the methods of such lists.
func typed(items []any) any {
	pages := make(Pages, 0, len(items))
	for _, item := range items {
		page, ok := item.(*Page)
		if !ok {
			return items
		}
		pages = append(pages, page)
	}
	if len(pages) == 0 {
		return items
	}
	return pages
}

// select keeps the items of a list that a condition holds for, each once if unique is set.
func choose(unique bool, keep func(any) bool, lists ...any) (any, error) {
	var kept []any
	seen := map[string]bool{}
	for _, items := range lists {
		v, err := list(items)
		if err != nil {
			return nil, err
		}
		for i := range v.Len() {
			item := v.Index(i).Interface()
			if key := identity(item); keep(item) && !(unique && seen[key]) {
				seen[key] = true
				kept = append(kept, item)
			}
		}
	}
	return typed(kept), nil
}

// identity is the same for equal items.
func identity(item any) string {
	switch v := item.(type) {
	case *Page:
		return "page " + v.path
	case int, int64, float64:
		return fmt.Sprint("number ", v)
	}
	return fmt.Sprintf("%T %v", item, item)
}

func identities(items any) (map[string]bool, error) {
	v, err := list(items)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for i := range v.Len() {
		all[identity(v.Index(i).Interface())] = true
	}
	return all, nil
}

func (collectionsNamespace) Uniq(items any) (any, error) {
	return choose(true, func(any) bool { return true }, items)
}

func (collectionsNamespace) Union(a, b any) (any, error) {
	return choose(true, func(any) bool { return true }, a, b)
}

func (collectionsNamespace) Intersect(a, b any) (any, error) {
	other, err := identities(b)
	if err != nil {
		return nil, err
	}
	return choose(true, func(item any) bool { return other[identity(item)] }, a)
}

// Complement is what the last list has and none of the others.
func (collectionsNamespace) Complement(lists ...any) (any, error) {
	if len(lists) < 2 {
		return nil, errors.New("complement takes two lists or more")
	}
	others := map[string]bool{}
	for _, items := range lists[:len(lists)-1] {
		ids, err := identities(items)
		if err != nil {
			return nil, err
		}
		maps.Copy(others, ids)
	}
	return choose(false, func(item any) bool { return !others[identity(item)] }, lists[len(lists)-1])
}

func (c collectionsNamespace) SymDiff(a, b any) (any, error) {
	left, err := c.Complement(a, b)
	right, otherErr := c.Complement(b, a)
	if err := errors.Join(err, otherErr); err != nil {
		return nil, err
	}
	return c.Union(right, left)
}

// Delimit joins items into a text. The last delimiter may be another one.
func (collectionsNamespace) Delimit(items, delimiter any, last ...any) (string, error) {
	v, err := list(items)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range v.Len() {
		switch {
		case i == 0:
		case i == v.Len()-1 && len(last) > 0:
			b.WriteString(toString(last[0]))
		default:
			b.WriteString(toString(delimiter))
		}
		b.WriteString(toString(v.Index(i).Interface()))
	}
	return b.String(), nil
}

func (collectionsNamespace) Dictionary(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict takes pairs of a key and a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		switch key := pairs[i].(type) {
		case string:
			m[key] = pairs[i+1]
		case []any:
			if err := nest(m, key, pairs[i+1]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("dict: key %v is not a text", pairs[i])
		}
	}
	return m, nil
}

// nest keeps a value below several keys.
func nest(m map[string]any, keys []any, value any) error {
	for i, key := range keys {
		name := toString(key)
		if i == len(keys)-1 {
			m[name] = value
			return nil
		}
		below, ok := m[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			m[name] = below
		}
		m = below
	}
	return errors.New("dict: a list of keys is empty")
}

// Merge lays mappings over each other, the last on top, and so on in the mappings therein.
func (collectionsNamespace) Merge(args ...any) (map[string]any, error) {
	merged := map[string]any{}
	for _, arg := range args {
		m, ok := arg.(map[string]any)
		if !ok && arg != nil {
			return nil, fmt.Errorf("merge takes mappings, not %T", arg)
		}
		mergeInto(merged, m)
	}
	return merged, nil
}

func mergeInto(into, from map[string]any) {
	for key, value := range from {
		for old := range into {
			if strings.EqualFold(old, key) {
				key = old
			}
		}
		above, isMap := value.(map[string]any)
		below, wasMap := into[key].(map[string]any)
		if isMap && wasMap {
			copied := maps.Clone(below)
			mergeInto(copied, above)
			into[key] = copied
			continue
		}
		into[key] = value
	}
}

// Index goes into lists by number and into mappings by key. What is not there is nil.
func (collectionsNamespace) Index(from any, keys ...any) (any, error) {
	if len(keys) == 1 {
		if list, ok := keys[0].([]any); ok {
			keys = list
		}
	}
	for _, key := range keys {
		v := indirect(reflect.ValueOf(from))
		switch {
		case !v.IsValid():
			return nil, nil
		case v.Kind() == reflect.Map:
			value := mapIndex(v, toString(key))
			if !value.IsValid() {
				return nil, nil
			}
			from = value.Interface()
		case v.Kind() == reflect.Slice || v.Kind() == reflect.Array || v.Kind() == reflect.String:
			i, err := toInt(key)
			if err != nil {
				return nil, err
			}
			if i < 0 || int(i) >= v.Len() {
				return nil, nil
			}
			from = v.Index(int(i)).Interface()
		default:
			return nil, fmt.Errorf("index: %T has no items", from)
		}
	}
	return from, nil
}

// mapIndex finds a key of a mapping, in any case where it does not stand there as it is.
func mapIndex(m reflect.Value, key string) reflect.Value {
	if m.Type().Key().Kind() != reflect.String {
		return reflect.Value{}
	}
	if value := m.MapIndex(reflect.ValueOf(key).Convert(m.Type().Key())); value.IsValid() {
		return value
	}
	var found string
	for _, k := range m.MapKeys() { // the first of those that differ in case only, whatever the order of the map is
		if name := k.String(); strings.EqualFold(name, key) && (found == "" || name < found) {
			found = name
		}
	}
	if found == "" {
		return reflect.Value{}
	}
	return m.MapIndex(reflect.ValueOf(found).Convert(m.Type().Key()))
}

func (collectionsNamespace) IsSet(from, key any) (bool, error) {
	v := indirect(reflect.ValueOf(from))
	switch {
	case !v.IsValid():
		return false, nil
	case v.Kind() == reflect.Map:
		return mapIndex(v, toString(key)).IsValid(), nil
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		i, err := toInt(key)
		return err == nil && i >= 0 && int(i) < v.Len(), err
	}
	return false, fmt.Errorf("isset: %T has no items", from)
}

func (collectionsNamespace) NewScratch() *Store { return &Store{} }

// Querify makes a query of pairs, or of a mapping.
func (c collectionsNamespace) Querify(args ...any) (string, error) {
	query := url.Values{}
	if len(args) == 1 {
		if m, ok := args[0].(map[string]any); ok {
			for key, value := range m {
				query.Add(key, toString(value))
			}
			return query.Encode(), nil
		}
		if pairs, ok := args[0].([]any); ok {
			args = pairs
		}
	}
	if len(args)%2 != 0 {
		return "", errors.New("querify takes pairs of a name and a value")
	}
	for i := 0; i < len(args); i += 2 {
		query.Add(toString(args[i]), toString(args[i+1]))
	}
	return query.Encode(), nil
}

// longestSeq is what Seq may make at most, as in Hugo.
const longestSeq = 1_000_000

// Seq counts: to LAST, from FIRST to LAST, or from FIRST by STEP to LAST.
func (collectionsNamespace) Seq(args ...any) ([]int, error) {
	var n []int64
	for _, arg := range args {
		i, err := toInt(arg)
		if err != nil {
			return nil, err
		}
		n = append(n, i)
	}
	first, step, last := int64(1), int64(1), int64(0)
	switch len(n) {
	case 1:
		if last = n[0]; last < 0 {
			first, step = -1, -1
		} else if last == 0 {
			return []int{}, nil
		}
	case 2:
		if first, last = n[0], n[1]; last < first {
			step = -1
		}
	case 3:
		first, step, last = n[0], n[1], n[2]
	default:
		return nil, errors.New("seq takes one to three numbers")
	}
	if step == 0 || (last-first)/step > longestSeq {
		return nil, fmt.Errorf("seq %v has no end, or more than %d numbers", args, longestSeq)
	}
	var all []int
	for i := first; step > 0 && i <= last || step < 0 && i >= last; i += step {
		all = append(all, int(i))
	}
	return all, nil
}
