package render

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/isrgen/isrgen/generator/site"
)

// LayoutsOf names the layouts that a page's bytes may depend on: its own, the base, the partials that these lead to, whether or not
// a condition keeps them from running, those that a text may use, and the partials with definitions, which may take the place of
// others' of the same name. Its errors are those of Render.
func (r *Renderer) LayoutsOf(page *site.Page) ([]string, error) {
	key, err := r.key(page)
	if err != nil {
		return nil, err
	}
	set, err := r.parse(key) // and not one that has run: package template rewrites the trees of those
	if err != nil {
		return nil, r.located(err, page)
	}
	c := closure{set: set, names: map[string]bool{key.layout: true}, seen: map[*parse.Tree]bool{}}
	if key.base != "" {
		c.layout(key.base) // it is the layout's lack of a body that decides whether it runs
	}
	for name := range r.layouts {
		if strings.HasPrefix(name, shortcodes) || strings.HasPrefix(name, hooks) {
			c.layout(name)
		}
	}
	c.tree(set.entry.tree())
	for name, tree := range set.set.trees() {
		if tree != nil && tree.ParseName != name {
			c.file(tree.ParseName)
		}
	}
	return slices.Sorted(maps.Keys(c.names)), nil
}

// LayoutsKey is the same for two pages that have the same layouts.
func (r *Renderer) LayoutsKey(page *site.Page) (string, error) {
	key, err := r.key(page)
	return key.layout + " " + key.base, err
}

// closure is what a walk through templates met.
type closure struct {
	set   *templates
	names map[string]bool // of layouts
	seen  map[*parse.Tree]bool
}

func (c *closure) tree(t *parse.Tree) {
	if t == nil || c.seen[t] {
		return
	}
	c.seen[t] = true
	c.file(t.ParseName)
	if t.Root != nil {
		Walk(t.Root, c.node)
	}
}

// file adds the layout that was read from a file.
func (c *closure) file(file string) {
	for name, layout := range c.set.renderer.layouts {
		if layout.File == file {
			c.names[name] = true
		}
	}
}

// node follows a call of a template or partial. What cannot be known before it runs may be any partial.
func (c *closure) node(n parse.Node) (descend bool) {
	switch n := n.(type) {
	case *parse.TemplateNode:
		c.tree(c.set.set.lookup(n.Name).tree())
	case *parse.CommandNode:
		for i, arg := range n.Args {
			c.call(arg, n.Args[i+1:])
		}
	}
	return true
}

// call follows what a word does with the arguments after it: partial and partials.Include, templates.Exists, and the method Render.
func (c *closure) call(word parse.Node, args []parse.Node) {
	name, known := "", false
	if len(args) > 0 {
		if text, ok := args[0].(*parse.StringNode); ok {
			name, known = text.Text, true
		}
	}
	switch n := word.(type) {
	case *parse.IdentifierNode:
		if strings.HasPrefix(n.Ident, "partial") {
			c.partial(name, known)
		}
		c.translated(n)
	case *parse.ChainNode:
		if id, ok := n.Node.(*parse.IdentifierNode); ok && (id.Ident == "partials" || id.Ident == "templates") {
			c.partial(name, known)
		}
		c.translated(n.Node)
		c.rendered(n.Field)
	case *parse.FieldNode:
		c.rendered(n.Ident)
	case *parse.VariableNode:
		c.rendered(n.Ident)
	}
}

// translated follows a function that looks texts up, or calls one that may.
func (c *closure) translated(word parse.Node) {
	if id, ok := word.(*parse.IdentifierNode); ok && slices.Contains([]string{"i18n", "T", "lang", "apply"}, id.Ident) {
		c.names[translationsLayout] = true
	}
}

// rendered follows the method Render, of a page that may be any: its layout may be any but those for parts.
func (c *closure) rendered(path []string) {
	if path[len(path)-1] != "Render" {
		return
	}
	for name := range c.set.renderer.layouts {
		if !isPart(name) {
			c.layout(name)
		}
	}
}

// partial follows a call by the name of the partial, or to any. One that is not there may be there one day.
func (c *closure) partial(name string, known bool) {
	layouts := c.set.renderer.layouts
	if known {
		file := strings.TrimPrefix(LayoutName(strings.TrimPrefix(name, "/")), partials)
		if _, ok := layouts[partials+file]; !ok {
			c.names[partials+file] = true
			file += ".html"
		}
		if inline, ok := c.set.inline(name); ok {
			c.tree(c.set.set.lookup(inline).tree())
		}
		c.layout(partials + file)
		return
	}
	for name := range layouts {
		if strings.HasPrefix(name, partials) {
			c.layout(name)
		}
	}
	for name, tree := range c.set.set.trees() {
		if strings.HasPrefix(LayoutName(name), partials) {
			c.tree(tree)
		}
	}
}

func (c *closure) layout(name string) {
	c.names[name] = true
	if layout, ok := c.set.renderer.layouts[name]; ok {
		c.tree(c.set.set.lookup(layout.File).tree())
	}
}
