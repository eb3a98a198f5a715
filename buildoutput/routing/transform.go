package routing

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// transform is a compiled transform of a route.
type transform struct {
	kind     string // request.headers, request.query, request.path or response.headers
	op       string // set, append or delete
	key      *template
	keys     []operator // instead of key: every key that all of these hold for
	args     []template
	captures bool
}

// HeaderChange is a transform of the response's headers, with its references replaced.
type HeaderChange struct {
	op     string
	key    string
	keys   []operator
	values []string
}

func compileTransform(t *buildoutput.Transform, s scope) (*transform, error) {
	compiled := &transform{kind: t.Type, op: t.Op}
	s.env = map[string]bool{}
	for _, name := range t.Env {
		s.env[name] = true
	}
	for _, arg := range t.Args {
		for _, name := range t.Env {
			arg = strings.ReplaceAll(arg, "${"+name+"}", "$"+name) // both forms are known for variables
		}
		compiled.args = append(compiled.args, s.parse(arg))
	}
	for _, arg := range compiled.args {
		compiled.captures = compiled.captures || arg.captures
	}
	switch t.Type {
	case "request.path":
		if t.Op != "set" || len(t.Args) != 1 {
			return nil, errors.New("a path can only be set, and to one value")
		}
		return compiled, nil
	case "request.headers", "request.query", "response.headers":
	default:
		return nil, fmt.Errorf("unknown type %q", t.Type)
	}
	if !slices.Contains([]string{"set", "append", "delete"}, t.Op) {
		return nil, fmt.Errorf("unknown op %q", t.Op)
	}
	if t.Op != "delete" && len(t.Args) == 0 {
		return nil, fmt.Errorf("%s without args", t.Op)
	}
	return compiled, compiled.compileKey(t.Target, s)
}

func (t *transform) compileKey(target *buildoutput.TransformTarget, s scope) error {
	if target == nil || target.Key == nil {
		return errors.New("target.key is missing")
	}
	if target.Key.Pattern != "" {
		key := s.parse(target.Key.Pattern)
		t.key = &key
		t.captures = t.captures || key.captures
		return nil
	}
	if target.Key.Operators.Re != "" {
		return errors.New("a key cannot be matched by re")
	}
	var err error
	t.keys, err = compileOperators(&target.Key.Operators, true)
	if err == nil && len(t.keys) == 0 {
		err = errors.New("target.key is empty")
	}
	return err
}

// resolve replaces the references. Unknown ones stay, unlike in destinations: a variable's name may follow.
func (t *transform) resolve(b *bindings) HeaderChange {
	change := HeaderChange{op: t.op, keys: t.keys}
	if t.key != nil {
		change.key, _ = t.key.expand(b, true, maxURL)
	}
	for i := range t.args {
		value, _ := t.args[i].expand(b, true, maxURL)
		change.values = append(change.values, value)
	}
	return change
}

// names tells which of the existing keys the change is for; a key that must be made is not among them.
func (c *HeaderChange) names(key string) bool {
	if c.keys == nil {
		return strings.EqualFold(key, c.key)
	}
	return !slices.ContainsFunc(c.keys, func(o operator) bool { return !o(key) })
}

// valid refuses what a header cannot hold.
func (c *HeaderChange) valid() bool {
	if c.op == "delete" {
		return true
	}
	bad := func(v string) bool { return v == "" || cleanHeader(v) != v }
	return (c.keys != nil || isToken(c.key)) && !slices.ContainsFunc(c.values, bad)
}

// applyTo changes headers, whose values may be lists with commas.
func (c *HeaderChange) applyTo(header http.Header) {
	if !c.valid() {
		return
	}
	found := false
	for name, values := range header {
		if c.names(name) {
			found = true
			header[name] = c.change(splitList(values))
			if len(header[name]) == 0 {
				delete(header, name)
			}
		}
	}
	if !found && c.keys == nil && c.op != "delete" {
		header[http.CanonicalHeaderKey(c.key)] = slices.Clone(c.values)
	}
}

func (c *HeaderChange) change(values []string) []string {
	switch {
	case c.op == "set":
		return slices.Clone(c.values)
	case c.op == "append":
		return append(slices.Clone(values), c.values...)
	case len(c.values) == 0:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		return slices.ContainsFunc(c.values, func(unwanted string) bool { return strings.EqualFold(unwanted, v) })
	})
}

// splitList splits a single field that holds a list.
func splitList(values []string) []string {
	if len(values) != 1 || !strings.Contains(values[0], ",") {
		return values
	}
	var list []string
	for item := range strings.SplitSeq(values[0], ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// creates reports whether the change makes its key where there is none.
func (c *HeaderChange) creates() bool { return c.keys == nil && c.op != "delete" }

// applyToQuery changes the parameters of a raw query and reports whether any was there to change.
func (c *HeaderChange) applyToQuery(raw string) (changed string, found bool) {
	if raw == "" {
		return "", false
	}
	var kept []parameter
	seen := map[string]bool{}
	for _, p := range parseQuery(raw) {
		switch first := !seen[p.name]; {
		case !c.names(p.name):
			kept = append(kept, p)
		case c.op == "delete" && len(c.change([]string{p.value})) == 0:
			found = true
		case c.op == "set":
			seen[p.name], found = true, true
			if first {
				kept = c.addTo(kept, p.name)
			}
		default:
			seen[p.name], found = true, true
			kept = append(kept, p)
		}
	}
	if c.op == "append" {
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			kept = c.addTo(kept, name)
		}
	}
	return formatQuery(kept), found
}

func (c *HeaderChange) addTo(list []parameter, name string) []parameter {
	for _, value := range c.values {
		list = append(list, newParameter(name, value))
	}
	return list
}

// validRequestPath is what the platform accepts as request.path.
func validRequestPath(p string) bool {
	if p == "" || len(p) > 2048 || p[0] != '/' || strings.HasPrefix(p, "//") {
		return false
	}
	return !strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '?' || r == '#' })
}
