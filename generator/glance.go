package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/dependency"
)

// glance finds out whether the last build was of the same site, with the same options, and left the output that is there. It returns the
// report of that build then, and nil where the site has to be read. Files are not read for it, unless they were written just before that
// build: one that was written to since, or another in its place, has another size, inode or time.
func (b *build) glance() *Report {
	if b.Cache == "" || b.IgnoreCache || b.TemplateMetrics || b.PrintUnusedTemplates {
		return nil
	}
	b.watch.begin("looking for changes", 0)
	last, err := dependency.LoadGlance(b.Cache)
	if err != nil {
		b.seen = b.look(nil)
		return nil
	}
	b.seen = b.look(last.Site.Read)
	if b.seen == nil || b.seen.Sum != last.Site.Sum || !bytes.Equal(b.outputKey(), last.Key) || b.Clock.Before(last.Clock) {
		return nil
	}
	report := &Report{}
	output, err := dependency.TakeFingerprint(b.Destination, func(string) bool { return false }, last.Output.Read)
	if err != nil || output == nil || output.Sum != last.Output.Sum ||
		gob.NewDecoder(bytes.NewReader(last.Report)).Decode(report) != nil || buildoutput.Renew(b.Destination, last.Marks) != nil {
		return nil
	}
	b.watch.end()
	report.Timings, report.Destination = b.watch.timings, b.Destination
	return report
}

// look takes the fingerprint of the site's files, nil where that is not possible.
func (b *build) look(read []string) *dependency.Fingerprint {
	apart := []string{"node_modules"} // what is below the site, but not of it
	source, err := filepath.Abs(b.Source)
	for _, dir := range []string{b.Cache, b.Destination} {
		full, failed := filepath.Abs(dir)
		inside, failedToo := filepath.Rel(source, full)
		if err != nil || failed != nil || failedToo != nil {
			return nil
		}
		apart = append(apart, filepath.ToSlash(inside))
	}
	seen, err := dependency.TakeFingerprint(source, func(name string) bool {
		return strings.HasPrefix(name, ".") || slices.Contains(apart, name)
	}, read)
	if err != nil {
		return nil
	}
	return seen
}

// outputKey is a hash of what the output depends on besides the files of the site.
func (b *build) outputKey() []byte {
	text, _ := json.Marshal([]any{program(), b.Drafts, b.Future, b.Expired, b.Minify, b.BypassToken}) // texts and truth values
	sum := sha256.Sum256(text)
	return sum[:]
}

// leaveGlance leaves what the next build sees at a glance. Where that cannot be, the next build reads the site.
func (b *build) leaveGlance() {
	if b.seen == nil || b.recorder == nil || !b.dependsOnFilesAlone() {
		return
	}
	b.watch.begin("remembering the output", 0)
	marks := b.plan.output.Marks()
	files := slices.Collect(maps.Keys(b.sizes))
	output, err := dependency.FingerprintOf(b.Destination, files, b.plan.output.Links(), marks) // whose times change though nothing else does
	if err != nil || output == nil {
		return
	}
	report := b.report(0)
	report.Totals.Kept = b.plan.pages
	var text bytes.Buffer
	if gob.NewEncoder(&text).Encode(report) != nil {
		return
	}
	left := &dependency.Glance{Key: b.outputKey(), Clock: b.Clock, Site: *b.seen, Output: *output, Marks: marks, Report: text.Bytes()}
	left.Save(b.Cache)
}

// dependsOnFilesAlone says whether the output would be the same at any other time, and whatever others say.
func (b *build) dependsOnFilesAlone() bool {
	packages, _ := fs.Stat(b.fsys, "node_modules")
	return program() != "" && len(b.site.Origins)+len(b.site.Hidden) == 0 && !b.site.Scheduled() && b.recorder.Steady() && !b.site.Config.GitInfo &&
		(b.assets == nil || packages == nil)
}
