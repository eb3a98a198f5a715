package generator

import (
	"cmp"
	"errors"
	"regexp"
	"slices"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/webhook"
)

// config makes config.json. It uses the null, filesystem and error phases only, whose order nobody disputes.
func (b *build) config() buildoutput.Config {
	routes := append(b.nullPhase(), buildoutput.Route{Handle: buildoutput.PhaseFilesystem})
	routes = append(routes, b.filesystemPhase()...)
	routes = append(routes,
		buildoutput.Route{Handle: buildoutput.PhaseError},
		buildoutput.Route{Src: "^.*$", Status: 404, Dest: buildoutput.Dest{Path: site.NotFoundPath}})
	return buildoutput.Config{
		Version:   buildoutput.Version,
		Framework: &buildoutput.Framework{Version: Version},
		Routes:    routes,
		Overrides: b.plan.overrides,
		Images:    b.deployment.Images,
		Crons:     b.deployment.Crons,
	}
}

// nullPhase are the routes that every request meets first. Rules of the site's author come
//
//   - after the parameter of deferred pages is stripped, so that no rule sees it;
//   - after the exemption of /.well-known and /_vercel, so that a rule for everything leaves protocols and the platform alone.
//     A rule whose source begins with /.well-known means it, and stands before;
//   - redirects before headers, as on the platform, and both before the refusal of other methods: a form may be redirected,
//     and a proxy's answers get their headers;
//   - before the redirects for slashes, unlike on the platform, so that /old leads to /new at once and needs no /old/ between.
//
// Aliases of pages stand before all rules but those that name /.well-known: they are for one address each.
func (b *build) nullPhase() []buildoutput.Route {
	var routes []buildoutput.Route
	if len(b.site.Deferrals) > 0 {
		routes = append(routes, stripPathParameter())
	}
	if b.assets != nil {
		routes = append(routes, immutableRoute())
	}
	named, others := b.rules(b.deployment.Redirects, b.deployment.Headers)
	routes = append(routes, named...)
	routes = append(routes, aliasRoutes(b.site.Aliases)...)
	if _, err := b.site.Page("/"); errors.Is(err, site.ErrNotFound) { // all languages are in directories
		routes = append(routes, buildoutput.Route{Src: "^/$", Status: 307, Headers: map[string]string{"Location": b.site.Config.In(b.site.Config.DefaultLanguage).HomePath()}})
	}
	if slices.ContainsFunc(b.site.Pages, func(page *site.Page) bool { return page.Pager > 0 }) {
		routes = append(routes, firstPagerRoute(b.site.Config.Pagination))
	}
	// What the platform itself, and protocols, have at fixed addresses is left alone. A route with nothing but a source
	// ends its phase.
	routes = append(routes, buildoutput.Route{Src: `^/(?:\.well-known|_vercel)(?:/.*)?$`})
	if len(b.webhooks.Hooks) > 0 {
		routes = append(routes, buildoutput.Route{Src: "^/" + webhook.Dir + "/[^/]+$"})
	}
	routes = append(routes, others...)
	routes = append(routes, b.proxyWrites()...)
	routes = append(routes, readOnly())
	return append(routes, slashRoutes(b.site.Config.TrailingSlash)...)
}

// aliasRoutes lead the former addresses of pages to those they have.
func aliasRoutes(aliases []site.Alias) []buildoutput.Route {
	routes := make([]buildoutput.Route, len(aliases))
	for i, alias := range aliases {
		routes[i] = buildoutput.Route{Src: "^" + alias.Regexp + "/?$", Status: 308,
			Headers: map[string]string{"Location": alias.Page.RelPermalink()}}
	}
	return routes
}

// firstPagerRoute leads from the first page of a list, which links to the others may be made from, to the list itself.
func firstPagerRoute(pagination site.Pagination) buildoutput.Route {
	return buildoutput.Route{Src: `^/((?:[^/\\]+/)*)` + regexp.QuoteMeta(cmp.Or(pagination.Path, "page")) + `/1/?$`, Status: 308,
		Headers: map[string]string{"Location": "/$1"}}
}

