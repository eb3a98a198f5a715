package render

import (
	"errors"
	"regexp"
	"sync"

	"github.com/isrgen/isrgen/generator/site"
)

// relates finds what shows related pages.
var relates = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.Related\b`) })

// Relate says whether any layout may show related pages.
func (l Layouts) Relate() bool { return l.Match(relates()) }

// Related are those of the pages that are related to one, those with the most in common first. It takes a page, or a mapping with the page
// as `document`.
func (p Pages) Related(to any) (Pages, error) {
	if options, ok := to.(map[string]any); ok {
		if options["indices"] != nil || options["namedSlices"] != nil || options["fragments"] != nil {
			return nil, errors.New("Related takes a page; in what pages are related is said by `related` in " + site.ConfigFile)
		}
		to = options["document"]
	}
	page, err := pageOf(to)
	if err != nil || len(p) == 0 {
		return nil, err
	}
	paths, err := page.set.site.List(site.ListRelated + page.path)
	if err != nil {
		return nil, err
	}
	among := make(map[string]*Page, len(p))
	for _, one := range p {
		among[one.path] = one
	}
	var related Pages
	for _, path := range paths {
		if one := among[path]; one != nil {
			related = append(related, one)
		}
	}
	return related, nil
}
