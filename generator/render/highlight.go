package render

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/isrgen/isrgen/generator/render/languages"
	"github.com/isrgen/isrgen/generator/site"
)

// HighlightCSS is the address of the style sheet for highlighted code, which the build makes.
const HighlightCSS = "/highlight.css"

// highlighter colours blocks of code with CSS classes. It may be used by several goroutines.
type highlighter struct {
	config site.Highlight

	mu    sync.Mutex
	free  []*grammars       // that nobody uses at the moment
	young map[string]string // HTML by what it is made from
	old   map[string]string // the same, from before young was full
	size  int               // of young in bytes
}

// grammars are those of the languages that were met. One goroutine uses them at a time: expressions that two share wait for each other at
// every token.
type grammars struct {
	languages  *chroma.LexerRegistry   // nil until the first language
	lexers     map[string]chroma.Lexer // by name as it is written; nil for an unknown language
	formatters map[blockForm]*chromahtml.Formatter
}

// blockForm is what a formatter is made for.
type blockForm struct {
	language string
	codeOptions
}

const (
	// largestCode is the longest block that is coloured, in bytes. A longer one stays plain: nobody reads it, and the
	// expressions of some languages take a time that grows faster than the text.
	largestCode = 256 << 10

	mostHighlighted = 8 << 20 // bytes of blocks that are kept, twice
	mostLanguages   = 500
	longestLanguage = 100 // of a name
)

func newHighlighter(config site.Highlight) *highlighter {
	return &highlighter{config: config, young: map[string]string{}, old: map[string]string{}}
}

// take returns grammars that are to be given back.
func (h *highlighter) take() *grammars {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := len(h.free) - 1; last >= 0 {
		g := h.free[last]
		h.free = h.free[:last]
		return g
	}
	return &grammars{lexers: map[string]chroma.Lexer{}, formatters: map[blockForm]*chromahtml.Formatter{}}
}

func (h *highlighter) giveBack(g *grammars) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free = append(h.free, g)
}

// lexer returns the lexer of a language, or nil. A grammar is read when it is first used.
func (g *grammars) lexer(language string) (chroma.Lexer, error) {
	if lexer, known := g.lexers[language]; known || language == "" || len(language) > longestLanguage {
		return lexer, nil
	}
	if g.languages == nil {
		registry, err := languages.Open()
		if err != nil {
			return nil, err
		}
		g.languages = registry
	}
	lexer := g.languages.Get(language)
	if len(g.lexers) < mostLanguages {
		g.lexers[language] = lexer
	}
	return lexer, nil
}

// formatter returns the formatter of a block, which finds out at its first one what classes there are.
func (g *grammars) formatter(language string, options codeOptions) *chromahtml.Formatter {
	form := blockForm{language, options}
	if f := g.formatters[form]; f != nil {
		return f
	}
	f := newFormatter(language, options)
	if len(g.formatters) < mostLanguages {
		g.formatters[form] = f
	}
	return f
}

// codeOptions are Hugo's options of one block.
type codeOptions struct {
	lineNumbers string // table, inline or empty
	start       int    // number of the first line
	lines       string // the marked ones, such as "1 3-5"
	anchors     string // beginning of the ids of lines
}

// block returns a block with its classes. It is false where the block stays plain.
func (h *highlighter) block(language, code string, options codeOptions) (string, bool, error) {
	if h.config.Off || len(code) > largestCode {
		return "", false, nil
	}
	g := h.take()
	defer h.giveBack(g)
	lexer, err := g.lexer(language)
	if err != nil {
		return "", false, err
	}
	if lexer == nil {
		if options.lineNumbers == "" && options.lines == "" {
			return "", false, nil
		}
		lexer = languages.Plain()
	}
	key := fmt.Sprintf("%q %v\n%s", language, options, code)
	if out, ok := h.cached(key); ok {
		return out, true, nil
	}
	tokens, ended, err := tokenise(lexer, code)
	if err != nil || !ended {
		return "", false, err
	}
	var b bytes.Buffer
	if err := g.formatter(language, options).Format(&b, plainStyle, chroma.Literator(tokens...)); err != nil {
		return "", false, err
	}
	h.keep(key, b.String())
	return b.String(), true, nil
}

// tokenise takes a block apart, into as few tokens as possible. A block that takes too long is an error, and not another rendering. It is false where there is no end to it: some of chroma's
// grammars make empty tokens for ever of a text that they do not understand.
func tokenise(lexer chroma.Lexer, code string) ([]chroma.Token, bool, error) {
	next, err := lexer.Tokenise(nil, code)
	if err != nil {
		return nil, false, fmt.Errorf("highlighting code: %w", err)
	}
	var tokens []chroma.Token
	taken, started := 0, time.Now()
	for token := next(); token != chroma.EOF; token = next() {
		if taken++; taken > 4*len(code)+100 {
			return nil, false, nil
		}
		if taken%64 == 0 && time.Since(started) > languages.Patience {
			break
		}
		last := len(tokens) - 1
		switch {
		case token.Value == "":
		case last >= 0 && tokens[last].Type == token.Type && len(tokens[last].Value) < 8<<10: // as chroma does
			tokens[last].Value += token.Value
		default:
			tokens = append(tokens, token)
		}
	}
	if time.Since(started) > languages.Patience {
		return nil, false, fmt.Errorf("this block of %s takes too long to highlight: leave its language out", lexer.Config().Name)
	}
	return tokens, true, nil
}

