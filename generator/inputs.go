package generator

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/strictyaml"
	"github.com/isrgen/isrgen/templates"
)

const (
	layoutsDir = "layouts"
	dataDir    = "data"
	staticDir  = "static"
)

// readLayouts reads the layouts of the theme, and over them those of the site.
func readLayouts(fsys fs.FS, diags *diagnostic.List) (render.Layouts, error) {
	layouts, err := layoutsOf(templates.Theme(), "theme/", diags)
	if err != nil {
		return nil, err
	}
	own, err := layoutsOf(fsys, "", diags)
	if err != nil {
		return nil, err
	}
	if own.Match(hugoPartial) {
		partials, err := layoutsOf(templates.Hugo(), "theme/", diags)
		if err != nil {
			return nil, err
		}
		maps.Copy(layouts, partials)
	}
	maps.Copy(layouts, own)
	translations, err := readTranslations(fsys, diags)
	return layouts, errors.Join(err, layouts.Translate(translations))
}

// layoutsOf reads the layouts of a directory. Prefix is put before the names of their files.
func layoutsOf(fsys fs.FS, prefix string, diags *diagnostic.List) (render.Layouts, error) {
	layouts := render.Layouts{}
	names, err := content.Files(fsys, layoutsDir, diags)
	for _, name := range names {
		file := path.Join(layoutsDir, name)
		if text, ok := readText(fsys, file, diags); ok {
			layouts[render.LayoutName(name)] = render.Layout{File: prefix + file, Text: text}
		}
	}
	return layouts, err
}

// hugoPartial is a call of one of the partials that come with Hugo. Functions of other sites do not carry them.
var hugoPartial = regexp.MustCompile(`"_internal/|"_funcs/|"(?:partials/)?(?:opengraph|twitter_cards|schema|pagination|google_analytics|disqus)(?:\.html)?"`)

// readText reads a file of the site that must be UTF-8.
func readText(fsys fs.FS, name string, diags *diagnostic.List) (string, bool) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		diags.Add(content.Unreadable(name, err))
		return "", false
	}
	if !content.CheckUTF8(name, text, diags) {
		return "", false
	}
	return strings.TrimPrefix(string(text), "\ufeff"), true
}

// readData reads the data directory: data/authors/ana.yaml becomes data["authors"]["ana"].
func readData(fsys fs.FS, diags *diagnostic.List) (map[string]any, error) {
	names, err := content.Files(fsys, dataDir, diags)
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	for _, name := range names {
		file := path.Join(dataDir, name)
		text, ok := readText(fsys, file, diags)
		if !ok {
			continue
		}
		value, known := readValue(file, text, diags)
		if path.Ext(name) == ".csv" {
			value, known = readCSV(file, text, diags), true
		}
		if !known {
			diags.Add(diagnostic.Diagnostic{File: file, Message: "this is not a kind of data that isrgen reads",
				Advice: "use .yaml, .toml, .json or .csv; files for visitors belong into static/"})
			continue
		}
		put(data, strings.Split(strings.TrimSuffix(name, path.Ext(name)), "/"), value, file, diags)
	}
	return data, nil
}

// readValue decodes a file by the end of its name, if that is known.
func readValue(file, text string, diags *diagnostic.List) (value any, known bool) {
	document := strictyaml.Document{File: file, Text: []byte(text), Diagnostics: diags}
	switch path.Ext(file) {
	case ".yaml", ".yml":
	case ".toml":
		document.Language = strictyaml.TOML
	case ".json":
		return readJSON(file, text, diags), true
	default:
		return nil, false
	}
	return document.Value(), true
}

// readJSON decodes JSON as YAML, of which it is a part, once it is known to be JSON: so that values have the same types.
func readJSON(file, text string, diags *diagnostic.List) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	var raw json.RawMessage
	err := decoder.Decode(&raw)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something after the value")
		}
	}
	if err != nil {
		offset := decoder.InputOffset()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = syntax.Offset
		}
		before := []byte(text[:min(int(offset), len(text))])
		line := 1 + bytes.Count(before, []byte("\n"))
		diags.Add(diagnostic.Diagnostic{File: file, Line: line, Column: max(1, len(before)-bytes.LastIndexByte(before, '\n')-1),
			Message: "this is not JSON: " + err.Error(), Advice: "look for a missing comma or quote",
			Excerpt: diagnostic.Excerpt([]byte(text), line)})
		return nil
	}
	return strictyaml.FromJSON(raw)
}

// readCSV decodes a table into a list of lines, each a list of texts: as in Hugo, the first line is one like the others.
func readCSV(file, text string, diags *diagnostic.List) any {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		d := diagnostic.Diagnostic{File: file, Message: "this is not CSV: " + err.Error(),
			Advice: "separate values with commas, and put those that hold commas or quotes into quotes"}
		if at := (*csv.ParseError)(nil); errors.As(err, &at) {
			d.Line, d.Column, d.Message = at.Line, at.Column, "this is not CSV: "+at.Err.Error()
			d.Excerpt = diagnostic.Excerpt([]byte(text), at.Line)
		}
		diags.Add(d)
		return nil
	}
	table := make([]any, len(lines))
	for i, line := range lines {
		values := make([]any, len(line))
		for j, value := range line {
			values[j] = value
		}
		table[i] = values
	}
	return table
}

// put stores a value under the parts of its file's name.
func put(data map[string]any, parts []string, value any, file string, diags *diagnostic.List) {
	for len(parts) > 1 {
		if data[parts[0]] == nil {
			data[parts[0]] = map[string]any{}
		}
		below, ok := data[parts[0]].(map[string]any)
		if !ok {
			diags.Add(diagnostic.Diagnostic{File: file, Message: "the name " + parts[0] + " is that of a file and of a directory",
				Advice: "rename one of them"})
			return
		}
		data, parts = below, parts[1:]
	}
	if data[parts[0]] != nil {
		diags.Add(diagnostic.Diagnostic{File: file, Message: "another file or directory of data has the same name",
			Advice: "rename one of them"})
		return
	}
	data[parts[0]] = value
}
