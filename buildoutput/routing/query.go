package routing

import (
	"net/url"
	"slices"
	"strings"
)

// parameter is one part of a raw query.
type parameter struct {
	raw   string // as it stands, "key=value"
	name  string // decoded
	value string // decoded
}

// parseQuery splits a raw query, in order. What cannot be decoded stands for itself.
func parseQuery(raw string) []parameter {
	var list []parameter
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, parameter{part, decodeComponent(name), decodeComponent(value)})
	}
	return list
}

func decodeComponent(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

func newParameter(name, value string) parameter {
	return parameter{encodeComponent(name) + "=" + encodeComponent(value), name, value}
}

func formatQuery(list []parameter) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.raw)
	}
	return b.String()
}

// mergeQuery adds to a query the parameters of others whose names it does not have. The others come first, as in the
// platform's development server.
func mergeQuery(query, others string) string {
	if others == "" || query == "" {
		return query + others
	}
	own := parseQuery(query)
	return formatQuery(append(without(own, parseQuery(others)), own...))
}

// joinQuery adds to a query the parameters of others whose names it does not have, at its end.
func joinQuery(query, others string) string {
	if others == "" || query == "" {
		return query + others
	}
	own := parseQuery(query)
	return formatQuery(append(own, without(own, parseQuery(others))...))
}

// without gives the parameters of a list whose names are not among those of own.
func without(own, list []parameter) []parameter {
	return slices.DeleteFunc(list, func(p parameter) bool {
		return slices.ContainsFunc(own, func(o parameter) bool { return o.name == p.name })
	})
}

// addQuery adds to a URL the parameters of a query whose names it does not have, before a fragment.
func addQuery(location, query string) string {
	if query == "" {
		return location
	}
	location, fragment, fragmented := strings.Cut(location, "#")
	path, own, _ := strings.Cut(location, "?")
	if joined := joinQuery(own, query); joined != "" {
		path += "?" + joined
	}
	if fragmented {
		path += "#" + fragment
	}
	return path
}

// cleanQuery encodes what may not stand in a request line.
func cleanQuery(raw string) string {
	if !strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' }) {
		return raw
	}
	var b strings.Builder
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f || c == '#' {
			writeEncoded(&b, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
