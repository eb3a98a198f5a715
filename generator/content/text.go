package content

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"unicode/utf8"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// CheckUTF8 reports whether the text of a file of the site is UTF-8, and adds the fault if it is not.
func CheckUTF8(name string, text []byte, diags *diagnostic.List) bool {
	at := invalidUTF8(text)
	if at < 0 {
		return true
	}
	before := text[:at]
	line := 1 + bytes.Count(before, []byte("\n"))
	diags.Add(diagnostic.Diagnostic{
		File: name, Line: line, Column: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		Message: fmt.Sprintf("byte 0x%02x is not UTF-8", text[at]), Advice: "save the file as UTF-8",
		Excerpt: diagnostic.Excerpt(text, line),
	})
	return false
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

var tag = regexp.MustCompile(`<[^>]*>`)

// countWords counts the words of a Markdown text: runs without white space that have a letter or digit.
func countWords(text []byte) int {
	words := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c <= ' ' || !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf) {
			continue
		}
		words++
		for i++; i < len(text) && text[i] != ' ' && text[i] != '\n' && text[i] != '\t' && text[i] != '\r'; i++ {
		}
	}
	return words
}

func base(name string) string { return path.Base(name) }
