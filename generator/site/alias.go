package site

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Alias is an address that leads to a page, such as one that the page had on another site.
type Alias struct {
	// Path begins with a slash and has none at its end.
	Path string

	// Regexp matches Path, escaped or not.
	Regexp string

	// Page is where it leads to.
	Page *Page
}

// aliases lists those of all pages in the order of their paths.
func (b *builder) aliases() []Alias {
	var all []Alias
	for _, page := range b.all {
		if page.doc == nil {
			continue
		}
		for _, text := range page.doc.Aliases {
			address, problem := aliasPath(page, text)
			if other := b.folded[strings.ToLower(b.config.pagePath(address))]; problem == "" && other != nil {
				problem = "is the address of " + cmp.Or(other.Source, "a list that isrgen makes")
			}
			if problem != "" {
				b.badAlias(page, text, problem)
				continue
			}
			all = append(all, Alias{Path: address, Regexp: literal(address), Page: page})
		}
	}
	slices.SortFunc(all, func(x, y Alias) int {
		return cmp.Or(cmp.Compare(strings.ToLower(x.Path), strings.ToLower(y.Path)), cmp.Compare(x.Page.Path, y.Page.Path))
	})
	return slices.CompactFunc(all, func(x, y Alias) bool {
		if !strings.EqualFold(x.Path, y.Path) {
			return false
		}
		if x.Page != y.Page {
			b.badAlias(y.Page, y.Path, "leads to "+x.Page.Source+" already")
		}
		return true
	})
}

func (b *builder) badAlias(page *Page, text, problem string) {
	fault := diagnostic.Diagnostic{File: page.Source, Message: "the alias " + text + " " + problem,
		Advice: "write a path that no page has, such as /old/address/"}
	if page.Origin != "" { // what others write on the network does not stop the build
		fault.Severity = diagnostic.Warning
	}
	b.diags.Add(fault)
}

// aliasPath gives the path of an alias. One that does not begin with a slash is beside its page, as in Hugo.
func aliasPath(page *Page, text string) (address, problem string) {
	if strings.ContainsAny(text, "?#%\\") || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "//") {
		return "", "is not a plain path"
	}
	if !strings.HasPrefix(text, "/") {
		text = path.Join(path.Dir(trimSlash(page.Path)), text)
	}
	address = path.Clean(text)
	if last := path.Base(address); last == "index.html" {
		address = path.Dir(address)
	}
	if address == "/" {
		return "", "is the address of home"
	}
	return address, ""
}
