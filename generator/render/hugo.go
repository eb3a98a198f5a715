package render

import (
	"cmp"
	"hash/fnv"
	"html/template"
	"strconv"
	"strings"
)

// hugoNamespace answers what layouts ask of Hugo itself, as far as it is true here.
type hugoNamespace struct{ t *templates }

func (hugoNamespace) Environment() string      { return "production" }
func (hugoNamespace) IsProduction() bool       { return true }
func (hugoNamespace) IsDevelopment() bool      { return false }
func (hugoNamespace) IsServer() bool           { return false }
func (hugoNamespace) IsExtended() bool         { return false }
func (n hugoNamespace) IsMultilingual() bool   { return n.t.renderer.configs != nil }
func (hugoNamespace) IsMultihost() bool        { return false }
func (hugoNamespace) Generator() template.HTML { return `<meta name="generator" content="isrgen">` }

// Version is that of the Hugo whose names isrgen has, since layouts refuse to work with one that lacks what they use.
func (hugoNamespace) Version() Version { return "0.165.0" }

// Data is the content of the data directory.
func (n hugoNamespace) Data() (map[string]any, error) { return n.t.site.Data() }

// Sites are the sites that are built together.
func (n hugoNamespace) Sites() Sites { return n.t.currentSite().Sites() }

// Sites are the sites that are built together, one for each language.
type Sites []*Site

// Default is the site in the first language.
func (s Sites) Default() *Site { return s[0] }

// Version is the number of a version. It is compared part by part: 0.99.0 is less than 0.146.0.
type Version string

// String is the number.
func (v Version) String() string { return string(v) }

// compareVersions compares two values if one of them is a version and the other is the text of one.
func compareVersions(a, b any) (result int, ok bool) {
	_, isVersion := a.(Version)
	_, otherIs := b.(Version)
	if !isVersion && !otherIs {
		return 0, false
	}
	x, y := strings.Split(toString(a), "."), strings.Split(toString(b), ".")
	for i := range max(len(x), len(y)) {
		result = cmp.Or(result, cmp.Compare(versionPart(x, i), versionPart(y, i)))
	}
	return result, true
}

// versionPart is the number of a part, 0 for one that is missing, or of a text that is none.
func versionPart(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	digits, _, _ := strings.Cut(parts[i], "-") // such as 0-DEV
	n, _ := strconv.Atoi(digits)
	return n
}

// Tried is what came of an expression.
type Tried struct {
	Value any
	Err   error
}

// try hands on a value. An error within it has ended the page before: a page must not be another one because something failed.
func try(value any) Tried { return Tried{Value: value} }

// Defer runs its block where it stands: what all pages have in common is known here before the first is rendered. The block
// sees the value of data, and runs in any case.
func (templatesNamespace) Defer(options map[string]any) any {
	if data := options["data"]; data != nil {
		return data
	}
	return true
}

type osNamespace struct{}

// Getenv is empty: a page is the same wherever it is rendered, so that templates see no environment.
func (osNamespace) Getenv(string) string { return "" }

type hashNamespace struct{}

// FNV32a is a number for a text, the same for the same.
func (hashNamespace) FNV32a(text any) int {
	h := fnv.New32a()
	h.Write([]byte(toString(text)))
	return int(h.Sum32())
}

// Keywords are those of the front matter.
func (p *Page) Keywords() []string {
	v, err := list(dig(p.Params(), "keywords"))
	if err != nil {
		return nil
	}
	var words []string
	for i := range v.Len() {
		words = append(words, toString(v.Index(i).Interface()))
	}
	return words
}

// CodeOwners are none: a function has no repository to look into.
func (p *Page) CodeOwners() []string { return nil }

// ByPublishDate begins with what appeared first.
func (p Pages) ByPublishDate() Pages {
	return p.by(func(a, b *Page) int { return a.PublishDate().Compare(b.PublishDate()) })
}

// ByExpiryDate begins with what vanishes first; pages that stay are before all others, as in Hugo.
func (p Pages) ByExpiryDate() Pages {
	return p.by(func(a, b *Page) int { return a.ExpiryDate().Compare(b.ExpiryDate()) })
}
