package source

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Prerender says which documents of a source the build renders. The others are deferred. The zero value is none.
type Prerender struct {
	All    bool
	Newest int           // so many, by date
	File   string        // those whose names, or addresses, are the lines of a file of the site
	Pages  int           // so many, in the order of the source
	Budget time.Duration // those that can be asked for in that time, in the order of the source
}

var prerenderWords = regexp.MustCompile(`^(?:(all)|(none)|newest ([1-9][0-9]{0,6}))$`)

func (p *Prerender) decode(d *strictyaml.Document) func(*yaml.Node) {
	const advice = "write all, none, newest 200, { list: FILE }, { budget: 60s } or { budget: 5000 pages }"
	return func(n *yaml.Node) {
		*p = Prerender{}
		if n.Kind == yaml.MappingNode {
			d.Fields(n, "prerender", strictyaml.Fields{"list": d.String(&p.File), "budget": p.decodeBudget(d)})
			if *p == (Prerender{}) || p.File != "" && p.Pages+int(p.Budget) > 0 {
				d.Errorf(n, advice, "prerender needs either a list or a budget")
			}
			return
		}
		m := prerenderWords.FindStringSubmatch(n.Value)
		if m == nil {
			d.Errorf(n, advice, "prerender cannot be %q", n.Value)
			return
		}
		p.All = m[1] != ""
		p.Newest, _ = strconv.Atoi(m[3])
	}
}

var budgetPages = regexp.MustCompile(`^([1-9][0-9]{0,6}) pages$`)

func (p *Prerender) decodeBudget(d *strictyaml.Document) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if m := budgetPages.FindStringSubmatch(n.Value); m != nil {
			p.Pages, _ = strconv.Atoi(m[1])
			return
		}
		decodeDuration(d, &p.Budget)(n)
	}
}

// Choose returns the documents to render, of those that a source lists. Lines are those of the file, if there is one.
func (p Prerender) Choose(docs []*content.Document, o *content.Origin, lines []string) []*content.Document {
	switch {
	case p.All, p.Budget > 0:
		return docs
	case p.File != "":
		wanted := map[string]bool{}
		for _, line := range lines {
			line = strings.TrimSpace(line)
			if name, ok := o.NameAt(line); ok {
				line = name
			}
			wanted[line] = true
		}
		return slices.DeleteFunc(slices.Clone(docs), func(doc *content.Document) bool { return !wanted[doc.Name] })
	case p.Pages > 0:
		return docs[:min(p.Pages, len(docs))]
	}
	newest := slices.Clone(docs)
	slices.SortStableFunc(newest, func(a, b *content.Document) int {
		return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(a.Name, b.Name))
	})
	return newest[:min(p.Newest, len(newest))]
}
