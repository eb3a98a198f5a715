package site

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Permalinks are the patterns of addresses, such as /:year/:slug/, by the first directory of the pages' files.
type Permalinks struct {
	Page    map[string]string `json:"page,omitempty"`
	Section map[string]string `json:"section,omitempty"`
}

// decodePermalinks decodes patterns for pages and for sections, and Hugo's older form, which is for pages.
func decodePermalinks(d *strictyaml.Document, into *Permalinks) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write `posts: /:year/:slug/`", "permalinks must be a mapping")
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1]
			switch {
			case value.Kind == yaml.ScalarNode:
				decodePermalink(d, key, value, &into.Page)
			case value.Kind == yaml.MappingNode && key == "page":
				decodePermalinkMap(d, value, &into.Page)
			case value.Kind == yaml.MappingNode && key == "section":
				decodePermalinkMap(d, value, &into.Section)
			default:
				d.Errorf(value, "write a pattern, or patterns below `page:` and `section:`", "%s is neither a pattern nor a kind of page that can have one", key)
			}
		}
	}
}

func decodePermalinkMap(d *strictyaml.Document, n *yaml.Node, into *map[string]string) {
	for i := 0; i < len(n.Content); i += 2 {
		decodePermalink(d, n.Content[i].Value, n.Content[i+1], into)
	}
}

func decodePermalink(d *strictyaml.Document, section string, n *yaml.Node, into *map[string]string) {
	pattern := n.Value
	if !strings.HasPrefix(pattern, "/") || strings.Contains(pattern, "//") || strings.ContainsAny(pattern, "?#%\\") {
		d.Errorf(n, "write a path such as /:year/:slug/", "%q is no pattern of an address", pattern)
		return
	}
	for _, token := range permalinkToken().FindAllString(pattern, -1) {
		if !slices.Contains(permalinkTokens, token) && (!sectionsSlice().MatchString(token) || token == ":sections[]") {
			d.Errorf(n, "there are "+strings.Join(permalinkTokens, " "), "%s is no part of an address", token)
			return
		}
	}
	if *into == nil {
		*into = map[string]string{}
	}
	(*into)[strings.Trim(section, "/")] = pattern
}

var (
	permalinkToken  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:[a-z]+(?:\[[^\]]*\])?`) })
	permalinkTokens = []string{":year", ":month", ":monthname", ":day", ":weekday", ":weekdayname", ":yearday", ":section", ":sections",
		":title", ":slug", ":slugorfilename", ":slugorcontentbasename", ":filename", ":contentbasename"}
	sectionsSlice = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^:sections\[(last|\d{1,3}|)(?:(:)(last|\d{1,3}|))?\]$`)
	})
)

// permalink gives the parts of a document's address by the pattern of its section, or none where it has no pattern.
func (c *Config) permalink(doc *content.Document) (parts []string, problem string) {
	patterns := c.Permalinks.Page
	if doc.IsSection() {
		patterns = c.Permalinks.Section
	}
	pattern, ok := patterns[sectionName(doc)]
	if !ok {
		return nil, ""
	}
	address := permalinkToken().ReplaceAllStringFunc(pattern, func(token string) string {
		value, fault := permalinkValue(doc, token)
		problem = cmp.Or(problem, fault)
		return value
	})
	return strings.Split(strings.Trim(address, "/"), "/"), problem
}

func permalinkValue(doc *content.Document, token string) (value, problem string) {
	name := documentName(doc)
	switch token {
	case ":section":
		return sectionName(doc), ""
	case ":sections":
		return strings.Join(documentSections(doc), "/"), ""
	case ":title":
		return Urlize(cmp.Or(doc.Title, name)), ""
	case ":slug":
		return Urlize(cmp.Or(doc.Slug, doc.Title, name)), ""
	case ":slugorfilename", ":slugorcontentbasename":
		return Urlize(cmp.Or(doc.Slug, name)), ""
	case ":filename", ":contentbasename":
		return Urlize(name), ""
	}
	if strings.HasPrefix(token, ":sections[") {
		return sliceSections(documentSections(doc), sectionsSlice().FindStringSubmatch(token)), ""
	}
	if doc.Date.IsZero() {
		return "", "its address has a part " + token + ", and it has no date"
	}
	switch token {
	case ":month":
		return doc.Date.Format("01"), ""
	case ":monthname":
		return strings.ToLower(doc.Date.Format("January")), ""
	case ":day":
		return doc.Date.Format("02"), ""
	case ":weekday":
		return strconv.Itoa(int(doc.Date.Weekday())), ""
	case ":weekdayname":
		return strings.ToLower(doc.Date.Format("Monday")), ""
	case ":yearday":
		return strconv.Itoa(doc.Date.YearDay()), ""
	default:
		return doc.Date.Format("2006"), ""
	}
}

// documentName is the name of a document's file, or of the directory that it describes.
func documentName(doc *content.Document) string {
	if doc.IsSection() || doc.IsBundle() {
		return path.Base(path.Dir(doc.Path))
	}
	return strings.TrimSuffix(path.Base(doc.Path), ".md")
}

// documentSections are the directories that a document is in.
func documentSections(doc *content.Document) []string {
	dir := path.Dir(doc.Path)
	if doc.IsBundle() {
		dir = path.Dir(dir)
	}
	return slices.DeleteFunc(strings.Split(dir, "/"), func(part string) bool { return part == "." })
}

// sliceSections gives what :sections[1:], :sections[last] and the like mean. What is not there is left out, as in Hugo.
func sliceSections(sections []string, m []string) string {
	index := func(text string, otherwise int) int {
		if text == "last" {
			return len(sections) - 1
		}
		if n, err := strconv.Atoi(text); err == nil {
			return min(n, len(sections))
		}
		return otherwise
	}
	from, to := max(0, index(m[1], 0)), max(0, index(m[3], len(sections)))
	if m[2] == "" {
		to = min(from+1, len(sections))
	}
	return strings.Join(sections[min(from, to):to], "/")
}
