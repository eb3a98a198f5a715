package render

import (
	"context"
	"html/template"
	"io"
	"strings"
	"text/template/parse"
	"time"

	texttemplate "text/template"

	"github.com/isrgen/isrgen/generator/site"
)

// engine is a set of templates for markup, whose values are escaped by where they stand, or for text, where nothing is.
type engine struct {
	html *template.Template
	text *texttemplate.Template
}

func newEngine(text bool, functions template.FuncMap) engine {
	if text {
		return engine{text: texttemplate.New("").Funcs(functions)}
	}
	return engine{html: template.New("").Funcs(functions)}
}

// functions adds functions for the templates of the set.
func (e engine) functions(more template.FuncMap) {
	if e.text != nil {
		e.text.Funcs(more)
		return
	}
	e.html.Funcs(more)
}

// add parses a template under a name into the set.
func (e engine) add(name, text string) (engine, error) {
	if e.text != nil {
		added, err := e.text.New(name).Parse(text)
		return engine{text: added}, err
	}
	added, err := e.html.New(name).Parse(text)
	return engine{html: added}, err
}

func (e engine) lookup(name string) engine {
	if e.text != nil {
		return engine{text: e.text.Lookup(name)}
	}
	return engine{html: e.html.Lookup(name)}
}

func (e engine) name() string {
	if e.text != nil {
		return e.text.Name()
	}
	return e.html.Name()
}

// tree is that of the template, nil where there is no template.
func (e engine) tree() *parse.Tree {
	switch {
	case e.text != nil:
		return e.text.Tree
	case e.html != nil:
		return e.html.Tree
	}
	return nil
}

// trees are those of all templates of the set by their names.
func (e engine) trees() map[string]*parse.Tree {
	all := map[string]*parse.Tree{}
	if e.text != nil {
		for _, t := range e.text.Templates() {
			all[t.Name()] = t.Tree
		}
		return all
	}
	for _, t := range e.html.Templates() {
		all[t.Name()] = t.Tree
	}
	return all
}

// isEmpty says whether the template has nothing but definitions.
func (e engine) isEmpty() bool {
	tree := e.tree()
	return tree == nil || parse.IsEmptyTree(tree.Root)
}

func (e engine) execute(w io.Writer, data any) error {
	if e.text != nil {
		return e.text.Execute(w, data)
	}
	return e.html.Execute(w, data)
}

// Text renders a text that belongs to no page, with the functions that layouts have and nothing escaped.
func Text(name, text string, data any, now time.Time, config *site.Config) (string, error) {
	s := &site.Site{Config: config}
	r := New(s, Layouts{})
	t := &templates{renderer: r, used: map[string]bool{}}
	t.reset(Request{Time: now})
	t.site = s.At(context.Background(), now, &site.Page{})
	t.set = newEngine(true, t.functions())
	parsed, err := t.set.add(name, text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.execute(&b, data)
	return b.String(), err
}
