package render

import (
	"bytes"
	"strings"
)

// compact leaves out of a page what nobody sees: comments, and all but one of some white space in a row. It is small, so that functions can
// do it too, and careful: it changes no value of an attribute and nothing in scripts, styles and preformatted text, and does not put together
// words that stood apart. What it does not understand it leaves as it is, to the end.
func compact(page []byte) []byte {
	c := compacter{in: page, out: make([]byte, 0, len(page)), spaced: true}
	for len(c.in) > 0 {
		at := bytes.IndexByte(c.in, '<')
		if at < 0 {
			at = len(c.in)
		}
		c.text(c.in[:at])
		if c.in = c.in[at:]; len(c.in) > 0 && !c.markup() {
			c.out = append(c.out, c.in...)
			break
		}
	}
	return c.out
}

type compacter struct {
	in, out []byte
	spaced  bool // white space here would stand behind other, or where it makes no difference
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' || b == '\f' }

// text copies text, with one line break or space for white space.
func (c *compacter) text(text []byte) {
	for i := 0; i < len(text); {
		if !isSpace(text[i]) {
			c.out, c.spaced = append(c.out, text[i]), false
			i++
			continue
		}
		space := byte(' ')
		for ; i < len(text) && isSpace(text[i]); i++ {
			if text[i] == '\n' {
				space = '\n'
			}
		}
		if !c.spaced {
			c.out, c.spaced = append(c.out, space), true
		}
	}
}

// markup copies what begins with <. It is false where it cannot tell what that is.
func (c *compacter) markup() bool {
	switch {
	case bytes.HasPrefix(c.in, []byte("<!--")):
		return c.comment()
	case bytes.HasPrefix(c.in, []byte("<![")):
		return false
	case len(c.in) > 1 && (c.in[1] == '!' || c.in[1] == '?'):
		end := bytes.IndexByte(c.in, '>')
		if end < 0 {
			return false
		}
		c.copy(end + 1)
		return true
	case len(c.in) > 1 && (c.in[1] == '/' || isLetter(c.in[1])):
		return c.tag()
	}
	c.out, c.spaced = append(c.out, '<'), false // which is text
	c.in = c.in[1:]
	return true
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// copy copies so many bytes as they are.
func (c *compacter) copy(n int) {
	c.out = append(c.out, c.in[:n]...)
	c.in = c.in[n:]
}

// comment leaves a comment out, unless it means something to old browsers or to servers.
func (c *compacter) comment() bool {
	inside := c.in[4:]
	end := bytes.Index(inside, []byte("-->"))
	if end < 0 || bytes.HasPrefix(inside, []byte(">")) || bytes.HasPrefix(inside, []byte("->")) || bytes.Contains(inside[:end], []byte("--!>")) {
		return false
	}
	if bytes.HasPrefix(inside, []byte("[if")) || bytes.HasPrefix(inside, []byte("#")) || bytes.HasPrefix(inside, []byte("<![endif")) {
		c.copy(4 + end + 3)
	} else {
		c.in = inside[end+3:]
	}
	return true
}

// elementKind is what white space beside a tag, and in the element, amounts to.
type elementKind int

const (
	among    elementKind = iota // white space beside it shows
	apart                       // white space beside it does not
	unseen                      // it is nothing between what is before and behind it
	verbatim                    // its content is no markup, or must stay as it is
)

// elementKinds are those of elements; others are inline. Such as styles make inline now and then, as li and div, are left out.
var elementKinds = map[string]elementKind{"html": apart, "head": apart, "body": apart, "table": apart, "thead": apart, "tbody": apart, "tfoot": apart,
	"tr": apart, "td": apart, "th": apart, "ul": apart, "ol": apart, "dl": apart, "section": apart, "article": apart, "main": apart, "header": apart,
	"footer": apart, "nav": apart, "h1": apart, "h2": apart, "h3": apart, "h4": apart, "h5": apart, "h6": apart, "p": apart, "hr": apart,
	"figure": apart, "blockquote": apart, "meta": unseen, "link": unseen, "base": unseen, "template": unseen,
	"script": verbatim, "style": verbatim, "title": verbatim, "pre": verbatim, "textarea": verbatim, "iframe": verbatim, "xmp": verbatim,
	"noembed": verbatim, "noframes": verbatim, "listing": verbatim}

// tag copies a tag with one space between attributes, and what stands in an element whose content is no markup.
func (c *compacter) tag() bool {
	name, out, n := scanTag(c.out, c.in)
	if n == 0 || name == "" || name == "plaintext" {
		return false
	}
	closing := c.in[1] == '/'
	c.in, c.out = c.in[n:], out
	switch kind := elementKinds[name]; {
	case kind == verbatim && !closing:
		return c.content(name)
	case kind == apart:
		c.spaced = true
	case kind != unseen:
		c.spaced = false
	}
	return true
}

// content copies the content of an element up to its end tag, which is copied as others are.
func (c *compacter) content(name string) bool {
	end := indexEnd(c.in, name)
	if end < 0 || name == "script" && bytes.Contains(c.in[:end], []byte("<!--")) {
		return false // where such a script ends is not simple
	}
	c.copy(end)
	spaced := c.spaced
	ended := c.tag()
	if name == "script" || name == "style" || name == "title" {
		c.spaced = spaced
	}
	return ended
}

// indexEnd is where the end tag of an element is, or -1.
func indexEnd(text []byte, name string) int {
	for from := 0; ; from += 2 {
		at := bytes.Index(text[from:], []byte("</"))
		if at < 0 {
			return -1
		}
		from += at
		if n := nameEnd(text[from+2:]); n < len(text)-from-2 && strings.EqualFold(string(text[from+2:from+2+n]), name) {
			return from
		}
	}
}

// nameEnd is the length of a tag's name.
func nameEnd(text []byte) int {
	n := bytes.IndexFunc(text, func(r rune) bool { return r == '/' || r == '>' || r < 0x80 && isSpace(byte(r)) })
	if n < 0 {
		return len(text)
	}
	return n
}

// scanTag copies a tag behind out. It gives the name in small letters and the length of the tag, 0 for one without an end. It reads the
// tag as the standard says, also one that no author should write.
func scanTag(out, in []byte) (name string, copied []byte, n int) {
	i := 1
	if in[i] == '/' {
		i++
	}
	i += nameEnd(in[i:])
	name = strings.ToLower(strings.TrimPrefix(string(in[1:i]), "/"))
	out = append(out, in[:i]...)
	for {
		from, slashes := i, 0
		for ; i < len(in) && (isSpace(in[i]) || in[i] == '/'); i++ {
			if in[i] == '/' {
				slashes++
			}
		}
		if i == len(in) {
			return "", nil, 0
		}
		between := in[from:i]
		switch last := in[i] == '>'; {
		case slashes == 1 && last && len(between) > 1 && between[len(between)-1] == '/':
			between = []byte(" /")
		case slashes > 0: // which are more than white space
		case last:
			between = nil
		case len(between) > 1:
			between = []byte(" ")
		}
		out = append(out, between...)
		if in[i] == '>' {
			return name, append(out, '>'), i + 1
		}
		end := attributeEnd(in, i)
		if end == 0 {
			return "", nil, 0
		}
		out = append(out, in[i:end]...)
		i = end
	}
}

// attributeEnd is where the attribute ends that begins at a place, 0 for nowhere.
func attributeEnd(in []byte, i int) int {
	for i++; i < len(in) && !isSpace(in[i]) && in[i] != '/' && in[i] != '>' && in[i] != '='; { // the first byte may be =
		i++
	}
	value := i
	for value < len(in) && isSpace(in[value]) {
		value++
	}
	if value == len(in) || in[value] != '=' {
		return min(i, value)
	}
	for value++; value < len(in) && isSpace(in[value]); {
		value++
	}
	if value == len(in) {
		return 0
	}
	if quote := in[value]; quote == '"' || quote == '\'' {
		end := bytes.IndexByte(in[value+1:], quote)
		if end < 0 {
			return 0
		}
		return value + 1 + end + 1
	}
	for value < len(in) && !isSpace(in[value]) && in[value] != '>' {
		value++
	}
	return value
}
