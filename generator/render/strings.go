package render

import (
	"errors"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/isrgen/isrgen/generator/site"
)

type stringsNamespace struct{ *expressions }

func (stringsNamespace) Chomp(text any) string { return strings.TrimRight(toString(text), "\r\n") }
func (stringsNamespace) Contains(text, part any) bool {
	return strings.Contains(toString(text), toString(part))
}
func (stringsNamespace) ContainsAny(text, set any) bool {
	return strings.ContainsAny(toString(text), toString(set))
}
func (stringsNamespace) ContainsNonSpace(text any) bool {
	return strings.TrimSpace(toString(text)) != ""
}
func (stringsNamespace) Count(part, text any) int {
	return strings.Count(toString(text), toString(part))
}
func (stringsNamespace) CountWords(text any) int { return len(strings.Fields(plainify(text))) }
func (stringsNamespace) HasPrefix(text, p any) bool {
	return strings.HasPrefix(toString(text), toString(p))
}
func (stringsNamespace) HasSuffix(text, s any) bool {
	return strings.HasSuffix(toString(text), toString(s))
}
func (stringsNamespace) RuneCount(text any) int { return utf8.RuneCountInString(toString(text)) }
func (stringsNamespace) Split(text, at any) []string {
	return strings.Split(toString(text), toString(at))
}
func (stringsNamespace) Title(text any) string   { return titleCase(toString(text)) }
func (stringsNamespace) ToLower(text any) string { return strings.ToLower(toString(text)) }
func (stringsNamespace) ToUpper(text any) string { return strings.ToUpper(toString(text)) }
func (stringsNamespace) Trim(text, set any) string {
	return strings.Trim(toString(text), toString(set))
}
func (stringsNamespace) TrimLeft(set, text any) string {
	return strings.TrimLeft(toString(text), toString(set))
}
func (stringsNamespace) TrimRight(set, text any) string {
	return strings.TrimRight(toString(text), toString(set))
}
func (stringsNamespace) TrimPrefix(p, text any) string {
	return strings.TrimPrefix(toString(text), toString(p))
}
func (stringsNamespace) TrimSuffix(s, text any) string {
	return strings.TrimSuffix(toString(text), toString(s))
}
func (stringsNamespace) TrimSpace(text any) string { return strings.TrimSpace(toString(text)) }

