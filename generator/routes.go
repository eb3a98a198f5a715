package generator

import (
	"cmp"
	"slices"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// config makes config.json. It uses the null, filesystem and error phases only, whose order nobody disputes.
func (b *build) config() buildoutput.Config {
	routes := nullPhase(b.site.Config.TrailingSlash, len(b.site.Deferrals) > 0)
	routes = append(routes, buildoutput.Route{Handle: buildoutput.PhaseFilesystem})
	routes = append(routes, deferralRoutes(b.site.Deferrals)...)
	routes = append(routes,
		buildoutput.Route{Handle: buildoutput.PhaseError},
		buildoutput.Route{Src: "^.*$", Status: 404, Dest: buildoutput.Dest{Path: site.NotFoundPath}})
	return buildoutput.Config{
		Version:   buildoutput.Version,
		Framework: &buildoutput.Framework{Version: Version},
		Routes:    routes,
	}
}

// nullPhase are the routes that every request meets first.
func nullPhase(trailingSlash, deferrals bool) []buildoutput.Route {
	var routes []buildoutput.Route
	if deferrals {
		routes = append(routes, stripPathParameter())
	}
	// What the platform itself, and protocols, have at fixed addresses is left alone. A route with nothing but a source
	// ends its phase.
	routes = append(routes,
		buildoutput.Route{Src: `^/(?:\.well-known|_vercel)(?:/.*)?$`},
		readOnly())
	return append(routes, slashRoutes(trailingSlash)...)
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

// readOnly answers everything that would change something with 405. Methods have to be listed: a route cannot say "all
// others". The function refuses the rest.
func readOnly() buildoutput.Route {
	return buildoutput.Route{
		Src:     "^/.*$",
		Methods: []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "MOVE"},
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

// deferralRoutes lead the addresses of deferred pages to their functions, the more specific first. They come after the check for
// files, so that a page which the build rendered never gets there.
func deferralRoutes(deferrals []*site.Deferral) []buildoutput.Route {
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
	slices.SortStableFunc(sources, func(a, b ranked) int { return cmp.Compare(a.Rank, b.Rank) })
	routes := make([]buildoutput.Route, len(sources))
	for i, source := range sources {
		routes[i] = buildoutput.Route{
			Src:           "^(?:" + source.Regexp + ")/?$",
			Dest:          buildoutput.Dest{Path: "/" + deferralPath(source.deferral) + "?" + content.PathParameter + "=$0"},
			Methods:       []string{"GET", "HEAD"},
			CaseSensitive: true,
		}
	}
	return routes
}
