package strictyaml

import (
	"bytes"
	"encoding/json"
	"math"
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
