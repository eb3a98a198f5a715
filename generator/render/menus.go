package render

import (
	"html/template"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

// Menu is a list of lines in their order. Its methods return new lists.
type Menu []*MenuEntry

// MenuEntry is a line of a menu. One may be nil, as in Hugo, where a template asks for the line of a page that has none.
type MenuEntry struct {
	site.MenuEntry
	Children Menu
	set      *templates
}

// Menus are the menus of the site by name, in its language.
func (s *Site) Menus() (map[string]Menu, error) {
	if menus := s.set.menus[s.language]; menus != nil {
		return menus, nil
	}
	read, err := s.set.site.Menus()
	if err != nil {
		return nil, err
	}
	menus := map[string]Menu{}
	for list, entries := range read {
		if name, language, _ := strings.Cut(list, "@"); language == s.language {
			menus[name] = s.set.menu(entries)
		}
	}
	if s.set.menus == nil {
		s.set.menus = map[string]map[string]Menu{}
	}
	s.set.menus[s.language] = menus
	return menus, nil
}

// menu puts lines below their parents. Lines that lead to pages which are not there at the moment are left out.
func (t *templates) menu(entries []site.MenuEntry) Menu {
	var all []*MenuEntry
	byKey := map[string]*MenuEntry{}
	for _, entry := range entries {
		if entry.Path != "" && t.there(entry.Path) == nil {
			continue
		}
		line := &MenuEntry{MenuEntry: entry, set: t}
		all, byKey[entry.Key()] = append(all, line), line
	}
	var top Menu
	for _, entry := range all {
		if parent := byKey[entry.Parent()]; entry.Parent() != "" && parent != nil {
			parent.Children = append(parent.Children, entry)
		} else {
			top = append(top, entry)
		}
	}
	return top
}

// Name is the text of the line.
func (e *MenuEntry) Name() string { return e.MenuEntry.Name }

// Title is for the title attribute of the link.
func (e *MenuEntry) Title() string { return e.MenuEntry.Title }

// Identifier tells the line from others.
func (e *MenuEntry) Identifier() string { return e.MenuEntry.Identifier }

// KeyName is the identifier, else the name.
func (e *MenuEntry) KeyName() string { return e.Key() }

// Menu is the name of the menu.
func (e *MenuEntry) Menu() string { return e.MenuEntry.Menu }

// Parent is the key of the line above, empty for none.
func (e *MenuEntry) Parent() string { return e.MenuEntry.Parent }

// Weight is the position, lower first; 0 is none.
func (e *MenuEntry) Weight() int { return e.MenuEntry.Weight }

// Pre is HTML to stand before the name.
func (e *MenuEntry) Pre() template.HTML { return template.HTML(e.MenuEntry.Pre) }

// Post is HTML to stand behind the name.
func (e *MenuEntry) Post() template.HTML { return template.HTML(e.MenuEntry.Post) }

// Params are the author's own values.
func (e *MenuEntry) Params() map[string]any { return e.MenuEntry.Params }

// Page is the page that the line leads to, nil for an address.
func (e *MenuEntry) Page() *Page { return e.set.there(e.Path) }

// PageRef is how the configuration names that page.
func (e *MenuEntry) PageRef() string { return e.MenuEntry.PageRef }

// URL is where the line leads to.
func (e *MenuEntry) URL() string {
	if page := e.Page(); page != nil {
		return page.RelPermalink()
	}
	return e.MenuEntry.URL
}

// HasChildren says whether there are lines below.
func (e *MenuEntry) HasChildren() bool { return len(e.Children) > 0 }

// ByWeight is the order that menus have.
func (m Menu) ByWeight() Menu { return m }

// ByName is in the order of names.
func (m Menu) ByName() Menu {
	ordered := slices.Clone(m)
	slices.SortStableFunc(ordered, func(a, b *MenuEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return ordered
}

// Limit returns the first lines.
func (m Menu) Limit(n int) Menu { return m[:max(0, min(n, len(m)))] }

// Reverse turns the order round.
func (m Menu) Reverse() Menu {
	reversed := slices.Clone(m)
	slices.Reverse(reversed)
	return reversed
}

// IsMenuCurrent says whether a line of a menu leads to the page.
func (p *Page) IsMenuCurrent(menu string, entry *MenuEntry) bool {
	return entry != nil && entry.Menu() == menu && entry.URL() == p.RelPermalink()
}

// HasMenuCurrent says whether a line below one leads to the page, or the page is below the section that the line leads to.
func (p *Page) HasMenuCurrent(menu string, entry *MenuEntry) (bool, error) {
	if entry == nil || entry.Menu() != menu {
		return false, nil
	}
	if section := entry.Page(); section != nil && section.IsSection() {
		if above, err := section.IsAncestor(p); above || err != nil {
			return above, err
		}
	}
	for _, child := range entry.Children {
		if p.IsMenuCurrent(menu, child) {
			return true, nil
		}
		if below, err := p.HasMenuCurrent(menu, child); below || err != nil {
			return below, err
		}
	}
	return false, nil
}
