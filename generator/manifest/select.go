package manifest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Selection names pages of a manifest. The zero value names all that can be regenerated.
type Selection struct {
	// Names are addresses, with or without a slash at the end, escaped or not; source files, such as content/posts/hello.md; or
	// patterns as in the rules of isrgen.yaml, such as /posts/**, which leave static pages out.
	Names []string

	// Group limits the selection to the pages of a group, empty for no limit.
	Group string
}

// Select returns the pages that a selection names, by path, each once. A name that no page has is an error, and so is a group.
func (m *Manifest) Select(s Selection) ([]Page, error) {
	if len(s.Names) == 0 {
		s.Names = []string{"/**"}
	}
	byName := make(map[string]int, 2*len(m.Pages))
	for i, page := range m.Pages {
		if page.Source != "" {
			byName[page.Source] = i
		}
	}
	for i, page := range m.Pages {
		byName[trim(page.Path)] = i
	}
	chosen := make([]bool, len(m.Pages))
	for _, name := range s.Names {
		if err := m.choose(name, byName, chosen); err != nil {
			return nil, err
		}
	}
	var pages []Page
	for i, page := range m.Pages {
		if chosen[i] && (s.Group == "" || page.Group == s.Group) {
			pages = append(pages, page)
		}
	}
	if len(pages) == 0 && s.Group != "" {
		return nil, m.noGroup(s.Group)
	}
	return pages, nil
}

// choose marks the pages that one name is for.
func (m *Manifest) choose(name string, byName map[string]int, chosen []bool) error {
	decoded, err := url.PathUnescape(name)
	if err != nil {
		decoded = name
	}
	for _, exact := range []string{name, decoded} {
		if i, ok := byName[trim(exact)]; ok {
			chosen[i] = true
			return nil
		}
	}
	if !strings.HasPrefix(name, "/") {
		return fmt.Errorf("%q is no page: write its address, such as /posts/hello/, its file, such as content/posts/hello.md, or a pattern, such as /posts/**", name)
	}
	if !doublestar.ValidatePattern(name) {
		return fmt.Errorf("%q is not a pattern: * is any part of a name, ** any number of directories", name)
	}
	found, static := false, false
	for i, page := range m.Pages {
		if ok, _ := doublestar.Match(trim(name), trim(page.Path)); ok {
			found, static = found || page.Kind != Static, true
			chosen[i] = chosen[i] || page.Kind != Static
		}
	}
	switch {
	case found:
		return nil
	case static:
		return fmt.Errorf("%s is for static pages only, which change with the next deployment", name)
	}
	return fmt.Errorf("no page of this output is %s: build the site again if it is new, and see %s for the addresses", name, File)
}

func (m *Manifest) noGroup(name string) error {
	var groups []string
	for _, page := range m.Pages {
		if page.Group != "" {
			groups = append(groups, page.Group)
		}
	}
	slices.Sort(groups)
	if len(groups) == 0 {
		return fmt.Errorf("no page is in the group %q: this output has no groups", name)
	}
	return fmt.Errorf("none of these pages is in the group %q: the groups of this output are %s", name, strings.Join(slices.Compact(groups), ", "))
}

func trim(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}
