// Package generator builds sites: content becomes pages, pages become a Build Output.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/asset"
	"github.com/isrgen/isrgen/generator/compile"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/deployment"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/directory"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/generator/webhook"
)

// Options say what to build. The zero value builds the site in the working directory.
type Options struct {
	// Source is the site's directory; empty means the working directory.
	Source string

	// Destination is the directory of the output; empty means .vercel/output in Source.
	Destination string

	// Drafts includes documents marked as drafts.
	Drafts bool

	// Future includes documents before their publishDate.
	Future bool

	// Expired includes documents after their expiryDate.
	Expired bool

	// Minify leaves out of pages what nobody sees, as `minify` of the configuration does.
	Minify bool

	// Clock is the time that pages see; zero means now.
	Clock time.Time

	// BypassToken lets whoever knows it regenerate pages and see drafts. Empty means that nobody can.
	BypassToken string

	// Cache is the directory that remembers what pages were made from, for [Affected] and for the next build, which renders only
	// those that can differ; empty for none.
	Cache string
	// TemplateMetrics has the report say how long layouts took.
	TemplateMetrics bool

	// PrintUnusedTemplates has the report warn of the site's layouts that no page was rendered with.
	PrintUnusedTemplates bool

	// IgnoreCache renders every page, whatever the last build left.
	IgnoreCache bool

	// Progress is kept up to date while the build runs; nil if nobody looks.
	Progress *Progress

	// Bootstrap returns the executable of functions; nil means [compile.Bootstrap]. It is called only
	// for a site that needs one.
	Bootstrap func(ctx context.Context, p compile.Program) ([]byte, error)

	// assetsOf is the cache of a build, for who remembers nothing and uses what was made of files.
	assetsOf string
}

// ErrSite is what [Build] returns when the site has faults, which its report names.
var ErrSite = errors.New("the site has errors")

// Build builds a site. The output takes the place of the previous one only when all went well. The report is there in any
// case, as far as the build came.
func Build(ctx context.Context, o Options) (*Report, error) {
	started := time.Now()
	o = o.withDefaults()
	b, err := newBuild(o)
	if err == nil {
		defer b.close()
		if report := b.glance(); report != nil {
			return b.timed(report, started), nil
		}
		err = b.run(ctx)
	}
	report := b.report()
	if err == nil && b.diags.Errors() == 0 {
		b.leaveGlance(*report)
	}
	b.timed(report, started)
	switch {
	case err != nil:
		report.Error = err.Error()
	case b.diags.Errors() > 0:
		err = ErrSite
	}
	return report, err
}

func (o Options) withDefaults() Options {
	if o.Source == "" {
		o.Source = "."
	}
	if o.Destination == "" {
		o.Destination = filepath.Join(o.Source, ".vercel", "output")
	}
	if o.Bootstrap == nil {
		o.Bootstrap = compile.Bootstrap
	}
	if o.Clock.IsZero() {
		o.Clock = time.Now()
	}
	o.Clock = o.Clock.UTC().Truncate(time.Second)
	return o
}

// build is one build under way.
type build struct {
	Options
	watch      stopwatch
	root       *directory.Directory
	fsys       fs.FS // the site, which nothing leads out of
	diags      diagnostic.List
	deployment deployment.Settings
	sources    source.Config
	webhooks   webhook.Config
	commits    map[string]*content.Commit
	memory     *content.Memory           // nil unless the site is loaded again and again
	listing    bool                      // nothing will be rendered
	reader     *source.Reader            // of data for templates
	answers    *answers                  // of sources
	renewed    map[*site.Page]*site.Page // the same as pages, by the page as it is listed
	site       *site.Site
	plan       *plan
	recorder   *dependency.Recorder // nil if nothing is to be remembered

	assets      *asset.Store // nil for a site whose layouts work on no files
	assetCache  *asset.Cache // nil unless somebody has one
	published   map[string]bool
	generations generations

	seen        *dependency.Fingerprint // of the site's files, as they were before any was read; nil if nobody looked
	warm        warm
	brokenLinks []diagnostic.Diagnostic // that were reported
	sizes       map[string]int64
}

// newBuild opens the site. The build it returns has a report even if that fails.
func newBuild(o Options) (*build, error) {
	if o.Progress == nil {
		o.Progress = &Progress{}
	}
	b := &build{Options: o, watch: stopwatch{progress: o.Progress}}
	if n := len(o.BypassToken); n > 0 && n < buildoutput.MinBypassToken {
		b.BypassToken = ""
		return b, fmt.Errorf("the bypass token has %d characters; the platform wants %d or more: "+
			"set ISRGEN_BYPASS_TOKEN to the output of `openssl rand -hex 32`", n, buildoutput.MinBypassToken)
	}
	root, err := directory.Open(o.Source)
	if err != nil {
		return b, fmt.Errorf("the site's directory: %w: name it with -s", err)
	}
	b.root, b.fsys = root, root
	return b, nil
}

