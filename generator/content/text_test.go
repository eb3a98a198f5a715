package content

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// A word is a run without white space that has a letter, a digit or anything beyond ASCII.
func TestCountWords(t *testing.T) {
	for text, want := range map[string]int{"": 0, "one": 1, " two\nwords ": 2, "- * --- 1.": 1, "it's\ta `code` [link](/a/b)": 4, "日本 *é*\r\n": 2, "@[`{ A\x01b": 1} {
		if got := countWords([]byte(text)); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		text := make([]byte, random.IntN(40))
		for i := range text {
			if text[i] = byte(random.IntN(256)); random.IntN(3) == 0 {
				text[i] = " \n\t\r"[random.IntN(4)]
			}
		}
		want := 0
		for _, run := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \n\t\r", r) }) {
			if strings.ContainsFunc(run, func(r rune) bool {
				return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf
			}) {
				want++
			}
		}
		if got := countWords(text); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
}
