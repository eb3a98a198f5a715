package source

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Types of sources.
const (
	typeJSON = "json"
	typeFeed = "feed"

	// Markdown is the type of a directory of Markdown files on a web server.
	Markdown = "markdown"
)

// Fields gives the decoders of `sources` and `data`.
func (c *Config) Fields(d *strictyaml.Document) strictyaml.Fields {
	c.file, c.Data.Access = d, defaultAccess()
	return strictyaml.Fields{
		"sources": func(n *yaml.Node) { c.decodeSources(d, n) },
		"data":    func(n *yaml.Node) { d.Fields(n, "data", c.Data.fields(d)) },
	}
}

var sourceName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (c *Config) decodeSources(d *strictyaml.Document, n *yaml.Node) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.Errorf(n, "write `products:` and below it what the source is", "sources must be a mapping of names to sources")
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		name, entry := n.Content[i], n.Content[i+1]
		if !sourceName.MatchString(name.Value) {
			d.Errorf(name, "use small letters, digits and hyphens, such as products", "%q cannot be the name of a source", name.Value)
			continue
		}
		s := &Settings{Type: typeJSON, Access: defaultAccess(), Prerender: Prerender{All: true}}
		s.Name, s.DynamicParams, s.List.Start = name.Value, true, 1
		s.ISR.Place = content.Place{File: d.File, Line: d.LinesBefore + name.Line, Column: name.Column}
		before := d.Diagnostics.Errors()
		d.Fields(entry, "source "+s.Name, s.fields(d))
		if d.Diagnostics.Errors() == before {
			s.check(d, name)
		}
		c.Sources = append(c.Sources, s)
	}
	slices.SortFunc(c.Sources, func(a, b *Settings) int { return cmp.Compare(a.Name, b.Name) })
}

// fields are the keys of a source.
func (s *Settings) fields(d *strictyaml.Document) strictyaml.Fields {
	fields := strictyaml.Fields{
		"type": decodeOneOf(d, &s.Type, "type", typeJSON, Markdown, typeFeed),
		"list": func(n *yaml.Node) { d.Fields(n, "list", s.List.fields(d)) },
		"item": func(n *yaml.Node) {
			d.Fields(n, "item", strictyaml.Fields{"url": decodeURL(d, &s.Item.URL), "data": d.String(&s.Item.Data)})
		},
		"manifest":      func(n *yaml.Node) { d.Fields(n, "manifest", s.Manifest.fields(d)) },
		"base":          decodeURL(d, &s.Base),
		"url":           decodeURL(d, &s.URL),
		"key":           d.String(&s.Key),
		"path":          decodePath(d, &s.Origin.Path),
		"fields":        s.decodeFields(d),
		"format":        s.decodeFormat(d),
		"trusted":       d.Bool(&s.Trusted),
		"layout":        d.String(&s.Layout),
		"isr":           content.DecodeISR(d, &s.ISR),
		"prerender":     s.Prerender.decode(d),
		"dynamicParams": d.Bool(&s.DynamicParams),
	}
	maps.Copy(fields, s.Access.fields(d))
	return fields
}

func (l *List) fields(d *strictyaml.Document) strictyaml.Fields {
	return strictyaml.Fields{
		"url": decodeURL(d, &l.URL), "items": d.String(&l.Items), "start": d.Int(&l.Start), "pages": d.String(&l.Pages),
		"next": d.String(&l.Next), "link": d.Bool(&l.Link),
	}
}

func (m *Manifest) fields(d *strictyaml.Document) strictyaml.Fields {
	return strictyaml.Fields{"url": decodeURL(d, &m.URL), "paths": d.String(&m.Paths)}
}

func (s *Data) fields(d *strictyaml.Document) strictyaml.Fields {
	fields := strictyaml.Fields{"allowedHosts": func(n *yaml.Node) {
		d.Strings(&s.AllowedHosts)(n)
		for _, host := range s.AllowedHosts {
			if host == "" || strings.ContainsAny(host, "/@*?#") {
				d.Errorf(n, "write hosts such as api.example.com, without https:// and without *", "%q is not the name of a host", host)
			}
		}
	}}
	access := s.Access.fields(d)
	delete(access, "auth") // a template may ask several hosts
	maps.Copy(fields, access)
	return fields
}

