package projectconfig_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestLimitsAreThePlatforms makes configurations that are just within a limit of the platform's schemas, and just beyond it.
func TestLimitsAreThePlatforms(t *testing.T) {
	type object = map[string]any
	text := func(n int) string { return "/" + strings.Repeat("ä", n-1) }
	list := func(n int, item any) []any {
		items := make([]any, n)
		for i := range items {
			items[i] = item
		}
		return items
	}
	redirect := func(with object) object {
		entry := object{"source": "/a", "destination": "/b"}
		for key, value := range with {
			entry[key] = value
		}
		return object{"redirects": []any{entry}}
	}
	header := func(lines []any) object { return object{"headers": []any{object{"source": "/a", "headers": lines}}} }
	query := func(key string, value any) any { return object{"type": "query", "key": key, "value": value} }
	var configs []string
	var names []string
	for _, limit := range []struct {
		name   string
		most   int
		config func(n int) object
	}{
		{"redirects", 2048, func(n int) object { return object{"redirects": list(n, object{"source": "/a", "destination": "/b"})} }},
		{"rewrites", 2048, func(n int) object { return object{"rewrites": list(n, object{"source": "/a", "destination": "/b"})} }},
		{"headers", 2048, func(n int) object { return object{"headers": list(n, object{"source": "/a", "headers": []any{}})} }},
		{"source", 4096, func(n int) object { return redirect(object{"source": text(n)}) }},
		{"destination", 4096, func(n int) object { return redirect(object{"destination": text(n)}) }},
		{"status", 999, func(n int) object { return redirect(object{"statusCode": n}) }},
		{"env", 64, func(n int) object { return redirect(object{"env": list(n, "A")}) }},
		{"name in env", 256, func(n int) object { return redirect(object{"env": []any{text(n)}}) }},
		{"has", 16, func(n int) object { return redirect(object{"has": list(n, query("a", "b"))}) }},
		{"missing", 16, func(n int) object { return redirect(object{"missing": list(n, query("a", "b"))}) }},
		{"key", 4096, func(n int) object { return redirect(object{"missing": []any{query(text(n), "b")}}) }},
		{"value", 4096, func(n int) object { return redirect(object{"missing": []any{query("a", text(n))}}) }},
		{"operator", 4096, func(n int) object { return redirect(object{"missing": []any{query("a", object{"pre": text(n)})}}) }},
		{"operand in a list", 4096, func(n int) object {
			return redirect(object{"missing": []any{query("a", object{"inc": []any{text(n)}})}})
		}},
		{"header lines", 1024, func(n int) object { return header(list(n, object{"key": "a", "value": "b"})) }},
		{"header's name", 4096, func(n int) object { return header([]any{object{"key": text(n), "value": "b"}}) }},
		{"header's value", 32768, func(n int) object { return header([]any{object{"key": "a", "value": text(n)}}) }},
	} {
		for _, n := range []int{limit.most, limit.most + 1} {
			config, err := json.Marshal(limit.config(n))
			if err != nil {
				t.Fatal(err)
			}
			configs = append(configs, string(config))
			names = append(names, fmt.Sprintf("%s %d", limit.name, n))
		}
	}
	for i, verdict := range judge(t, configs) {
		_, problems := compile(configs[i])
		if beyond := i%2 == 1; len(problems) > 0 != beyond || (verdict.Error != "") != beyond {
			t.Errorf("%s: the platform says %q, we say %.200q", names[i], verdict.Error, problems)
		}
	}
}
