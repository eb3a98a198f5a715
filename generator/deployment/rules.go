package deployment

import (
	"cmp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/projectconfig"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

func decodeRedirects(d *strictyaml.Document, into *[]Rule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r := rules{Document: d, list: n}
		config := projectconfig.Config{Redirects: []projectconfig.Redirect{}}
		d.Items(n, "redirects", "write a list, each item with `source:` and `destination:`", func(item *yaml.Node) {
			var redirect projectconfig.Redirect
			ok := r.fields(item, "a redirect", &redirect.Has, &redirect.Missing, strictyaml.Fields{
				"source":      d.String(&redirect.Source),
				"destination": d.String(&redirect.Destination),
				"permanent":   optional(&redirect.Permanent, d.Bool),
				"statusCode":  decodeIn(d, &redirect.StatusCode, "the status of a redirect", 300, 399, "write 301, 302, 303, 307 or 308"),
				"env":         d.Strings(&redirect.Env),
			})
			if ok {
				config.Redirects = append(config.Redirects, redirect)
				r.entries = append(r.entries, entry{item, redirect.Source, redirect.Destination})
			}
		})
		*into = r.compile(&config, r.checkRedirect)
	}
}

func decodeHeaders(d *strictyaml.Document, into *[]Rule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r := rules{Document: d, list: n}
		config := projectconfig.Config{Headers: []projectconfig.Header{}}
		d.Items(n, "headers", "write a list, each item with `source:` and `headers:`", func(item *yaml.Node) {
			var header projectconfig.Header
			ok := r.fields(item, "an item of headers", &header.Has, &header.Missing, strictyaml.Fields{
				"source": d.String(&header.Source),
				"headers": func(n *yaml.Node) {
					d.Items(n, "headers", "write a list, each item with `key:` and `value:`", func(item *yaml.Node) {
						var line projectconfig.HeaderLine
						d.Fields(item, "a header", strictyaml.Fields{"key": d.String(&line.Key), "value": d.String(&line.Value)})
						header.Headers = append(header.Headers, line)
					})
				},
			})
			if ok {
				config.Headers = append(config.Headers, header)
				r.entries = append(r.entries, entry{item, header.Source, ""})
			}
		})
		*into = r.compile(&config, nil)
	}
}

func decodeRewrites(d *strictyaml.Document, into *[]Rule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r := rules{Document: d, list: n}
		config := projectconfig.Config{Rewrites: []projectconfig.Rewrite{}}
		d.Items(n, "rewrites", "write a list, each item with `source:` and `destination:`", func(item *yaml.Node) {
			var rewrite projectconfig.Rewrite
			ok := r.fields(item, "a rewrite", &rewrite.Has, &rewrite.Missing, strictyaml.Fields{
				"source":                    d.String(&rewrite.Source),
				"destination":               d.String(&rewrite.Destination),
				"statusCode":                decodeIn(d, &rewrite.StatusCode, "the status of a rewrite", 100, 999, "write a status such as 404"),
				"env":                       d.Strings(&rewrite.Env),
				"respectOriginCacheControl": optional(&rewrite.RespectOriginCacheControl, d.Bool),
			})
			if ok {
				config.Rewrites = append(config.Rewrites, rewrite)
				r.entries = append(r.entries, entry{item, rewrite.Source, rewrite.Destination})
			}
		})
		*into = r.compile(&config, r.checkRewrite)
	}
}

// optional decodes a value whose absence means something else than its zero value.
func optional[T any](into **T, decode func(*T) func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag != "!!null" {
			*into = new(T)
			decode(*into)(n)
		}
	}
}

// rules is one list of entries that is being decoded.
type rules struct {
	*strictyaml.Document
	list    *yaml.Node
	entries []entry
}

type entry struct {
	node                *yaml.Node
	source, destination string // as written
}

// fields decodes one entry, and reports whether all of it could be read.
func (r *rules) fields(item *yaml.Node, what string, has, missing *[]buildoutput.Condition, fields strictyaml.Fields) bool {
	errors := r.Diagnostics.Errors()
	fields["has"] = decodeConditions(r.Document, has, "has")
	fields["missing"] = decodeConditions(r.Document, missing, "missing")
	r.Document.Fields(item, what, fields)
	return r.Diagnostics.Errors() == errors
}

// advice says what to do about a member of an entry.
var advice = map[string]string{
	"source":      "write a path with parameters, such as /blog/:slug, /docs/:path* or /feed/(.*); a backslash makes : ( ) { } * + ? plain",
	"destination": "write a path or a URL, with parameters of the source, such as /posts/:slug",
	"has":         "write items such as {type: query, key: page, value: \"[0-9]+\"}",
	"missing":     "write items such as {type: cookie, key: session}",
	"headers":     "write items such as {key: Cache-Control, value: no-cache}",
}

// faultf reports a fault of a member of an entry; without advice with what is generally to be said about the member.
func (r *rules) faultf(index int, member, what, format string, args ...any) {
	node := r.list
	if index >= 0 {
		node = strictyaml.Find(r.entries[index].node, member)
	} else {
		what = "let one entry with a parameter, such as /blog/:slug, stand for several"
	}
	if what == "" {
		name, _, _ := strings.Cut(member, "[")
		what = cmp.Or(advice[name], "correct it, or remove it")
	}
	if member != "" {
		format = member + ": " + format
	}
	r.Errorf(node, what, format, args...)
}

// compile makes the rules of a list, and checks each.
func (r *rules) compile(config *projectconfig.Config, check func(index int, rule Rule)) []Rule {
	routes, problems := config.Routes()
	for _, p := range problems {
		if p.Member == "source" && strings.Contains(r.entries[p.Index].source, "://") {
			r.faultf(p.Index, p.Member, "write the path, and beside it `has: [{type: host, value: ...}]`", "a host does not belong here")
			continue
		}
		r.faultf(p.Index, p.Member, "", "%v", p.Err)
	}
	if len(problems) > 0 {
		return nil
	}
	if config.Rewrites != nil {
		routes = routes[1:] // the handle
	}
	_, faults := routing.New(&buildoutput.Config{Routes: routes}, nothing{})
	for _, p := range faults {
		r.faultf(p.Route, p.Member, "", "%v", p.Err)
	}
	list := make([]Rule, len(routes))
	for i, route := range routes {
		node := r.entries[i].node
		list[i] = Rule{r.entries[i].source, route, diagnostic.Diagnostic{
			File: r.File, Line: r.LinesBefore + node.Line, Column: node.Column, Excerpt: diagnostic.Excerpt(r.Text, node.Line)}}
		r.checkSource(i, list[i])
		if check != nil {
			check(i, list[i])
		}
	}
	return list
}

// nothing is the set of outputs of a deployment that has none.
type nothing struct{}

func (nothing) Has(string) bool { return false }
