package migration

import (
	"net/url"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// sameSettings are keys of Hugo whose values isrgen takes as they are, and the names that they have here.
var sameSettings = []struct{ hugo, as string }{
	{"title", "title"}, {"locale", "languageCode"}, {"languageCode", "languageCode"},
	{"cascade", "cascade"}, {"related", "related"}, {"frontmatter", "frontmatter"}, {"enableGitInfo", "enableGitInfo"}, {"timeout", "timeout"},
	{"copyright", "copyright"}, {"params", "params"}, {"sectionPagesMenu", "sectionPagesMenu"}, {"enableRobotsTXT", "enableRobotsTXT"},
	{"services.rss.limit", "services.rss.limit"}, {"rssLimit", "services.rss.limit"},
	{"services.googleAnalytics.id", "services.googleAnalytics.id"}, {"googleAnalytics", "services.googleAnalytics.id"},
	{"services.disqus.shortname", "services.disqus.shortname"}, {"disqusShortname", "services.disqus.shortname"},
	{"pagination.pagerSize", "pagination.pagerSize"}, {"paginate", "pagination.pagerSize"},
	{"pagination.path", "pagination.path"}, {"paginatePath", "pagination.path"},
	{"summaryLength", "markup.summaryLength"}, {"enableEmoji", "markup.emoji"},
	{"markup.goldmark.renderer.unsafe", "markup.unsafe"},
	{"markup.tableOfContents.startLevel", "markup.tableOfContents.startLevel"}, {"markup.tableOfContents.endLevel", "markup.tableOfContents.endLevel"},
	{"markup.tableOfContents.ordered", "markup.tableOfContents.ordered"},
}

// carrySettings puts the settings that have a meaning in isrgen into the new configuration, and reports the others.
func (h *hugo) carrySettings(c *config) {
	done := map[string]bool{}
	for _, same := range sameSettings {
		if key, value := h.settings.take(strings.Split(same.hugo, ".")...); key != nil && !done[same.as] && !isNull(value) {
			c.carry(key, same.hugo, value, strings.Split(same.as, ".")...)
			done[same.as] = true
		}
	}
	h.carryLanguages(c)
	if key, value := h.settings.take("defaultContentLanguage"); key != nil && !done["languageCode"] && h.languages == nil {
		c.carry(key, "defaultContentLanguage", value, "languageCode")
	}
	h.carryTitles(c)
	h.carryBaseURL(c)
	h.carryTaxonomies(c)
	h.carryMenus(c)
	h.carryPermalinks(c)
	h.carryOutputs(c)
	h.carryDisabled(c)
	h.carryMarkup(c)
	h.settings.left(h.leaveSetting)
}

// carryTitles has titles of lists made as Hugo does by default, unless the site wants others.
func (h *hugo) carryTitles(c *config) {
	for _, name := range []string{"pluralizeListTitles", "capitalizeListTitles"} {
		if key, value := h.settings.take(name); key != nil {
			c.carry(key, name, value, name)
			continue
		}
		c.set(scalar("!!bool", "true"), name)
	}
}

func isNull(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func (h *hugo) carryBaseURL(c *config) {
	key, value := h.settings.take("baseURL")
	address, err := url.Parse(text(value))
	if key == nil || err != nil || address.Host == "" {
		if text(value) != "" && text(value) != "/" {
			h.leave(h.settings.files[key], key.Line, "baseURL is no address with a scheme and a host", "write baseURL: https://example.com into isrgen.yaml")
		}
		return
	}
	if strings.Trim(address.Path, "/") != "" {
		h.leave(h.settings.files[key], key.Line, "the site is below "+address.Path+": a deployment is at the root of its domain", "write links from the root, or with relURL")
	}
	c.carry(key, "baseURL", scalar("!!str", address.Scheme+"://"+address.Host), "baseURL")
}

// carryTaxonomies carries the plurals, which are all that addresses have.
func (h *hugo) carryTaxonomies(c *config) {
	key, value := h.settings.take("taxonomies")
	disabledKey, disabled := h.settings.get("disableKinds")
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	kinds := lower(texts(disabled))
	switch {
	case slices.Contains(kinds, "taxonomy") && slices.Contains(kinds, "term"):
		c.carry(disabledKey, "disableKinds", list, "taxonomies")
		return
	case key == nil:
		return
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		list.Content = append(list.Content, scalar("!!str", strings.ToLower(text(value.Content[i+1]))))
	}
	c.carry(key, "taxonomies", list, "taxonomies")
}

func lower(all []string) []string {
	for i, s := range all {
		all[i] = strings.ToLower(s)
	}
	return all
}

// menuKeys are the keys of a line of a menu.
var menuKeys = []string{"identifier", "name", "title", "url", "pageRef", "parent", "pre", "post", "weight", "params"}

func (h *hugo) carryMenus(c *config) {
	for _, name := range []string{"menus", "menu"} {
		key, menus := h.settings.take(name)
		if key == nil || menus.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(menus.Content); i += 2 {
			menu, lines := menus.Content[i], menus.Content[i+1]
			for _, line := range lines.Content {
				h.tidyLine(line)
			}
			c.carry(menu, name+"."+menu.Value, lines, "menus", menu.Value)
		}
	}
}

// tidyLine gives the keys of a menu's line the names that isrgen has, and leaves out those that it has not.
func (h *hugo) tidyLine(line *yaml.Node) {
	var kept []*yaml.Node
	_, pageRef := pair(line, "pageRef")
	for i := 0; line.Kind == yaml.MappingNode && i+1 < len(line.Content); i += 2 {
		key, value := line.Content[i], line.Content[i+1]
		at := slices.IndexFunc(menuKeys, func(name string) bool { return strings.EqualFold(name, key.Value) })
		switch {
		case at < 0:
			h.leave(h.settings.files[key], key.Line, "menus have no key "+key.Value, "put it under params of the line")
		case isNull(value) || menuKeys[at] == "url" && text(pageRef) != "": // the page goes first
		default:
			key.Value = menuKeys[at]
			kept = append(kept, key, value)
		}
	}
	line.Content = kept
}

// carryPermalinks carries patterns for pages and sections. Those of Hugo may lack the slash at their beginning.
func (h *hugo) carryPermalinks(c *config) {
	_, all := h.settings.take("permalinks")
	if all == nil || all.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(all.Content); i += 2 {
		key, value := all.Content[i], all.Content[i+1]
		name := strings.ToLower(key.Value)
		_, tags := h.settings.get("taxonomies")
		switch {
		case value.Kind == yaml.MappingNode && name != "page" && name != "section",
			value.Kind == yaml.ScalarNode && (h.isTaxonomy(tags, name)):
			h.leave(h.settings.files[key], key.Line, "permalinks of "+key.Value+" are not carried", "let the pages have a url of their own in content/"+name+"/…/_index.md")
		case value.Kind == yaml.MappingNode:
			for j := 0; j+1 < len(value.Content); j += 2 {
				rooted(value.Content[j+1])
				c.carry(value.Content[j], "permalinks."+name+"."+value.Content[j].Value, value.Content[j+1], "permalinks", name, value.Content[j].Value)
			}
		default:
			rooted(value)
			c.carry(key, "permalinks."+key.Value, value, "permalinks", "page", key.Value)
		}
	}
}

func rooted(pattern *yaml.Node) {
	if pattern.Kind == yaml.ScalarNode && !strings.HasPrefix(pattern.Value, "/") {
		pattern.Value = "/" + pattern.Value
	}
}

func (h *hugo) isTaxonomy(all *yaml.Node, name string) bool {
	if all == nil {
		return name == "tags" || name == "categories"
	}
	for i := 1; i < len(all.Content); i += 2 {
		if strings.EqualFold(text(all.Content[i]), name) {
			return true
		}
	}
	return false
}

// ownOutputs are the forms that isrgen makes.
var ownOutputs = []string{"html", "rss", "atom", "jsonfeed", "json"}

func (h *hugo) carryOutputs(c *config) {
	_, all := h.settings.take("outputs")
	for i := 0; all != nil && i+1 < len(all.Content); i += 2 {
		key, value := all.Content[i], all.Content[i+1]
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, name := range lower(texts(value)) {
			if !slices.Contains(ownOutputs, name) {
				h.leave(h.settings.files[key], key.Line, "outputs."+key.Value+": isrgen makes no "+name, "write the file into static/, or leave it out")
				continue
			}
			list.Content = append(list.Content, scalar("!!str", name))
		}
		c.carry(key, "outputs."+key.Value, list, "outputs", strings.ToLower(key.Value))
	}
}

// carryDisabled carries the kinds that isrgen can leave out. Taxonomies are left out together with their terms.
func (h *hugo) carryDisabled(c *config) {
	key, value := h.settings.take("disableKinds")
	if key == nil {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	names := lower(texts(value))
	both := slices.Contains(names, "taxonomy") && slices.Contains(names, "term")
	for _, name := range names {
		switch {
		case name == "rss" || name == "sitemap" || name == "robotstxt":
			list.Content = append(list.Content, scalar("!!str", name))
		case both && (name == "taxonomy" || name == "term"):
		default:
			h.leave(h.settings.files[key], key.Line, "disableKinds: isrgen always makes pages of the kind "+name, "nothing, unless an address must not be there")
		}
	}
	if len(list.Content) > 0 {
		c.carry(key, "disableKinds", list, "disableKinds")
	}
}
