package site

import (
	"fmt"
	"slices"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Keeping says how a page is kept between its visitors.
type Keeping string

const (
	Static   Keeping = "static"   // a file, until the next deployment
	ISR      Keeping = "isr"      // an entry of the cache that the build prepares
	Deferred Keeping = "deferred" // an entry of the cache that the first visitor creates

	Unwritten Keeping = "unwritten" // nobody can visit it: it is there for other pages
)

// Policy is a page's `isr:` block with everything outwards of it taken in. It holds no impossible combination.
type Policy struct {
	Keeping    Keeping            `json:"keeping"`
	Revalidate content.Revalidate `json:"revalidate,omitempty"`
	Fallback   content.Fallback   `json:"fallback,omitempty"`
	Group      string             `json:"group,omitempty"`
	AllowQuery []string           `json:"allowQuery,omitempty"`
}

// IsEntry says whether a page is an entry of the cache, which a function renders.
func (p Policy) IsEntry() bool { return p.Keeping == ISR || p.Keeping == Deferred }

// entry identifies what a function entry of the output says of its pages: those with the same can share one. Revalidate may
// differ, since the function's response carries it.
func (p Policy) entry() string {
	return fmt.Sprintf("%s %q %q", p.Fallback, p.Group, p.AllowQuery)
}

// newPolicy takes a page's merged block for what it means. Combinations that cannot be meant are faults.
func newPolicy(block content.ISR, diags *diagnostic.List) Policy {
	policy := Policy{Keeping: Static}
	if block.Revalidate != nil {
		policy.Keeping, policy.Revalidate, policy.Fallback = ISR, *block.Revalidate, content.FallbackPrebuilt
	}
	if block.Defer != nil && *block.Defer {
		policy.Keeping, policy.Fallback = Deferred, content.FallbackBlocking
	}
	if block.Fallback != nil {
		policy.Fallback = *block.Fallback
	}
	if block.Group != nil {
		policy.Group = *block.Group
	}
	if block.AllowQuery != nil {
		policy.AllowQuery = slices.Compact(slices.Sorted(slices.Values(*block.AllowQuery)))
	}
	if message, advice := policy.contradiction(block); message != "" {
		diags.Add(diagnostic.Diagnostic{File: block.Place.File, Line: block.Place.Line, Column: block.Place.Column,
			Message: message, Advice: advice})
		return Policy{Keeping: Static}
	}
	return policy
}

// contradiction says what in a policy cannot be meant, and what to do about it.
func (p Policy) contradiction(block content.ISR) (message, advice string) {
	switch {
	case p.Keeping == Static && (block.Fallback != nil || p.Group != "" || len(p.AllowQuery) > 0):
		return "fallback, group and allowQuery mean nothing for a static page",
			"add revalidate: 1h (or false, for on demand only), or defer: true"
	case p.Keeping == Deferred && p.Fallback == content.FallbackPrebuilt:
		return "a deferred page has no prebuilt fallback: the build does not render it",
			"write defer: false to have it rendered, or fallback: blocking"
	case p.Keeping == ISR && p.Fallback == content.FallbackNotFound:
		return "fallback: not-found is for deferred pages: this page is known to the build",
			"add defer: true, or write fallback: prebuilt"
	case p.Fallback == content.FallbackNotFound && p.Revalidate != content.OnDemand:
		return fmt.Sprintf("with fallback: not-found and revalidate: %s the first visitor would get a 404 and the next the page", p.Revalidate),
			"write revalidate: false: the page appears when somebody with the token asks for it"
	case p.Fallback == content.FallbackPrebuilt && len(p.AllowQuery) > 0:
		return "allowQuery with a prebuilt fallback: each query would be answered with the same page at first",
			"write fallback: blocking, or remove allowQuery"
	}
	return "", ""
}