// fields are the keys that say how a source is asked.
func (a *Access) fields(d *strictyaml.Document) strictyaml.Fields {
	return strictyaml.Fields{
		"auth": func(n *yaml.Node) {
			before := d.Diagnostics.Errors()
			d.Fields(n, "auth", strictyaml.Fields{
				"bearerEnv": DecodeVariable(d, &a.Bearer), "header": DecodeHeader(d, &a.Header), "env": DecodeVariable(d, &a.Secret),
			})
			if wrong := (a.Header == "") != (a.Secret == "") || (a.Bearer == "") == (a.Secret == ""); wrong && d.Diagnostics.Errors() == before {
				d.Errorf(n, "write { bearerEnv: CMS_TOKEN }, or { header: X-Key, env: CMS_KEY }", "auth needs a variable, and one header for it")
			}
		},
		"timeout":     decodeDuration(d, &a.Timeout),
		"retries":     decodeNumber(d, &a.Retries, "retries", 0, 10),
		"concurrency": decodeNumber(d, &a.Concurrency, "concurrency", 1, 100),
		"maxSize":     decodeSize(d, &a.MaxSize),
	}
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// DecodeHeader decodes the name of a header.
func DecodeHeader(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !headerName.MatchString(n.Value) {
			d.Errorf(n, "write a name such as X-Key", "this is not the name of a header")
			return
		}
		*into = n.Value
	}
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// DecodeVariable decodes the name of an environment variable.
func DecodeVariable(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !variable.MatchString(n.Value) { // it may be the secret itself: it is not repeated
			d.Diagnostics.Add(diagnostic.Diagnostic{File: d.File, Line: d.LinesBefore + n.Line, Column: n.Column,
				Message: "this is not the name of an environment variable", Advice: "write a name such as CMS_TOKEN, and the secret into that variable"})
			return
		}
		*into = n.Value
	}
}

func decodeOneOf(d *strictyaml.Document, into *string, what string, values ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !slices.Contains(values, n.Value) {
			d.Errorf(n, "write "+strings.Join(values[:len(values)-1], ", ")+" or "+values[len(values)-1], "%s cannot be %q", what, n.Value)
			return
		}
		*into = n.Value
	}
}

// decodeURL decodes an address. Braces in it stand for what is put there later.
func decodeURL(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var text string
		d.String(&text)(n)
		u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(text))
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "":
			d.Errorf(n, "write it as https://cms.example.com/items", "%q is not a web address", text)
		case u.User != nil: // not repeated, either
			d.Diagnostics.Add(diagnostic.Diagnostic{File: d.File, Line: d.LinesBefore + n.Line, Column: n.Column,
				Message: "the address holds a credential, which would be in the output", Advice: "use auth: { bearerEnv: NAME }"})
		case strings.ContainsAny(u.Host, "{}") || strings.Contains(strings.SplitN(text, "/", 4)[2], "{"):
			d.Errorf(n, "write the host out", "a host cannot depend on the page")
		default:
			*into = text
		}
	}
}

var pathPattern = regexp.MustCompile(`^(/[^/\[\]?#%\\]+)*/\[(\.\.\.)?[A-Za-z][A-Za-z0-9_]*\]$`)

func decodePath(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !pathPattern.MatchString(n.Value) {
			d.Errorf(n, "write it as /products/[slug], or as /docs/[...path] for several parts", "path cannot be %q", n.Value)
			return
		}
		*into = n.Value
	}
}

// ownFields are the front matter keys that a source can give. Others are taxonomies and params.
var ownFields = []string{"title", "linkTitle", "date", "lastmod", "publishDate", "expiryDate", "draft", "description", "summary",
	"weight", "layout", bodyField}

func (s *Settings) decodeFields(d *strictyaml.Document) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			d.Errorf(n, "write { title: name, body: text }", "fields must be a mapping of front matter keys to paths in an item")
			return
		}
		s.Fields = map[string]string{}
		s.places = map[string]*yaml.Node{}
		for i := 0; i < len(n.Content); i += 2 {
			var path string
			d.String(&path)(n.Content[i+1])
			if path == "" {
				d.Errorf(n.Content[i+1], "write the path to a value in an item, such as data.name", "the path is empty")
			}
			s.Fields[n.Content[i].Value], s.places[n.Content[i].Value] = path, n.Content[i]
		}
	}
}

func (s *Settings) decodeFormat(d *strictyaml.Document) func(*yaml.Node) {
	return func(n *yaml.Node) {
		format := ""
		if decodeOneOf(d, &format, "format", "markdown", "html")(n); format == "html" {
			s.Format = content.HTML
		}
	}
}

func decodeDuration(d *strictyaml.Document, into *time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		seconds, before := content.OnDemand, d.Diagnostics.Errors()
		content.DecodeRevalidate(d, &seconds)(n)
		if d.Diagnostics.Errors() == before && seconds == content.OnDemand {
			d.Errorf(n, "write seconds, or 10s", "a time limit is needed")
		}
		*into = time.Duration(seconds) * time.Second
	}
}

