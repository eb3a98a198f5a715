package isr

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// RetryAfter is how long visits serve the previous entry after a failed regeneration before one of them tries again.
//
// Source: the platform's documentation, "Incremental Static Regeneration", on failure.
const RetryAfter = 30 * time.Second

// Response is what a function answered, or what the build prepared. Once handed to a cache, nobody changes it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Entry is one page in the cache. It never changes: what happens to a page makes a new entry in its place.
type Entry struct {
	Response

	// Began and Generated are the start and the end of the render. Age counts from the end.
	Began, Generated time.Time

	// Lifetime is how long the entry is fresh: the config's expiration, or what the response itself said.
	Lifetime buildoutput.Expiration

	// Fallback says that the build made the response and the function did not yet.
	Fallback bool

	// Invalidated says that somebody purged the entry: it is stale whatever its age. Deleted says that it was purged for good: it
	// is not served any more, and the next visitor waits for a new one.
	Invalidated, Deleted bool

	// Retry is when a visit may try to renew the entry again. It is zero unless the last try failed.
	Retry time.Time
}

// after reports whether the entry is of a later render than another.
func (e *Entry) after(other *Entry) bool { return e.Began.After(other.Began) }

// fresh reports whether the entry is served without a thought of renewing it.
func (e *Entry) fresh(now time.Time) bool {
	if !e.Retry.IsZero() || e.Invalidated || e.Deleted {
		return false
	}
	return e.Lifetime.Never || now.Sub(e.Generated) < seconds(e.Lifetime.Seconds)
}

// due reports whether a visit to an entry that is not fresh should start its renewal.
func (e *Entry) due(now time.Time) bool {
	return e.Retry.IsZero() || !now.Before(e.Retry)
}

// expired reports whether the entry is too old to be served even stale. A limit of 0 seconds is none.
func (e *Entry) expired(now time.Time, limit int) bool {
	return limit > 0 && now.Sub(e.Generated) >= seconds(limit)
}

// failed is the entry to keep after a try to renew e did not succeed.
func (e *Entry) failed(now time.Time) *Entry {
	kept := *e
	kept.Retry = now.Add(RetryAfter)
	return &kept
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// newEntry makes the entry of a response that [storable] accepts. It takes out what belongs to a single visitor and adds
// an ETag where the function sent none.
func newEntry(resp *Response, configured buildoutput.Expiration, began, generated time.Time) *Entry {
	header := resp.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Del("Set-Cookie")
	if header.Get("Etag") == "" {
		sum := sha256.Sum256(resp.Body)
		header.Set("Etag", `"`+hex.EncodeToString(sum[:16])+`"`)
	}
	return &Entry{
		Response:  Response{Status: resp.Status, Header: header, Body: resp.Body},
		Began:     began,
		Generated: generated,
		Lifetime:  lifetime(resp.Header, configured),
	}
}

// storableStatuses are the statuses of a regeneration that succeeded.
//
// Source: the platform's documentation, "Incremental Static Regeneration", on failure.
var storableStatuses = []int{200, 301, 302, 307, 308, 404, 410}

func storable(status int) bool { return slices.Contains(storableStatuses, status) }

// lifetime is the s-maxage of a response if it has one. Frameworks write a placeholder as the config's expiration and say
// here what they mean.
//
// Source: the probes of the fixture 31-blocking-fallback (expiration 1, still HIT after two seconds).
func lifetime(header http.Header, configured buildoutput.Expiration) buildoutput.Expiration {
	for _, value := range header.Values("Cache-Control") {
		for directive := range strings.SplitSeq(value, ",") {
			name, argument, _ := strings.Cut(strings.TrimSpace(directive), "=")
			if !strings.EqualFold(strings.TrimSpace(name), "s-maxage") {
				continue
			}
			n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(argument), `"`))
			if err == nil && n >= 0 {
				return buildoutput.Expiration{Seconds: min(n, maxLifetime)}
			}
		}
	}
	return configured
}

// maxLifetime keeps a lifetime inside the range of a time.Duration: a hundred years.
const maxLifetime = 100 * 365 * 24 * 60 * 60
