// Package projectconfig compiles the routing part of the platform's project configuration, as it stands in vercel.json, into
// the routes of a Build Output: redirects, headers, rewrites, cleanUrls and trailingSlash.
//
//	{"source": "/blog/:slug", "destination": "/posts/:slug", "permanent": true}
//	{"src": "^/blog(?:/([^/]+?))$", "headers": {"Location": "/posts/$1"}, "status": 308}
//
// A source is a pattern of path-to-regexp, whose named and unnamed parameters become the groups of a regular expression; a
// destination is a template for the same parameters. The routes are those which getTransformedRoutes of @vercel/routing-utils 6.6
// gives, whose path-to-regexp is 6.1.0; the tests compare the two. Where this package decides otherwise, a comment says so. Rewrites to services and rewrites with transforms
// are refused: both concern functions that other tools make.
package projectconfig