func decodeNumber(d *strictyaml.Document, into *int, what string, least, most int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		number, before := least, d.Diagnostics.Errors()
		d.Int(&number)(n)
		if d.Diagnostics.Errors() == before && (number < least || number > most) {
			d.Errorf(n, "write a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most), "%s cannot be %d", what, number)
		}
		*into = number
	}
}

var sizePattern = regexp.MustCompile(`^([1-9][0-9]{0,5}) ?(kB|MB)$`)

func decodeSize(d *strictyaml.Document, into *int64) func(*yaml.Node) {
	return func(n *yaml.Node) {
		m := sizePattern.FindStringSubmatch(n.Value)
		if m == nil {
			d.Errorf(n, "write it as 500kB or 10MB", "maxSize cannot be %q", n.Value)
			return
		}
		number, _ := strconv.ParseInt(m[1], 10, 64)
		*into = number * map[string]int64{"kB": 1000, "MB": 1000 * 1000}[m[2]]
	}
}

// unlisted says whether nobody asks for a list: the build does not know the items, and no list shows them, however many they are.
func (s *Settings) unlisted() bool {
	return s.Type == typeJSON && s.List.URL == "" && s.Prerender == (Prerender{}) && s.DynamicParams
}

// check finds what is missing in a source, or has no meaning for its type.
func (s *Settings) check(d *strictyaml.Document, at *yaml.Node) {
	param := "{" + "slug" + "}"
	if s.Path != "" {
		name, _ := s.Param()
		param = "{" + name + "}"
		s.Key = cmp.Or(s.Key, name)
	}
	type rule struct {
		key    string
		given  bool
		types  string // that need it
		others string // that may have it
		advice string
	}
	for _, r := range []rule{
		{"path", s.Path != "", "json markdown feed", "", "add path: /" + s.Name + "/[slug]"},
		{"list", s.List.URL != "" || s.unlisted(), typeJSON, "", "add list: { url: https://cms.example.com/items }, or prerender: none to leave all items to their visitors"},
		{"item", s.Item.URL != "", typeJSON, "", "add item: { url: https://cms.example.com/items/" + param + " }, which functions ask for one item"},
		{"fields", len(s.Fields) > 0, typeJSON, "", "add fields: { title: name, body: text }, front matter keys and where they are in an item"},
		{"manifest", s.Manifest.URL != "", Markdown, "", "add manifest: { url: https://raw.example.com/files.txt }"},
		{"base", s.Base != "", Markdown, "", "add base: https://raw.example.com/docs/"},
		{"url", s.URL != "", typeFeed, "", "add url: https://example.com/feed.xml"},
		{"format", s.Format != content.Markdown, "", typeJSON, "remove it"},
		{"trusted", s.Trusted, "", "json feed", "remove it"},
	} {
		needs := strings.Contains(r.types, s.Type)
		switch {
		case needs && !r.given:
			d.Errorf(at, r.advice, "the source %s of type %s has no %s", s.Name, s.Type, r.key)
		case r.given && !needs && !strings.Contains(r.others, s.Type):
			d.Errorf(at, "remove it, or choose another type", "a source of type %s has no use for %s", s.Type, r.key)
		}
	}
	if s.Item.URL != "" && !strings.Contains(s.Item.URL, param) {
		d.Errorf(at, "write "+param+" where the name of the item stands", "item.url of the source %s is the same for all items", s.Name)
	}
	if s.Base != "" && !strings.HasSuffix(s.Base, "/") {
		s.Base += "/"
	}
}

// Settle completes the sources with what the rest of the configuration says, and checks their fields against it.
func (c *Config) Settle(taxonomies []string) {
	for _, s := range c.Sources {
		switch s.Type {
		case Markdown:
			s.Taxonomies = taxonomies
		case typeFeed:
			if slices.Contains(taxonomies, "tags") {
				s.Taxonomies = []string{"tags"}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(s.Fields)) {
			switch {
			case slices.Contains(taxonomies, key):
				s.Taxonomies = append(s.Taxonomies, key)
			case slices.Contains(ownFields, key), strings.HasPrefix(key, "params.") && strings.Count(key, ".") == 1:
			default:
				advice := "use one of " + strings.Join(ownFields, ", ") + ", a taxonomy, or params.NAME"
				c.file.Errorf(s.places[key], advice, "fields of the source %s: %q is no front matter key", s.Name, key)
			}
		}
	}
}
