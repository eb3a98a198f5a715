package migration

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// chooseLanguage finds the language whose content is carried: the default of a site that has several. Its settings go before those for
// all languages.
func (h *hugo) chooseLanguage() {
	defaultKey, chosen := h.settings.take("defaultContentLanguage")
	h.language = strings.ToLower(orElse(text(chosen), "en"))
	key, all := h.settings.take("languages")
	if all == nil {
		if defaultKey != nil {
			h.settings.taken[defaultKey] = false // it says the language of the site
		}
		return
	}
	for i := 0; i+1 < len(all.Content); i += 2 {
		if name := strings.ToLower(all.Content[i].Value); name != h.language {
			h.others = append(h.others, name)
		}
	}
	if _, own := pair(all, h.language); own == nil && len(all.Content) == 2 {
		h.language, h.others = strings.ToLower(all.Content[0].Value), nil
	}
	if len(h.others) > 0 {
		h.leave(h.settings.files[key], key.Line, "the site is in several languages: "+strings.Join(h.others, ", ")+" are not carried",
			"make a site for each language, or import again with another defaultContentLanguage")
	}
	_, own := pair(all, h.language)
	if own == nil {
		return
	}
	first := mapping()
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

// contentName is the name that a file of the content gets, empty for one in another language.
func (h *hugo) contentName(name string) string {
	end := path.Ext(name)
	base, language := strings.TrimSuffix(name, end), ""
	if i := strings.LastIndexByte(path.Base(base), '.'); i >= 0 {
		language = strings.ToLower(path.Base(base)[i+1:])
	}
	switch {
	case end == ".markdown" || end == ".mdown":
		return base + ".md"
	case language == h.language:
		return base[:len(base)-len(language)-1] + end
	case slices.Contains(h.others, language):
		return ""
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
