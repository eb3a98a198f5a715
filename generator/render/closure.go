package render

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/isrgen/isrgen/generator/site"
)

// LayoutsOf names the layouts that a page's bytes may depend on: its own, the base, the partials that these lead to, whether or not
// a condition keeps them from running, and the partials with definitions, which may take the place of others' of the same name.
// Its errors are those of Render.
func (r *Renderer) LayoutsOf(page *site.Page) ([]string, error) {
	name, err := r.layouts.choose(page)
	if err != nil {
		return nil, err
	}
	set, err := r.parse(name) // and not one that has run: package template rewrites the trees of those
	if err != nil {
		return nil, r.located(err, page)
	}
	c := closure{set: set, names: map[string]bool{name: true}, seen: map[*parse.Tree]bool{}}
	if _, ok := r.layouts[baseLayout]; ok {
		c.names[baseLayout] = true // it is the layout's lack of a body that decides whether it runs
	}
	c.tree(set.entry.Tree)
	for _, defined := range set.set.Templates() {
		if t := defined.Tree; t != nil && t.ParseName != defined.Name() {
			c.file(t.ParseName)
		}
	}
	return slices.Sorted(maps.Keys(c.names)), nil
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
		c.node(t.Root)
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

// node follows calls of templates and partials. What cannot be known before it runs may be any partial.
func (c *closure) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			c.node(child)
		}
	case *parse.ActionNode:
		c.pipe(n.Pipe)
	case *parse.IfNode:
		c.branch(&n.BranchNode)
	case *parse.RangeNode:
		c.branch(&n.BranchNode)
	case *parse.WithNode:
		c.branch(&n.BranchNode)
	case *parse.TemplateNode:
		if called := c.set.set.Lookup(n.Name); called != nil {
			c.tree(called.Tree)
		}
		c.pipe(n.Pipe)
	case *parse.PipeNode:
		c.pipe(n)
	}
}

func (c *closure) branch(n *parse.BranchNode) {
	c.pipe(n.Pipe)
	c.node(n.List)
	if n.ElseList != nil {
		c.node(n.ElseList)
	}
}

func (c *closure) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, command := range p.Cmds {
		for i, arg := range command.Args {
			if id, ok := arg.(*parse.IdentifierNode); ok && strings.HasPrefix(id.Ident, "partial") {
				c.partial(command.Args[i+1:])
			}
			if inner, ok := arg.(*parse.ChainNode); ok {
				c.node(inner.Node)
			}
			c.node(arg)
		}
	}
}

// partial follows a call by the arguments after the word.
func (c *closure) partial(args []parse.Node) {
	if len(args) > 0 {
		if name, ok := args[0].(*parse.StringNode); ok {
			c.layout(partials + name.Text)
			return
		}
	}
	for name := range c.set.renderer.layouts {
		if strings.HasPrefix(name, partials) {
			c.layout(name)
		}
	}
}

func (c *closure) layout(name string) {
	c.names[name] = true
	if t := c.set.set.Lookup(c.set.renderer.layouts[name].File); t != nil {
		c.tree(t.Tree)
	}
}
