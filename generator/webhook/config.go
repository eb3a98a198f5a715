package webhook

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Fields gives the decoder of `webhooks`. Sources must be decoded before Settle is called.
func (c *Config) Fields(d *strictyaml.Document) strictyaml.Fields {
	return strictyaml.Fields{"webhooks": func(n *yaml.Node) { c.decode(d, n) }}
}

var hookName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

func (c *Config) decode(d *strictyaml.Document, n *yaml.Node) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.Errorf(n, "write `cms:` and below it the source, and the secret's variable", "webhooks must be a mapping of names to webhooks")
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		name, entry := n.Content[i], n.Content[i+1]
		if !hookName.MatchString(name.Value) {
			d.Errorf(name, "use small letters, digits and hyphens, such as cms", "%q cannot be the name of a webhook", name.Value)
			continue
		}
		h := &Hook{Name: name.Value, Type: typeGeneric}
		before := d.Diagnostics.Errors()
		d.Fields(entry, "webhook "+h.Name, strictyaml.Fields{
			"type": func(n *yaml.Node) {
				if n.Value != typeGeneric && n.Value != typeGitHub {
					d.Errorf(n, "write generic or github", "the type of a webhook cannot be %q", n.Value)
				}
				h.Type = n.Value
			},
			"source":    d.String(&h.Source),
			"secretEnv": source.DecodeVariable(d, &h.SecretEnv),
			"header":    source.DecodeHeader(d, &h.Header),
			"keys":      d.Strings(&h.Keys),
			"directory": d.String(&h.Directory),
			"branch":    d.String(&h.Branch),
		})
		if d.Diagnostics.Errors() == before {
			h.check(d, name)
		}
		h.Directory = strings.Trim(h.Directory, "/")
		c.Hooks = append(c.Hooks, h)
	}
	slices.SortFunc(c.Hooks, func(a, b *Hook) int { return cmp.Compare(a.Name, b.Name) })
}

// check finds what is missing in a webhook, or has no meaning for its type.
func (h *Hook) check(d *strictyaml.Document, at *yaml.Node) {
	github := h.Type == typeGitHub
	switch {
	case h.Source == "":
		d.Errorf(at, "add source: and its name in sources:", "the webhook %s has no source that it is about", h.Name)
	case h.SecretEnv == "":
		d.Errorf(at, "add secretEnv: and the name of the variable with the secret", "the webhook %s has no secret, so that anybody could use it", h.Name)
	case !github && len(h.Keys) == 0:
		d.Errorf(at, "add keys: [data.slug], where the names of the items are in a message", "the webhook %s has no keys", h.Name)
	case github && (len(h.Keys) > 0 || h.Header != ""):
		d.Errorf(at, "remove them", "keys and header of the webhook %s have no meaning: GitHub's messages are known", h.Name)
	case !github && h.Directory+h.Branch != "":
		d.Errorf(at, "remove them, or write type: github", "directory and branch of the webhook %s have no meaning for type %s", h.Name, h.Type)
	}
	if github {
		h.Header = "X-Hub-Signature-256"
	}
	h.Header = cmp.Or(h.Header, "X-Signature")
}

// Check finds webhooks for sources that there are not, and what else must be there for them.
func (c *Config) Check(sources []*source.Settings, token bool, diags *diagnostic.List) {
	for _, h := range c.Hooks {
		i := slices.IndexFunc(sources, func(s *source.Settings) bool { return s.Name == h.Source })
		fault := diagnostic.Diagnostic{File: "isrgen.yaml"}
		switch {
		case i < 0:
			fault.Message = "the webhook " + h.Name + " is about the source " + h.Source + ", which is not in sources:"
			fault.Advice = "write the name of one that is"
		case h.Type == typeGitHub && sources[i].Type != source.Markdown:
			fault.Message = "the webhook " + h.Name + " of type github is about a source that is no Markdown in a repository"
			fault.Advice = "use a source of type markdown, or type: generic"
		case !token:
			fault.Severity = diagnostic.Warning
			fault.Message = "the webhook " + h.Name + " cannot regenerate pages: this build has no bypass token"
			fault.Advice = "set ISRGEN_BYPASS_TOKEN for the build, and for the functions of the deployment"
		default:
			continue
		}
		diags.Add(fault)
	}
}
