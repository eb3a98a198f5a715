package site

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Division divides the addresses of a site among functions, where one with all texts would be larger than the platform takes. [Divide]
// makes it. Function 0 has what no other has, also addresses that are not known yet. A nil Division leaves everything to function 0.
type Division struct {
	prefixes  map[string]int // the functions of the addresses that begin so; none of them begins with another
	functions int
}

// Functions counts the functions.
func (d *Division) Functions() int {
	if d == nil {
		return 1
	}
	return d.functions
}

// Of is the number of the function that renders a page.
func (d *Division) Of(page *Page) int {
	if d == nil {
		return 0
	}
	for i := range page.Path {
		if function, ok := d.prefixes[page.Path[:i]]; ok {
			return function
		}
	}
	return d.prefixes[page.Path]
}

// Divide divides pages, which are sorted by path: each function but 0 gets stretches of the list that are those of prefixes, of a weight
// near to the most that it may have. What such a stretch begins with may be left to function 0, which then has a little more.
func Divide(pages []*Page, weight func(*Page) int64, most int64) *Division {
	d := &divider{Division: Division{prefixes: map[string]int{}, functions: 1}, pages: pages, before: make([]int64, len(pages)+1), most: most}
	for i, page := range pages {
		d.before[i+1] = d.before[i] + weight(page)
	}
	if d.weight(0, len(pages)) > most {
		d.functions = 2
		d.descend(0, len(pages), "")
	}
	return &d.Division
}

// divider is a division under way.
type divider struct {
	Division
	pages  []*Page
	before []int64 // the weight of the pages before each
	most   int64
	full   int64 // the weight of the last function
	left   int64 // the weight of what was left to function 0
}

func (d *divider) weight(from, to int) int64 { return d.before[to] - d.before[from] }

// divide gives the pages of a stretch, whose paths begin with a prefix, to functions.
func (d *divider) divide(from, to int, prefix string) {
	weight := d.weight(from, to)
	switch {
	case d.left+d.weight(from, len(d.pages)) <= d.most: // function 0 has room for the rest
		return
	case d.full+weight <= d.most:
	case weight <= d.most/100 || to-from == 1: // so little room is not worth a prefix
		d.functions, d.full = d.functions+1, 0
	default:
		d.descend(from, to, prefix)
		return
	}
	d.prefixes[prefix] = d.functions - 1
	d.full += weight
}

// descend divides a stretch by what follows the prefix.
func (d *divider) descend(from, to int, prefix string) {
	for from < to {
		path := d.pages[from].Path
		if path == prefix { // which the others begin with
			d.left += d.weight(from, from+1)
			from++
			continue
		}
		_, size := utf8.DecodeRuneInString(path[len(prefix):])
		longer := path[:len(prefix)+size]
		end := from + slices.IndexFunc(d.pages[from:to], func(page *Page) bool { return !strings.HasPrefix(page.Path, longer) })
		if end < from {
			end = to
		}
		d.divide(from, end, longer)
		from = end
	}
}

// within gives a source once for each pattern of the part of a function.
func (d *Division) within(source Source, function int) []Source {
	if function == 0 {
		return []Source{source}
	}
	var patterns []string
	for prefix, of := range d.prefixes {
		if of == function {
			patterns = append(patterns, literal(prefix))
		}
	}
	slices.Sort(patterns)
	var sources []Source
	for _, some := range alternatives("", patterns, longestSource-len(source.Regexp)) {
		source.Within = some.Regexp
		sources = append(sources, source)
	}
	return sources
}

// groups splits groups of deferred pages by functions.
func (d *Division) groups(whole []*deferredPages) []*deferredPages {
	if d == nil {
		return whole
	}
	var groups []*deferredPages
	unknown := map[string]bool{} // patterns, for addresses that are not known yet
	for _, g := range whole {
		parts := make([]*deferredPages, d.functions)
		for _, page := range g.pages {
			function := d.Of(page)
			if parts[function] == nil {
				parts[function] = &deferredPages{scope: g.scope, policy: g.policy, function: function}
			}
			parts[function].pages = append(parts[function].pages, page)
		}
		if parts[0] == nil && g.regexp != "" && !unknown[g.regexp] {
			parts[0] = &deferredPages{scope: g.scope, policy: g.policy}
		}
		unknown[g.regexp] = true
		groups = append(groups, slices.DeleteFunc(parts, func(part *deferredPages) bool { return part == nil })...)
	}
	return groups
}

// Divide divides the site. Its deferrals are then those of the functions.
func (s *Site) Divide(d *Division) {
	s.Division, s.Deferrals = d, deferrals(s.deferred, d)
}