// close lets go of what a build holds open.
func (b *build) close() {
	if b.assets != nil {
		b.assets.Close()
	}
	b.root.Close()
}

// run goes through the phases of a build. It stops after the first one that found faults.
func (b *build) run(ctx context.Context) error {
	if err := b.load(ctx); err != nil || b.site == nil {
		return err
	}
	if err := b.prepare(ctx); err != nil || b.diags.Errors() > 0 {
		return err
	}
	b.warnOfHiddenPages()
	return b.write(ctx)
}

// prepare plans the output of a site.
func (b *build) prepare(ctx context.Context) error {
	b.watch.begin("planning the output", 0)
	layouts, err := readLayouts(b.fsys, &b.diags)
	if err != nil {
		return err
	}
	b.plan, err = b.newPlan(ctx, layouts)
	return err
}

func (b *build) selection() site.Selection {
	return site.Selection{Now: b.Clock, Drafts: b.Drafts, Future: b.Future, Expired: b.Expired, Minify: b.Minify}
}

// settings say how the content of a site is read.
func (b *build) settings(config *site.Config) content.Settings {
	return content.Settings{Taxonomies: config.Taxonomies, Languages: config.ContentLanguages(), Drafts: b.Drafts, Dates: config.Dates, Commits: b.commits}
}

// load reads the site. There is none where the configuration has faults.
func (b *build) load(ctx context.Context) error {
	b.watch.begin("reading the configuration", 0)
	config := site.ReadConfig(b.fsys, &b.diags, b.deployment.Fields, b.sources.Fields, b.webhooks.Fields)
	if b.diags.Errors() == 0 {
		b.sources.Settle(config.Taxonomies)
		b.webhooks.Check(b.sources.Sources, b.BypassToken != "", &b.diags)
	}
	if b.diags.Errors() > 0 {
		return nil
	}
	config.Selection = b.selection()
	if images := b.deployment.Images; images != nil {
		config.ImageSizes, config.ImageQualities = images.Sizes, images.Qualities
	}
	b.watch.begin("reading the content", 0)
	b.commits = b.history(ctx, config)
	tree, err := b.memory.Load(b.fsys, b.settings(config), &b.diags)
	if err != nil {
		return err
	}
	b.watch.begin("reading data", 0)
	data, err := readData(b.fsys, &b.diags)
	if err != nil {
		return err
	}
	b.watch.begin("asking sources", 0)
	if err := b.askSources(ctx, tree); err != nil {
		return err
	}
	b.reader = b.sources.Data.NewReader(b.client("_data", b.sources.Data.Access, b.sources.Data.AllowedHosts))
	b.watch.begin("arranging the pages", 0)
	b.site = site.New(config, tree, data, &b.diags)
	return errors.Join(b.renew(), ctx.Err())
}

// write renders the pages and writes the output beside the old one, and puts it in place unless a page had a fault.
func (b *build) write(ctx context.Context) error {
	if err := b.probe(ctx); err != nil {
		return err
	}
	if b.unchanged(ctx) {
		return b.leave()
	}
	b.watch.begin("rendering and writing", b.plan.pages)
	staged, err := b.plan.output.Stage(ctx, b.Destination)
	if err != nil {
		return withAdvice(err)
	}
	b.sizes = staged.Sizes
	b.plan.faults.report(b.plan.layouts, &b.diags)
	b.warnOfUnusedLayouts()
	err = ctx.Err()
	if err == nil && b.diags.Errors() == 0 {
		b.watch.begin("checking the output", 0)
		err = b.checkOutput()
	}
	if err == nil && b.diags.Errors() == 0 {
		b.watch.begin("checking links", 0)
		b.checkLinks()
	}
	b.watch.begin("putting it in place", 0)
	if err != nil || b.diags.Errors() > 0 {
		return errors.Join(err, staged.Discard())
	}
	if err := staged.Commit(); err != nil {
		return withAdvice(err)
	}
	b.watch.begin("remembering what pages read", 0)
	b.remember()
	return nil
}

func (b *build) warnOfUnusedLayouts() {
	if !b.PrintUnusedTemplates || b.diags.Errors() > 0 {
		return
	}
	for _, file := range b.plan.renderer.Unused() {
		b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: file, Message: "no page of this build uses this layout",
			Advice: "remove it, unless a deferred page uses it"})
	}
}

// withAdvice adds what to do to an error of the disk that the output is on.
func withAdvice(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: make room there, or choose another destination with -d", err)
	case errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: allow files of that size (see ulimit -f), or choose another destination with -d", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: make the place writable for the user who builds, or choose another destination with -d", err)
	}
	return err
}
