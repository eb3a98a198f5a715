package projectconfig

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// reference is a parameter that a template may name, and what stands for its value in a route: $1, or $name for what a
// condition captures.
type reference struct{ name, value string }

type references []reference

// newReferences lists the parameters of a source and those of its conditions. Of two with one name the later counts.
func newReferences(source pattern, has []buildoutput.Condition) references {
	var refs references
	for i, part := range source.capturing() {
		refs.set(part.name, fmt.Sprintf("$%d", i+1))
	}
	for _, name := range captured(has) {
		refs.set(name, "$"+name)
	}
	return refs
}

func (r *references) set(name, value string) {
	if name == "" {
		return
	}
	if i := r.index(name); i >= 0 {
		(*r)[i].value = value
		return
	}
	*r = append(*r, reference{name, value})
}

func (r references) index(name string) int {
	return slices.IndexFunc(r, func(ref reference) bool { return ref.name == name })
}

var namedGroup = regexp.MustCompile(`\(\?<([a-zA-Z][a-zA-Z0-9_]*)>`)

// captured names what conditions give to destinations: a key whose presence is enough, the named groups of a regular
// expression, and host.
func captured(has []buildoutput.Condition) []string {
	var names []string
	for _, condition := range has {
		if condition.Value == nil {
			names = append(names, condition.Key)
			continue
		}
		expression := condition.Value.Pattern + condition.Value.Operators.Re // one of them at most
		for _, group := range namedGroup.FindAllStringSubmatch(expression, -1) {
			names = append(names, group[1])
		}
		if condition.Type == "host" && expression != "" {
			names = append(names, "host")
		}
	}
	return names
}

// fill puts the references into a template. A template that is no pattern is taken as text in which only the parameters that
// are known mean something.
//
// Source: @vercel/routing-utils, safelyCompile.
func (r references) fill(template string) (string, error) {
	if template == "" {
		return "", nil
	}
	if filled, err := r.expand(template); err == nil {
		return filled, nil
	}
	return r.fillText(template)
}

// fillText is fill for a text that is no pattern at all, such as a header's value.
func (r references) fillText(text string) (string, error) {
	var b strings.Builder
	b.WriteByte('/') // so that the text begins with something that a parameter can follow
	for i := 0; i < len(text); i++ {
		if n := r.at(text[i:]); n > 0 {
			b.WriteString(text[i : i+n])
			i += n - 1
			continue
		}
		if strings.IndexByte(":*?+(){}", text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	filled, err := r.expand(b.String())
	if err != nil {
		return "", err
	}
	return filled[1:], nil
}

// at gives the length of the parameter that a text begins with, its modifier included; 0 for none.
func (r references) at(text string) int {
	if text[0] != ':' {
		return 0
	}
	for _, ref := range r {
		n := 1 + len(ref.name)
		switch {
		case !strings.HasPrefix(text[1:], ref.name) || n < len(text) && isWord(text[n]):
		case n < len(text) && strings.IndexByte("*?+", text[n]) >= 0:
			return n + 1
		default:
			return n
		}
	}
	return 0
}

// expand puts the references into a template that is a pattern.
func (r references) expand(template string) (string, error) {
	parts, err := parse(template, templateValue)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, part := range parts {
		if !part.parameter {
			b.WriteString(part.text)
			continue
		}
		if err := checkRegexp("^(?:" + part.regexp + ")$"); err != nil {
			return "", err
		}
		switch i := r.index(part.name); {
		case i >= 0:
			b.WriteString(part.prefix + r[i].value + part.suffix)
		case part.modifier != "?" && part.modifier != "*":
			return "", fmt.Errorf("nothing is known of the parameter %q", part.name)
		}
	}
	return b.String(), nil
}

// location fills the destination of a redirect.
func (r references) location(template string) (string, error) {
	d, _, err := r.destination(template)
	return d.String(), err
}

// rewrite fills the destination of a rewrite. Where its host, path and fragment name no parameter, all are added to the query.
func (r references) rewrite(template string) (string, error) {
	d, named, err := r.destination(template)
	if named {
		return d.String(), err
	}
	for _, ref := range r {
		if !slices.ContainsFunc(d.query, func(f field) bool { return f.key == ref.name }) {
			d.query = append(d.query, field{ref.name, []string{ref.value}})
		}
	}
	if err == nil && d.String() == "" {
		err = errors.New("this leads nowhere")
	}
	return d.String(), err
}

// colon stands for that of a parameter while a destination is split: as it stands it would begin a port. It is in lower case,
// which hosts become.
const colon = "__isrgen_colon__"

// destination splits a template and fills its parts. It reports whether host, path or fragment name a parameter.
//
// Source: @vercel/routing-utils, replaceSegments.
func (r references) destination(template string) (d destination, named bool, err error) {
	for _, ref := range r {
		template = strings.ReplaceAll(template, ":"+ref.name, colon+ref.name)
	}
	if d, err = parseDestination(template); err != nil {
		return d, false, err
	}
	for _, text := range []*string{&d.pathname, &d.hash, &d.hostname} {
		*text = strings.ReplaceAll(*text, colon, ":")
	}
	named = r.anyIn(d.pathname, d.hash, d.hostname)
	texts := []*string{&d.pathname, &d.hash, &d.hostname}
	for _, field := range d.query {
		for i, value := range field.values {
			field.values[i] = strings.ReplaceAll(value, colon, ":")
			texts = append(texts, &field.values[i])
		}
	}
	for _, text := range texts {
		if *text, err = r.fill(*text); err != nil {
			return d, false, err
		}
	}
	if strings.Contains(d.String(), colon) {
		return d, false, errors.New("parameters can stand in the host, the path, the values of the query and the fragment only")
	}
	return d, named, nil
}

// anyIn reports whether one of the templates names a parameter. The first that is no pattern ends the search.
func (r references) anyIn(templates ...string) bool {
	for _, template := range templates {
		parts, err := parse(template, templateValue)
		if err != nil {
			return false
		}
		for _, part := range parts.capturing() {
			if r.index(part.name) >= 0 {
				return true
			}
		}
		if checkRegexp(parts.source()) != nil {
			return false
		}
	}
	return false
}
