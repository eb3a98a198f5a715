package render

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
)

// GetPage finds a page by where its file is, from this one, from its section, or from the root; nil for none.
func (p *Page) GetPage(name string) (*Page, error) { return p.set.find(p.language(), p.Path(), name) }

// Ref is the absolute address of another page: its path, perhaps with a fragment, or a mapping with path.
func (p *Page) Ref(args any) (string, error) {
	page, fragment, err := p.refer(args)
	if err != nil {
		return "", err
	}
	return page.Permalink() + fragment, nil
}

// RelRef is Ref without scheme and host.
func (p *Page) RelRef(args any) (string, error) {
	page, fragment, err := p.refer(args)
	if err != nil {
		return "", err
	}
	return page.RelPermalink() + fragment, nil
}

func (p *Page) refer(args any) (*Page, string, error) {
	name := ""
	switch v := args.(type) {
	case map[string]any:
		name = toString(v["path"])
	case []any:
		if len(v) > 0 {
			name = toString(v[0])
		}
	case []string:
		if len(v) > 0 {
			name = v[0]
		}
	default:
		name = toString(args)
	}
	name, fragment, found := strings.Cut(name, "#")
	if found {
		fragment = "#" + fragment
	}
	if name == "" {
		return p, fragment, nil
	}
	page, err := p.GetPage(name)
	if err == nil && page == nil {
		err = fmt.Errorf("there is no page %q: write where its file is below content/, from there or from this page", name)
	}
	return page, fragment, err
}

// RenderString renders a text as Markdown with shortcodes. Options before it are `dict "display" "block"`; the default is inline, which
// takes the tags from a single paragraph.
func (p *Page) RenderString(args ...any) (template.HTML, error) {
	if len(args) == 0 || len(args) > 2 {
		return "", errors.New("RenderString takes perhaps options, and a text")
	}
	if p.set.depth++; p.set.depth > deepest {
		return "", errEndless
	}
	defer func() { p.set.depth-- }()
	codes, source, err := p.expand(toString(args[len(args)-1]))
	if err != nil {
		return "", err
	}
	t := &target{base: p.record().Path, page: p, set: p.set, placeholder: codes.placeholder}
	if err := p.set.renderer.markdown.render(t, []byte(source)); err != nil {
		return "", err
	}
	out := template.HTML(codes.fill(t.String()))
	if options, _ := args[0].(map[string]any); toString(options["display"]) == "block" {
		return out, nil
	}
	return inline(out), nil
}

// HasShortcode says whether the page's text has a shortcode.
func (p *Page) HasShortcode(name string) (bool, error) {
	body, err := p.set.site.Body(p.record())
	if err != nil || indexTag(string(body)) < 0 {
		return false, err
	}
	pieces, fault := parseShortcodes(string(body), p.set.renderer.layouts.knownShortcode)
	return fault == nil && calls(pieces, name), nil
}

func calls(pieces []piece, name string) bool {
	for _, piece := range pieces {
		if piece.call != nil && (piece.call.name == name || calls(piece.call.inner, name)) {
			return true
		}
	}
	return false
}

// Render renders the page with another layout, such as "li" for layouts/li.html or layouts/posts/li.html.
func (p *Page) Render(name string) (template.HTML, error) {
	layout, ok := p.set.renderer.layouts.find(candidates(p.record(), []string{name}, ".html"))
	if !ok {
		return "", fmt.Errorf("there is no layout %q for %s: create layouts/%[1]s.html", name, p.path)
	}
	if p.set.depth >= deepest {
		return "", errEndless
	}
	set, err := p.set.renderer.take(layoutKey{layout: layout})
	if err != nil {
		return "", err
	}
	set.reset(p.set.request)
	set.site, set.atWork = p.set.site, p.set.atWork
	set.depth, set.page = p.set.depth+1, p.set.page
	var b strings.Builder
	err = set.entry.execute(&b, set.view(p.path, p.page))
	p.set.warnings = append(p.set.warnings, set.warnings...)
	if err == nil {
		p.set.renderer.giveBack(set)
	}
	return template.HTML(b.String()), err
}
