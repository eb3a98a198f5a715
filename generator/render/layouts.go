package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Layouts are the templates of a site by name, such as "page.html" or "_partials/head.html".
type Layouts map[string]Layout

// Match says whether the text of any layout matches a pattern.
func (l Layouts) Match(pattern *regexp.Regexp) bool {
	for _, layout := range l {
		if pattern.MatchString(layout.Text) {
			return true
		}
	}
	return false
}

// Layout is one template.
type Layout struct {
	File string // where it was read, for error messages
	Text string
}

const (
	baseLayout = "baseof.html"
	partials   = "_partials/"
)

// inTheme says whether a layout is that of the default theme. Whatever the site has goes before it.
func (l Layout) inTheme() bool { return strings.HasPrefix(l.File, "theme/") }

// LayoutName gives layouts in the places that Hugo had before its version 0.146 the names they have now.
func LayoutName(name string) string {
	for _, moved := range [][2]string{{"partials/", partials}, {"shortcodes/", shortcodes}, {"_default/_markup/", "_markup/"}} {
		if rest, ok := strings.CutPrefix(name, moved[0]); ok {
			return moved[1] + rest
		}
	}
	return name
}

// isPart says whether a layout is used by others, and renders no page.
func isPart(name string) bool {
	return strings.HasPrefix(name, partials) || strings.HasPrefix(name, shortcodes) || strings.HasPrefix(name, "_markup/")
}

// kindLayouts are the layouts of each kind, the best first: the names of today, and those that themes had before.
var kindLayouts = map[site.Kind][]string{
	site.KindHome:     {"home", "index", "list", "all"},
	site.KindPage:     {"page", "single", "all"},
	site.KindSection:  {"section", "list", "all"},
	site.KindTaxonomy: {"taxonomy", "terms", "list", "all"},
	site.KindTerm:     {"term", "list", "all"},
}

// directories are where the layouts of a page are looked for, the best first.
func directories(page *site.Page) []string {
	dirs := []string{}
	for dir := strings.Trim(page.Path, "/"); dir != "" && dir != "."; dir = path.Dir(dir) {
		if dir = strings.ToLower(dir); dir != page.TypeName() {
			dirs = append(dirs, dir+"/")
		}
	}
	return append(dirs, page.TypeName()+"/", "", "_default/")
}

// candidates are the names that a layout of a page may have, the best first.
func candidates(page *site.Page, names []string, extension string) []string {
	var all []string
	for _, dir := range directories(page) {
		for _, name := range names {
			all = append(all, dir+name+extension)
		}
	}
	return all
}

// find returns the first of some layouts that there is, of those of the site, else of the theme.
func (l Layouts) find(names []string) (string, bool) {
	for _, theme := range []bool{false, true} {
		for _, name := range names {
			if layout, ok := l[name]; ok && layout.inTheme() == theme && !isPart(name) {
				return name, true
			}
		}
	}
	return "", false
}

// choose names the layout of a page: its own, else that of its kind.
func (l Layouts) choose(page *site.Page) (string, error) {
	names, ok := kindLayouts[page.Kind]
	if !ok {
		names = []string{string(page.Kind)}
	}
	if page.Layout != "" {
		names = []string{page.Layout}
	}
	if name, ok := l.find(candidates(page, names, ".html")); ok {
		return name, nil
	}
	name := names[0] + ".html"
	known := map[string]bool{}
	for name := range l {
		if base, ok := strings.CutSuffix(name, ".html"); ok && !isPart(name) && !strings.HasSuffix(base, "baseof") {
			known[base] = true
		}
	}
	list := slices.Sorted(maps.Keys(known))
	advice := "create layouts/" + name + ", or choose one of " + strings.Join(list, ", ")
	if nearest, ok := strictyaml.Nearest(page.Layout, list); ok && page.Layout != "" {
		advice = fmt.Sprintf("did you mean %q? Otherwise %s", nearest, advice)
	}
	return "", &Error{File: cmp.Or(page.Source, "layouts/"+name), Page: page.Path,
		Message: fmt.Sprintf("there is no layout %q", name), Advice: advice}
}

// base names the base of a page's layout, empty for none.
func (l Layouts) base(page *site.Page, layout string) string {
	short := strings.TrimSuffix(path.Base(layout), ".html")
	names := []string{short + "-baseof"}
	for _, kind := range kindLayouts[page.Kind] {
		names = append(names, kind+"-baseof", "baseof-"+kind)
	}
	name, _ := l.find(candidates(page, append(names, "baseof"), ".html"))
	return name
}

