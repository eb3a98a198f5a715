package render

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"html"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark-emoji/definition"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

type transformNamespace struct{ t *templates }

// Markdownify renders a text. A single paragraph loses its tags, so that it can stand in a line.
func (n transformNamespace) Markdownify(text any) (template.HTML, error) {
	return n.t.markdownify(text)
}

func (t *templates) markdownify(text any) (template.HTML, error) {
	out, err := t.markdown(toString(text), t.page)
	return inline(out), err
}

// markdown renders a text as if it were a part of a page's.
func (t *templates) markdown(text string, page *Page) (template.HTML, error) {
	if t.depth++; t.depth > deepest {
		return "", errEndless
	}
	defer func() { t.depth-- }()
	into := &target{base: "/", set: t, page: page}
	if page != nil {
		into.base = page.path
	}
	err := t.renderer.markdown.render(into, []byte(text))
	return template.HTML(into.String()), err
}

// inline takes the tags from a single paragraph.
func inline(out template.HTML) template.HTML {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "<p>"); ok {
		if inner, ok := strings.CutSuffix(inner, "</p>"); ok && !strings.Contains(inner, "<p>") {
			return template.HTML(inner)
		}
	}
	return out
}

// plainify removes tags.
func plainify(text any) string {
	rest := toString(text)
	if strings.IndexByte(rest, '<') < 0 {
		return html.UnescapeString(rest)
	}
	var b strings.Builder
	b.Grow(len(rest))
	for {
		begin := strings.IndexByte(rest, '<')
		if begin < 0 {
			break
		}
		length := strings.IndexByte(rest[begin:], '>')
		if length < 0 {
			break
		}
		b.WriteString(rest[:begin])
		rest = rest[begin+length+1:]
	}
	b.WriteString(rest)
	return html.UnescapeString(b.String())
}

func (transformNamespace) Plainify(text any) string     { return plainify(text) }
func (transformNamespace) HTMLEscape(text any) string   { return html.EscapeString(toString(text)) }
func (transformNamespace) HTMLUnescape(text any) string { return html.UnescapeString(toString(text)) }

func (transformNamespace) XMLEscape(text any) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(toString(text)))
	return b.String(), err
}

