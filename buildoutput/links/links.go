// Package links asks whether the addresses of other sites that the pages of an output lead to are there. It looks at the pages that are
// files of the output, made by whatever tool; pages that nobody has rendered yet have no links.
//
// What other sites answer is believed for nothing else: no body is read, no cookie is kept, and unless the options say so no address
// inside a network is asked, so that a link in a text cannot make this machine reach what its author could not.
package links

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sync/errgroup"
)

// Options say which links are asked, and how. The zero value is what a deployment job wants.
type Options struct {
	// Exclude are doublestar patterns of addresses that are not asked, such as https://example.com/**. One without a slash is a host.
	Exclude []string

	// Hosts is how many hosts are asked at the same time, each one request after the other; 0 means 8.
	Hosts int

	// Pause is the time between two requests to one host; 0 means 250 ms.
	Pause time.Duration

	// Timeout is how long an answer may take to begin; 0 means 10 s.
	Timeout time.Duration

	// Retries is how often an address is asked again that may be there the next time; 0 means 2, and less than 0 means never.
	Retries int

	// AllowPrivate also asks addresses inside a network, and lets proxies of the environment ask.
	AllowPrivate bool

	// UserAgent is how the requests introduce themselves; empty means isrgen.
	UserAgent string
}

// Report is what was found.
type Report struct {
	Pages     int       `json:"pages"`     // with text to look at
	Links     int       `json:"links"`     // to other sites
	Addresses int       `json:"addresses"` // that they lead to, those that were excluded left out
	Hosts     int       `json:"hosts"`
	Requests  int       `json:"requests"`
	Findings  []Finding `json:"findings"` // sorted by place
}

// Finding is an address where nothing is, as far as can be told.
type Finding struct {
	URL     string  `json:"url"`
	Status  int     `json:"status,omitempty"` // 0 is no answer
	Message string  `json:"message"`
	Advice  string  `json:"advice"`
	Places  []Place `json:"places"` // of the links, sorted
}

// Place is where a link stands. Line and Column count from 1, the column in bytes.
type Place struct {
	File   string `json:"file"` // of the output
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String gives file:line:column, the form that editors recognise.
func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Check looks at the pages of an output and asks the addresses of other sites in them. The error is the machine's, or that of ctx.
func Check(ctx context.Context, output fs.FS, options Options) (*Report, error) {
	found, pages, err := collect(output)
	if err != nil {
		return nil, err
	}
	report := &Report{Pages: pages}
	hosts := map[string][]string{} // addresses by host
	for _, address := range slices.Sorted(maps.Keys(found)) {
		report.Links += len(found[address])
		if u, err := url.Parse(address); err == nil && !options.excludes(u) {
			report.Addresses++
			hosts[u.Host] = append(hosts[u.Host], address)
		}
	}
	report.Hosts = len(hosts)
	asker := newAsker(options)
	defer asker.client.CloseIdleConnections()
	var requests atomic.Int64
	answers := make(chan Finding, report.Addresses)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(options.Hosts, 8))
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		group.Go(func() error { return asker.askHost(ctx, hosts[host], &requests, answers) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	close(answers)
	for finding := range answers {
		finding.Places = found[finding.URL]
		report.Findings = append(report.Findings, finding)
	}
	slices.SortFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(comparePlaces(a.Places[0], b.Places[0]), strings.Compare(a.URL, b.URL))
	})
	report.Requests = int(requests.Load())
	return report, nil
}

func comparePlaces(a, b Place) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// Valid says whether a pattern of Options.Exclude is one.
func Valid(pattern string) bool { return pattern != "" && doublestar.ValidatePattern(pattern) }

// excludes says whether an address is not to be asked. The query counts for no pattern.
func (o Options) excludes(u *url.URL) bool {
	plain := u.Scheme + "://" + u.Host + u.EscapedPath()
	return slices.ContainsFunc(o.Exclude, func(pattern string) bool {
		name := plain
		if !strings.Contains(pattern, "/") {
			name = u.Hostname()
		}
		matches, _ := doublestar.Match(pattern, name)
		return matches
	})
}
