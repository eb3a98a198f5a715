// Package scenario runs the life of a site's pages, written as a timeline, against any Build Output: with its own functions, and time
// that passes in a moment.
//
//	# A post is fresh for a minute, and one render serves everybody.
//	REGIONS iad1 fra1=90ms
//	GET /posts/hello/ -> PRERENDER
//	GET /posts/hello/ -> HIT
//	+1m 50x GET /posts/hello/ -> STALE 1 render
//	FAIL /posts/hello/
//	REVALIDATE /posts/hello/ -> STALE stale_error
//
// Package timeline has the form of a line. These are the steps:
//
//	GET /a [region=fra1] [cookie=a=b] [host=name]   or HEAD, POST, PUT, PATCH, OPTIONS: a visit
//	REVALIDATE /a     a GET with the bypass token of the page's prerender config; IF-GENERATED /a with the header for that
//	DRAFT /a          a GET with the cookie of draft mode
//	FAIL /a   OK /a   the function of the page fails from now on, or does not any more
//	PURGE /a  DELETE /a   make the page stale, or take it away: PURGED or NOTHING
//	DOWN fra1  UP fra1    a region fails, or is back
//	REGIONS iad1 fra1=90ms   the regions, before the first visit
//	RESTART           end the preview and begin again, with what was stored
//	DEPLOY DIR        serve another output in the place of the first; DIR is relative to the file
//	ROLLBACK          serve the deployment before
//	RUN COMMAND       run a command of the shell, in the directory of the file; it must not fail
//
// The outcome of a visit is x-vercel-cache, the status unless it is 200, the version of the body (v1 is the first that was seen of an
// address, v2 the first that differs from all before), the reason, age=…, location=… of a redirect and error=… of a failure. The time
// that passes is that of the cache: functions see the real one.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr/timeline"
)

// Options say against what scenarios are run.
type Options struct {
	// Output is the directory of a Build Output.
	Output string

	// URL is the address of a deployment, instead of Output. Scenarios in which time passes, or which change the deployment, are
	// skipped.
	URL string

	// Token revalidates pages and shows drafts of the deployment at URL.
	Token string

	// Env are variables for functions.
	Env map[string]string

	// Client asks the deployment at URL; nil means one that follows no redirect and waits for a minute.
	Client *http.Client

	// Update rewrites the outcomes in files.
	Update bool
}

// Result is what became of one scenario.
type Result struct {
	File       string              `json:"file"`
	Steps      int                 `json:"steps"`
	Skipped    string              `json:"skipped,omitempty"` // why, if it was
	Mismatches []timeline.Mismatch `json:"mismatches"`
	Duration   time.Duration       `json:"durationNs"`
}

var renderCount = regexp.MustCompile(`\s\d+ renders?\b`)

// errSkip says that a step cannot be done where the scenario is run.
type errSkip struct{ what string }

func (e errSkip) Error() string { return e.what }

// world is a timeline's world that ends.
type world interface {
	timeline.World
	close() error
}

// Run runs the scenario in a file. The error names the line that could not be done.
func Run(ctx context.Context, file string, opts Options) (*Result, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if opts.URL != "" { // nobody knows how often a function of a deployment was asked
		for i := range lines {
			lines[i] = renderCount.ReplaceAllString(lines[i], "")
		}
	}
	result := &Result{File: file, Steps: countSteps(lines), Mismatches: []timeline.Mismatch{}}
	w, err := newWorld(ctx, filepath.Dir(file), opts)
	if err != nil {
		return nil, err
	}
	if opts.Update && opts.URL == "" {
		err = timeline.Update(w, lines)
	} else {
		var mismatches []timeline.Mismatch
		mismatches, err = timeline.Run(w, lines)
		result.Mismatches = append(result.Mismatches, mismatches...)
	}
	closed := w.close()
	result.Duration = time.Since(began)
	var skip errSkip
	if errors.As(err, &skip) {
		result.Skipped, result.Mismatches = skip.what, []timeline.Mismatch{}
		return result, closed
	}
	if err = errors.Join(err, closed); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if opts.Update && opts.URL == "" {
		return result, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
	}
	return result, nil
}

func newWorld(ctx context.Context, dir string, opts Options) (world, error) {
	if opts.URL != "" {
		return newDeployed(ctx, dir, opts)
	}
	return newPreviewed(ctx, dir, opts)
}

func countSteps(lines []string) int {
	n := 0
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			n++
		}
	}
	return n
}
