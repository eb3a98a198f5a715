package routing

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/isrgen/isrgen/buildoutput"
)

// condition is a compiled entry of has or missing.
type condition struct {
	kind  string // host, header, cookie or query
	key   string
	value *test // nil where presence is enough
}

// test is a compiled Match.
type test struct {
	pattern   *pattern
	operators []operator
}

// operator tests one string.
type operator func(value string) bool

func compileCondition(c *buildoutput.Condition) (*condition, error) {
	compiled := &condition{kind: c.Type, key: c.Key}
	switch c.Type {
	case "host":
	case "header", "cookie", "query":
		if c.Key == "" {
			return nil, errors.New("key is missing")
		}
	default:
		return nil, fmt.Errorf("unknown type %q", c.Type)
	}
	if c.Value == nil {
		return compiled, nil
	}
	var err error
	compiled.value, err = compileTest(c.Value, c.Type == "host")
	return compiled, err
}

// compileTest compiles a Match of a value. A value is matched as a whole, and in its case but for hosts.
func compileTest(m *buildoutput.Match, fold bool) (*test, error) {
	t := &test{}
	source := m.Pattern
	if m.Operators.Re != "" {
		source = m.Operators.Re
	}
	var err error
	if source != "" {
		if t.pattern, err = compilePattern(source, false, fold); err != nil {
			return nil, err
		}
	}
	t.operators, err = compileOperators(&m.Operators, fold)
	if t.pattern == nil && len(t.operators) == 0 {
		return nil, err // "" or {}: presence is enough
	}
	return t, err
}

// compileOperators compiles all but re. Besides those of the schema there is sub, "contains", which the
// platform's development server knows for the keys of transforms.
func compileOperators(m *buildoutput.MatchOperators, fold bool) ([]operator, error) {
	same := func(s string) string {
		if fold {
			return strings.ToLower(s)
		}
		return s
	}
	var list []operator
	add := func(o operator) { list = append(list, func(v string) bool { return o(same(v)) }) }
	if m.Eq != nil {
		want := same(scalar(m.Eq))
		add(func(v string) bool { return v == want })
	}
	if m.Neq != nil {
		unwanted := same(scalar(m.Neq))
		add(func(v string) bool { return v != unwanted })
	}
	if m.Inc != nil {
		add(func(v string) bool { return slices.ContainsFunc(m.Inc, func(s string) bool { return same(s) == v }) })
	}
	if m.Ninc != nil {
		add(func(v string) bool { return !slices.ContainsFunc(m.Ninc, func(s string) bool { return same(s) == v }) })
	}
	if m.Pre != "" {
		add(func(v string) bool { return strings.HasPrefix(v, same(m.Pre)) })
	}
	if m.Suf != "" {
		add(func(v string) bool { return strings.HasSuffix(v, same(m.Suf)) })
	}
	list = append(list, numberOperators(m)...)
	part, err := unknownOperators(m)
	if part != "" {
		add(func(v string) bool { return strings.Contains(v, same(part)) })
	}
	return list, err
}

func numberOperators(m *buildoutput.MatchOperators) []operator {
	var list []operator
	add := func(limit *float64, holds func(v, limit float64) bool) {
		if limit == nil {
			return
		}
		list = append(list, func(v string) bool {
			number, ok := parseNumber(v)
			return ok && holds(number, *limit)
		})
	}
	add(m.Gt, func(v, limit float64) bool { return v > limit })
	add(m.Gte, func(v, limit float64) bool { return v >= limit })
	add(m.Lt, func(v, limit float64) bool { return v < limit })
	add(m.Lte, func(v, limit float64) bool { return v <= limit })
	return list
}

// unknownOperators gives the text of sub and refuses what nothing public describes.
func unknownOperators(m *buildoutput.MatchOperators) (sub string, err error) {
	if len(m.Unknown) == 0 {
		return "", nil
	}
	var members map[string]any
	if err := json.Unmarshal(m.Unknown, &members); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text, isText := members[name].(string)
		if name != "sub" || !isText {
			err = fmt.Errorf("unknown operator %q", name)
			continue
		}
		sub = text
	}
	return sub, err
}

// scalar gives a string or number of JSON as text.
func scalar(v any) string {
	if number, ok := v.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// parseNumber reads a decimal number, and nothing else that Go or JavaScript would take for one.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(s, 64)
	return number, err == nil
}

// holds tests one value and gives the groups of the pattern if there is one.
func (t *test) holds(value string) (groups []string, ok bool) {
	for _, operator := range t.operators {
		if !operator(value) {
			return nil, false
		}
	}
	if t.pattern == nil {
		return nil, true
	}
	groups, ok, err := t.pattern.match(&subject{text: value}, len(t.pattern.names) > 0)
	return groups, ok && err == nil
}

// names are the names which a has condition binds for templates: the groups of its pattern, or its key if presence is enough.
func (c *condition) names() []string {
	if c.value == nil {
		return []string{c.key}
	}
	if c.value.pattern == nil {
		return nil
	}
	var names []string
	for name := range c.value.pattern.names {
		names = append(names, name)
	}
	return names
}

// holds tests a request. Of several values of a query parameter one that holds is enough; the fields of a header count
// as one, of several cookies of a name the first. What is absent holds nothing, neq and ninc included.
func (c *condition) holds(r *resolution, bind map[string]string) bool {
	for _, value := range r.values(c.kind, c.key) {
		if c.value == nil {
			if bind != nil {
				bind[c.key] = value
			}
			return true
		}
		groups, ok := c.value.holds(value)
		if !ok {
			continue
		}
		if bind != nil && groups != nil {
			for name := range c.value.pattern.names {
				bind[name] = c.value.pattern.named(name, groups)
			}
		}
		return true
	}
	return false
}

// values gives what the request has, as changed so far by middleware and transforms.
func (r *resolution) values(kind, key string) []string {
	switch kind {
	case "host":
		return []string{hostname(r.req.Host)}
	case "header":
		if values := r.headerValues(key); len(values) > 0 {
			return []string{strings.Join(values, ", ")}
		}
	case "cookie":
		if value, ok := cookie(r.headerValues("Cookie"), key); ok {
			return []string{value}
		}
	case "query":
		var values []string
		for _, p := range parseQuery(r.query) {
			if p.name == key {
				values = append(values, p.value)
			}
		}
		return values
	}
	return nil
}

// hostname gives a host in lower case and without its port.
func hostname(host string) string {
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.TrimSuffix(host, ".")
}

// cookie finds the first cookie of a name. Its value is decoded where it can be.
func cookie(fields []string, name string) (string, bool) {
	for _, field := range fields {
		for pair := range strings.SplitSeq(field, ";") {
			key, value, found := strings.Cut(pair, "=")
			if !found || strings.TrimSpace(key) != name {
				continue
			}
			value = strings.TrimSpace(value)
			if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			return decodeComponent(strings.ReplaceAll(value, "+", "%2B")), true
		}
	}
	return "", false
}
