package render

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
)

// relatedWeights are what two pages have in common counts for, and relatedLeast what an average of that must be, divided by how much
// they have in common: the defaults of Hugo.
//
// Source: what `hugo config` prints.
var relatedWeights = map[string]int{"keywords": 100, "tags": 80, "date": 10}

const relatedLeast = 80

// Related are the pages of the list that have keywords or tags in common with one, the closest first. It takes that page, or a dict with
// it as document, and as indices the names of what counts. Pages that are newer than the page are left out.
func (p Pages) Related(of any) (Pages, error) {
	indices := []string{"keywords", "tags", "date"}
	if options, ok := of.(map[string]any); ok {
		of = options["document"]
		if chosen, err := list(options["indices"]); err == nil && chosen.Len() > 0 {
			indices = nil
			for i := range chosen.Len() {
				indices = append(indices, strings.ToLower(toString(chosen.Index(i).Interface())))
			}
		}
	}
	page, err := pageOf(of)
	if err != nil {
		return nil, errors.New("related pages are those of a page, or of a dict with a page as document")
	}
	own := page.related(indices)
	scores := map[*Page]int{}
	var found Pages
	for _, other := range p {
		if other.path == page.path || other.Date().After(page.Date()) {
			continue
		}
		if score := relatedScore(own, other.related(indices)); score > 0 {
			scores[other] = score
			found = append(found, other)
		}
	}
	slices.SortStableFunc(found, func(a, b *Page) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), b.Date().Compare(a.Date()), strings.Compare(a.Title(), b.Title()))
	})
	return found, nil
}

// related is what a page can have in common with others, by index.
func (p *Page) related(indices []string) map[string][]string {
	all := map[string][]string{}
	for _, index := range indices {
		switch index {
		case "keywords":
			all[index] = p.Keywords()
		case "date":
			if !p.Date().IsZero() {
				all[index] = []string{p.Date().Format("2006-01-02T15:04:05Z07:00")}
			}
		default:
			all[index] = p.record().Terms[index]
		}
	}
	return all
}

// relatedScore is the weight of what two pages have in common, 0 if it is not enough.
func relatedScore(a, b map[string][]string) int {
	weight, matches := 0, 0
	for index, names := range a {
		for _, name := range names {
			if slices.Contains(b[index], name) {
				weight += cmp.Or(relatedWeights[index], relatedLeast)
				matches++
			}
		}
	}
	if matches == 0 || int(math.Round(float64(weight)/float64(matches))) < relatedLeast/matches {
		return 0
	}
	return weight
}