// cached looks in both generations. What is found in the old one is kept for longer.
func (h *highlighter) cached(key string) (string, bool) {
	h.mu.Lock()
	out, ok := h.young[key]
	if ok {
		h.mu.Unlock()
		return out, true
	}
	out, ok = h.old[key]
	h.mu.Unlock()
	if ok {
		h.keep(key, out)
	}
	return out, ok
}

func (h *highlighter) keep(key, out string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.young[key] = out
	if h.size += len(key) + len(out); h.size > mostHighlighted {
		h.old, h.young, h.size = h.young, map[string]string{}, 0
	}
}

// plainStyle has no colours: they are in the style sheet.
var plainStyle = chroma.MustNewStyle("plain", chroma.StyleEntries{})

func newFormatter(language string, options codeOptions) *chromahtml.Formatter {
	wants := []chromahtml.Option{
		chromahtml.WithClasses(true),
		chromahtml.WithPreWrapper(codeWrapper(html.EscapeString(language))),
		chromahtml.WithLineNumbers(options.lineNumbers != ""),
		chromahtml.LineNumbersInTable(options.lineNumbers == "table"),
		chromahtml.BaseLineNumber(options.start),
		chromahtml.HighlightLines(lineRanges(options.lines, options.start)),
	}
	if options.anchors != "" {
		wants = append(wants, chromahtml.WithLinkableLineNumbers(true, html.EscapeString(options.anchors)))
	}
	return chromahtml.New(wants...)
}

// codeWrapper is a language. It writes what stands around the lines of a block, as Hugo does.
type codeWrapper string

// Start begins the code, or else the numbers of a table's lines.
func (c codeWrapper) Start(code bool, class string) string {
	switch {
	case !code:
		return "<pre" + class + ">"
	case c == "":
		return `<pre tabindex="0"` + class + "><code>"
	}
	return `<pre tabindex="0"` + class + `><code class="language-` + string(c) + `" data-lang="` + string(c) + `">`
}

// End is the counterpart of Start.
func (codeWrapper) End(code bool) string {
	if code {
		return "</code></pre>"
	}
	return "</pre>"
}

var lineRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\d{1,9})(?:-(\d{1,9}))?`) })

// lineRanges reads lines such as "1 3-5", which count from the first line of the block whatever its number is.
func lineRanges(lines string, start int) [][2]int {
	var ranges [][2]int
	for _, m := range lineRange().FindAllStringSubmatch(lines, -1) {
		from, _ := strconv.Atoi(m[1])
		to, err := strconv.Atoi(m[2])
		if err != nil {
			to = from
		}
		ranges = append(ranges, [2]int{from + start - 1, to + start - 1})
	}
	return ranges
}

// codeInfo is what stands behind the fence of a block of code.
type codeInfo struct {
	language   string
	options    codeOptions
	given      map[string]any // the options as they are written
	attributes map[string]any // what is no option
}

// unquotedRange finds a range of lines that goldmark's attributes would want in quotes.
var unquotedRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([\[,\s])(\d+-\d+)`) })

// info reads a language and attributes in braces, such as "go {linenos=true, hl_lines=[1,3-5]}".
func (h *highlighter) info(info string) codeInfo {
	c := codeInfo{given: map[string]any{}, attributes: map[string]any{}}
	before, braces, found := strings.Cut(info, "{")
	c.language, _, _ = strings.Cut(strings.TrimSpace(before), " ")
	if found {
		braces = unquotedRange().ReplaceAllString("{"+braces, `$1"$2"`)
		attributes, _ := parser.ParseAttributes(text.NewReader([]byte(braces)))
		for _, a := range attributes {
			name, value := strings.ToLower(string(a.Name)), attributeValue(a.Value)
			if slices.Contains(codeOptionNames, name) {
				c.given[name] = value
			} else {
				c.attributes[string(a.Name)] = value
			}
		}
	}
	c.options = h.options(c.given)
	return c
}

// codeOptionNames are the options of a block, in small letters.
var codeOptionNames = []string{"anchorlinenos", "hl_lines", "lineanchors", "linenos", "linenostart"}

// attributeValue makes a value of goldmark's one of templates.
func attributeValue(value any) any {
	switch v := value.(type) {
	case []byte:
		return string(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = attributeValue(item)
		}
		return list
	case float64:
		if v == float64(int(v)) {
			return int(v)
		}
	}
	return value
}

// options reads options whose names are in small letters.
func (h *highlighter) options(given map[string]any) codeOptions {
	o := codeOptions{lineNumbers: h.config.LineNumbers, start: 1}
	if value, ok := given["linenos"]; ok {
		switch toString(value) {
		case "false":
			o.lineNumbers = ""
		case "inline":
			o.lineNumbers = "inline"
		default:
			o.lineNumbers = "table"
		}
	}
	if start, err := strconv.Atoi(toString(given["linenostart"])); err == nil {
		o.start = min(max(start, 0), 1e9)
	}
	if lines := given["hl_lines"]; lines != nil {
		o.lines = fmt.Sprint(lines)
	}
	if toString(given["anchorlinenos"]) == "true" {
		o.anchors = cmp.Or(toString(given["lineanchors"]), "line") + "-"
	}
	return o
}
