package site

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// DeferralDir is the directory of the output that holds the functions of deferrals. No page's address begins with it.
const DeferralDir = "_isrgen"

// Deferral is one function entry of the output, for all the deferred pages that one block of the site's configuration is
// the cause of. However many they are, the output has one entry and mostly one route for them.
type Deferral struct {
	// Name is unique among the deferrals and fit for a path.
	Name string

	// Label shows people which addresses are meant, such as "/glossary/**".
	Label string

	// Policy of the pages. Their own Revalidate may differ.
	Policy Policy

	// Sources are regular expressions, without anchors, for the paths of the pages, with or without a slash at the end. They may
	// match other paths too: whether there is such a page, the function knows.
	Sources []Source

	// Pages counts the pages.
	Pages int

	// Members are the pages, by path.
	Members []*Page

	// Function is the number of the function that renders the pages; see [Division].
	Function int
}

// Source is one pattern of a deferral. Where several match a path, the one of the lowest rank counts, and of these one with a Within.
type Source struct {
	Rank   int
	Regexp string

	// Within is a regular expression that the path must begin with too, empty for none.
	Within string
}

// scope is the block that a page's `defer: true` comes from: the origin, and what pages it is for.
type scope struct {
	rank   int    // see below; lower is nearer to the page
	name   string // what the deferral is called
	label  string // how people know the pages in it
	regexp string // of the paths in it, empty for a page's own front matter
}

// Ranks of scopes: a page's own front matter, the deepest section, …, the first section, the first rule, …, the defaults.
const (
	rankPage     = 0
	rankWide     = 1       // all the pages of a directory, standing for many of rankPage
	rankOrigin   = 1 << 9  // a source on the network, minus the depth
	rankSection  = 1 << 10 // minus the depth
	rankRule     = 1 << 20 // plus the index
	rankDefaults = 1 << 30
)

// scope finds the origin of a page's deferral.
func (b *builder) scope(page *Page) scope {
	if page.Origin != "" && page.doc.ISR.Defer != nil {
		return originScope(b.origins[page.Origin])
	}
	if page.doc != nil && page.doc.ISR.Defer != nil {
		return scope{rank: rankPage, name: "pages"}
	}
	for dir := range b.sectionsAbove(page) {
		for _, cascade := range b.cascades[dir] {
			if cascade.ISR.Defer != nil && b.meets(cascade, page) {
				return sectionScope(b.dirs[dir])
			}
		}
	}
	if rule, i := b.config.rule(page.Path); rule.Defer != nil {
		rule := b.config.Rules[i]
		return scope{rank: rankRule + i, name: patternName(rule.Match), label: rule.Match, regexp: rule.regexp}
	}
	return scope{rank: rankDefaults, name: "site", label: "/**", regexp: "/.*"}
}

func sectionScope(section *Page) scope {
	if section == nil || section.Kind == KindHome {
		return scope{rank: rankSection, name: "site", label: "/**", regexp: "/.*"}
	}
	at := trimSlash(section.Path)
	return scope{
		rank:   rankSection - strings.Count(at, "/"),
		name:   strings.Trim(at, "/"),
		label:  at + "/**",
		regexp: literal(at) + "(?:/.*)?",
	}
}

// patternName takes the parts of a pattern before its first wildcard.
func patternName(pattern string) string {
	literal, _, _ := strings.Cut(pattern, "*")
	var parts []string
	for part := range strings.SplitSeq(literal, "/") {
		if part = Urlize(part); part != "" {
			parts = append(parts, part)
		}
	}
	return cmp.Or(strings.Join(parts, "/"), "site")
}

// A route's source has at most 4096 bytes; eight routes for pages that are deferred one by one are still readable.
const (
	longestSource = 4000
	mostExact     = 8
)

// deferredPages are those that one entry of the output is for.
type deferredPages struct {
	scope
	policy   Policy // of the first
	pages    []*Page
	function int
}

// deferrals makes the entries for groups of deferred pages, whose order is that of their scopes.
func deferrals(whole []*deferredPages, division *Division) []*Deferral {
	groups := division.groups(whole)
	all := make([]*Deferral, len(groups))
	names := map[string]int{}
	for i, g := range groups {
		all[i] = &Deferral{Name: uniqueName(g.name, names), Label: g.label, Policy: g.policy, Pages: len(g.pages), Members: g.pages, Function: g.function}
	}
	owner := giveScopes(groups, all, division)
	single := singleDirs(whole)
	for i, g := range groups {
		strays := slices.DeleteFunc(slices.Clone(g.pages), func(p *Page) bool { return owner(p) == all[i] })
		for _, source := range exactSources(strays, single) {
			if source.Rank == rankWide {
				all[i].Sources = append(all[i].Sources, division.within(source, g.function)...)
			} else {
				all[i].Sources = append(all[i].Sources, source)
			}
		}
	}
	return all
}

