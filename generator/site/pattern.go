package site

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// misplaced finds a ** that is not one whole part of a path, outside braces, or that follows another. Such a one means the same as *
// or nothing, which is hardly what its author expects.
var misplaced = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^/]\*\*|\*\*[^/]|\*\*/\*\*`) })

// patternRegexp translates a doublestar pattern into a regular expression, without anchors, for a path without a slash at
// its end. The expression uses only what PCRE and Go have in common, since the platform's router will run it.
func patternRegexp(pattern string) (string, error) {
	var b strings.Builder
	rest := trimSlash(pattern)
	if strings.Contains(pattern, "//") {
		return "", errSlashes
	}
	if misplaced().MatchString(rest) {
		return "", errStars
	}
	for depth := 0; rest != ""; {
		var piece string
		switch {
		case strings.HasPrefix(rest, "/**/"):
			piece, rest = `/(?:.*/)?`, rest[4:]
		case rest == "/**":
			piece, rest = `(?:/.*)?`, ""
		case rest[0] == '*':
			piece, rest = `[^/]*`, rest[1:]
		case rest[0] == '?':
			piece, rest = `[^/]`, rest[1:]
		case rest[0] == '{':
			depth++
			piece, rest = `(?:`, rest[1:]
		case rest[0] == '}' && depth > 0:
			depth--
			piece, rest = `)`, rest[1:]
		case rest[0] == ',' && depth > 0:
			piece, rest = `|`, rest[1:]
		case rest[0] == '[':
			class, after, ok := strings.Cut(rest[1:], "]")
			if !ok || class == "" || strings.ContainsAny(class, `[\/`) {
				return "", errPattern
			}
			piece, rest = classRegexp(class), after
		case rest[0] == '\\':
			return "", errPattern
		default:
			end := strings.IndexAny(rest[1:], `*?{},[\/`) + 1
			if end == 0 {
				end = len(rest)
			}
			piece, rest = literal(rest[:end]), rest[end:]
		}
		b.WriteString(piece)
	}
	if _, err := regexp.Compile(b.String()); err != nil {
		return "", errPattern
	}
	return b.String(), nil
}

// literal quotes a text for a regular expression. The platform does not say whether routes meet a path before or after its
// escapes are decoded, so that what a URL escapes is matched in either form.
func literal(text string) string {
	var b strings.Builder
	for text != "" {
		first, _ := utf8.DecodeRuneInString(text)
		end := strings.IndexFunc(text, func(r rune) bool { return escaped(r) != escaped(first) })
		if end < 0 {
			end = len(text)
		}
		run := regexp.QuoteMeta(text[:end])
		if escaped(first) {
			run = "(?:" + run + "|" + (&url.URL{Path: text[:end]}).EscapedPath() + ")"
		}
		b.WriteString(run)
		text = text[end:]
	}
	return b.String()
}

func escaped(r rune) bool {
	char := string(r)
	return char != (&url.URL{Path: char}).EscapedPath()
}

func classRegexp(class string) string {
	not := ""
	if class[0] == '!' || class[0] == '^' {
		not, class = "^", class[1:] // like doublestar, of any character, even a slash
	}
	return "[" + not + strings.ReplaceAll(class, "^", `\^`) + "]"
}
