package content

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Cascade is what a section, or the configuration, gives to pages below it that say nothing else themselves.
type Cascade struct {
	Target  Target
	ISR     ISR
	Params  map[string]any
	Type    string
	Layout  string
	Outputs []string
	Sitemap Sitemap
	Build   Build
}

// Target says which of the pages below are meant. What is empty means all.
type Target struct {
	Path     string // a pattern for the place of the page's file, such as /posts/**
	Kind     string
	Language string
}

// DecodeCascade decodes a mapping, or a list of them.
func DecodeCascade(d *strictyaml.Document, into *[]Cascade) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			*into = append(*into, decodeCascade(d, n))
			return
		}
		for _, item := range n.Content {
			*into = append(*into, decodeCascade(d, item))
		}
	}
}

func decodeCascade(d *strictyaml.Document, n *yaml.Node) Cascade {
	var c Cascade
	own := map[string]any{}
	target := decodeTarget(d, &c.Target)
	d.OpenFields(n, "cascade", strictyaml.Fields{
		"target":  target,
		"_target": target,
		"isr":     DecodeISR(d, &c.ISR),
		"params":  d.Map(&c.Params),
		"type":    d.String(&c.Type),
		"layout":  d.String(&c.Layout),
		"outputs": d.Strings(&c.Outputs),
		"sitemap": decodeSitemap(d, &c.Sitemap),
		"build":   decodeBuild(d, &c.Build),
		"_build":  decodeBuild(d, &c.Build),
	}, func(key, value *yaml.Node) {
		if slices.Contains(ofOnePage, strings.ToLower(key.Value)) {
			d.Errorf(key, "write it in the front matter of each page", "%q cannot be cascaded", key.Value)
			return
		}
		if slices.Contains(ofISR, strings.ToLower(key.Value)) {
			d.Errorf(key, "write it as `isr: { "+key.Value+": … }`", "%q stands under isr", key.Value)
			return
		}
		var param any
		d.Any(&param)(value)
		own[key.Value] = param
	})
	for key, value := range own {
		if _, set := c.Params[key]; set {
			continue
		}
		if c.Params == nil {
			c.Params = map[string]any{}
		}
		c.Params[key] = value
	}
	return c
}

// ofOnePage are keys of front matter, in small letters, that tell one page from others, or decide whether a file is a page before it is
// known what cascades to it.
var ofOnePage = []string{"title", "linktitle", "slug", "url", "aliases", "date", "lastmod", "publishdate", "expirydate", "draft", "menus", "menu", "weight", "cascade",
	"translationkey", "summary", "description"}

// ofISR are keys of the block isr, in small letters, that nobody has for a parameter.
var ofISR = []string{"revalidate", "defer", "allowquery"}

func decodeTarget(d *strictyaml.Document, into *Target) func(*yaml.Node) {
	return func(n *yaml.Node) {
		environment := ""
		d.Fields(n, "target", strictyaml.Fields{
			"path":        d.String(&into.Path),
			"kind":        d.String(&into.Kind),
			"lang":        d.String(&into.Language),
			"environment": d.String(&environment),
		})
		if !doublestar.ValidatePattern(into.Path) {
			d.Errorf(n, "write a path such as /posts/**", "path %q is not a pattern", into.Path)
		}
		if environment != "" && environment != "production" && environment != "{development,production}" {
			into.Kind = "none" // there is no other environment than production
		}
	}
}

// Meets says whether a page is meant, by the place of its file, its kind and the key of its language.
func (t Target) Meets(place, kind, language string) bool {
	if t.Kind != "" {
		if ok, _ := doublestar.Match(t.Kind, kind); !ok {
			return false
		}
	}
	if t.Language != "" && language != "" {
		if ok, _ := doublestar.Match(t.Language, language); !ok {
			return false
		}
	}
	if t.Path == "" {
		return true
	}
	ok, _ := doublestar.Match(strings.ToLower(t.Path), strings.ToLower(place))
	return ok
}

// Build says what the build leaves out of a page, as in Hugo. The zero value is a page like others.
type Build struct {
	Render    string // never: the page is not written; empty means always
	List      string // never, or local: it is only in the list of its section; empty means always
	Unshipped bool   // its files are not published
}

// Or returns the block with what it leaves open taken from outer.
func (b Build) Or(outer Build) Build {
	if b == (Build{}) {
		return outer
	}
	return b
}

func decodeBuild(d *strictyaml.Document, into *Build) func(*yaml.Node) {
	choice := func(key string, into *string, names ...string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			value := strings.ToLower(n.Value)
			switch {
			case value == "true" || value == "always":
				*into = ""
			case value == "false":
				*into = "never"
			case slices.Contains(names, value):
				*into = value
			default:
				d.Errorf(n, "write always, "+strings.Join(names, ", "), "%s cannot be %q", key, n.Value)
			}
		}
	}
	return func(n *yaml.Node) {
		publish := true
		d.Fields(n, "build", strictyaml.Fields{
			"render":           choice("render", &into.Render, "never"),
			"list":             choice("list", &into.List, "never", "local"),
			"publishResources": d.Bool(&publish),
		})
		into.Unshipped = !publish
	}
}

// decodeHeadless decodes Hugo's older way to say that a bundle is no page of its own.
func decodeHeadless(d *strictyaml.Document, into *Build) func(*yaml.Node) {
	return func(n *yaml.Node) {
		headless := false
		if d.Bool(&headless)(n); headless {
			into.Render, into.List = "never", "never"
		}
	}
}
