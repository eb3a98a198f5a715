// Package preview is the platform for one Build Output on this machine: an http.Handler that answers as a deployment of
// the directory would.
//
//	Server.ServeHTTP ─► routing.Resolve ─► a static file
//	                        │           ├► isr.Cache.Get ─► emulator.Invoke, as the renderer of the cache
//	                        │           ├► emulator.Invoke, for a plain function
//	                        │           ├► another host, where a route leads there and the options allow it
//	                        │           └► a redirect or an error
//	                        ├► emulator.Invoke, for middleware
//	                        └► images.Optimizer, for /_vercel/image, if the config has images
//
// It reads nothing but the directory, and asks no other host than those that [Options.AllowExternal] names. Every request is
// an [exchange]; what answers one returns an error when it cannot, and one place, [exchange.fail], makes a response of that.
//
// A request is answered by one [deployment] from its beginning to its end. When another output takes the place of the
// directory, the next request makes a deployment of it, and the one before ends with its last request.
//
// What a prerender function receives is the business of [renderer] alone: it is made from the key of the cache entry, the
// routes and the names in allowHeader, never from the visitor's request.
//
// # Choices
//
// Where the platform's documents say nothing, this package does the following.
//
//   - The names of this machine itself, localhost and the loopback addresses with any port, are one domain, with a region in front
//     or without. Prerender functions see the host of [Options.Origin] then. Every other host is a domain of its own.
//   - Prerender functions see 127.0.0.1 as the visitor's address, and neither Cookie nor Authorization even if allowHeader
//     names them.
//   - x-now-route-matches holds only what allowQuery lets through.
//   - A draft-mode request reaches the function as a plain function's request would: with the visitor's path.
//   - An ISR response has an ETag and is answered with 304 if the visitor has it. Range is ignored for it.
//   - A cache-control header of a route wins over the platform's default; one of a prerender function never reaches the
//     visitor.
//   - An error status that a prerender function answers with and that is not storable is shown as the error page unless
//     exposeErrBody is set.
//   - The age of a static file counts from the start of the preview.
//   - A streamed response that fails after its beginning is broken off.
//   - A method that an output does not serve is 405, INVALID_REQUEST_METHOD.
//   - Bodies from 1 KiB to 16 MiB are compressed. The ETag becomes weak by it, and a request for a range gets plain bytes.
//   - /_vercel/image and /_next/image are answered before any route, with the default Cache-Control. An image is kept for a
//     minute if the config does not say. What waits for another visit's image is MISS, collapsed. Sources may have 64 MiB.
//   - A new output is noticed by its directory or its config.json being another, which requests look for once in a millisecond.
//     A tool that writes in place should write config.json last.
//   - Other hosts see the visitor's headers, cookies too. Upgrades are not passed on.
package preview
