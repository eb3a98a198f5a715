package render

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
	"time"

	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Layouts are the templates of a site by name, such as "page.html" or "_partials/head.html".
type Layouts map[string]Layout

// Layout is one template.
type Layout struct {
	File string `json:"file"` // where it was read, for error messages
	Text string `json:"text"`
}

const (
	baseLayout = "baseof.html"
	partials   = "_partials/"
)

// choose names the layout of a page: its own, else that of its kind.
func (l Layouts) choose(page *site.Page) (string, error) {
	name := cmp.Or(page.Layout, string(page.Kind)) + ".html"
	if _, ok := l[name]; ok && !strings.HasPrefix(name, partials) {
		return name, nil
	}
	var known []string
	for name := range l {
		if base, ok := strings.CutSuffix(name, ".html"); ok && !strings.HasPrefix(name, partials) && name != baseLayout {
			known = append(known, base)
		}
	}
	slices.Sort(known)
	advice := "create layouts/" + name + ", or choose one of " + strings.Join(known, ", ")
	if nearest, ok := strictyaml.Nearest(page.Layout, known); ok && page.Layout != "" {
		advice = fmt.Sprintf("did you mean %q? Otherwise %s", nearest, advice)
	}
	return "", &Error{File: cmp.Or(page.Source, "layouts/"+name), Page: page.Path,
		Message: fmt.Sprintf("there is no layout %q", name), Advice: advice}
}

// templates are one layout with the base and the partials, ready to run for one request at a time.
type templates struct {
	renderer *Renderer
	layout   string
	set      *template.Template
	entry    *template.Template // what to execute
	request  Request            // without its time, which is asked for through now
	time     time.Time
	timed    bool                 // somebody asked for the time
	site     *site.Snapshot       // while it runs: what it reads
	texts    map[string]*pageText // of the pages that this response shows, by path
	depth    int                  // of partials calling partials
	trace    *trace               // nil unless somebody wants to know what writes what
}

func (r *Renderer) parse(layout string) (*templates, error) {
	t := &templates{renderer: r, layout: layout}
	t.set = template.New("").Funcs(t.functions())
	for _, name := range slices.Sorted(maps.Keys(r.layouts)) {
		if strings.HasPrefix(name, partials) {
			if _, err := t.add(name); err != nil {
				return nil, err
			}
		}
	}
	base := t.set
	if _, ok := r.layouts[baseLayout]; ok {
		var err error
		if base, err = t.add(baseLayout); err != nil {
			return nil, err
		}
	}
	own, err := t.add(layout)
	if err != nil {
		return nil, err
	}
	t.entry = own
	if own.Tree == nil || parse.IsEmptyTree(own.Tree.Root) { // nothing but definitions, for the base to use
		t.entry = base
	}
	return t, nil
}

// add parses one template under the name of its file, which errors then show.
func (t *templates) add(name string) (*template.Template, error) {
	layout := t.renderer.layouts[name]
	return t.set.New(layout.File).Parse(layout.Text)
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
