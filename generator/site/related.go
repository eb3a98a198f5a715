package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Related says which regular pages are related to each other: those that have words in common.
type Related struct {
	Threshold    int // from 0, for all that have a word in common, to 100
	IncludeNewer bool
	ToLower      bool
	Indices      []RelatedIndex
}

// RelatedIndex is where pages have words: a taxonomy, a parameter, or the date.
type RelatedIndex struct {
	Name    string
	Weight  int
	Pattern string // of the date, such as 2006 for its year
	ToLower bool
}

// defaultRelated is what Hugo has.
func defaultRelated() Related {
	return Related{Threshold: 80, IncludeNewer: true, Indices: []RelatedIndex{{Name: "keywords", Weight: 100}, {Name: "date", Weight: 10}, {Name: "tags", Weight: 80}}}
}

func decodeRelated(d *strictyaml.Document, into *Related) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var indices []RelatedIndex
		*into = Related{Threshold: 80}
		d.Fields(n, "related", strictyaml.Fields{
			"threshold":    decodeBetween(d, "threshold", 0, 100, &into.Threshold),
			"includeNewer": d.Bool(&into.IncludeNewer),
			"toLower":      d.Bool(&into.ToLower),
			"indices": func(n *yaml.Node) {
				d.Items(n, "indices", "write a list, each item with `name:` and `weight:`", func(item *yaml.Node) {
					var index RelatedIndex
					kind := "basic"
					d.Fields(item, "an index", strictyaml.Fields{"name": d.String(&index.Name), "weight": d.Int(&index.Weight), "pattern": d.String(&index.Pattern),
						"toLower": d.Bool(&index.ToLower), "type": d.String(&kind)})
					switch {
					case kind != "basic":
						d.Errorf(item, "remove it", "an index of the type %q is not known here", kind)
					case index.Name == "" || index.Weight < 0:
						d.Errorf(item, "write `name: tags` and `weight: 80`", "an index needs a name and a weight from 0")
					default:
						indices = append(indices, index)
					}
				})
			},
		})
		into.Indices = indices
		if indices == nil {
			into.Indices = defaultRelated().Indices
		}
	}
}

// words are those of a page in an index.
func (i RelatedIndex) words(page *Page, lower bool) []string {
	var words []string
	switch {
	case i.Name == "date":
		if !page.Date.IsZero() {
			words = []string{page.Date.Format(cmp.Or(i.Pattern, "2006"))}
		}
	case page.terms.Of(i.Name) != nil:
		words = slices.Clone(page.terms.Of(i.Name))
	default:
		switch value := page.Params[i.Name].(type) {
		case nil:
		case []any:
			for _, item := range value {
				words = append(words, fmt.Sprint(item))
			}
		default:
			words = []string{fmt.Sprint(value)}
		}
	}
	if lower || i.ToLower {
		for at, word := range words {
			words[at] = strings.ToLower(word)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// mostRelated is how many related pages of a page are known: far more than one shows.
const mostRelated = 100

// relations finds related pages. It looks at all pages when it is first asked.
type relations struct {
	config Related
	once   func() map[string]*relationIndex // by language
}

// relationIndex is the regular pages of one language, by the words they have.
type relationIndex struct {
	pages []*Page
	at    map[string]int
	words []map[string][]int // by index
	mu    sync.Mutex         // of the sums
	sums  []relation
}

type relation struct{ weight, matches int }

func newRelations(config Related, pages []*Page) *relations {
	return &relations{config, sync.OnceValue(func() map[string]*relationIndex {
		languages := map[string]*relationIndex{}
		for _, page := range pages {
			if !page.isRegular() || page.unlisted {
				continue
			}
			in := languages[page.Language]
			if in == nil {
				in = &relationIndex{at: map[string]int{}, words: make([]map[string][]int, len(config.Indices))}
				for i := range in.words {
					in.words[i] = map[string][]int{}
				}
				languages[page.Language] = in
			}
			number := len(in.pages)
			in.pages, in.at[page.Path] = append(in.pages, page), number
			for i, index := range config.Indices {
				for _, word := range index.words(page, config.ToLower) {
					in.words[i][word] = append(in.words[i][word], number)
				}
			}
		}
		for _, in := range languages {
			in.sums = make([]relation, len(in.pages))
		}
		return languages
	})}
}

// of lists the pages that are related to one, those with the most in common first. They have in common what the mean weight of the words
// says, in percent between the least and the greatest weight of the indices, which has to reach the threshold, and the less the more
// words there are.
//
// Source: Hugo's documentation of related content, and what its builds show.
func (r *relations) of(page *Page) []Entry {
	in := r.once()[page.Language]
	if in == nil || !page.isRegular() {
		return nil
	}
	self, known := in.at[page.Path]
	in.mu.Lock()
	defer in.mu.Unlock()
	var met []int
	for i, index := range r.config.Indices {
		for _, word := range index.words(page, r.config.ToLower) {
			for _, number := range in.words[i][word] {
				if known && number == self || !r.config.IncludeNewer && published(in.pages[number]).After(published(page)) {
					continue
				}
				if in.sums[number].matches == 0 {
					met = append(met, number)
				}
				in.sums[number].weight += index.Weight
				in.sums[number].matches++
			}
		}
	}
	least, most := r.weights()
	near := slices.DeleteFunc(met, func(number int) bool {
		sum := in.sums[number]
		share := 100
		if most > least {
			share = (sum.weight/sum.matches - least) * 100 / (most - least)
		}
		return share < r.config.Threshold/sum.matches
	})
	slices.SortFunc(near, func(x, y int) int {
		return cmp.Or(cmp.Compare(in.sums[y].weight, in.sums[x].weight), published(in.pages[y]).Compare(published(in.pages[x])),
			strings.Compare(in.pages[x].Path, in.pages[y].Path))
	})
	entries := make([]Entry, 0, min(len(near), mostRelated))
	for _, number := range near[:min(len(near), mostRelated)] {
		entries = append(entries, in.pages[number].plainEntry())
	}
	clear(in.sums)
	return entries
}

func (r *relations) weights() (least, most int) {
	for i, index := range r.config.Indices {
		if i == 0 {
			least = index.Weight
		}
		least, most = min(least, index.Weight), max(most, index.Weight)
	}
	return least, most
}

func published(page *Page) time.Time {
	if !page.PublishDate.IsZero() {
		return page.PublishDate
	}
	return page.Date
}

// RelatedSum is another one when pages may be related otherwise. It is empty for a site that shows none.
func (s *Site) RelatedSum() ([]byte, error) {
	if !s.Relates {
		return nil, nil
	}
	sum := sha256.New()
	write := json.NewEncoder(sum)
	for _, page := range s.Pages {
		if !page.isRegular() || page.unlisted {
			continue
		}
		words := [][]string{}
		for _, index := range s.Config.Related.Indices {
			words = append(words, index.words(page, s.Config.Related.ToLower))
		}
		if err := write.Encode([]any{page.Path, page.Language, published(page), page.Window, words}); err != nil {
			return nil, err
		}
	}
	err := write.Encode(s.Config.Related)
	return sum.Sum(nil), err
}
