package generator

import (
	"bytes"
	"html"
	"strings"
)

// linkAttributes are where elements lead to, or load from.
var linkAttributes = map[string]string{"a": "href", "area": "href", "audio": "src", "embed": "src", "iframe": "src", "img": "src", "link": "href",
	"script": "src", "source": "src", "track": "src", "video": "src"}

// rawText are the elements whose content has no tags but that which ends them.
var rawText = map[string]bool{"script": true, "style": true, "textarea": true, "title": true}

// linksIn yields the addresses in a page. It looks at tags only, and at the attributes of few of them: every page of every build comes by
// here, and a tokenizer of all there is in HTML took a tenth of a build.
func linksIn(body []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			begin := bytes.IndexByte(body, '<')
			if begin < 0 {
				return
			}
			body = body[begin+1:]
			if bytes.HasPrefix(body, []byte("!--")) {
				body = after(body[3:], "-->")
				continue
			}
			name := tagName(body)
			if name == "" {
				continue
			}
			var link string
			link, body = attribute(body[len(name):], linkAttributes[name])
			if link != "" && !yield(link) {
				return
			}
			if rawText[name] {
				body = afterElement(body, name)
			}
		}
	}
}

// after is what comes after a text, nothing if it does not come.
func after(body []byte, text string) []byte {
	_, rest, _ := bytes.Cut(body, []byte(text))
	return rest
}

// afterElement is what comes where an element of raw text ends.
func afterElement(body []byte, name string) []byte {
	for {
		end := bytes.Index(body, []byte("</"))
		if end < 0 {
			return nil
		}
		if body = body[end+2:]; tagName(body) == name {
			return body
		}
	}
}

// tagName is the name that a tag begins with, in small letters, empty for what is no tag that opens.
func tagName(body []byte) string {
	n := 0
	for n < len(body) && isNameByte(body[n], n) {
		n++
	}
	switch n {
	case 0:
		return ""
	case 1:
		if body[0] == 'a' { // most of them
			return "a"
		}
	}
	return strings.ToLower(string(body[:n]))
}

func isNameByte(c byte, at int) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || at > 0 && (c >= '0' && c <= '9' || c == '-')
}

// attribute is the value of an attribute of a tag, empty without one, and what comes after the tag.
func attribute(tag []byte, wanted string) (value string, rest []byte) {
	for {
		tag = bytes.TrimLeft(tag, " \t\r\n\f/")
		if len(tag) == 0 {
			return "", nil // the tag has no end: it is none
		}
		if tag[0] == '>' {
			return value, tag[1:]
		}
		end := 1 + bytes.IndexAny(tag[1:], "= \t\r\n\f/>")
		if end == 0 {
			return "", nil
		}
		key := tag[:end]
		var given []byte
		given, tag = attributeValue(tag[end:])
		if wanted != "" && value == "" && len(key) == len(wanted) && strings.EqualFold(string(key), wanted) {
			value = html.UnescapeString(string(given))
		}
	}
}

// attributeValue is what stands behind the name of an attribute, and what comes after it.
func attributeValue(tag []byte) (value, rest []byte) {
	rest = bytes.TrimLeft(tag, " \t\r\n\f")
	if len(rest) == 0 || rest[0] != '=' {
		return nil, tag
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n\f")
	if len(rest) == 0 {
		return nil, nil
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		end := bytes.IndexByte(rest[1:], quote)
		if end < 0 {
			return nil, nil
		}
		return rest[1 : 1+end], rest[end+2:]
	}
	end := bytes.IndexAny(rest, " \t\r\n\f>")
	if end < 0 {
		return nil, nil
	}
	return rest[:end], rest[end:]
}
