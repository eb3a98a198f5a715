package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/render"
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
	output, err := dependency.TakeFingerprint(b.Destination, nil, last.Output.Read)
	if err != nil || output == nil || output.Sum != last.Output.Sum ||
		gob.NewDecoder(bytes.NewReader(last.Report)).Decode(report) != nil || buildoutput.Renew(b.Destination, last.Marks) != nil {
		return nil
	}
	report.Destination = b.Destination
	return report
}

// siteDirs are the directories of a site that a build reads.
var siteDirs = []string{content.Dir, layoutsDir, dataDir, staticDir, render.AssetsDir, translationsDir}

// look takes the fingerprint of the site's files, nil where that is not possible.
func (b *build) look(read []string) *dependency.Fingerprint {
	for _, dir := range siteDirs {
		if info, err := os.Lstat(filepath.Join(b.Source, dir)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return nil // what it leads to is not looked into
		}
	}
	seen, _ := dependency.TakeFingerprint(b.Source, func(name string) bool { // nil with an error
		return !strings.Contains(name, "/") && !slices.Contains(siteDirs, name)
	}, read)
	return seen
}

// outputKey is a hash of what the output depends on besides the files of the site.
func (b *build) outputKey() []byte {
	text, _ := json.Marshal([]any{program(), b.Drafts, b.Future, b.Expired, b.Minify, b.BypassToken}) // texts and truth values
	sum := sha256.Sum256(text)
	return sum[:]
}

// leaveGlance leaves what the next build sees at a glance, with the report that it will give. Where that cannot be, the next build reads the
// site.
func (b *build) leaveGlance(report Report) {
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
	report.Totals.Kept = b.plan.pages
	var text bytes.Buffer
	if gob.NewEncoder(&text).Encode(&report) != nil {
		return
	}
	left := &dependency.Glance{Key: b.outputKey(), Clock: b.Clock, Site: *b.seen, Output: *output, Marks: marks, Report: text.Bytes()}
	left.Save(b.Cache)
}

// elsewhere is what layouts call that may use files and programs which are not the site's, such as packages from npm.
var elsewhere = regexp.MustCompile(`\b(?:js|css)\.[A-Z]|\btoCSS\b|\btransform\.ToMath\b`)

// dependsOnFilesAlone says whether the output would be the same at any other time, and whatever is outside the site.
func (b *build) dependsOnFilesAlone() bool {
	config := b.site.Config
	return program() != "" && len(b.site.Origins)+len(b.site.Hidden) == 0 && !b.site.Scheduled() && b.recorder.Steady() && !config.GitInfo &&
		!config.Markup.Passthrough.KaTeX && !b.plan.layouts.Match(elsewhere)
}
