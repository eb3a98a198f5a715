package generator

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// warm is what a build has of the one before. What pages were made from is in the cache; their bytes are in the output, which is
// replaced at the end. Neither is trusted: a page counts as it was if nothing that it read is another, by hash, and its bytes are
// those which were recorded.
type warm struct {
	state  *dependency.State  // nil if nothing is to be remembered
	record *dependency.Record // of the build before, nil if nothing can be taken over
	reuse  *dependency.Reuse  // nil if nothing can be taken over
	pages  atomic.Int64       // that were

	// linksHold says whether all links of pages that are taken over lead to something, as they did.
	linksHold func() bool

	marks func() []string // of the output, whose times change without a build
}

// keep finds out what can be taken over.
func (b *build) keep() (err error) {
	if b.warm.state, err = dependency.NewState(b.site, b.whole, b.plan.layouts); err != nil {
		return err
	}
	b.recorder = dependency.NewRecorder(b.site, b.plan.renderer, b.warm.state)
	// What is on the network is another whenever it is asked for, and what is to be known of the layouts is known of those that run.
	if b.IgnoreCache || b.TemplateMetrics || b.PrintUnusedTemplates || len(b.site.Origins) > 0 {
		return nil
	}
	record, err := dependency.Load(b.Cache)
	if record != nil {
		b.warm.state.SetAssets(b.assetSums(record.State))
	}
	if err != nil || record.Program == "" || record.Program != program() {
		return nil // as with a cache that is not there: this build makes it
	}
	b.warm.record = record
	b.warm.reuse = b.recorder.Reuse(record, b.warm.state, b.Clock)
	b.warm.marks = sync.OnceValue(b.plan.output.Marks)
	b.warm.linksHold = sync.OnceValue(func() bool {
		return len(record.BrokenLinks) == 0 && record.Addresses == b.addresses()
	})
	return nil
}

// kept is a page as it was, nil if it must be rendered.
func (b *build) kept(page *site.Page) *render.Response {
	if b.warm.reuse == nil {
		return nil
	}
	seen, ok := b.warm.reuse.Page(page)
	if !ok {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(b.Destination, filepath.FromSlash(renderedFile(page))))
	if err != nil || !seen.Same(text) {
		return nil
	}
	seen.File = dependency.Identity{} // the text may be written to another
	if !b.keepPage(page, seen) {
		return nil
	}
	return &render.Response{Status: page.Status(), Body: text, Timed: seen.Timed, Changes: seen.Changes}
}

// keepPage notes that a page is taken over. It is false if what it does with files cannot be repeated.
func (b *build) keepPage(page *site.Page, seen dependency.Rendered) bool {
	if !b.repeat(b.warm.reuse.Uses(seen)) {
		return false
	}
	if b.warm.reuse.Keep(page, seen) {
		b.warm.pages.Add(1)
	}
	return true
}

// recognize says whether a file is that of a page which can be taken over, as the last build left it.
func (b *build) recognize(page *site.Page, file string) (seen dependency.Rendered, ok bool) {
	if b.warm.reuse == nil {
		return seen, false
	}
	seen, ok = b.warm.reuse.Page(page)
	return seen, ok && seen.File != (dependency.Identity{}) && seen.File == dependency.Identify(file)
}

// pageContent is the content of a page's file.
type pageContent struct {
	buildoutput.WriterFunc
	build *build
	page  *site.Page
}

// SameAs says whether the file, which is that of the last output, is the page as it would be rendered now.
func (c pageContent) SameAs(file string) (int64, bool) {
	defer c.build.watch.page(time.Now())
	if seen, ok := c.build.recognize(c.page, file); ok {
		return seen.File.Size, c.build.keepPage(c.page, seen)
	}
	response := c.build.kept(c.page)
	if response == nil {
		return 0, false
	}
	return int64(len(response.Body)), true
}

// LinkTo makes a name for the file of a page as it was in the last output. Its links are not looked at again: they lead to something if
// they did, since there is as much as there was.
func (c pageContent) LinkTo(name string) (int64, bool) {
	b, began, rendered := c.build, time.Now(), renderedFile(c.page)
	if b.warm.reuse == nil || !b.warm.linksHold() || slices.Contains(b.warm.marks(), rendered) {
		return 0, false
	}
	file := filepath.Join(b.Destination, filepath.FromSlash(rendered))
	seen, ok := b.recognize(c.page, file)
	if !ok {
		return 0, false
	}
	was := seen.File
	seen.File = dependency.Identity{} // a link changes it
	if !b.keepPage(c.page, seen) || os.Link(file, name) != nil {
		return 0, false
	}
	if !was.Linked(name) { // another one came into its place
		os.Remove(name) // else it is found to be there
		return 0, false
	}
	b.watch.page(began)
	return was.Size, true
}

// addresses is a hash of what links inside the site lead to.
func (b *build) addresses() dependency.Hash {
	hash := sha256.New()
	for _, page := range b.site.Pages {
		fmt.Fprintln(hash, page.Path, page.Policy.Keeping)
	}
	for _, name := range slices.Sorted(maps.Keys(b.plan.output.Static)) {
		fmt.Fprintln(hash, name)
	}
	json.NewEncoder(hash).Encode(b.plan.output.Config.Routes)
	return dependency.HashOf(hash.Sum(nil))
}

// renderedFile is where the output has a page's bytes, empty for a page that the build does not render.
func renderedFile(page *site.Page) string {
	switch {
	case page.Policy.Keeping == site.Static:
		return path.Join(staticDir, page.File())
	case page.Policy.Keeping == site.ISR && page.Policy.Fallback == content.FallbackPrebuilt:
		return path.Join("functions", page.OutputPath()+".prerender-fallback.html")
	}
	return ""
}

// program names this program, so that what another one rendered is not taken for what this one would. It is empty if that cannot
// be known.
func program() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(Version, " ", info.Size(), " ", info.ModTime().UnixNano())
}

// unchanged says whether the last output is that of this build, which then need not be written.
func (b *build) unchanged(ctx context.Context) bool {
	rendered := func(page *site.Page) bool { return renderedFile(page) != "" && page.Holds(b.Clock) }
	if b.warm.reuse == nil || !b.warm.reuse.All(rendered) || !b.repeatAll() {
		return false
	}
	b.watch.begin("comparing with the last output", b.plan.pages)
	sizes, same := b.plan.output.Same(ctx, b.Destination)
	if !same || b.plan.output.Renew(b.Destination) != nil {
		return false
	}
	b.sizes = sizes
	return true
}

// leave ends a build whose output is in its place already.
func (b *build) leave() error {
	b.plan.faults.report(b.plan.layouts, &b.diags)
	if b.diags.Errors() > 0 {
		return nil
	}
	b.watch.begin("checking the output", 0)
	if err := b.checkOutput(); err != nil || b.diags.Errors() > 0 {
		return err
	}
	for _, broken := range b.warm.record.BrokenLinks { // where nothing changed, what they lead to did not either
		b.diags.Add(broken)
	}
	b.brokenLinks = b.warm.record.BrokenLinks
	b.watch.begin("remembering what pages read", 0)
	b.remember()
	return nil
}
