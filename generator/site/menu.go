package site

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// MenuEntry is a line of a menu, whose page is known.
type MenuEntry struct {
	content.MenuItem

	// Path is that of the page it leads to, empty for an address.
	Path string `json:"path,omitempty"`
}

// Menus are the lines of each menu, in their order but for that lines are not yet below their parents.
type Menus map[string][]MenuEntry

// decodeMenus decodes the menus of the configuration: lists of lines by the name of the menu.
func decodeMenus(d *strictyaml.Document, into *[]content.MenuItem) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write names of menus, each with a list of lines", "menus must be a mapping")
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			name := n.Content[i].Value
			d.Items(n.Content[i+1], "a menu", "write a list, each item with `name:` and `url:` or `pageRef:`", func(line *yaml.Node) {
				item := content.MenuItem{Menu: name}
				content.DecodeMenuItem(d, &item)(line)
				switch {
				case item.URL == "" && item.PageRef == "" && item.Name == "" && item.Identifier == "":
					d.Errorf(line, "add `name:` and `url:` or `pageRef:`", "this line of the menu has neither a name nor a page")
				case item.URL != "" && item.PageRef != "":
					d.Errorf(line, "keep one of them", "this line of the menu has a url and a pageRef")
				default:
					*into = append(*into, item)
				}
			})
		}
	}
}

// menus makes the menus of the configuration, of the pages' front matter, and of the sections where that is wanted.
func (b *builder) menus() Menus {
	menus := Menus{}
	add := func(item content.MenuItem, page *Page) {
		entry := MenuEntry{MenuItem: item}
		if page != nil {
			entry.Path = page.Path
			entry.Name = cmp.Or(entry.Name, page.LinkTitle)
			entry.Title = cmp.Or(entry.Title, page.LinkTitle)
			entry.Weight = cmp.Or(entry.Weight, page.Weight)
		}
		name := b.list(item.Menu)
		menus[name] = append(menus[name], entry)
	}
	for _, item := range b.config.Menus {
		add(item, b.menuPage(item))
	}
	for _, page := range b.byPath() {
		if page.doc == nil {
			continue
		}
		for _, item := range page.doc.Menus {
			if target := b.menuPage(item); target != nil {
				add(item, target)
			} else if item.URL != "" {
				add(item, nil)
			} else {
				add(item, page)
			}
		}
	}
	if name := b.config.SectionPagesMenu; name != "" {
		for _, section := range b.lists[b.list(ListSections)] {
			b.addSectionToMenu(menus, name, b.pages[section.Path], add)
		}
	}
	for _, entries := range menus {
		slices.SortStableFunc(entries, menuOrder)
	}
	b.checkParents(menus)
	return menus
}

// addSectionToMenu adds a section that is not in the menu yet, under its name as the identifier.
func (b *builder) addSectionToMenu(menus Menus, name string, section *Page, add func(content.MenuItem, *Page)) {
	id := path.Base(trimSlash(section.Path))
	if !slices.ContainsFunc(menus[b.list(name)], func(e MenuEntry) bool { return e.Path == section.Path || e.Identifier == id }) {
		add(content.MenuItem{Menu: name, Identifier: id}, section)
	}
}

// menuPage finds the page that a line names, nil for none.
func (b *builder) menuPage(item content.MenuItem) *Page {
	if item.PageRef == "" {
		return nil
	}
	name := strings.TrimSuffix(path.Join("/", item.PageRef), ".md")
	if last := path.Base(name); last == "index" || last == "_index" {
		name = path.Dir(name)
	}
	address := b.config.InLanguage(b.config.Canonical(name))
	if listed := b.lists[ListLogical+b.config.Language.Key+strings.ToLower(name)]; len(listed) > 0 {
		address = listed[0].Path
	}
	page := b.folded[strings.ToLower(address)]
	if page == nil {
		b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: ConfigFile,
			Message: "menu " + item.Menu + ": there is no page " + item.PageRef, Advice: "name a page by its file below content/"})
	}
	return page
}

// menuOrder sorts by weight, lines without one last, then by name.
func menuOrder(a, b MenuEntry) int {
	return cmp.Or(compareBool(a.Weight == 0, b.Weight == 0), cmp.Compare(a.Weight, b.Weight),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Identifier, b.Identifier))
}

// Key is what other lines name this one by as their parent.
func (e MenuEntry) Key() string { return cmp.Or(e.Identifier, e.Name) }

// checkParents finds lines below lines that are not there, and circles of them.
func (b *builder) checkParents(menus Menus) {
	for _, name := range slices.Sorted(maps.Keys(menus)) {
		parents := map[string]string{}
		for _, entry := range menus[name] {
			parents[entry.Key()] = entry.Parent
		}
		for i, entry := range menus[name] {
			at, steps := entry.Parent, 0
			for at != "" && steps <= len(parents) {
				if _, there := parents[at]; !there {
					break
				}
				at, steps = parents[at], steps+1
			}
			if at == "" {
				continue
			}
			problem := "there is no line " + at + " for it to be below"
			if steps > len(parents) {
				problem = "it is below itself"
			}
			b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: ConfigFile,
				Message: "menu " + name + ", line " + entry.Key() + ": " + problem, Advice: "let `parent` be the identifier or the name of another line"})
			menus[name][i].Parent = ""
		}
	}
}