// templates are one layout with its base and the layouts that others use, ready to run for one request at a time.
type templates struct {
	renderer *Renderer
	key      layoutKey
	set      engine
	entry    engine  // what to execute
	request  Request // without its time, which is asked for through now
	time     time.Time
	timed    bool                       // somebody asked for the time
	size     int                        // of what it made last
	site     *site.Snapshot             // while it runs: what it reads
	page     *Page                      // that is rendered
	texts    map[string]*pageText       // of the pages that this response shows, by path
	stores   map[string]*Store          // by the path of the page, of the site without one
	cached   map[string]any             // what partialCached gave
	menus    map[string]map[string]Menu // by language, as far as templates asked
	pager    *Pager                     // nil until a template asks
	returned []any                      // values of partials, not yet taken
	warnings []string
	used     map[string]bool // files of layouts that ran
	depth    int             // of layouts that run within each other
	over     atomic.Bool     // the time is
	atWork   *work           // on files
	trace    *trace          // nil unless somebody wants to know what writes what
}

// layoutKey says which templates are in a set, and whether they make text.
type layoutKey struct {
	layout, base string
	text         bool
}

func (r *Renderer) parse(key layoutKey) (*templates, error) {
	t := &templates{renderer: r, key: key, used: map[string]bool{}}
	t.reset(Request{})
	t.set = newEngine(key.text, t.functions())
	for _, name := range slices.Sorted(maps.Keys(r.layouts)) {
		if isPart(name) {
			if _, err := t.add(name); err != nil {
				return nil, err
			}
		}
	}
	base := t.set
	if key.base != "" {
		var err error
		if base, err = t.add(key.base); err != nil {
			return nil, err
		}
	}
	own, err := t.add(key.layout)
	if err != nil {
		return nil, err
	}
	t.entry = own
	if key.base != "" && own.isEmpty() { // nothing but definitions, for the base to use
		t.entry = base
	}
	return t, nil
}

// reset forgets what was learnt for a response.
func (t *templates) reset(req Request) {
	t.time, t.timed = req.Time, false
	req.Time = time.Time{} // whoever wants it calls now
	t.request, t.page, t.depth = req, nil, 0
	t.site, t.atWork = nil, &work{}
	t.texts, t.stores, t.cached = map[string]*pageText{}, map[string]*Store{}, map[string]any{}
	t.returned, t.warnings, t.menus, t.pager = nil, nil, nil, nil
}

// add parses one template under the name of its file, which errors then show.
func (t *templates) add(name string) (engine, error) {
	layout := t.renderer.layouts[name]
	added, err := t.set.add(layout.File, layout.Text)
	if err == nil && strings.Contains(layout.Text, "return") {
		for _, tree := range t.set.trees() {
			if tree != nil && tree.Root != nil && tree.ParseName == layout.File {
				Walk(tree.Root, returning)
			}
		}
	}
	return added, err
}

// deepest is far above what a layout needs and far below what exhausts the stack.
const deepest = 100

// run runs a layout that others use.
func (t *templates) run(layout Layout, data any) (string, error) {
	if t.depth++; t.depth > deepest {
		return "", errEndless
	}
	defer func() { t.depth-- }()
	defer t.renderer.metrics.measure(layout.File)()
	t.used[layout.File] = true
	var b bytes.Buffer
	defer t.trace.begin(&b)()
	err := t.set.lookup(layout.File).execute(bounded{&b, &t.over}, data)
	if err == errTooLarge { // which tells no place
		err = fmt.Errorf("%s: %w", layout.File, err)
	}
	return b.String(), err
}

// Error is a fault in a template or in the choice of one.
type Error struct {
	File         string
	Line, Column int // from 1; 0 is unknown
	Page         string
	Message      string
	Advice       string
	Excerpt      string // the line, for a file that is no layout
}

// Error gives the place, the fault, and the page that was rendered.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s (rendering %s)", e.File, e.Line, e.Column, e.Message, e.Page)
}

// templatePlace finds file, line and column in an error of package template. Of nested ones, the last is the cause.
var templatePlace = regexp.MustCompile(`(?:html/)?template: ?([^\s:]+):(\d+)(?::(\d+))?: `)

// located turns an error of package template into an [*Error].
func (r *Renderer) located(err error, page *site.Page) error {
	if located := (*Error)(nil); errors.As(err, &located) {
		return err
	}
	text := err.Error()
	places := templatePlace.FindAllStringSubmatchIndex(text, -1)
	if places == nil {
		return &Error{File: "layouts", Page: page.Path, Message: strings.TrimPrefix(text, "template: ")}
	}
	m := places[len(places)-1]
	e := &Error{File: text[m[2]:m[3]], Page: page.Path, Message: text[m[1]:]}
	e.Line, _ = strconv.Atoi(text[m[4]:m[5]])
	if m[6] >= 0 {
		e.Column, _ = strconv.Atoi(text[m[6]:m[7]])
		e.Column++ // package template counts columns from 0
	}
	return e
}