var emojiName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:[a-z0-9_+-]+:`) })

// Emojify puts emoji in the place of names such as :smile:.
func (transformNamespace) Emojify(text any) template.HTML {
	all := definition.Github()
	return template.HTML(emojiName().ReplaceAllStringFunc(html.EscapeString(toString(text)), func(name string) string {
		if found, ok := all.Get(strings.Trim(name, ":")); ok && found.IsUnicode() {
			return string(found.Unicode)
		}
		return name
	}))
}

// Highlight colours code: its language, and options as a text such as "linenos=table,hl_lines=1 3" or as a mapping.
func (n transformNamespace) Highlight(code any, args ...any) (template.HTML, error) {
	language := ""
	given := map[string]any{}
	if len(args) > 0 {
		language = toString(args[0])
	}
	if len(args) > 1 {
		given = highlightOptions(args[1])
	}
	h := n.t.renderer.markdown.highlight
	var w target
	e := elements{markdown: n.t.renderer.markdown}
	_, err := e.code(&w, toString(code), codeInfo{language: language, given: given, options: h.options(given)})
	return template.HTML(strings.TrimSuffix(w.String(), "\n")), err
}

func highlightOptions(value any) map[string]any {
	options := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		for name, value := range v {
			options[strings.ToLower(name)] = value
		}
	default:
		for option := range strings.SplitSeq(toString(v), ",") {
			name, value, _ := strings.Cut(option, "=")
			options[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return options
}

// HighlightCodeBlock is Highlight for what a render hook for code has.
func (n transformNamespace) HighlightCodeBlock(block codeElement) (map[string]template.HTML, error) {
	var w target
	e := elements{markdown: n.t.renderer.markdown}
	_, err := e.code(&w, block.Inner+"\n", block.info)
	wrapped := template.HTML(strings.TrimSuffix(w.String(), "\n"))
	return map[string]template.HTML{"Wrapped": wrapped}, err
}

func (n transformNamespace) CanHighlight(language any) (bool, error) {
	if n.t.renderer.markdown.config.Highlight.Off {
		return false, nil
	}
	highlight := n.t.renderer.markdown.highlight
	g := highlight.take()
	defer highlight.giveBack(g)
	lexer, err := g.lexer(toString(language))
	return lexer != nil, err
}

// Unmarshal reads JSON or YAML, and TOML or CSV where options say so. Options before the text are `dict "format" "csv" "delimiter" ";"`.
func (transformNamespace) Unmarshal(args ...any) (any, error) {
	options, ok := map[string]any{}, true
	switch len(args) {
	case 1:
	case 2:
		if options, ok = args[0].(map[string]any); !ok {
			return nil, fmt.Errorf("unmarshal takes options and a text, not %T", args[0])
		}
	default:
		return nil, errors.New("unmarshal takes perhaps options, and a text")
	}
	text := strings.TrimPrefix(toString(args[len(args)-1]), "\ufeff")
	format := toString(options["format"])
	if delimiter := toString(options["delimiter"]); format == "csv" || format == "" && delimiter != "" {
		reader := csv.NewReader(strings.NewReader(text))
		if delimiter != "" {
			reader.Comma = []rune(delimiter)[0]
		}
		return reader.ReadAll()
	}
	languages := map[string]strictyaml.Language{"": strictyaml.YAML, "json": strictyaml.YAML, "yaml": strictyaml.YAML, "toml": strictyaml.TOML}
	language, known := languages[format]
	if !known {
		return nil, fmt.Errorf("unmarshal does not read %s: only json, yaml, toml and csv", format)
	}
	var diags diagnostic.List
	value := (&strictyaml.Document{File: "the text", Text: []byte(text), Language: language, Diagnostics: &diags}).Value()
	if faults := diags.Sorted(); len(faults) > 0 {
		return nil, errors.New(faults[0].String())
	}
	return value, nil
}

type encodingNamespace struct{}

func (encodingNamespace) Base64Encode(text any) string {
	return base64.StdEncoding.EncodeToString([]byte(toString(text)))
}

func (encodingNamespace) Base64Decode(text any) (string, error) {
	decoded, err := base64.StdEncoding.DecodeString(toString(text))
	return string(decoded), err
}

// Jsonify writes JSON. Options before the value are `dict "prefix" "" "indent" "  " "noHTMLEscape" true`.
func (encodingNamespace) Jsonify(args ...any) (template.HTML, error) {
	if len(args) == 0 || len(args) > 2 {
		return "", errors.New("jsonify takes perhaps options, and a value")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	if len(args) == 2 {
		options, _ := args[0].(map[string]any)
		encoder.SetIndent(toString(options["prefix"]), toString(options["indent"]))
		encoder.SetEscapeHTML(toString(options["noHTMLEscape"]) != "true")
	}
	err := encoder.Encode(args[len(args)-1])
	return template.HTML(strings.TrimSuffix(b.String(), "\n")), err
}

type cryptoNamespace struct{}

func (cryptoNamespace) MD5(text any) string    { return digest(md5.New(), text) }
func (cryptoNamespace) SHA1(text any) string   { return digest(sha1.New(), text) }
func (cryptoNamespace) SHA256(text any) string { return digest(sha256.New(), text) }

func digest(h hash.Hash, text any) string {
	h.Write([]byte(toString(text)))
	return hex.EncodeToString(h.Sum(nil))
}

// HMAC signs a text with a key. The hash is md5, sha1, sha256 or sha512.
func (cryptoNamespace) HMAC(name string, key, text any, encoding ...string) (string, error) {
	hashes := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}
	make, ok := hashes[strings.ToLower(name)]
	if !ok {
		return "", fmt.Errorf("hmac: there is no hash %q: write md5, sha1, sha256 or sha512", name)
	}
	h := hmac.New(make, []byte(toString(key)))
	h.Write([]byte(toString(text)))
	if len(encoding) > 0 && encoding[0] == "binary" {
		return string(h.Sum(nil)), nil
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

type safeNamespace struct{}

func (safeNamespace) CSS(text any) template.CSS           { return template.CSS(toString(text)) }
func (safeNamespace) HTML(text any) template.HTML         { return template.HTML(toString(text)) }
func (safeNamespace) HTMLAttr(text any) template.HTMLAttr { return template.HTMLAttr(toString(text)) }
func (safeNamespace) JS(text any) template.JS             { return template.JS(toString(text)) }
func (safeNamespace) JSStr(text any) template.JSStr       { return template.JSStr(toString(text)) }
func (safeNamespace) URL(text any) template.URL           { return template.URL(toString(text)) }