// stripPathParameter keeps visitors from naming a page to the function themselves.
func stripPathParameter() buildoutput.Route {
	return buildoutput.Route{
		Src:      "^/.*$",
		Continue: true,
		Transforms: []buildoutput.Transform{{
			Type: "request.query", Op: "delete",
			Target: &buildoutput.TransformTarget{Key: &buildoutput.Match{Pattern: content.PathParameter}},
		}},
	}
}

// writeMethods are as many methods as a route can have. No page answers them.
var writeMethods = []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "MOVE"}

// readOnly answers everything that would change something with 405. Methods have to be listed: a route cannot say "all
// others". The function refuses the rest.
func readOnly() buildoutput.Route {
	return buildoutput.Route{
		Src:     "^/.*$",
		Methods: writeMethods,
		Dest:    buildoutput.Dest{Path: site.MethodNotAllowedPath},
		Headers: map[string]string{"allow": "GET, HEAD"},
		Status:  405,
	}
}

// slashRoutes redirect every other way to write a page's address to the one of the site's policy. None matches a path with an
// empty part or a backslash: //evil.example/ must not become a redirect to another host.
func slashRoutes(trailingSlash bool) []buildoutput.Route {
	redirect := func(src, location string) buildoutput.Route {
		return buildoutput.Route{Src: src, Headers: map[string]string{"Location": location}, Status: 308}
	}
	if !trailingSlash {
		return []buildoutput.Route{
			redirect(`^/(?:((?:[^/\\]+/)*[^/\\]+)/)?index(?:\.html)?/?$`, "/$1"),
			redirect(`^/((?:[^/\\]+/)*[^/\\]+)/$`, "/$1"),
		}
	}
	return []buildoutput.Route{
		redirect(`^/((?:[^/\\]+/)*)index(?:\.html)?/?$`, "/$1"),
		// A last part with an extension that begins with a letter is a file; v1.2 is not.
		redirect(`^/((?:[^/\\]+/)*(?:[^/\\.]+|[^/\\]*\.[^A-Za-z/\\.][^/\\.]*))$`, "/$1/"),
	}
}

// filesystemPhase are the routes for what is no file and no ISR page: the rewrites of the site's author, and deferred pages. Pages
// win over rewrites, deferred ones too, but a deferral that takes every address of the site would leave nothing to rewrites. A
// rewrite may lead to a deferred page, so that all deferrals stand behind it once more.
func (b *build) filesystemPhase() []buildoutput.Route {
	deferrals, before := deferralRoutes(b.site.Deferrals)
	after := before
	var rewrites []buildoutput.Route
	for _, rule := range b.deployment.Rewrites {
		route := b.eitherSlash(rule)
		if !isProxy(route) {
			route.Methods, after = []string{"GET", "HEAD"}, 0
		}
		rewrites = append(rewrites, route)
	}
	return slices.Concat(deferrals[:before], rewrites, deferrals[after:])
}

// deferralRoutes lead the addresses of deferred pages to their functions, the more specific first. They come after the check for
// files, so that a page which the build rendered never gets there. The first narrow of them are not for every address of the site.
func deferralRoutes(deferrals []*site.Deferral) (routes []buildoutput.Route, narrow int) {
	type ranked struct {
		site.Source
		deferral *site.Deferral
	}
	var sources []ranked
	for _, deferral := range deferrals {
		for _, source := range deferral.Sources {
			sources = append(sources, ranked{source, deferral})
		}
	}
	slices.SortStableFunc(sources, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(min(1, len(b.Within)), min(1, len(a.Within))))
	})
	narrow = slices.IndexFunc(sources, func(source ranked) bool {
		return regexp.MustCompile("^(?:" + source.Regexp + ")/?$").MatchString("/?/?") // what no address is
	})
	if narrow < 0 {
		narrow = len(sources)
	}
	routes = make([]buildoutput.Route, len(sources))
	for i, source := range sources {
		within := ""
		if source.Within != "" {
			within = "(?=" + source.Within + ")"
		}
		routes[i] = buildoutput.Route{
			Src:           "^" + within + "(?:" + source.Regexp + ")/?$",
			Dest:          buildoutput.Dest{Path: "/" + deferralPath(source.deferral) + "?" + content.PathParameter + "=$0"},
			Methods:       []string{"GET", "HEAD"},
			CaseSensitive: true,
		}
	}
	return routes, narrow
}
