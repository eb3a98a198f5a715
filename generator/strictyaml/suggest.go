package strictyaml

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unknownAdvice names the known key that the author probably meant, else all of them.
func unknownAdvice(fields Fields, key string) string {
	names := slices.Sorted(maps.Keys(fields))
	if nearest, ok := Nearest(key, names); ok {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	advice := "known keys: " + strings.Join(names, ", ")
	if _, ok := fields["params"]; ok {
		advice += "; your own keys go under params"
	}
	return advice
}

// Nearest returns the name that differs least from word, if that is little enough to be a slip of the pen.
func Nearest(word string, names []string) (string, bool) {
	best, distance := "", 1+len(word)/3
	for _, name := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(name)); d <= distance && (best == "" || d < distance) {
			best, distance = name, d
		}
	}
	return best, best != ""
}

// slip returns the field that a key was probably meant to be, where any key is possible: it differs in one letter of four or more,
// or has the same letters in another order.
func slip(key string, fields Fields) (string, bool) {
	letters := func(word string) string { return string(slices.Sorted(slices.Values([]byte(strings.ToLower(word))))) }
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		close := editDistance(strings.ToLower(key), strings.ToLower(name)) <= 1
		if len(key) > 3 && (close || letters(key) == letters(name)) {
			return name, true
		}
	}
	return "", false
}

// editDistance counts the insertions, deletions and substitutions between two words (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
