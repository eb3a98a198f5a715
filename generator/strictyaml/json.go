package strictyaml

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// FromJSON decodes a valid JSON text into the types that [Document.Any] gives.
func FromJSON(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil
	}
	return Restore(value)
}

// ToNode makes a node of a value of the types that [Document.Any] gives, which decoders take like one that was written. Writing
// the value as YAML and reading that is not the same for every text.
func ToNode(value any) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	switch v := value.(type) {
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, ToNode(item))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, scalar("!!str", key), ToNode(v[key]))
		}
		return n
	case string:
		return scalar("!!str", v)
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10))
	case float64:
		return scalar("!!float", strconv.FormatFloat(v, 'g', -1, 64))
	default:
		return scalar("!!null", "")
	}
}

// Restore gives the numbers of a value that was decoded from JSON the types that [Document.Any] gives, so that a template
// sees the same values after a passage through JSON as before it.
func Restore(value any) any {
	switch v := value.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil || math.IsInf(f, 0) {
			return v.String()
		}
		return number(f)
	case []any:
		for i := range v {
			v[i] = Restore(v[i])
		}
	case map[string]any:
		RestoreMap(v)
	}
	return value
}

// RestoreMap is [Restore] for a mapping.
func RestoreMap(m map[string]any) map[string]any {
	for key, value := range m {
		m[key] = Restore(value)
	}
	return m
}

// number makes an int64 of a number without a fraction. JSON does not tell the two apart, so that this must not either.
func number(f float64) any {
	if f >= -1<<63 && f < 1<<63 && f == math.Trunc(f) {
		return int64(f)
	}
	return f
}
