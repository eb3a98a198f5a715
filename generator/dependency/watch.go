package dependency

import (
	"maps"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

// Watch is one render being watched. One goroutine uses it.
type Watch struct {
	records, windows, bodies, lists map[string]struct{} // by path, or by the name of a list
	data, menus                     bool
}

// NewWatch begins to watch what is read from a site. The page is to be rendered from the site that is returned.
func NewWatch(s *site.Site, page *site.Page) (*Watch, *site.Site) {
	w := &Watch{records: map[string]struct{}{page.Path: {}}, windows: map[string]struct{}{}, bodies: map[string]struct{}{}, lists: map[string]struct{}{}}
	if page.Origin != "" {
		w.bodies[page.Path] = struct{}{} // which has a part in more than the text
	}
	watched := *s
	watched.Library = &watchedLibrary{s.Library, w}
	watched.Data = func() (map[string]any, error) {
		w.data = true
		return s.Data()
	}
	watched.Menus = func() (site.Menus, error) {
		w.menus = true
		return s.Menus()
	}
	return w, &watched
}

// Lists are the names of the lists that were read, sorted.
func (w *Watch) Lists() []string { return slices.Sorted(maps.Keys(w.lists)) }

// Texts are the paths of the pages whose texts were read, sorted.
func (w *Watch) Texts() []string { return slices.Sorted(maps.Keys(w.bodies)) }

// watchedLibrary passes everything on.
type watchedLibrary struct {
	site.Library
	watch *Watch
}

func (l *watchedLibrary) Page(path string) (*site.Page, error) {
	l.watch.records[path] = struct{}{}
	return l.Library.Page(path)
}

func (l *watchedLibrary) Window(path string) (site.Window, error) {
	l.watch.windows[path] = struct{}{}
	return l.Library.Window(path)
}

func (l *watchedLibrary) List(name string) ([]site.Entry, error) {
	l.watch.lists[name] = struct{}{}
	return l.Library.List(name)
}

// NoteBody notes that a text counts as read.
func (l *watchedLibrary) NoteBody(page *site.Page) { l.watch.bodies[page.Path] = struct{}{} }

func (l *watchedLibrary) Body(page *site.Page) ([]byte, error) {
	l.watch.bodies[page.Path] = struct{}{}
	return l.Library.Body(page)
}

// facts are the numbers of what was read, encoded, for the state of the site that was watched.
func (w *Watch) facts(s *State) []byte {
	numbers := []int{s.siteFact(factConfig)}
	add := func(kind int, path string) {
		fact := s.siteFact(factPaths) // a page that is not there may be there one day
		if i := s.find(path); i >= 0 {
			fact = s.pageFact(kind, i)
		}
		numbers = append(numbers, fact)
	}
	for path := range w.records {
		add(factRecord, path)
	}
	for path := range w.windows {
		add(factWindow, path)
	}
	for path := range w.bodies {
		add(factBody, path)
	}
	for name := range w.lists {
		list, _, _ := strings.Cut(name, "@") // of a language
		switch path, isPages := strings.CutPrefix(name, site.ListPages); {
		case list == site.ListRegular:
			numbers = append(numbers, s.siteFact(factRegular))
		case list == site.ListSections:
			numbers = append(numbers, s.siteFact(factSections))
		case list == site.ListNodes:
			numbers = append(numbers, s.siteFact(factNodes))
		case list == site.ListMain:
			numbers = append(numbers, s.siteFact(factMain))
		case strings.HasPrefix(name, site.ListRelated):
			numbers = append(numbers, s.siteFact(factRelated), s.siteFact(factPaths))
		case strings.HasPrefix(name, site.ListLogical):
			numbers = append(numbers, s.siteFact(factPaths)) // and the record of the page that is found
		case strings.HasPrefix(name, site.ListSitemap):
			add(factList, strings.TrimPrefix(name, site.ListSitemap))
		case strings.HasPrefix(name, site.ListResources):
			add(factList, strings.TrimPrefix(name, site.ListResources))
		case isPages:
			add(factList, path)
		default:
			add(factRecursive, strings.TrimPrefix(name, site.ListRecursive))
		}
	}
	if w.data {
		numbers = append(numbers, s.siteFact(factData))
	}
	if w.menus {
		numbers = append(numbers, s.siteFact(factMenus))
	}
	slices.Sort(numbers)
	return encode(slices.Compact(numbers))
}
