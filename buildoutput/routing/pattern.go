package routing

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

const (
	// maxSource is the longest src that the schemas of @vercel/routing-utils allow.
	maxSource = 4096

	// matchTimeout bounds a backtracking match, which can take exponential time.
	matchTimeout = 100 * time.Millisecond
)

// pattern is a compiled source: by Go's regexp where that means the same, else by regexp2, or by neither where it is plain
// text.
type pattern struct {
	source string // as written
	groups int
	names  map[string][]int
	prefix string // in lower case unless the pattern is case-sensitive
	exact  bool   // nothing but the prefix matches
	fold   bool   // case does not matter
	linear *regexp.Regexp
	pcre   *regexp2.Regexp
}

// subject is a text to be matched. Its runes, which regexp2 works on, are made once.
type subject struct {
	text  string
	runes []rune
}

// compilePattern compiles a source for a whole path or a whole value. As the platform's normalizeRoutes does, it
// puts ^ and $ where they are absent, so that a|b means ^a|b$.
func compilePattern(src string, asPath, fold bool) (*pattern, error) {
	if len(src) > maxSource {
		return nil, fmt.Errorf("longer than %d bytes", maxSource)
	}
	t, err := translate(anchor(src), asPath)
	if err != nil {
		return nil, err
	}
	p := &pattern{source: src, groups: t.groups, names: t.names, prefix: t.prefix, exact: t.exact, fold: fold}
	if fold {
		p.prefix = lowerASCII(p.prefix)
	}
	if p.exact && isASCII(p.prefix) {
		return p, nil
	}
	p.exact = false
	if !t.backtracks {
		if p.linear = compileLinear(t, fold); p.linear != nil {
			return p, nil
		}
	}
	options := regexp2.RegexOptions(regexp2.None)
	if fold {
		options |= regexp2.IgnoreCase
	}
	if p.pcre, err = regexp2.Compile(t.text, options); err != nil {
		return nil, err
	}
	p.pcre.MatchTimeout = matchTimeout
	return p, nil
}

func anchor(src string) string {
	if !strings.HasPrefix(src, "^") {
		src = "^" + src
	}
	body := strings.TrimSuffix(src, "$")
	escaped := (len(body)-len(strings.TrimRight(body, `\`)))%2 == 1
	if (body == src) != escaped { // neither x$ nor, by mistake, x\
		src += "$"
	}
	return src
}

// compileLinear compiles for Go's regexp, or gives nil where it cannot or might choose other submatches than PCRE:
// they differ about loops whose body can match nothing.
func compileLinear(t *translation, fold bool) *regexp.Regexp {
	text := t.text
	if fold {
		text = "(?i)" + text
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil || t.groups > 0 && loopsOnNothing(tree) {
		return nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil
	}
	return compiled
}

func loopsOnNothing(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if matchesNothing(re.Sub[0]) {
			return true
		}
	}
	for _, sub := range re.Sub {
		if loopsOnNothing(sub) {
			return true
		}
	}
	return false
}

// matchesNothing reports whether the empty text is a match, or might be.
func matchesNothing(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpPlus, syntax.OpCapture:
		return matchesNothing(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesNothing(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesNothing(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if matchesNothing(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// match tests the subject and, if capture is set, gives the text of each group, the whole match being group 0. The
// error is that of a match which took too long.
func (p *pattern) match(s *subject, capture bool) (groups []string, ok bool, err error) {
	if !p.mayMatch(s.text) {
		return nil, false, nil
	}
	switch {
	case p.exact:
		if capture {
			groups = []string{s.text}
		}
		return groups, true, nil
	case p.linear != nil && capture:
		groups = p.linear.FindStringSubmatch(s.text)
		return groups, groups != nil, nil
	case p.linear != nil:
		return nil, p.linear.MatchString(s.text), nil
	}
	if s.runes == nil {
		s.runes = []rune(s.text)
	}
	if !capture {
		ok, err = p.pcre.MatchRunes(s.runes)
		return nil, ok, err
	}
	m, err := p.pcre.FindRunesMatch(s.runes)
	if err != nil || m == nil {
		return nil, false, err
	}
	groups = make([]string, p.groups+1)
	for i := range groups {
		groups[i] = m.GroupByNumber(i).String()
	}
	return groups, true, nil
}

// mayMatch does the cheap part of a match: the prefix, and all of it where the pattern is plain text.
func (p *pattern) mayMatch(text string) bool {
	n := len(p.prefix)
	if len(text) < n || p.exact && len(text) != n {
		return false
	}
	if !p.fold {
		return text[:n] == p.prefix
	}
	for i := range n {
		if c := text[i]; c != p.prefix[i] && lower(c) != p.prefix[i] {
			return false
		}
	}
	return true
}

// named gives what the first group of a name that took part matched.
func (p *pattern) named(name string, groups []string) string {
	for _, n := range p.names[name] {
		if groups[n] != "" {
			return groups[n]
		}
	}
	return ""
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

func lowerASCII(s string) string {
	lowered := []byte(s)
	for i, c := range lowered {
		lowered[i] = lower(c)
	}
	return string(lowered)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
