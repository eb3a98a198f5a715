package content

import (
	"path"
	"unicode/utf8"
)

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

// countWords counts the words of a Markdown text: runs without white space that have a letter or digit.
func countWords(text []byte) int {
	words, inWord := 0, false
	for _, c := range text {
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			inWord = false
		case !inWord && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf):
			inWord = true
			words++
		}
	}
	return words
}

func base(name string) string { return path.Base(name) }
