// Package isr is the platform's ISR cache: it keeps the responses of prerender functions, serves them while they are
// fresh, serves them stale while a new one is made, and never lets a failure replace a good page.
//
// A visit becomes an answer in one of six ways, which the platform names in x-vercel-cache:
//
//	HIT          the entry is fresh
//	PRERENDER    nothing was generated yet and the build left a fallback
//	MISS         nothing was generated yet and the visitor waits for the function
//	STALE        the entry is old, or the last try to renew it failed; it is served all the same
//	REVALIDATED  the visitor waited for a new response: with the token, because the entry was deleted, or because a stale one
//	             would not do
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
// # Regions and stores
//
// A [Cache] has a memory for each region and one [Store] behind all of them. A region that misses asks the store before the
// function. Whoever saves an entry lets every region know, caches of other processes too if the store is theirs as well; an entry
// that may have changed is asked for again, and served as it is only where the store cannot be asked. What cannot be saved waits
// until it can, and a store that has lost an entry gets it back from a region that holds it.
//
// [Memory] lasts as long as the process, [Disk] longer, and package redis is for several processes.
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
//   - HEAD is answered from the entry of GET, and makes one. Other methods are [ErrMethod] unless a bypass applies; ranges are not
//     known here.
//   - Pragma: no-cache makes a visitor of a stale entry wait for the new one, which is REVALIDATED, and has no effect on a fresh one.
//   - A fallback answers crawlers like everybody: the build's page of an address is complete.
//   - A body may have any size here; what runs functions limits it.
//   - A draft is BYPASS, never collapsed with another and never stored.
//   - An entry is stale by a purge until it is renewed (stale_tag), or gone: then the next visitor waits (REVALIDATED), and a render that
//     fails is an error, since there is nothing to serve.
//   - A fallback whose expiration is false is PRERENDER once in every region.
//   - A render waits for one of another process for at most [LockTimeout] and then runs beside it; of two responses the one whose
//     render began later is kept.
//   - While a region is down the next one in order answers for it.
//   - An entry that nobody wants for [IdleRetention] is forgotten by stores. A region answers from its memory for at most a day without
//     telling the store.
package isr
