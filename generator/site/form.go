package site

import (
	"mime"
	"regexp"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Form is what the world knows of a form of pages.
type Form struct {
	File      string `json:"file"` // its name, beside the page
	MediaType string `json:"mediaType"`
	Absolute  bool   `json:"absolute,omitempty"` // its links need a scheme and a host
	Text      bool   `json:"text,omitempty"`     // its layout makes text that is no markup, in which nothing is escaped
	Rel       string `json:"rel,omitempty"`      // of links to it; empty means alternate
	Unlinked  bool   `json:"unlinked,omitempty"` // pages do not name it among their other forms
}

// Form is a form by its name: one of the author's, or one that isrgen has.
func (c *Config) Form(o Output) Form {
	if form, ok := c.Forms[o]; ok {
		return form
	}
	return o.form()
}

func (o Output) form() Form {
	switch o {
	case RSS:
		return Form{File: "index.xml", MediaType: "application/rss+xml", Absolute: true}
	case Atom:
		return Form{File: "atom.xml", MediaType: "application/atom+xml", Absolute: true}
	case JSONFeed:
		return Form{File: "feed.json", MediaType: "application/feed+json", Absolute: true, Text: true}
	case JSON:
		return Form{File: "index.json", MediaType: "application/json", Text: true}
	case Search:
		return Form{File: "search.json", MediaType: "application/json", Text: true}
	case Sitemap, SitemapIndex:
		return Form{File: "sitemap.xml", MediaType: "application/xml", Absolute: true}
	case Robots:
		return Form{File: "robots.txt", MediaType: "text/plain", Text: true}
	}
	return Form{File: "index.html", MediaType: "text/html"}
}

// suffixes are the extensions of types, which an author need not say. Those that package mime knows depend on the machine.
var suffixes = map[string]string{"text/html": "html", "text/plain": "txt", "text/css": "css", "text/csv": "csv", "text/calendar": "ics", "text/markdown": "md",
	"text/javascript": "js", "application/json": "json", "application/xml": "xml", "text/xml": "xml", "application/manifest+json": "webmanifest",
	"application/rss+xml": "xml", "application/atom+xml": "xml", "application/feed+json": "json"}

var (
	formName  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_-]*$`) })
	fileStem  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`) })
	extension = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]+$`) })
)

// decodeMediaTypes decodes the extensions of types that are the author's own.
func decodeMediaTypes(d *strictyaml.Document, into *map[string]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write `text/calendar: { suffixes: [ics] }`", "mediaTypes must be a mapping")
			return
		}
		*into = map[string]string{}
		for i := 0; i < len(n.Content); i += 2 {
			var names []string
			delimiter := ""
			d.Fields(n.Content[i+1], "a media type", strictyaml.Fields{"suffixes": d.Strings(&names), "delimiter": d.String(&delimiter)})
			if len(names) == 0 || !extension().MatchString(names[0]) {
				d.Errorf(n.Content[i+1], "write `suffixes: [ics]`", "the files of this type have no extension")
				continue
			}
			(*into)[strings.ToLower(n.Content[i].Value)] = names[0]
		}
	}
}

// decodeForms decodes the forms of the author's own, and what he changes of others.
func decodeForms(d *strictyaml.Document, c *Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write `calendar: { mediaType: text/calendar }`", "outputFormats must be a mapping")
			return
		}
		c.Forms = map[Output]Form{}
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			output := Output(strings.ToLower(key.Value))
			if !formName().MatchString(string(output)) || output == "html" || output == Sitemap || output == SitemapIndex || output == Robots || output == Search {
				d.Errorf(key, "choose another name, of small letters, digits and hyphens", "%q cannot be the name of a form of pages", key.Value)
				continue
			}
			settled := decodeForm(d, output, value)
			c.Forms[output] = Form{}
			c.settle = append(c.settle, func() { c.Forms[output] = settled(c.suffixes) })
		}
	}
}

// decodeForm decodes one form, and returns what makes it of that and the extensions of types.
func decodeForm(d *strictyaml.Document, output Output, n *yaml.Node) func(own map[string]string) Form {
	form := output.form()
	if form.MediaType == "text/html" { // it is none of isrgen's
		form = Form{}
	}
	base, plain, html := "", false, false
	d.Fields(n, "an output format", strictyaml.Fields{
		"mediaType":      d.String(&form.MediaType),
		"baseName":       d.String(&base),
		"isPlainText":    d.Bool(&plain),
		"isHTML":         d.Bool(&html),
		"notAlternative": d.Bool(&form.Unlinked),
		"rel":            d.String(&form.Rel),
	})
	return func(own map[string]string) Form {
		kind, _, err := mime.ParseMediaType(form.MediaType)
		suffix := own[kind]
		if suffix == "" {
			suffix = suffixes[kind]
		}
		switch {
		case err != nil || !strings.Contains(kind, "/"):
			d.Errorf(n, "write `mediaType: text/calendar`", "mediaType cannot be %q", form.MediaType)
		case suffix == "":
			d.Errorf(n, "say it with `mediaTypes: { "+kind+": { suffixes: [x] } }`", "the extension of files of the type %s is not known", kind)
		case base == "" && kind == "text/html" || base == "index" && kind == "text/html":
			d.Errorf(n, "write `baseName: print`, or another name", "a form in HTML would have the address of the page")
		case base != "" && !fileStem().MatchString(base):
			d.Errorf(n, "write a name of letters, digits, - and _", "baseName cannot be %q", base)
		case base != "":
			form.File = base + "." + suffix
		case form.File == "":
			form.File = "index." + suffix
		}
		form.MediaType = kind
		form.Text = plain || form.Text || !html && !strings.HasSuffix(kind, "xml") && kind != "text/html"
		return form
	}
}