// CountRunes counts characters other than spaces, of the text without tags.
func (stringsNamespace) CountRunes(text any) int {
	n := 0
	for _, r := range plainify(text) {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func (stringsNamespace) FirstUpper(text any) string {
	s := toString(text)
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// longestText is what Repeat and Seq may make at most: a template with a wrong number must not exhaust the machine.
const longestText = 1 << 20

func (stringsNamespace) Repeat(count, text any) (string, error) {
	n, err := toInt(count)
	s := toString(text)
	if err != nil || n < 0 || int(n)*len(s) > longestText || n > longestText {
		return "", errors.Join(err, fmt.Errorf("%v times %d bytes is not possible", count, len(s)))
	}
	return strings.Repeat(s, int(n)), nil
}

func (stringsNamespace) Replace(text, old, with any, limit ...any) (string, error) {
	n, err := optional(limit, -1)
	return strings.Replace(toString(text), toString(old), toString(with), n), err
}

func optional(args []any, otherwise int) (int, error) {
	if len(args) == 0 {
		return otherwise, nil
	}
	n, err := toInt(args[0])
	return int(n), err
}

// expressions keeps a bounded number of compiled expressions for all renders: a layout has a few.
type expressions struct {
	mu       sync.Mutex
	compiled map[string]*regexp.Regexp
}

const mostExpressions = 1000

func (e *expressions) get(pattern string) (*regexp.Regexp, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if re := e.compiled[pattern]; re != nil {
		return re, nil
	}
	re, err := regexp.Compile(pattern)
	if err == nil && len(e.compiled) < mostExpressions {
		e.compiled[pattern] = re
	}
	return re, err
}

func (s stringsNamespace) FindRE(pattern string, text any, limit ...any) ([]string, error) {
	n, err := optional(limit, -1)
	re, compileErr := s.get(pattern)
	if err := errors.Join(err, compileErr); err != nil {
		return nil, err
	}
	return re.FindAllString(toString(text), n), nil
}

func (s stringsNamespace) FindRESubmatch(pattern string, text any, limit ...any) ([][]string, error) {
	n, err := optional(limit, -1)
	re, compileErr := s.get(pattern)
	if err := errors.Join(err, compileErr); err != nil {
		return nil, err
	}
	return re.FindAllStringSubmatch(toString(text), n), nil
}

func (ns stringsNamespace) ReplaceRE(pattern, with string, text any, limit ...any) (string, error) {
	n, err := optional(limit, -1)
	re, compileErr := ns.get(pattern)
	if err := errors.Join(err, compileErr); err != nil {
		return "", err
	}
	s := toString(text)
	if n < 0 {
		return re.ReplaceAllString(s, with), nil
	}
	var b strings.Builder
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, n) {
		b.WriteString(s[end:m[0]])
		b.Write(re.ExpandString(nil, with, s, m))
		end = m[1]
	}
	return b.String() + s[end:], nil
}

// SliceString cuts characters out by where they begin and end.
func (stringsNamespace) SliceString(text any, bounds ...any) (string, error) {
	runes := []rune(toString(text))
	from, err := optional(bounds, 0)
	to := len(runes)
	if len(bounds) > 1 && err == nil {
		to, err = optional(bounds[1:], to)
	}
	if err != nil || from < 0 || to > len(runes) || from > to {
		return "", errors.Join(err, fmt.Errorf("there are no characters %d to %d in a text of %d", from, to, len(runes)))
	}
	return string(runes[from:to]), nil
}

// Substr cuts a number of characters out. A negative start counts from the end, and a negative length leaves so many out there.
func (stringsNamespace) Substr(text, start any, length ...any) (string, error) {
	runes := []rune(toString(text))
	from, err := toInt(start)
	n, lengthErr := optional(length, len(runes))
	if err := errors.Join(err, lengthErr); err != nil {
		return "", err
	}
	first := int(from)
	if first < 0 {
		first += len(runes)
	}
	first = min(max(first, 0), len(runes))
	end := first + n
	if n < 0 {
		end = len(runes) + n
	}
	return string(runes[first:min(max(end, first), len(runes))]), nil
}

// Truncate cuts a text to a number of characters, at the end of a word, and says so with an ellipsis or what is given for it.
func (stringsNamespace) Truncate(size any, rest ...any) (any, error) {
	n, err := toInt(size)
	if err != nil {
		return nil, err
	}
	ellipsis := "…"
	switch len(rest) {
	case 2:
		ellipsis = toString(rest[0])
	case 1:
	default:
		return nil, errors.New("truncate takes a length, perhaps an ellipsis, and a text")
	}
	text := rest[len(rest)-1]
	if html, ok := text.(template.HTML); ok { // cutting tags would break the page
		if utf8.RuneCountInString(plainify(html)) <= int(n) {
			return html, nil
		}
		text = plainify(html)
	}
	return truncate(int(n), toString(text), ellipsis), nil
}

func truncate(n int, plain, ellipsis string) string {
	if utf8.RuneCountInString(plain) <= n {
		return plain
	}
	cut := string([]rune(plain)[:max(n, 0)])
	if space := strings.LastIndexFunc(cut, unicode.IsSpace); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:") + ellipsis
}

func titleCase(text string) string {
	wordStart := true
	return strings.Map(func(r rune) rune {
		start := wordStart
		wordStart = unicode.IsSpace(r) || r == '-'
		if start {
			return unicode.ToTitle(r)
		}
		return r
	}, text)
}

type pathNamespace struct{}

func (pathNamespace) Base(p any) string { return path.Base(toString(p)) }
func (pathNamespace) BaseName(p any) string {
	base := path.Base(toString(p))
	return strings.TrimSuffix(base, path.Ext(base))
}
func (pathNamespace) Clean(p any) string { return path.Clean(toString(p)) }
func (pathNamespace) Dir(p any) string   { return path.Dir(toString(p)) }
func (pathNamespace) Ext(p any) string   { return path.Ext(toString(p)) }

func (pathNamespace) Join(parts ...any) string {
	var all []string
	for _, part := range parts {
		if many, ok := part.([]any); ok {
			for _, p := range many {
				all = append(all, toString(p))
			}
			continue
		}
		all = append(all, toString(part))
	}
	return path.Join(all...)
}

// splitPath is a path in two.
type splitPath struct{ Dir, File string }

func (pathNamespace) Split(p any) splitPath {
	dir, file := path.Split(toString(p))
	return splitPath{dir, file}
}

type inflectNamespace struct{}

// Humanize makes words of a name, and "1st" of 1.
func (inflectNamespace) Humanize(value any) string {
	if n, err := toInt(value); err == nil {
		return toString(value) + ordinalEnding(n)
	}
	return site.Humanize(toString(value))
}

func ordinalEnding(n int64) string {
	if tens := n % 100; tens >= 11 && tens <= 13 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	default:
		return "th"
	}
}

// Pluralize follows the rules of English that have no exceptions worth a list.
func (inflectNamespace) Pluralize(value any) string {
	word := toString(value)
	switch lower := strings.ToLower(word); {
	case word == "":
		return ""
	case endsIn(lower, "s", "x", "z", "ch", "sh"):
		return word + "es"
	case strings.HasSuffix(lower, "y") && !endsIn(lower, "ay", "ey", "oy", "uy"):
		return word[:len(word)-1] + "ies"
	default:
		return word + "s"
	}
}

// Singularize undoes Pluralize.
func (inflectNamespace) Singularize(value any) string {
	word := toString(value)
	switch lower := strings.ToLower(word); {
	case strings.HasSuffix(lower, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case endsIn(lower, "ses", "xes", "zes", "ches", "shes"):
		return word[:len(word)-2]
	case strings.HasSuffix(lower, "s") && !endsIn(lower, "ss", "us", "is"):
		return word[:len(word)-1]
	default:
		return word
	}
}

func endsIn(text string, endings ...string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(text, ending) {
			return true
		}
	}
	return false
}
