package site

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
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
}

// Source is one pattern of a deferral. Where several match a path, the one of the lowest rank counts.
type Source struct {
	Rank   int
	Regexp string
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
	rankSection  = 1 << 10 // minus the depth
	rankRule     = 1 << 20 // plus the index
	rankDefaults = 1 << 30
)

// scope finds the origin of a page's deferral.
func (b *builder) scope(page *Page) scope {
	found := b.origin(page)
	if found.regexp == "" || !regexp.MustCompile("^(?:"+found.regexp+")$").MatchString(trimSlash(page.Path)) {
		return scope{rank: rankPage, name: "pages"} // such as a page that `url:` takes out of its section
	}
	return found
}

func (b *builder) origin(page *Page) scope {
	if page.doc != nil && page.doc.ISR.Defer != nil {
		return scope{}
	}
	for dir := range b.sectionsAbove(page) {
		if b.cascades[dir].ISR.Defer != nil {
			return sectionScope(b.dirs[dir])
		}
	}
	if rule, i := b.config.rule(page.Path); rule.Defer != nil {
		pattern := b.config.Rules[i].Match
		source, _ := patternRegexp(pattern)
		return scope{rank: rankRule + i, name: patternName(pattern), label: pattern, regexp: source}
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
		regexp: regexp.QuoteMeta(at) + "(?:/.*)?",
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

// deferrals groups the deferred pages by scope and by what an entry of the output says of them.
func deferrals(pages map[string]*Page) []*Deferral {
	type group struct {
		scope
		policy Policy
		pages  []*Page
	}
	var groups []*group
	for _, page := range pages {
		if page.Policy.Keeping != Deferred {
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.scope == page.scope && g.policy.sameEntry(page.Policy) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{scope: page.scope, policy: page.Policy})
		}
		groups[i].pages = append(groups[i].pages, page)
	}
	for _, g := range groups {
		slices.SortFunc(g.pages, func(a, b *Page) int { return cmp.Compare(a.Path, b.Path) })
		g.policy = g.pages[0].Policy
	}
	// The larger group of one scope gets its pattern; the pages of the others are named one by one.
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name), cmp.Compare(len(b.pages), len(a.pages)),
			cmp.Compare(a.pages[0].Path, b.pages[0].Path))
	})
	var all []*Deferral
	claimed := map[string]bool{}
	for _, g := range groups {
		d := &Deferral{Name: uniqueName(g.name, all), Label: g.label, Policy: g.policy, Pages: len(g.pages)}
		if g.regexp != "" && !claimed[g.regexp] {
			claimed[g.regexp] = true
			d.Sources = []Source{{g.rank, g.regexp}}
		} else {
			d.Sources = exactSources(g.pages, claimed)
			d.Label = g.pages[0].Path
			if more := len(g.pages) - 1; more > 0 {
				d.Label += fmt.Sprintf(" [+%d more]", more)
			}
		}
		all = append(all, d)
	}
	return all
}

var notPlain = regexp.MustCompile(`[^a-z0-9/_-]+`)

// uniqueName makes of a scope's name one that is plain ASCII, as output paths of functions should be, and not taken.
func uniqueName(name string, taken []*Deferral) string {
	name = cmp.Or(strings.Trim(notPlain.ReplaceAllString(strings.ToLower(name), "-"), "-/"), "site")
	unique := name
	for n := 2; slices.ContainsFunc(taken, func(d *Deferral) bool { return d.Name == unique }); n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	return unique
}

// exactSources names pages one by one where they are few, and takes the whole of a directory with many, unless another
// deferral has it.
func exactSources(pages []*Page, claimed map[string]bool) []Source {
	byDir := map[string][]string{}
	var dirs []string
	for _, page := range pages {
		dir, name := path.Split(trimSlash(page.Path))
		if byDir[dir] == nil {
			dirs = append(dirs, dir)
		}
		byDir[dir] = append(byDir[dir], regexp.QuoteMeta(name))
	}
	var sources []Source
	for _, dir := range dirs {
		exact := alternatives(regexp.QuoteMeta(dir), byDir[dir])
		wide := regexp.QuoteMeta(dir) + "[^/]+"
		if len(exact) > mostExact && !claimed[wide] {
			claimed[wide] = true
			exact = []Source{{rankWide, wide}}
		}
		sources = append(sources, exact...)
	}
	return sources
}

// alternatives joins names into as few patterns as the length of a source allows.
func alternatives(dir string, names []string) []Source {
	var sources []Source
	for len(names) > 0 {
		n, length := 0, len(dir)
		for n < len(names) && (n == 0 || length+len(names[n]) < longestSource) {
			length += len(names[n]) + 1
			n++
		}
		sources = append(sources, Source{rankPage, dir + "(?:" + strings.Join(names[:n], "|") + ")"})
		names = names[n:]
	}
	return sources
}
