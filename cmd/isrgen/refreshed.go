package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/isrgen/isrgen/buildoutput/refresh"
)

// refreshed is what came of a command that asked a deployment for pages.
type refreshed struct {
	URL      string           `json:"url"`
	Results  []refresh.Result `json:"results"`
	Totals   refreshTotals    `json:"totals"`
	Duration time.Duration    `json:"durationNs"`

	verb     string
	statuses bool // count what x-vercel-cache said
}

// refreshTotals count pages, and the requests that were made for them without those that verify.
type refreshTotals struct {
	Pages     int `json:"pages"`
	OK        int `json:"ok"`
	WithGroup int `json:"withGroup"` // of those that are OK: no request was made for them
	Failed    int `json:"failed"`
	NotAsked  int `json:"notAsked"`
	Gone      int `json:"gone"` // of those that are OK
	Requests  int `json:"requests"`
}

// count adds up the results for a number of pages. One that is regenerated with another counts as that one does.
func (r *refreshed) count(pages int) {
	for _, result := range r.Results {
		n := 1 + len(result.With)
		if result.OK {
			r.Totals.OK += n
			r.Totals.WithGroup += len(result.With)
		} else {
			r.Totals.Failed += n
		}
		r.Totals.Requests += result.Attempts
		if result.Gone {
			r.Totals.Gone++
		}
	}
	r.Totals.Pages, r.Totals.NotAsked = pages, pages-r.Totals.OK-r.Totals.Failed
}

// print writes the results as JSON, or what failed and a summary.
func (r *refreshed) print(cmd *cobra.Command, asJSON bool) error {
	if r.Results == nil {
		r.Results = []refresh.Result{}
	}
	if asJSON {
		if err := printJSON(cmd, r); err != nil {
			return failure{err}
		}
	} else {
		r.printProblems(cmd.ErrOrStderr())
		r.printSummary(cmd.OutOrStdout())
	}
	if r.Totals.OK < r.Totals.Pages {
		return errReported
	}
	return nil
}

// shownProblems is how many of the pages with the same problem are named.
const shownProblems = 3

// printProblems writes each problem once, with some of the pages that have it.
func (r *refreshed) printProblems(w io.Writer) {
	var messages []string
	with := map[string][]refresh.Result{}
	for _, result := range r.Results {
		if result.Problem == nil {
			continue
		}
		if with[result.Message] == nil {
			messages = append(messages, result.Message)
		}
		with[result.Message] = append(with[result.Message], result)
	}
	for _, message := range messages {
		results := with[message]
		var paths []string
		for _, result := range results[:min(len(results), shownProblems)] {
			paths = append(paths, result.Path)
		}
		if more := len(results) - len(paths); more > 0 {
			paths = append(paths, fmt.Sprintf("[+%d more]", more))
		}
		fmt.Fprintln(w, paint(w, red, strings.Join(paths, " ")+": "+message))
		fmt.Fprintln(w, paint(w, dim, "  → "+results[0].Advice))
	}
}

func (r *refreshed) printSummary(w io.Writer) {
	t := r.Totals
	fmt.Fprintf(w, "%s %s with %s", r.verb, count(t.OK, "page"), count(t.Requests, "request"))
	if t.WithGroup > 0 {
		fmt.Fprintf(w, ", %d of them together with another of the group", t.WithGroup)
	}
	if r.statuses {
		fmt.Fprint(w, r.cacheCounts())
	}
	if t.Gone > 0 {
		fmt.Fprintf(w, ", %d now a 404", t.Gone)
	}
	if t.Failed > 0 {
		fmt.Fprint(w, ", "+paint(w, red, fmt.Sprintf("%d failed", t.Failed)))
	}
	if t.NotAsked > 0 {
		fmt.Fprint(w, ", "+paint(w, red, fmt.Sprintf("%d not asked for", t.NotAsked)))
	}
	fmt.Fprintf(w, " in %s\n", r.Duration.Round(time.Millisecond))
}

// cacheCounts is how often each x-vercel-cache came back, such as ": 3 HIT, 1 MISS".
func (r *refreshed) cacheCounts() string {
	counts := map[string]int{}
	for _, result := range r.Results {
		if result.OK {
			counts[result.Cache]++
		}
	}
	var parts []string
	for _, cache := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[cache], cache))
	}
	if parts == nil {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// progress shows on a terminal how far a command came.
type progress struct {
	w             io.Writer // nil where nobody watches
	all, ok, fail int
	shown         time.Time
}

func newProgress(cmd *cobra.Command, all int) *progress {
	p := &progress{all: all}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.w = f
	}
	return p
}

const progressInterval = 100 * time.Millisecond

func (p *progress) add(r refresh.Result) {
	if r.OK {
		p.ok++
	} else {
		p.fail++
	}
	if p.w == nil || time.Since(p.shown) < progressInterval {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.w, "\r\x1b[K%d of %d", p.ok+p.fail, p.all)
	if p.fail > 0 {
		fmt.Fprintf(p.w, ", %d failed", p.fail)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
