package isr

import (
	"net/url"
	"slices"
	"strings"
)

// Key names one entry of the cache. Two visits with the same key get the same response.
type Key struct {
	// Deployment is the id of the build output: entries of one are never those of another.
	Deployment string

	// Domain is the host that the deployment answers for.
	Domain string

	// Output is the path of the prerender function's output, such as "blog/[slug]".
	Output string

	// Query is what [AllowedQuery] leaves of the query.
	Query string
}

// String gives the key as a URL without its scheme, for logs. The deployment is left out.
func (k Key) String() string {
	s := k.Domain + "/" + k.Output
	if k.Query != "" {
		s += "?" + k.Query
	}
	return s
}

// AllowedQuery gives the part of a raw query that a prerender config's allowQuery lets through, sorted by name and
// encoded in one way. A nil allow lets everything through, an empty one nothing. Values of one name keep their order. What
// cannot be decoded is taken literally, so no query is an error.
//
// Source: the platform's documentation, "Build Output API: Primitives", allowQuery.
func AllowedQuery(raw string, allow []string) string {
	if raw == "" || allow != nil && len(allow) == 0 {
		return ""
	}
	type parameter struct{ name, value string }
	var parameters []parameter
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p := parameter{unescape(name), unescape(value)}
		if allow == nil || slices.Contains(allow, p.name) {
			parameters = append(parameters, p)
		}
	}
	slices.SortStableFunc(parameters, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.value))
	}
	return b.String()
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}
