package routing

import (
	"strconv"
	"strings"
)

// template is a text with references such as $1 and $name, for one route.
type template struct {
	parts []part
	text  string // as written

	// captures is true if what src matched is needed.
	captures bool
}

// part is a piece of literal text or, if source is set, a reference.
type part struct {
	source  source
	literal string // for literals, and the reference as written for unknown ones
	group   int    // for fromGroup without a name
	name    string // for fromGroup with a name, fromCondition, fromEnv
}

// source is where a reference's value comes from.
type source uint8

const (
	fromText      source = iota
	fromGroup            // a group of src
	fromCondition        // a group of a has value, or the value of a has key
	fromWildcard
	fromEnv
	unknown // nothing has this name
)

// scope holds the names that a route's templates can refer to.
type scope struct {
	src        *pattern
	conditions map[string]bool
	env        map[string]bool
}

func (s *scope) find(name string) (p part, ok bool) {
	if len(s.src.names[name]) > 0 {
		return part{source: fromGroup, name: name}, true
	}
	if n, err := strconv.Atoi(name); err == nil && n <= s.src.groups && isDigits(name) {
		return part{source: fromGroup, group: n}, true
	}
	switch {
	case s.conditions[name]:
		return part{source: fromCondition, name: name}, true
	case name == "wildcard":
		return part{source: fromWildcard}, true
	case s.env[name]:
		return part{source: fromEnv, name: name}, true
	}
	return part{}, false
}

// parse finds the references of a text. Of several names that a $ may be followed by the longest one counts, so that
// $slugs is what slug matched and an s unless there is a group slugs.
func (s *scope) parse(text string) template {
	t := template{text: text}
	for {
		literal, rest, found := strings.Cut(text, "$")
		run := 0
		for run < len(rest) && isWord(rest[run]) {
			run++
		}
		if found && run == 0 {
			literal += "$"
		}
		t.add(part{literal: literal})
		if !found {
			return t
		}
		if run == 0 {
			text = rest
			continue
		}
		reference, length := s.longest(rest[:run])
		t.add(reference)
		text = rest[length:]
	}
}

func (s *scope) longest(run string) (p part, length int) {
	for n := len(run); n > 0; n-- {
		if p, ok := s.find(run[:n]); ok {
			return p, n
		}
	}
	return part{source: unknown, literal: "$" + run}, len(run)
}

func (t *template) add(p part) {
	if p.source == fromText {
		if p.literal == "" {
			return
		}
		if n := len(t.parts); n > 0 && t.parts[n-1].source == fromText {
			t.parts[n-1].literal += p.literal
			return
		}
	}
	t.captures = t.captures || p.source == fromGroup
	t.parts = append(t.parts, p)
}

// bindings are the values for one match of a route.
type bindings struct {
	src        *pattern
	groups     []string
	conditions map[string]string
	wildcard   string
	env        func(string) string
}

// value gives what a reference stands for. Trusted values come from the config or the environment, others from
// the request.
func (b *bindings) value(p *part) (value string, trusted bool) {
	switch p.source {
	case fromText:
		return p.literal, true
	case fromGroup:
		if p.name != "" {
			return b.src.named(p.name, b.groups), false
		}
		return b.groups[p.group], false
	case fromCondition:
		return b.conditions[p.name], false
	case fromWildcard:
		return b.wildcard, true
	case fromEnv:
		if b.env != nil {
			return b.env(p.name), true
		}
	}
	return "", true
}

// expand replaces each reference once; values are never looked at again. It gives up at the limit, with ok false.
func (t *template) expand(b *bindings, keepUnknown bool, limit int) (text string, ok bool) {
	if len(t.parts) == 1 && t.parts[0].source == fromText {
		return t.parts[0].literal, true
	}
	var out strings.Builder
	for i := range t.parts {
		p := &t.parts[i]
		value, _ := b.value(p)
		if p.source == unknown && keepUnknown {
			value = p.literal
		}
		if out.Len()+len(value) > limit {
			return "", false
		}
		out.WriteString(value)
	}
	return out.String(), true
}

// destination is a template in two parts, since a value is written differently into a path and into a query.
type destination struct {
	path, query template
}

func (s *scope) parseDestination(dest string) *destination {
	dest, _, _ = strings.Cut(dest, "#")
	path, query, _ := strings.Cut(dest, "?")
	d := &destination{path: s.parse(path), query: s.parse(cleanQuery(query))}
	for i := range d.path.parts {
		if p := &d.path.parts[i]; p.source == fromText {
			p.literal = encodeLiteralPath(p.literal)
		}
	}
	return d
}

// encodeLiteralPath encodes the literal text of a destination, an output's name more often than a URL.
func encodeLiteralPath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		_, escape := hexPair(s[i:])
		if mustEncode(s[i]) || s[i] == '%' && !escape {
			writeEncoded(&b, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// target is an expanded destination.
type target struct {
	path  string // a path with its first slash, or an absolute URL
	query string
	url   bool
}

// expand makes the target. Whether it is absolute is decided by what the config says, never by what a visitor sent.
func (d *destination) expand(b *bindings) (t target, ok bool) {
	var path strings.Builder
	trusting, trusted := true, 0
	for i := range d.path.parts {
		p := &d.path.parts[i]
		value, ours := b.value(p)
		if p.source == fromCondition {
			value = encodeValue(value)
		}
		trusting = trusting && ours
		path.WriteString(value)
		if trusting {
			trusted = path.Len()
		}
		if path.Len() > maxURL {
			return t, false
		}
	}
	t.path = path.String()
	t.url = isAbsolute(t.path[:trusted])
	if t.query, ok = d.expandQuery(b); !ok {
		return t, false
	}
	if before, after, found := strings.Cut(t.path, "?"); found { // an environment variable may hold a query
		t.path, t.query = before, strings.Trim(after+"&"+t.query, "&")
	}
	if !t.url {
		t.path, _, _ = strings.Cut(t.path, "#")
		t.path = "/" + strings.TrimPrefix(t.path, "/")
	}
	return t, true
}

// expandQuery encodes each value as a whole: a capture cannot add parameters.
func (d *destination) expandQuery(b *bindings) (string, bool) {
	if len(d.query.parts) == 0 {
		return "", true
	}
	var query strings.Builder
	for i := range d.query.parts {
		value, trusted := b.value(&d.query.parts[i])
		if !trusted {
			value = encodeComponent(value)
		}
		if query.Len()+len(value) > maxURL {
			return "", false
		}
		query.WriteString(value)
	}
	return query.String(), true
}

// encodeValue encodes a header's or cookie's value for a path. Its slashes stay: such values are often paths.
func encodeValue(s string) string {
	return strings.ReplaceAll(encodePath(strings.ReplaceAll(s, "%", "%25")), "//", "/")
}

// isAbsolute reports whether a destination leads to a host.
func isAbsolute(dest string) bool {
	return hasPrefixFold(dest, "https://") || hasPrefixFold(dest, "http://")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
