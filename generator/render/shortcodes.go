package render

import (
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// shortcodes begin the names of the layouts of shortcodes.
const shortcodes = "_shortcodes/"

// usesInner finds out whether a shortcode has an end.
var usesInner = regexp.MustCompile(`\.Inner(?:Deindent)?\b`)

func (l Layouts) shortcode(name string) (layout Layout, ok bool) {
	layout, ok = l[shortcodes+name+".html"]
	return layout, ok
}

func (l Layouts) knownShortcode(name string) (exists, inner bool) {
	layout, ok := l.shortcode(name)
	return ok, ok && usesInner.MatchString(layout.Text)
}

// Shortcode is a shortcode as its template sees it.
type Shortcode struct {
	// Name is what stands in the tag.
	Name string

	// Page is the page whose text it is in.
	Page *Page

	// Parent is the shortcode around it, nil for none.
	Parent *Shortcode

	// Inner is what stands between its tags, with the shortcodes therein rendered.
	Inner template.HTML

	// Ordinal is its place among those of the text, or of its parent, from 0.
	Ordinal int

	// IsNamedParams says whether its parameters have names.
	IsNamedParams bool

	// Params are its parameters: a list, or a mapping for those with names.
	Params any

	call  *shortcodeCall
	text  *shortcodeText
	store Store
}

// Get returns a parameter by position or name, an empty text where it is not given.
func (s *Shortcode) Get(key any) (any, error) {
	switch k := key.(type) {
	case string:
		for name, value := range s.call.named {
			if name == k {
				return value, nil
			}
		}
	case int:
		if k >= 0 && k < len(s.call.positional) {
			return s.call.positional[k], nil
		}
	default:
		return nil, fmt.Errorf("a parameter is chosen by a number or a name, not by %T", key)
	}
	if s.Params == nil {
		return nil, nil
	}
	return "", nil
}

// Position is where it stands: file:line:column.
func (s *Shortcode) Position() string {
	line, column := s.text.position(s.call.offset)
	return fmt.Sprintf("%s:%d:%d", s.text.file(), line, column)
}

// Site is the site of its page.
func (s *Shortcode) Site() *Site { return s.Page.Site() }

// Store keeps values for as long as the shortcode is rendered: those in it see them through Parent.
func (s *Shortcode) Store() *Store { return &s.store }

// Scratch is Store under its old name.
func (s *Shortcode) Scratch() *Store { return &s.store }

// Ref is the address of another page, meant from this one.
func (s *Shortcode) Ref(args any) (string, error) { return s.Page.Ref(args) }

// RelRef is Ref without scheme and host.
func (s *Shortcode) RelRef(args any) (string, error) { return s.Page.RelRef(args) }

// InnerDeindent is Inner without the spaces that all of its lines begin with.
func (s *Shortcode) InnerDeindent() template.HTML {
	lines := strings.Split(string(s.Inner), "\n")
	indent := -1
	for _, line := range lines {
		if rest := strings.TrimLeft(line, " \t"); rest != "" && (indent < 0 || len(line)-len(rest) < indent) {
			indent = len(line) - len(rest)
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)-len(strings.TrimLeft(line, " \t"))):]
	}
	return template.HTML(strings.Join(lines, "\n"))
}

// shortcodeText is a text whose shortcodes are being rendered.
type shortcodeText struct {
	page        *Page
	text        string // as the author wrote it
	lines       int    // of its file that stand before it
	placeholder string
	outputs     []string // what the stand-ins stand for
}

// expand renders the shortcodes of a text. What comes of those with % is a part of the Markdown that it returns; for those with <,
// it puts stand-ins there, which fill replaces in the HTML.
func (p *Page) expand(body string) (*shortcodeText, string, error) {
	s := &shortcodeText{page: p, text: body, lines: p.record().Lines}
	if indexTag(body) < 0 {
		return s, body, nil
	}
	pieces, fault := parseShortcodes(body, p.set.renderer.layouts.knownShortcode)
	if fault != nil {
		return nil, "", s.fault(fault)
	}
	s.placeholder = "isrgenshortcode"
	for strings.Contains(body, s.placeholder) {
		s.placeholder += "x"
	}
	out, err := s.render(pieces, nil, true)
	return s, out, err
}

// fault locates a fault in the file of the page.
func (s *shortcodeText) fault(fault *shortcodeFault) error {
	line, column := s.position(fault.offset)
	e := &Error{File: s.file(), Line: line, Column: column, Page: s.page.path, Message: fault.message, Advice: fault.advice,
		Excerpt: diagnostic.Excerpt([]byte(s.text), line-s.lines)}
	if e.Advice == "" {
		e.Advice = s.page.set.renderer.layouts.shortcodeAdvice(fault.message)
	}
	return e
}

