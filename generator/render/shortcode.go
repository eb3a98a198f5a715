package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// piece is a part of a text: words as they are, or a call of a shortcode.
type piece struct {
	text string
	call *shortcodeCall // nil for words
}

// shortcodeCall is a shortcode as it stands in a text.
type shortcodeCall struct {
	name       string
	markdown   bool           // written with %: what comes of it is Markdown
	offset     int            // in the text
	positional []any          // parameters without names,
	named      map[string]any // or those with names
	inner      []piece
}

// shortcodeFault is what is wrong with the shortcodes of a text.
type shortcodeFault struct {
	offset          int
	message, advice string
}

// shortcodeParser takes a text apart.
type shortcodeParser struct {
	text  string
	known func(name string) (exists, inner bool) // inner: its template shows what stands between two tags
	at    int
	open  []*shortcodeCall // those whose end was not met yet, the outermost first
	top   []piece
}

// deepestShortcode is how deep shortcodes may stand in each other.
const deepestShortcode = 100

// parseShortcodes finds the calls in a text. It reads each byte a fixed number of times.
func parseShortcodes(text string, known func(string) (exists, inner bool)) ([]piece, *shortcodeFault) {
	p := &shortcodeParser{text: text, known: known}
	for {
		next := indexTag(text[p.at:])
		if next < 0 {
			break
		}
		p.add(piece{text: text[p.at : p.at+next]})
		p.at += next
		if fault := p.tag(); fault != nil {
			return nil, fault
		}
	}
	if len(p.open) > 0 {
		last := p.open[len(p.open)-1]
		return nil, &shortcodeFault{last.offset, fmt.Sprintf("shortcode %q is not closed", last.name),
			fmt.Sprintf("end it with {{< /%s >}}, or write {{< %[1]s />}}", last.name)}
	}
	p.add(piece{text: text[p.at:]})
	return p.top, nil
}

// indexTag is the offset of the next {{< or {{%, or -1.
func indexTag(text string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], "{{")
		if i < 0 {
			return -1
		}
		if from += i; from+2 < len(text) && (text[from+2] == '<' || text[from+2] == '%') {
			return from
		}
		from++
	}
}

// add puts a piece where the text stands at the moment.
func (p *shortcodeParser) add(next piece) {
	if next.call == nil && next.text == "" {
		return
	}
	if n := len(p.open); n > 0 {
		p.open[n-1].inner = append(p.open[n-1].inner, next)
	} else {
		p.top = append(p.top, next)
	}
}

// tag reads one tag.
func (p *shortcodeParser) tag() *shortcodeFault {
	begin, mark := p.at, p.text[p.at+2]
	end := map[byte]string{'<': ">}}", '%': "%}}"}[mark]
	if rest, ok := strings.CutPrefix(p.text[p.at+3:], "/*"); ok {
		inside, after, closed := strings.Cut(rest, "*/"+end)
		if !closed {
			return &shortcodeFault{begin, "this commented-out shortcode has no end", "end it with */" + end}
		}
		p.add(piece{text: "{{" + string(mark) + inside + end})
		p.at = len(p.text) - len(after)
		return nil
	}
	p.at += 3
	p.space()
	closing := p.at < len(p.text) && p.text[p.at] == '/' && !strings.HasPrefix(p.text[p.at:], "/"+end)
	if closing {
		p.at++
		p.space()
	}
	call := &shortcodeCall{name: p.word(end), markdown: mark == '%', offset: begin}
	if call.name == "" {
		return &shortcodeFault{begin, "this shortcode has no name", "write {{< NAME >}}, or {{</* if it is no shortcode */>}}"}
	}
	single, fault := p.parameters(call, end)
	if fault != nil {
		return fault
	}
	if closing {
		return p.close(call)
	}
	return p.opened(call, single)
}

// opened adds a call, and waits for its end if it has one.
func (p *shortcodeParser) opened(call *shortcodeCall, single bool) *shortcodeFault {
	exists, inner := p.known(call.name)
	if !exists {
		return &shortcodeFault{call.offset, fmt.Sprintf("there is no shortcode %q", call.name), ""}
	}
	p.add(piece{call: call})
	if single || !inner {
		return nil
	}
	if p.open = append(p.open, call); len(p.open) > deepestShortcode {
		return &shortcodeFault{call.offset, fmt.Sprintf("shortcodes stand in each other more than %d deep", deepestShortcode), "close some of them"}
	}
	return nil
}

