package generator

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/deployment"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// rules gives the routes of lists of rules in order: first those whose source names /.well-known, then the others.
func (b *build) rules(lists ...[]deployment.Rule) (named, others []buildoutput.Route) {
	for _, list := range lists {
		for _, rule := range list {
			if strings.HasPrefix(rule.Source, "/.well-known") {
				named = append(named, rule.Route)
			} else {
				others = append(others, b.eitherSlash(rule))
			}
		}
	}
	return named, others
}

// eitherSlash is the route of a rule. Where addresses end with a slash, a source without one is for both forms: else the rule
// /docs/:path* would be for none of the pages below /docs/.
func (b *build) eitherSlash(rule deployment.Rule) buildoutput.Route {
	route := rule.Route
	if b.site.Config.TrailingSlash && !strings.HasSuffix(rule.Source, "/") {
		route.Src = strings.TrimSuffix(route.Src, "$") + "/?$"
	}
	return route
}

// proxyWrites are the rewrites to other hosts once more, for the methods that pages refuse: what is behind them may be an API.
func (b *build) proxyWrites() []buildoutput.Route {
	var routes []buildoutput.Route
	for _, rule := range b.deployment.Rewrites {
		if route := b.eitherSlash(rule); isProxy(route) {
			route.Methods, route.Check = writeMethods, false
			routes = append(routes, route)
		}
	}
	return routes
}

func isProxy(route buildoutput.Route) bool { return !strings.HasPrefix(route.Dest.Path, "/") }

// warnOfHiddenPages reports rules at the addresses of pages: those that hide the page, and rewrites that the page hides. Sources
// with parameters may well be meant so, and conditions leave the page to others.
func (b *build) warnOfHiddenPages() {
	rules := map[string]deployment.Rule{}
	for _, list := range [][]deployment.Rule{b.deployment.Rewrites, b.deployment.Redirects} {
		for _, rule := range list {
			if address, ok := b.fixedAddress(rule); ok {
				rules[address] = rule
			}
		}
	}
	if len(rules) == 0 {
		return
	}
	router := b.router()
	for _, page := range b.site.Pages {
		if page.Policy.Keeping == site.Unwritten {
			continue
		}
		rule, ok := rules[foldAddress(page.Path)]
		if !ok {
			continue
		}
		d := rule.Place
		d.Severity = diagnostic.Warning
		d.Message = fmt.Sprintf("this rule hides the page %s, which nobody will see", page.Path)
		if isAnswer(router.Resolve(&routing.Request{Path: page.RelPermalink()}), page) {
			d.Message = fmt.Sprintf("this rule is never used, since there is a page %s", page.Path)
		}
		d.Advice = "remove the rule, or the page " + cmp.Or(page.Source, "that isrgen makes")
		b.diags.Add(d)
	}
}

// planned are the outputs of a plan.
type planned struct{ *buildoutput.Output }

func (p planned) Has(name string) bool {
	_, static := p.Static[name]
	return static || p.Functions[name] != nil
}

// isAnswer reports whether a page answers the request of a decision.
func isAnswer(d *routing.Decision, page *site.Page) bool {
	switch page.Policy.Keeping {
	case site.Static:
		return d.Output == page.File()
	case site.ISR:
		return d.Output == page.OutputPath()
	default:
		query, _ := url.ParseQuery(d.RouteMatches)
		asked, _ := url.PathUnescape(query.Get(content.PathParameter))
		return foldAddress(asked) == foldAddress(page.Path)
	}
}

// fixedAddress gives the one address that a rule is for, if it is for every request there.
func (b *build) fixedAddress(rule deployment.Rule) (string, bool) {
	if strings.ContainsAny(rule.Source, `:(){}*+?\`) || len(rule.Route.Has)+len(rule.Route.Missing) > 0 {
		return "", false
	}
	if !b.site.Config.TrailingSlash && len(rule.Source) > 1 && strings.HasSuffix(rule.Source, "/") {
		return "", false // no page has such an address
	}
	path, err := url.PathUnescape(rule.Source)
	return foldAddress(path), err == nil
}

// foldAddress gives the one form of addresses that routes do not tell apart.
func foldAddress(path string) string { return strings.ToLower(strings.TrimRight(path, "/")) }
