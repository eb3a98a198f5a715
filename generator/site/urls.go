package site

import (
	"path"
	"strings"
	"unicode"

	"github.com/isrgen/isrgen/generator/content"
)

// Urlize makes a name fit for an address: lower case, spaces as hyphens, and only letters, digits and - _ . ~ of all scripts.
func Urlize(name string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(name) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			b.WriteRune(unicode.ToLower(r))
		case strings.ContainsRune("-_.~", r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), ".") // "." and ".." mean directories
}

// Humanize makes a title of a name: hyphens as spaces and a capital at the beginning.
func Humanize(name string) string {
	name = strings.NewReplacer("-", " ", "_", " ").Replace(name)
	for i, r := range name {
		return string(unicode.ToUpper(r)) + name[i+len(string(r)):]
	}
	return name
}

// pagePath gives an address, begun with a slash, the end that the site's policy says.
func (c *Config) pagePath(address string) string {
	address = strings.TrimSuffix(address, "/")
	if address == "" || c.TrailingSlash {
		return address + "/"
	}
	return address
}

// Canonical gives a requested path the end that the site's addresses have.
func (c *Config) Canonical(requested string) string {
	if requested == "/index" { // the output path of home
		requested = "/"
	}
	if !strings.HasPrefix(requested, "/") {
		requested = "/" + requested
	}
	return c.pagePath(requested)
}

// address computes a document's path from where its file is, or from its url or slug. The problem, if any, is the author's.
func (c *Config) address(doc *content.Document) (address, problem string) {
	if doc.URL != "" {
		return c.explicit(doc)
	}
	parts, problem := c.permalink(doc)
	if problem != "" {
		return "", problem
	}
	if parts == nil {
		parts = pathParts(doc)
	}
	segments := []string{""}
	for _, part := range parts {
		segment := Urlize(part)
		if part != "" && segment == "" {
			return "", "the name " + part + " leaves nothing for an address"
		}
		if segment != "" {
			segments = append(segments, segment)
		}
	}
	return c.checked(c.pagePath(c.prefixOf(doc) + strings.Join(segments, "/")))
}

// pathParts are the directories of a document and its name or slug.
func pathParts(doc *content.Document) []string {
	dir, file := path.Split(doc.Path)
	name := strings.TrimSuffix(file, ".md")
	if doc.IsSection() || doc.IsBundle() {
		dir, name = path.Split(strings.TrimSuffix(dir, "/"))
	}
	if doc.Slug != "" {
		name = doc.Slug
	}
	return strings.Split(strings.Trim(dir+name, "/"), "/")
}

// prefixOf is what the address of a document begins with. That of a source on the network is all that its configuration says.
func (c *Config) prefixOf(doc *content.Document) string {
	if doc.Origin != "" {
		return ""
	}
	return c.Language.Prefix
}

// InLanguage gives an address, begun with a slash, the beginning of the language's addresses and the end that the site's policy says.
func (c *Config) InLanguage(address string) string { return c.pagePath(c.Language.Prefix + address) }

// explicit checks the address of a `url:` key, which is that of the whole site if it begins with a slash, as in Hugo.
func (c *Config) explicit(doc *content.Document) (address, problem string) {
	url := doc.URL
	if !strings.HasPrefix(url, "/") {
		url = c.prefixOf(doc) + "/" + url
	}
	if strings.ContainsAny(url, "?#%\\") || strings.ContainsFunc(url, unicode.IsControl) {
		return "", "url must be a plain path, without ? # % and \\"
	}
	if clean := path.Clean(url); clean != trimSlash(url) {
		return "", "url must not hold //, . or .."
	}
	return c.checked(c.pagePath(url))
}

// checked refuses the addresses that isrgen or the platform uses itself.
func (c *Config) checked(address string) (string, string) {
	first, _, _ := strings.Cut(strings.TrimPrefix(address, "/"), "/")
	switch strings.ToLower(first) {
	case DeferralDir, "_vercel", "404.html", "405.html":
		return "", "the address " + address + " belongs to the platform or to isrgen"
	}
	last := path.Base(address)
	if last == "index" || strings.HasSuffix(last, ".func") {
		return "", "the address " + address + " has a meaning of its own in a Build Output"
	}
	return address, ""
}