func (p *shortcodeParser) close(tag *shortcodeCall) *shortcodeFault {
	n := len(p.open)
	if n > 0 && p.open[n-1].name == tag.name {
		p.open = p.open[:n-1]
		return nil
	}
	if exists, inner := p.known(tag.name); exists && !inner {
		return &shortcodeFault{tag.offset, fmt.Sprintf("shortcode %q has no end: its layout does not use .Inner", tag.name), "remove this tag"}
	}
	if n > 0 {
		return &shortcodeFault{tag.offset, fmt.Sprintf("shortcode %q is closed where %q is open", tag.name, p.open[n-1].name),
			"close them in the reverse order of their beginnings"}
	}
	return &shortcodeFault{tag.offset, fmt.Sprintf("shortcode %q is closed and was not opened", tag.name), "remove this tag"}
}

func (p *shortcodeParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// word reads up to a space or the end of the tag.
func (p *shortcodeParser) word(end string) string {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) < 0 &&
		!strings.HasPrefix(p.text[p.at:], end) && !strings.HasPrefix(p.text[p.at:], "/"+end) {
		p.at++
	}
	return p.text[from:p.at]
}

// parameters reads the rest of a tag. It says whether the tag closes itself.
func (p *shortcodeParser) parameters(call *shortcodeCall, end string) (single bool, fault *shortcodeFault) {
	for {
		p.space()
		switch rest := p.text[p.at:]; {
		case rest == "":
			return false, &shortcodeFault{call.offset, fmt.Sprintf("the tag of shortcode %q has no end", call.name), "end it with " + end}
		case strings.HasPrefix(rest, end):
			p.at += len(end)
			return false, nil
		case strings.HasPrefix(rest, "/"+end):
			p.at += len(end) + 1
			return true, nil
		}
		if fault := p.parameter(call, end); fault != nil {
			return false, fault
		}
		if len(call.positional) > 0 && len(call.named) > 0 {
			return false, &shortcodeFault{call.offset, fmt.Sprintf("shortcode %q has parameters with and without names", call.name),
				"give all of them a name, or none"}
		}
	}
}

var parameterName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\pL\pN_-]+)\s*=\s*`) })

func (p *shortcodeParser) parameter(call *shortcodeCall, end string) *shortcodeFault {
	name := ""
	// A name is short, so that only so much is looked at.
	if m := parameterName().FindStringSubmatch(p.text[p.at:min(len(p.text), p.at+200)]); m != nil {
		name = m[1]
		p.at += len(m[0])
	}
	value, ok := p.value(end)
	if !ok {
		return &shortcodeFault{call.offset, fmt.Sprintf("a parameter of shortcode %q has no closing quote", call.name), "add the quote"}
	}
	if name == "" {
		call.positional = append(call.positional, value)
		return nil
	}
	if call.named == nil {
		call.named = map[string]any{}
	}
	call.named[name] = value
	return nil
}

// value reads a value: a text in quotes, in which \" is a quote, a text in backticks as it is, or a word, which may be a number, true
// or false.
func (p *shortcodeParser) value(end string) (any, bool) {
	if p.at == len(p.text) {
		return nil, false
	}
	switch p.text[p.at] {
	case '`':
		inside, _, closed := strings.Cut(p.text[p.at+1:], "`")
		p.at += len(inside) + 2
		return inside, closed
	case '"':
		for i := p.at + 1; i < len(p.text); i++ {
			switch p.text[i] {
			case '\\':
				i++
			case '"':
				inside := p.text[p.at+1 : i]
				p.at = i + 1
				return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inside), true
			}
		}
		return nil, false
	}
	word := p.word(end)
	switch word {
	case "true", "false":
		return word == "true", true
	}
	if n, err := strconv.Atoi(word); err == nil && strconv.Itoa(n) == word {
		return n, true
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil && strings.Contains(word, ".") && !strings.ContainsAny(word, "xXnN_") {
		return f, true
	}
	return word, true
}
