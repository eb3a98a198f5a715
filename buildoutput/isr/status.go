package isr

// Status is the word of x-vercel-cache: how a visit was answered.
type Status string

// The statuses.
//
// Source: the platform's documentation, "Cache status and reasons".
const (
	Hit         Status = "HIT"
	Miss        Status = "MISS"
	Stale       Status = "STALE"
	Prerender   Status = "PRERENDER"
	Revalidated Status = "REVALIDATED"
	Bypass      Status = "BYPASS"
)

// Reason says more about a status. The platform keeps it to itself; HIT, PRERENDER and REVALIDATED need none.
type Reason string

// The reasons.
const (
	Cold            Reason = "cold"             // MISS: nothing was there
	Collapsed       Reason = "collapsed"        // MISS: waited for the render of another visit
	Failed          Reason = "error"            // MISS: the render failed, or the store could not be read
	StaleTime       Reason = "stale_time"       // STALE: the lifetime is over
	StaleTag        Reason = "stale_tag"        // STALE: somebody purged it
	StaleError      Reason = "stale_error"      // STALE: the last regeneration failed
	DraftMode       Reason = "draft_mode"       // BYPASS: by cookie
	PrerenderBypass Reason = "prerender_bypass" // BYPASS: by experimentalBypassFor
)
