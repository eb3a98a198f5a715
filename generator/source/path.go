package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// A path leads to a value of a JSON text by the names of members and the indexes of lists, as in data.items or images.0.src. A
// name where the value is a list goes on in each of its items: tags.name gives the names of all tags.

// errNoValue says that the text has no value where a path leads.
var errNoValue = errors.New("no such value")

// at returns the value at a path; the empty path is the whole. A member that is missing is [errNoValue]. An index beyond the end of
// a list is nil, like null.
func at(value any, path string) (any, error) {
	if path == "" {
		return value, nil
	}
	step, rest, _ := strings.Cut(path, ".")
	switch v := value.(type) {
	case map[string]any:
		member, ok := v[step]
		if !ok {
			return nil, fmt.Errorf("%w: %s", errNoValue, step)
		}
		return at(member, rest)
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 {
			if i >= len(v) {
				return nil, nil
			}
			return at(v[i], rest)
		}
		all := []any{}
		for _, item := range v {
			found, err := at(item, path)
			if err != nil {
				return nil, err
			}
			if found != nil {
				all = append(all, found)
			}
		}
		return all, nil
	case nil:
		return nil, nil
	}
	return nil, fmt.Errorf("%w: %s", errNoValue, step)
}

// Texts decodes a JSON text, and returns the scalars at a path as texts: one, or those of a list. A missing member is none.
func Texts(body []byte, path string) ([]string, error) {
	value, err := parseJSON(body)
	if err != nil {
		return nil, err
	}
	found, err := at(value, path)
	if errors.Is(err, errNoValue) {
		return nil, nil
	}
	list, ok := found.([]any)
	if !ok {
		list = []any{found}
	}
	var texts []string
	for _, item := range list {
		if t := text(item); t != "" {
			texts = append(texts, t)
		}
	}
	return texts, err
}

// text is a scalar as a text; anything else is "".
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64, float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// parseJSON decodes an answer into the types of package strictyaml.
func parseJSON(body []byte) (any, error) {
	if !json.Valid(body) {
		var syntax *json.SyntaxError
		if err := json.Unmarshal(body, new(any)); errors.As(err, &syntax) {
			return nil, fmt.Errorf("the answer is not JSON, at byte %d", syntax.Offset)
		}
		return nil, errors.New("the answer is not JSON")
	}
	return strictyaml.FromJSON(body), nil
}
