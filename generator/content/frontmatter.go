package content

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// mostFrontMatter is far more than a person writes, in bytes.
const mostFrontMatter = 1 << 20

var byteOrderMark = []byte("\ufeff")

// splitFrontMatter finds the YAML between --- lines, the TOML between +++ lines or the JSON object at the head of a file. Body is
// where the text after it begins; without front matter it is where the file's text does, and problem says what is wrong with it, if
// anything.
func splitFrontMatter(file []byte) (matter []byte, language strictyaml.Language, body int, problem string) {
	start := 0
	if bytes.HasPrefix(file, byteOrderMark) {
		start = len(byteOrderMark)
	}
	line, next := cutLine(file, start)
	fence := string(line)
	switch {
	case fence == "---":
	case fence == "+++":
		language = strictyaml.TOML
	case strings.HasPrefix(fence, "{") && !strings.HasPrefix(fence, "{{"): // which begins a shortcode
		return splitJSON(file, start)
	default:
		return nil, "", start, ""
	}
	for from := next; next < len(file); {
		end := next
		line, next = cutLine(file, next)
		if string(line) == fence {
			return file[from:end], language, next, ""
		}
	}
	return nil, "", len(file), "the front matter has no end"
}

// splitJSON finds an object and leaves out the line break after it. A text that only looks like one stays a text, unless its brace
// stands alone.
func splitJSON(file []byte, start int) ([]byte, strictyaml.Language, int, string) {
	size, ok := strictyaml.JSONEnd(file[start:])
	if !ok {
		if line, _ := cutLine(file, start); string(line) != "{" {
			return nil, "", start, ""
		}
		return file[start:], strictyaml.JSON, len(file), ""
	}
	end := start + size
	if line, next := cutLine(file, end); len(line) == 0 {
		return file[start:end], strictyaml.JSON, next, ""
	}
	return nil, "", start, ""
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
	params := map[string]any{}
	fm := decodeFrontMatter(doc, taxonomies, section, func(fields strictyaml.Fields) {
		fields["output"] = func(n *yaml.Node) { // of R Markdown, and no slip of the pen for outputs
			var own any
			doc.Any(&own)(n)
			params["output"] = own
		}
		doc.OpenMapping("front matter", fields, synonyms, others(doc, params))
	})
	fm.addParams(params)
	return fm
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
		"published":   decodePublished(doc, &fm),
		"description": doc.String(&fm.Description),
		"summary":     doc.String(&fm.Summary),
		"aliases":     doc.Strings(&fm.Aliases),
		"slug":        doc.String(&fm.Slug),
		"url":         doc.String(&fm.URL),
		"weight":      doc.Int(&fm.Weight),
		"layout":      doc.String(&fm.Layout),
		"type":        doc.String(&fm.Type),
		"params":      doc.Map(&fm.Params),
		"menus":       decodeMenus(doc, &fm.Menus),
		"outputs":     doc.Strings(&fm.Outputs),

		"translationKey": doc.String(&fm.TranslationKey),
		"sitemap":        decodeSitemap(doc, &fm.Sitemap),
		"resources":      decodeResources(doc, &fm.Resources),
		"isr":            DecodeISR(doc, &fm.ISR),
		"cascade":        decodeSectionCascade(doc, &fm.Cascade, section),
		"build":          decodeBuild(doc, &fm.Build),
		"headless":       decodeHeadless(doc, &fm.Build),
	}
	for _, taxonomy := range taxonomies {
		fields[taxonomy] = decodeTerms(doc, taxonomy, &fm)
	}
	if fields["taxonomies"] == nil {
		fields["taxonomies"] = decodeTaxonomies(doc, taxonomies, &fm)
	}
	decode(fields)
	return fm
}

func decodeSectionCascade(doc *strictyaml.Document, into *[]Cascade, section bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !section {
			doc.Errorf(n, "write cascade in the _index.md of a section", "a page has nothing below it to cascade to")
			return
		}
		DecodeCascade(doc, into)(n)
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
		fm.Terms.Set(taxonomy, terms)
	}
}

// parse makes a document from a file's text; shown is what diagnostics call the file. It returns nil where the file cannot be
// used at all.
func parse(shown, name string, file []byte, taxonomies []string, diags *diagnostic.List) *Document {
	if !CheckUTF8(shown, file, diags) {
		return nil
	}
	matter, language, body, problem := splitFrontMatter(file)
	if problem != "" {
		diags.Add(diagnostic.Diagnostic{
			File: shown, Line: 1, Column: 1, Message: problem,
			Advice: "write YAML between two lines of ---, or TOML between two of +++", Excerpt: diagnostic.Excerpt(file, 1),
		})
		return nil
	}
	doc := &Document{Path: name, Body: Body{start: body}}
	source := &strictyaml.Document{File: shown, Text: matter, Language: language, LinesBefore: 1, Diagnostics: diags}
	if language == strictyaml.JSON {
		source.LinesBefore = 0
	}
	if !source.Limit(mostFrontMatter) {
		return nil
	}
	doc.FrontMatter = parseFrontMatter(source, taxonomies, doc.IsSection())
	doc.Words, doc.Sum, doc.Size = countWords(file[body:]), sha256.Sum256(file[body:]), int64(len(file)-body)
	doc.Lines = bytes.Count(file[:body], []byte("\n"))
	return doc
}
