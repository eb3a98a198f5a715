package generator

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
)

// translationsDir is where a site has its texts by language.
const translationsDir = "i18n"

// readTranslations reads the texts of a site: i18n/de.yaml has those in German.
func readTranslations(fsys fs.FS, diags *diagnostic.List) (render.Translations, error) {
	names, err := content.Files(fsys, translationsDir, diags)
	if err != nil {
		return nil, err
	}
	all := render.Translations{}
	for _, name := range names {
		file := path.Join(translationsDir, name)
		text, ok := readText(fsys, file, diags)
		if !ok {
			continue
		}
		value, known := readValue(file, text, diags)
		code := render.LanguageKey(strings.TrimSuffix(path.Base(name), path.Ext(name)))
		switch {
		case !known:
			diags.Add(diagnostic.Diagnostic{File: file, Message: "this is not a table of texts", Advice: "use .yaml, .toml or .json"})
		case all[code] != nil:
			diags.Add(diagnostic.Diagnostic{File: file, Message: "another file has texts in the same language", Advice: "put them into one file"})
		default:
			reader := translationReader{file: file, table: map[string]render.Message{}, diags: diags}
			reader.read("", value)
			all[code] = reader.table
		}
	}
	return all, nil
}

// translationReader makes a table of what stands in a file: texts by key, in forms or not, keys within keys, or the older list of
// mappings with an id and a translation.
type translationReader struct {
	file  string
	table map[string]render.Message
	diags *diagnostic.List
}

// read reads the value of a key. Keys within it are behind a dot.
func (r *translationReader) read(key string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		if message, ok := messageOf(value); ok && key != "" {
			r.add(key, message)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			r.read(strings.TrimPrefix(key+"."+name, "."), value[name])
		}
	case []any:
		for _, item := range value {
			if line, ok := item.(map[string]any); ok && line["id"] != nil {
				r.read(fmt.Sprint(line["id"]), line["translation"])
				continue
			}
			r.fault(key, "is no text")
		}
	default:
		if key == "" {
			r.fault(key, "the whole is no mapping of keys to texts")
			return
		}
		r.add(key, render.Message{"other": fmt.Sprint(value)})
	}
}

// messageOf reads the forms of a message. Other keys that a message may have are for translators.
func messageOf(value map[string]any) (render.Message, bool) {
	message := render.Message{}
	for name, text := range value {
		switch form := strings.ToLower(name); {
		case render.IsForm(form):
			if _, nested := text.(map[string]any); nested || text == nil {
				return nil, false
			}
			message[form] = fmt.Sprint(text)
		case form == "translation":
			message["other"] = fmt.Sprint(text)
		case form != "id" && form != "description" && form != "hash":
			return nil, false
		}
	}
	return message, len(message) > 0
}

func (r *translationReader) add(key string, message render.Message) {
	if err := render.CheckMessage(message); err != nil {
		r.fault(key, err.Error())
		return
	}
	r.table[key] = message
}

func (r *translationReader) fault(key, problem string) {
	r.diags.Add(diagnostic.Diagnostic{File: r.file, Message: strings.TrimPrefix(key+": "+problem, ": "),
		Advice: "write `key: text`, or forms such as `other: {{ .Count }} posts` below the key"})
}
