package generator

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/deployment"
	"github.com/isrgen/isrgen/generator/diagnostic"
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

// warnOfHiddenPages reports redirects at the addresses of pages, and rewrites there, which are never used. Sources with parameters
// may well be meant so, and conditions leave the page to others.
func (b *build) warnOfHiddenPages() {
	rules := map[string]deployment.Rule{}
	kinds := map[string]string{}
	for _, list := range []struct {
		kind  string
		rules []deployment.Rule
	}{{"rewrite", b.deployment.Rewrites}, {"redirect", b.deployment.Redirects}} {
		for _, rule := range list.rules {
			if address, ok := b.fixedAddress(rule); ok {
				rules[address], kinds[address] = rule, list.kind
			}
		}
	}
	if len(rules) == 0 {
		return
	}
	for _, page := range b.site.Pages {
		address := foldAddress(page.Path)
		rule, ok := rules[address]
		if !ok {
			continue
		}
		d := rule.Place
		d.Severity = diagnostic.Warning
		source := page.Source
		if source == "" {
			source = "a page that isrgen makes"
		}
		if kinds[address] == "redirect" {
			d.Message = fmt.Sprintf("this redirect hides the page %s (%s), which nobody will see", page.Path, source)
			d.Advice = "remove the page or the redirect"
		} else {
			d.Message = fmt.Sprintf("this rewrite is never used, since there is a page %s (%s)", page.Path, source)
			d.Advice = "remove the rewrite or the page"
		}
		b.diags.Add(d)
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
