package migration

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// chooseLanguage has a site with one language, or none, be without languages. Its settings go before those for all languages.
func (h *hugo) chooseLanguage() {
	_, chosen := h.settings.get("defaultContentLanguage")
	h.language = strings.ToLower(orElse(text(chosen), "en"))
	_, all := h.settings.get("languages")
	if all == nil || all.Kind != yaml.MappingNode {
		return
	}
	if len(all.Content) > 2 {
		h.languages = all
		return
	}
	h.settings.take("languages")
	if len(all.Content) == 0 {
		return
	}
	h.language = strings.ToLower(all.Content[0].Value)
	first, own := mapping(), all.Content[1]
	for i := 0; i+1 < len(own.Content); i += 2 {
		switch strings.ToLower(own.Content[i].Value) {
		case "weight", "disabled", "languagename", "label", "languagedirection", "direction": // nothing to choose from, or known
		default:
			first.Content = append(first.Content, own.Content[i], own.Content[i+1])
		}
	}
	merge(first, h.settings.root)
	h.settings.root = first
}

// languageKeys are the keys of one language of several.
var languageKeys = []string{"languageName", "label", "languageCode", "locale", "languageDirection", "direction", "weight", "disabled", "title", "description", "copyright", "params",
	"menus", "contentDir"}

// carryLanguages carries the languages of a site that has several.
func (h *hugo) carryLanguages(c *config) {
	if h.languages == nil {
		h.settings.take("defaultContentLanguageInSubdir")
		return
	}
	for _, name := range []string{"defaultContentLanguage", "defaultContentLanguageInSubdir"} {
		if key, value := h.settings.take(name); key != nil {
			c.set(value, name)
			h.Carried = append(h.Carried, Carried{File: h.settings.files[key], Line: key.Line, Key: name, As: name})
		}
	}
	h.settings.take("languages")
	for i := 0; i+1 < len(h.languages.Content); i += 2 {
		key, own := h.languages.Content[i], h.languages.Content[i+1]
		kept := mapping()
		for j := 0; own.Kind == yaml.MappingNode && j+1 < len(own.Content); j += 2 {
			h.carryOfLanguage(kept, key.Value, own.Content[j], own.Content[j+1])
		}
		c.set(kept, "languages", strings.ToLower(key.Value))
		h.Carried = append(h.Carried, Carried{File: h.settings.files[key], Line: key.Line, Key: "languages." + key.Value, As: "languages." + strings.ToLower(key.Value)})
	}
}

// carryOfLanguage carries one setting of a language.
func (h *hugo) carryOfLanguage(into *yaml.Node, language string, key, value *yaml.Node) {
	name := key.Value
	if strings.EqualFold(name, "menu") {
		name = "menus"
	}
	at := slices.IndexFunc(languageKeys, func(known string) bool { return strings.EqualFold(known, name) })
	if at < 0 {
		h.leave(h.settings.files[key], key.Line, "languages."+language+"."+key.Value+" is not carried", "set it for all languages, or put it under params of the language")
		return
	}
	switch languageKeys[at] {
	case "contentDir":
		value = scalar("!!str", h.contentDir(language, value))
	case "menus":
		for i := 1; i < len(value.Content); i += 2 {
			for _, line := range value.Content[i].Content {
				h.tidyLine(line)
			}
		}
	}
	into.Content = append(into.Content, scalar("!!str", languageKeys[at]), value)
}

// contentDir is where the content of a language goes: below content/.
func (h *hugo) contentDir(language string, named *yaml.Node) string {
	dir := path.Clean(strings.Trim(text(named), "/"))
	if strings.HasPrefix(dir, "content/") {
		return dir
	}
	return "content/" + strings.ToLower(language)
}

// copyLanguages copies the content of languages that have a directory of their own beside content/.
func (h *hugo) copyLanguages() {
	for i := 0; h.languages != nil && i+1 < len(h.languages.Content); i += 2 {
		_, named := pair(h.languages.Content[i+1], "contentDir")
		if dir := path.Clean(strings.Trim(text(named), "/")); named != nil && dir != "content" && fs.ValidPath(dir) && !strings.HasPrefix(dir, "content/") {
			h.copyDirectory(h.site, dir, h.contentDir(h.languages.Content[i].Value, named), h.contentName)
		}
	}
}

// contentName is the name that a file of the content gets, without its language where there is but one.
func (h *hugo) contentName(name string) string {
	end := path.Ext(name)
	base, language := strings.TrimSuffix(name, end), ""
	if i := strings.LastIndexByte(path.Base(base), '.'); i >= 0 {
		language = strings.ToLower(path.Base(base)[i+1:])
	}
	switch {
	case end == ".markdown" || end == ".mdown":
		return base + ".md"
	case language == h.language && h.languages == nil:
		return base[:len(base)-len(language)-1] + end
	case slices.Contains([]string{".adoc", ".org", ".rst", ".pandoc", ".html"}, end):
		h.leave(path.Join("content", name), 0, "is no page in isrgen: it is published as a file", "write it in Markdown")
	}
	return name
}

// copyTranslations copies tables of texts. Those of a site and its themes in the same language become one, in which the site goes
// before the themes.
func (h *hugo) copyTranslations() {
	tables := map[string]*settings{}
	for _, from := range append([]tree{h.site}, h.themes...) {
		names, _ := from.files("i18n", &h.diags)
		for _, name := range names {
			end := path.Ext(name)
			if _, known := languages[end]; !known {
				continue
			}
			code := strings.TrimSuffix(path.Base(name), end)
			if tables[code] == nil {
				tables[code] = newSettings()
			}
			tables[code].read(from, path.Join("i18n", name), nil, &h.diags)
		}
	}
	copied := 0
	for code, table := range tables {
		if text, err := configText(table.root, ""); err == nil && len(table.root.Content) > 0 && fs.ValidPath(code) {
			h.files[path.Join("i18n", code+".yaml")] = file{text: text}
			copied++
		}
	}
	if copied > 0 {
		h.Directories = append(h.Directories, Directory{From: "i18n", To: "i18n", Files: copied})
	}
}