// groupDeferred groups the deferred pages by scope and by what an entry says of them. Of one scope, the larger group is first.
func (b *builder) groupDeferred() []*deferredPages {
	type key struct {
		scope
		entry string
	}
	byKey := map[key]*deferredPages{}
	for _, page := range b.byPath() {
		if page.Policy.Keeping != Deferred {
			continue
		}
		k := key{page.scope, page.Policy.entry()}
		if byKey[k] == nil {
			byKey[k] = &deferredPages{scope: page.scope}
		}
		byKey[k].pages = append(byKey[k].pages, page)
	}
	for _, g := range byKey {
		g.policy = g.pages[0].Policy
	}
	for _, o := range b.origins {
		unknown := b.originDeferral(o)
		if unknown != nil && !slices.ContainsFunc(slices.Collect(maps.Keys(byKey)), func(k key) bool { return k.scope == unknown.scope }) {
			byKey[key{unknown.scope, unknown.policy.entry()}] = unknown
		}
	}
	return slices.SortedFunc(maps.Values(byKey), func(a, b *deferredPages) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name), cmp.Compare(len(b.pages), len(a.pages)),
			cmp.Compare(a.first(), b.first()))
	})
}

func (d *deferredPages) first() string {
	if len(d.pages) == 0 {
		return d.label
	}
	return d.pages[0].Path
}

// giveScopes gives the pattern of each scope to its first group, of each function one, and the other groups labels of their own. It
// returns what finds the deferral whose pattern takes a page.
func giveScopes(groups []*deferredPages, all []*Deferral, division *Division) func(*Page) *Deferral {
	type taker struct {
		rank     int
		pattern  *regexp.Regexp
		deferral *Deferral
	}
	type scopePart struct {
		regexp   string
		function int
	}
	var takers []taker
	given := map[scopePart]bool{}
	for i, g := range groups {
		if part := (scopePart{g.regexp, g.function}); g.regexp != "" && !given[part] {
			given[part] = true
			all[i].Sources = division.within(Source{Rank: g.rank, Regexp: g.regexp}, g.function)
			takers = append(takers, taker{g.rank, regexp.MustCompile("^(?:" + g.regexp + ")$"), all[i]})
			if g.function > 0 {
				all[i].Label += fmt.Sprintf(" [part %d]", g.function+1)
			}
			continue
		}
		all[i].Label = g.pages[0].Path
		if more := len(g.pages) - 1; more > 0 {
			all[i].Label += fmt.Sprintf(" [+%d more]", more)
		}
	}
	slices.SortStableFunc(takers, func(a, b taker) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.deferral.Function, a.deferral.Function))
	})
	return func(page *Page) *Deferral {
		for _, taker := range takers {
			function := taker.deferral.Function
			if (function == 0 || function == division.Of(page)) && taker.pattern.MatchString(trimSlash(page.Path)) {
				return taker.deferral
			}
		}
		return nil
	}
}

// singleDirs are the directories whose deferred pages all belong to one group.
func singleDirs(groups []*deferredPages) map[string]bool {
	first := map[string]int{}
	single := map[string]bool{}
	for i, g := range groups {
		for _, page := range g.pages {
			dir, _ := path.Split(trimSlash(page.Path))
			other, seen := first[dir]
			if !seen {
				first[dir] = i
			}
			single[dir] = !seen || single[dir] && other == i
		}
	}
	return single
}

var notPlain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9/_-]+`) })

// uniqueName makes of a scope's name one that is plain ASCII, as output paths of functions should be, and not taken.
func uniqueName(name string, taken map[string]int) string {
	name = cmp.Or(strings.Trim(notPlain().ReplaceAllString(strings.ToLower(name), "-"), "-/"), "site")
	unique := name
	for taken[unique] > 0 {
		taken[name]++
		unique = fmt.Sprintf("%s-%d", name, taken[name])
	}
	taken[unique]++
	return unique
}

// exactSources names pages one by one where they are few, and takes the whole of a directory with many, unless it has deferred
// pages of other groups.
func exactSources(pages []*Page, single map[string]bool) []Source {
	byDir := map[string][]string{}
	var dirs []string
	for _, page := range pages {
		dir, name := path.Split(trimSlash(page.Path))
		if byDir[dir] == nil {
			dirs = append(dirs, dir)
		}
		byDir[dir] = append(byDir[dir], literal(name))
	}
	var sources []Source
	for _, dir := range dirs {
		exact := alternatives(literal(dir), byDir[dir], longestSource)
		if len(exact) > mostExact && single[dir] {
			exact = []Source{{Rank: rankWide, Regexp: literal(dir) + "[^/]+"}}
		}
		sources = append(sources, exact...)
	}
	return sources
}

// alternatives joins names into as few patterns as a length allows.
func alternatives(dir string, names []string, longest int) []Source {
	var sources []Source
	for len(names) > 0 {
		n, length := 0, len(dir)
		for n < len(names) && (n == 0 || length+len(names[n]) < longest) {
			length += len(names[n]) + 1
			n++
		}
		sources = append(sources, Source{Rank: rankPage, Regexp: dir + "(?:" + strings.Join(names[:n], "|") + ")"})
		names = names[n:]
	}
	return sources
}
