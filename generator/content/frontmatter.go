package content

import (
	"bytes"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

var byteOrderMark = []byte("\ufeff")

// splitFrontMatter finds the YAML between --- lines at the head of a file. Body is where the text after it begins; without
// front matter it is 0, and problem says what is wrong with it, if anything.
func splitFrontMatter(file []byte) (yaml []byte, body int, problem string) {
	start := 0
	if bytes.HasPrefix(file, byteOrderMark) {
		start = len(byteOrderMark)
	}
	line, next := cutLine(file, start)
	if string(line) != "---" {
		switch string(line) {
		case "+++":
			return nil, start, "front matter in TOML is not supported"
		case "{":
			return nil, start, "front matter in JSON is not supported"
		}
		return nil, start, ""
	}
	for from := next; next < len(file); {
		end := next
		line, next = cutLine(file, next)
		if string(line) == "---" {
			return file[from:end], next, ""
		}
	}
	return nil, len(file), "the front matter has no end"
}

// cutLine returns the line at an offset, without its ending and trailing spaces, and where the next begins.
func cutLine(text []byte, from int) (line []byte, next int) {
	rest := text[from:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return bytes.TrimRight(rest, " \t\r"), len(text)
	}
	return bytes.TrimRight(rest[:end], " \t\r"), from + end + 1
}

// parseFrontMatter decodes a document's front matter.
func parseFrontMatter(doc *strictyaml.Document, taxonomies []string, section bool) FrontMatter {
	return decodeFrontMatter(doc, taxonomies, section, func(fields strictyaml.Fields) { doc.Mapping("front matter", fields) })
}

// decodeFrontMatter calls decode with the keys of front matter, among which are the names of taxonomies, and returns what it
// found.
func decodeFrontMatter(doc *strictyaml.Document, taxonomies []string, section bool, decode func(strictyaml.Fields)) FrontMatter {
	var fm FrontMatter
	fields := strictyaml.Fields{
		"title":       doc.String(&fm.Title),
		"linkTitle":   doc.String(&fm.LinkTitle),
		"date":        doc.Time(&fm.Date),
		"lastmod":     doc.Time(&fm.Lastmod),
		"publishDate": doc.Time(&fm.PublishDate),
		"expiryDate":  doc.Time(&fm.ExpiryDate),
		"draft":       doc.Bool(&fm.Draft),
		"description": doc.String(&fm.Description),
		"summary":     doc.String(&fm.Summary),
		"slug":        doc.String(&fm.Slug),
		"url":         doc.String(&fm.URL),
		"weight":      doc.Int(&fm.Weight),
		"layout":      doc.String(&fm.Layout),
		"type":        doc.String(&fm.Type),
		"params":      doc.Map(&fm.Params),
		"isr":         DecodeISR(doc, &fm.ISR),
		"cascade":     decodeCascade(doc, &fm.Cascade, section),
	}
	for _, taxonomy := range taxonomies {
		fields[taxonomy] = decodeTerms(doc, taxonomy, &fm)
	}
	decode(fields)
	return fm
}

func decodeCascade(doc *strictyaml.Document, into *Cascade, section bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !section {
			doc.Errorf(n, "write cascade in the _index.md of a section", "a page has nothing below it to cascade to")
			return
		}
		doc.Fields(n, "cascade", strictyaml.Fields{
			"isr":    DecodeISR(doc, &into.ISR),
			"params": doc.Map(&into.Params),
		})
	}
}

func decodeTerms(doc *strictyaml.Document, taxonomy string, fm *FrontMatter) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var terms []string
		doc.Strings(&terms)(n)
		terms = slices.DeleteFunc(terms, func(term string) bool { return term == "" })
		if len(terms) == 0 {
			return
		}
		if fm.Terms == nil {
			fm.Terms = map[string][]string{}
		}
		fm.Terms[taxonomy] = terms
	}
}

// parse makes a document from a file's text; shown is what diagnostics call the file. It returns nil where the file cannot be
// used at all.
func parse(shown, name string, file []byte, taxonomies []string, diags *diagnostic.List) *Document {
	if !CheckUTF8(shown, file, diags) {
		return nil
	}
	yamlText, body, problem := splitFrontMatter(file)
	if problem != "" {
		diags.Add(diagnostic.Diagnostic{
			File: shown, Line: 1, Column: 1, Message: problem,
			Advice: "write YAML between two lines of ---", Excerpt: diagnostic.Excerpt(file, 1),
		})
		return nil
	}
	doc := &Document{Path: name, body: body}
	source := &strictyaml.Document{File: shown, Text: yamlText, LinesBefore: 1, Diagnostics: diags}
	doc.FrontMatter = parseFrontMatter(source, taxonomies, doc.IsSection())
	doc.Words = countWords(file[body:])
	doc.Lines = bytes.Count(file[:body], []byte("\n"))
	return doc
}
