package site

import (
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"
)

// The expression that a rule becomes in a route matches the paths that the rule itself matches, and no others.
func TestPatternRegexp(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", "ab", "é", ".", "-", "+", "/", "/", "*", "**", "/**/", "?", "[ab]", "[!a]", "[^ab]", "[a-c]", "{a,b}",
		"{", "}", ",", "(", "|", "$"}
	compared, matched := 0, 0
	for range 12_000 {
		pattern := "/" + concat(random, pieces, 6)
		for range 8 {
			path := "/" + concat(random, []string{"a", "b", "c", "ab", "é", ".", "-", "+", "/", "/a/", "(", "|", "$", "{", ","}, 5)
			same, matches := comparePattern(t, pattern, path)
			if same {
				compared++
			}
			if matches {
				matched++
			}
		}
		if t.Failed() {
			return
		}
	}
	if compared < 20_000 || matched < 500 {
		t.Errorf("only %d pairs were compared, of which %d matched", compared, matched)
	}
}

func concat(random *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	for range random.IntN(most + 1) {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

// starBeforeNothing finds a * before what may stand for nothing itself. Where a path ends there, doublestar does not let the *
// stand for nothing: it says that /posts*/** does not match /posts. The expression does.
var starBeforeNothing = regexp.MustCompile(`\*.*[{}]|\*/\*\*`)

// comparePattern says whether the pair could be compared, and whether the path matches.
func comparePattern(t *testing.T, pattern, path string) (compared, matches bool) {
	t.Helper()
	if path == "/" || strings.Contains(path, "//") || strings.ContainsFunc(path, unicode.IsControl) {
		return false, false // only home has an empty part, and no address a control character
	}
	if !doublestar.ValidatePattern(pattern) {
		return false, false
	}
	if starBeforeNothing.MatchString(pattern) {
		return false, false
	}
	source, err := patternRegexp(pattern)
	if err != nil {
		return false, false
	}
	path = trimSlash(path)
	want, err := doublestar.Match(trimSlash(pattern), path)
	if err != nil {
		return false, false
	}
	if got := regexp.MustCompile("^(?:" + source + ")$").MatchString(path); got != want {
		t.Errorf("the rule %s matches %s: %v; its expression %s: %v", pattern, path, want, source, got)
	}
	return true, want
}

func FuzzPatternRegexp(f *testing.F) {
	f.Add("/posts/**", "/posts/a/b")
	f.Add("/{a,b/*}/**/[!x-z]?", "/b/c/d/e/w1")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if strings.HasPrefix(pattern, "/") && strings.HasPrefix(path, "/") {
			comparePattern(t, pattern, path)
		}
	})
}

// A pattern that cannot mean what its author expects is a fault at its place.
func TestPatternFaults(t *testing.T) {
	for pattern, want := range map[string]string{
		"posts/**":      `match "posts/**" does not begin with /`,
		"":              `match "" does not begin with /`,
		"/posts/[a":     `match "/posts/[a" is not a pattern`,
		"/posts**":      `match "/posts**": ** must be a whole part of the path, between slashes or at the end`,
		"/**.html":      `match "/**.html": ** must be a whole part of the path, between slashes or at the end`,
		"/a/**/**":      `match "/a/**/**": ** must be a whole part of the path, between slashes or at the end`,
		"/{a/**,b}":     `match "/{a/**,b}": ** must be a whole part of the path, between slashes or at the end`,
		"/a//b":         `match "/a//b": no address holds //`,
		`/a\*`:          `match "/a\\*": only *, **, ?, [abc], [!abc] and {a,b} can be used`,
		"/[[:alpha:]]x": `match "/[[:alpha:]]x": only *, **, ?, [abc], [!abc] and {a,b} can be used`,
	} {
		_, faults := newSite(t, "isr:\n  rules:\n    - match: '"+pattern+"'\n      defer: true\n", nil)
		if want := "isrgen.yaml:4:14: " + want; faults != want {
			t.Errorf("%s\nwant\n%s", faults, want)
		}
	}
}

// A rule without a pattern is told apart from one with a wrong pattern.
func TestRuleWithoutMatch(t *testing.T) {
	_, faults := newSite(t, "isr:\n  rules:\n    - defer: true\n", nil)
	if want := "isrgen.yaml:4:7: this rule has no match"; faults != want {
		t.Errorf("%s, want %s", faults, want)
	}
}

// The platform may match a path with its escapes or without.
func TestLiteral(t *testing.T) {
	for _, text := range []string{"/plain/v1.2", "/日本/寿司", "/é.x/a b", "/(a)[b]+$", "x"} {
		pattern := regexp.MustCompile("^" + literal(text) + "$")
		for _, form := range []string{text, (&url.URL{Path: text}).EscapedPath()} {
			if !pattern.MatchString(form) {
				t.Errorf("%s does not match %s", pattern, form)
			}
		}
		if pattern.MatchString(text+"x") || literal("plain") != "plain" {
			t.Errorf("%s matches too much, or plain text is not left alone", pattern)
		}
	}
}
