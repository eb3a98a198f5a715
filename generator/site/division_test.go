package site

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Whatever the paths and weights are, a division takes no function too far, and the patterns of a function's part match its pages alone.
func TestDivide(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab0é-/")
	for round := range 200 {
		paths := map[string]bool{"/": true}
		for range 1 + random.IntN(300) {
			path := "/"
			for range 1 + random.IntN(6) {
				path += string(letters[random.IntN(len(letters))])
			}
			paths[path] = true
		}
		var pages []*Page
		weights := map[*Page]int64{}
		heaviest := int64(0)
		for path := range paths {
			page := &Page{Path: path}
			pages = append(pages, page)
			weights[page] = random.Int64N(1 + random.Int64N(1000))
			heaviest = max(heaviest, weights[page])
		}
		slices.SortFunc(pages, func(x, y *Page) int { return strings.Compare(x.Path, y.Path) })
		most := 1 + random.Int64N(20_000)
		d := Divide(pages, func(page *Page) int64 { return weights[page] }, most)
		sums := make([]int64, d.Functions())
		for _, page := range pages {
			sums[d.Of(page)] += weights[page]
		}
		for function, sum := range sums {
			if function > 0 && sum > max(most, heaviest) {
				t.Errorf("round %d: function %d has %d, not at most %d", round, function, sum, most)
			}
		}
		for function := 1; function < d.Functions(); function++ {
			checkPattern(t, d, pages, function)
		}
	}
}

func checkPattern(t *testing.T, d *Division, pages []*Page, function int) {
	t.Helper()
	var patterns []*regexp.Regexp
	for _, source := range d.within(Source{Regexp: "/.*"}, function) {
		patterns = append(patterns, regexp.MustCompile("^"+source.Within))
	}
	for _, page := range pages {
		got := slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(page.Path) })
		if want := d.Of(page) == function; got != want {
			t.Errorf("that the patterns of function %d match %s is %t", function, page.Path, got)
		}
	}
}

// A division is into few stretches: what makes the routes of a site is a handful of prefixes, however many pages there are.
func TestDivideTakesFewPrefixes(t *testing.T) {
	var pages []*Page
	for i := range 100_000 {
		pages = append(pages, &Page{Path: fmt.Sprintf("/posts/%06d/", i)})
	}
	d := Divide(pages, func(*Page) int64 { return 1 }, 30_000)
	if d.Functions() != 4 || len(d.prefixes) > 60 {
		t.Errorf("%d functions have %d prefixes", d.Functions(), len(d.prefixes))
	}
	if whole := Divide(pages, func(*Page) int64 { return 1 }, 100_000); whole.Functions() != 1 || len(whole.prefixes) > 0 {
		t.Errorf("what is enough for one function is divided: %v", whole.prefixes)
	}
}
