package refresh

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A regeneration is seen in every region after 300 ms, and the members of a group are renewed one after the other.
//
// Source: the platform's documentation, "Incremental Static Regeneration", for the first.
const (
	firstLook  = 100 * time.Millisecond
	lastLook   = 5 * time.Second // the pause before it
	freshCache = "HIT"
)

// verify reads a regenerated page, and those of its group, until they are fresh.
func (c *Client) verify(ctx context.Context, target Target, made *answer, began time.Time) *Problem {
	if p := c.look(ctx, target.Path, func(a *answer) string { return a.carries(made) }); p != nil {
		return p
	}
	for _, path := range target.With {
		if p := c.look(ctx, path, func(a *answer) string { return a.youngerThan(began) }); p != nil {
			p.Message = path + ", which is in the same group: " + p.Message
			p.Advice = "use --each to ask for every page of a group; " + p.Advice
			return p
		}
	}
	return nil
}

// look reads a page as a visitor would, until wrong says nothing of the answer.
func (c *Client) look(ctx context.Context, path string, wrong func(*answer) string) *Problem {
	for wait := firstLook; ; wait *= 2 {
		a, problem := c.ask(ctx, path, "", &Result{})
		if problem != nil {
			return problem
		}
		message := wrong(a)
		if message == "" {
			return nil
		}
		if wait > lastLook || ctx.Err() != nil {
			return &Problem{Code: "verify", Message: message,
				Advice: "look at the page in a browser: somebody else may have had it regenerated in between, or another region has not heard of it"}
		}
		sleep(ctx, wait)
	}
}

// carries says what keeps a read from being the page that was made.
func (a *answer) carries(made *answer) string {
	switch {
	case a.cache != freshCache:
		return fmt.Sprintf("regenerated, but the next read is %s and no %s", a, freshCache)
	case a.head && a.etag != "" && made.etag != "" && opaque(a.etag) != opaque(made.etag), !a.head && a.body != made.body:
		return "regenerated, but the next read carries other bytes"
	}
	return ""
}

// youngerThan says what keeps a read from being of a page that was made after a time.
func (a *answer) youngerThan(began time.Time) string {
	switch {
	case a.cache != freshCache:
		return fmt.Sprintf("the next read is %s and no %s", a, freshCache)
	case a.aged && a.age > time.Since(began):
		return fmt.Sprintf("the next read is %v old, so that it was not regenerated", a.age)
	}
	return ""
}

// opaque leaves out of an ETag whether it is weak, which compression on the way changes.
func opaque(etag string) string { return strings.TrimPrefix(etag, "W/") }