func (s *shortcodeText) file() string {
	if source := s.page.record().Source; source != "" {
		return source
	}
	return s.page.path
}

func (s *shortcodeText) position(offset int) (line, column int) {
	before := s.text[:offset]
	begin := strings.LastIndexByte(before, '\n') + 1
	return s.lines + strings.Count(before, "\n") + 1, len([]rune(before[begin:])) + 1
}

var quotedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(.*)"`) })

// shortcodeAdvice says what a message that names an unknown shortcode may have meant.
func (l Layouts) shortcodeAdvice(message string) string {
	name := strings.Trim(quotedName().FindString(message), `"`)
	var known []string
	for layout := range l {
		if rest, ok := strings.CutPrefix(layout, shortcodes); ok {
			known = append(known, strings.TrimSuffix(rest, ".html"))
		}
	}
	create := "create layouts/" + shortcodes + name + ".html, or write {{</* … */>}} if it is no shortcode"
	if nearest, ok := strictyaml.Nearest(name, sorted(known)); ok {
		return fmt.Sprintf("did you mean %q? Otherwise %s", nearest, create)
	}
	return create
}

// render renders pieces. In Markdown, the HTML of shortcodes is represented by stand-ins.
func (s *shortcodeText) render(pieces []piece, parent *Shortcode, inMarkdown bool) (string, error) {
	var b strings.Builder
	ordinal := 0
	for _, piece := range pieces {
		if piece.call == nil {
			b.WriteString(piece.text)
			continue
		}
		out, err := s.call(piece.call, parent, ordinal, inMarkdown)
		if err != nil {
			return "", err
		}
		ordinal++
		if inMarkdown && !piece.call.markdown {
			b.WriteString(s.placeholder + strconv.Itoa(len(s.outputs)) + "z")
			s.outputs = append(s.outputs, out)
		} else {
			b.WriteString(out)
		}
	}
	return b.String(), nil
}

// call renders one shortcode.
func (s *shortcodeText) call(call *shortcodeCall, parent *Shortcode, ordinal int, inMarkdown bool) (string, error) {
	code := &Shortcode{Name: call.name, Page: s.page, Parent: parent, Ordinal: ordinal, IsNamedParams: call.named != nil, call: call, text: s}
	switch {
	case call.named != nil:
		code.Params = call.named
	case call.positional != nil:
		code.Params = call.positional
	}
	inner, err := s.render(call.inner, code, inMarkdown && call.markdown)
	if err != nil {
		return "", err
	}
	if call.markdown && !inMarkdown {
		rendered, err := s.page.set.markdownify(inner)
		if err != nil {
			return "", err
		}
		inner = string(rendered)
	}
	code.Inner = template.HTML(inner)
	layout, _ := s.page.set.renderer.layouts.shortcode(call.name)
	out, err := s.page.set.run(layout, code)
	if err != nil {
		return "", s.failed(call, err)
	}
	return out, nil
}

// failed says which call made a template fail. A fault inside of it that has a place in a text already keeps that.
func (s *shortcodeText) failed(call *shortcodeCall, err error) error {
	if located := (*Error)(nil); errors.As(err, &located) {
		return err
	}
	cause := s.page.set.renderer.located(err, s.page.record())
	message := cause.Error()
	if located := (*Error)(nil); errors.As(cause, &located) {
		if message = located.Message; located.Line > 0 {
			message = fmt.Sprintf("%s:%d:%d: %s", located.File, located.Line, located.Column, located.Message)
		}
	}
	return s.fault(&shortcodeFault{call.offset, fmt.Sprintf("shortcode %q failed: %s", call.name, message),
		"look at its parameters here, or at its layout"})
}

// fill puts the HTML of shortcodes in the place of the stand-ins. A paragraph that has nothing else gives way.
func (s *shortcodeText) fill(html string) string {
	if len(s.outputs) == 0 {
		return html
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(html, s.placeholder)
		number, rest, _ := strings.Cut(after, "z")
		n, err := strconv.Atoi(number)
		if !found || err != nil || n >= len(s.outputs) {
			b.WriteString(html)
			return b.String()
		}
		trimmed, opened := strings.CutSuffix(before, "<p>")
		behind, closed := strings.CutPrefix(rest, "</p>")
		if opened && closed {
			before, rest = trimmed, behind
		}
		b.WriteString(before)
		b.WriteString(s.outputs[n])
		html = rest
	}
}

// withoutPlaceholders removes stand-ins from a text.
func withoutPlaceholders(text, placeholder string) string {
	if placeholder == "" {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, placeholder)
		_, rest, closed := strings.Cut(after, "z")
		if !found || !closed {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		text = rest
	}
}
