package render

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Store keeps values by name while a response is rendered. Nothing in it outlives the response.
type Store struct{ values map[string]any }

func (s *Store) all() map[string]any {
	if s.values == nil {
		s.values = map[string]any{}
	}
	return s.values
}

// Set keeps a value. Its result is empty, so that a template can call it anywhere.
func (s *Store) Set(name string, value any) string {
	s.all()[name] = value
	return ""
}

// Get returns a value, nil for none.
func (s *Store) Get(name string) any { return s.all()[name] }

// Add adds to a value: numbers are summed up, texts joined, and lists grow.
func (s *Store) Add(name string, value any) (string, error) {
	old, ok := s.all()[name]
	if !ok {
		s.values[name] = value
		return "", nil
	}
	if list := reflect.ValueOf(old); list.Kind() == reflect.Slice {
		grown, err := appendTo(value, old)
		s.values[name] = grown
		return "", err
	}
	sum, err := arithmetic("add", old, value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	s.values[name] = sum
	return "", nil
}

// Delete forgets a value.
func (s *Store) Delete(name string) string {
	delete(s.all(), name)
	return ""
}

// Values are all values by name.
func (s *Store) Values() map[string]any { return s.all() }

// SetInMap keeps a value under a key of a mapping.
func (s *Store) SetInMap(name, key string, value any) string {
	m, ok := s.all()[name].(map[string]any)
	if !ok {
		m = map[string]any{}
		s.values[name] = m
	}
	m[key] = value
	return ""
}

// DeleteInMap forgets a key of a mapping.
func (s *Store) DeleteInMap(name, key string) string {
	if m, ok := s.all()[name].(map[string]any); ok {
		delete(m, key)
	}
	return ""
}

// GetSortedMapValues returns the values of a mapping in the order of their keys.
func (s *Store) GetSortedMapValues(name string) []any {
	m, _ := s.all()[name].(map[string]any)
	var values []any
	for _, key := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[key])
	}
	return values
}
