package site

import (
	"strings"
	"unicode"
)

// ListTitles says how the titles of lists are made that no author gave one, as Hugo names it. Its zero value leaves names as they are,
// but for a capital at their beginning.
type ListTitles struct {
	Pluralize  bool `json:"pluralize,omitempty"`  // of sections: post becomes Posts
	Capitalize bool `json:"capitalize,omitempty"` // of all: "two words" becomes "Two Words"
}

// section is the title of a section, of the name of its directory.
func (t ListTitles) section(name string) string {
	if t.Pluralize {
		name = plural(name)
	}
	if t.Capitalize {
		return capitals(name)
	}
	return Humanize(name)
}

// term is the title of a term, or of the list of a taxonomy's terms.
func (t ListTitles) term(name string) string {
	if t.Capitalize {
		return capitals(name)
	}
	return name
}

// plural is that of an English word by the rules without exceptions; of a plural the word itself.
func plural(word string) string {
	lower := strings.ToLower(word)
	ends := func(endings ...string) bool {
		for _, ending := range endings {
			if strings.HasSuffix(lower, ending) {
				return true
			}
		}
		return false
	}
	switch {
	case word == "", ends("s") && !ends("ss", "us", "is"):
		return word
	case ends("ss", "us", "is", "x", "z", "ch", "sh"):
		return word + "es"
	case ends("y") && !ends("ay", "ey", "oy", "uy"):
		return word[:len(word)-1] + "ies"
	}
	return word + "s"
}

// capitals gives the words of a title capitals, but for short ones within it, as newspapers do.
func capitals(title string) string {
	words := strings.Fields(strings.ReplaceAll(title, "-", " "))
	for i, word := range words {
		if small[word] && i > 0 && i < len(words)-1 {
			continue
		}
		for _, first := range word {
			words[i] = string(unicode.ToTitle(first)) + word[len(string(first)):]
			break
		}
	}
	return strings.Join(words, " ")
}

// small are the words without a capital.
var small = map[string]bool{"a": true, "an": true, "and": true, "as": true, "at": true, "but": true, "by": true, "en": true, "for": true, "if": true, "in": true,
	"of": true, "on": true, "or": true, "the": true, "to": true, "v": true, "via": true, "vs": true}
