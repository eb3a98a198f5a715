// Package isr is the platform's ISR cache: it keeps the responses of prerender functions, serves them while they are
// fresh, serves them stale while a new one is made, and never lets a failure replace a good page.
//
// A visit becomes an answer in one of six ways, which the platform names in x-vercel-cache:
//
//	HIT          the entry is fresh
//	PRERENDER    nothing was generated yet and the build left a fallback
//	MISS         nothing was generated yet and the visitor waits for the function
//	STALE        the entry is old, or the last try to renew it failed; it is served all the same
//	REVALIDATED  the visitor had the token and waited for a new response
//	BYPASS       the visitor had the token of draft mode, or a condition of the config held: nothing is stored
//
// What the function sees is a matter of the [Renderer], which gets the [Request] that caused a render. Everything
// else about a visitor stays outside of this package, with one exception: [Request.Direct], which a bypass calls.
//
// # Concurrency
//
// At most one render of a key runs at a time. Visits without an entry wait for it together; a render asked for by
// token that finds an older one under way runs after it, because the older one may have read what has changed since.
// A render belongs to the cache and not to the visit that started it, so a visitor who leaves changes nothing.
//
// # Choices
//
// Where the platform's documents say nothing or contradict each other, this package does the following.
//
//   - The domain is part of the key, as "Incremental Static Regeneration" says of the platform's storage. An empty
//     domain is one like any other.
//   - An entry is stale from exactly its lifetime on. Its age counts from the end of its render, a fallback's from the
//     start of the cache.
//   - A config without an expiration never expires.
//   - A response's s-maxage in Cache-Control is its lifetime; no other directive, no-store among them, has an effect.
//   - While the first generation behind a fallback runs, visits are still PRERENDER. A fallback whose expiration is
//     false is PRERENDER once and then HIT.
//   - After a failed regeneration the kept entry is STALE with reason stale_error until a regeneration succeeds, even if
//     its time had not come yet. A token tries again at once, visits after [RetryAfter]. Such a token request is
//     answered with the kept entry and STALE, so that who asked can tell that nothing was revalidated.
//   - Waiters of a render that failed share the failure.
//   - The members of a group are renewed one after the other. A member whose query would differ from that of the
//     renewed entry is left alone, and so is one which names query parameters, has no entry and would get no query.
//   - An entry older than staleExpiration is rendered again in the foreground (MISS, cold) and served as
//     STALE only if that fails.
//   - Set-Cookie is removed from what is stored and from what is sent.
package isr
