// Package routing does to a request what the routes of a Build Output's config.json say. It is pure: [New] compiles
// the routes, [Router.Resolve] makes a [Decision] of a [Request], and someone else serves, proxies or runs what it names.
//
// # The order
//
// The platform's router is closed. This is the order which satisfies the probes of its own test fixtures:
//
//	null → output? → miss (for a direct hit alone) → filesystem → output? → rewrite → output? → resource → output?
//	     → miss, with rewrite on what it makes of the path → error
//	any output found: hit (headers alone), then it is served
//
// In a phase, the first route that matches and does not say continue ends it. A check that finds no output tries miss,
// then rewrite, and goes on with the next route and the new path. A route that redirects (a status of 3xx with Location or
// dest) or leads to another host ends routing.
//
// # Where the code is
//
//	routing.go      New, Resolve: the way in           route.go      one compiled route, and whether it matches
//	resolution.go   the phases                         apply.go      what a route that matched does
//	pattern.go      src, by the engine that suits it   pcre.go       its translation; escape.go: its escapes and classes
//	template.go     $1 and $name                       condition.go  has and missing
//	path.go         one form for each path             lookup.go     paths to outputs
//
// # Choices
//
// Where nothing public says what the platform does, the package does this; the cases in testdata/route that rest on it
// say "choice".
//
//	question                                   answer
//	What is a path matched as?                 As sent, in a normal form: unreserved characters decoded, others encoded in upper
//	                                           case, dot segments resolved. So %61dmin and /x/../admin meet routes for /admin.
//	Characters beyond ASCII in src?            Literals match their encoded form; in classes they match nothing.
//	Doubled slashes?                           As vercel dev: 301 for GET and HEAD, collapsed for other methods.
//	%2F, %5C, %00, bad UTF-8 in a path?        Routes and functions see them; no file or function is looked up by them.
//	a|b as src?                                ^a|b$, as normalizeRoutes anchors it.
//	[] and [^]?                                As in JavaScript: nothing, anything.
//	\d \w \s \b, and $ before a newline?       ASCII; only the very end.
//	A match that takes over 100 ms?            None; the trace says timeout.
//	A route that does not compile?             Reported, left out.
//	A route without src?                       Matches every path.
//	Case of has values?                        Matters, but for host. A query parameter holds if any of its values does; of cookies
//	                                           the first counts, decoded; a header's fields are joined by commas.
//	neq, ninc of what is absent?               Does not hold: has is about what is there.
//	What do conditions see?                    Headers and query as middleware and transforms left them, not dest's query.
//	A capture in dest's query?                 Encoded as one value; the percent signs of an encoded path once more, which Next.js and
//	                                           Nitro expect. A value of has in dest's path is encoded too, but for its slashes.
//	Queries of several destinations?           Add up; the first value of a name counts. The request's own comes before all of them.
//	A destination with a scheme or host?       Only if the config's own text or env says so, never by a capture. Dot segments or user
//	                                           information that a visitor brings into a proxied URL: 400.
//	Location /$1 where $1 begins with /?       Stays a path on this host. Control characters are encoded; an empty Location is /.
//	Nothing found but a status below 400?      The bare status is the answer.
//	A status set before miss finds an output?  Forgotten: Next.js ends resource with 404 for everything.
//	miss with check, status, and its own path? Ends with that status even before filesystem: the guard of /_next/static.
//	A failed check?                            Keeps its route's headers and status; what miss and rewrite tried is put back.
//	An error route whose output is absent?     Ends its phase: the platform's own page.
//	hit routes for error pages?                They run.
//	Middleware that is absent or fails?        500, MIDDLEWARE_INVOCATION_FAILED. It sees path and query as routing left them.
//	locale.default?                            The locale for visitors whose cookie and languages fit none. value and path: ignored.
//	mitigate?                                  403 with x-vercel-mitigated, for challenge too: there is no one to challenge.
//	Destinations that are services?            Reported, left out.
//	Endless routing?                           508 INFINITE_LOOP_DETECTED after 256 phases; 414 URL_TOO_LONG above 16 KiB.
package routing
