package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/asset"
	"github.com/isrgen/isrgen/generator/compile"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/generator/webhook"
	"github.com/isrgen/isrgen/templates"
)

// plan is the output of a build, computed but for the contents of its files: pages are rendered when they are written, so that
// few of them are in memory at a time.
type plan struct {
	ctx      context.Context // of the build: pages are rendered when they are written
	output   *buildoutput.Output
	pages    int // that are rendered
	layouts  render.Layouts
	renderer *render.Renderer
	metrics  *render.Metrics // nil unless wanted
	groups   map[string]int  // numbers of groups by name
	owners   map[string]string
	faults   templateFaults
	links    links

	// changes says when a page with a fallback first shows something else because of its date, or another's.
	changes   map[*site.Page]time.Time
	overrides map[string]buildoutput.Override // of static files

	shown map[*site.Page][]string // the pages whose texts pages in functions show, by path; of a divided site
}

// renderFunction is the output path of the one real function, or of the first where the site is divided; all others are links.
const renderFunction = site.DeferralDir

func (b *build) newPlan(ctx context.Context, layouts render.Layouts) (*plan, error) {
	if err := errors.Join(b.beginPlan(ctx, layouts), b.spreadLists(ctx)); err != nil {
		return b.plan, err
	}
	if b.Cache != "" {
		if err := b.keep(); err != nil {
			return b.plan, err
		}
	}
	if b.TemplateMetrics {
		b.plan.metrics = b.plan.renderer.Measure()
	}
	if err := errors.Join(b.findChanges(ctx), b.findReaders(ctx)); err != nil {
		return b.plan, err
	}
	if err := b.divide(ctx); err != nil {
		return b.plan, err
	}
	if err := b.planFiles(); err != nil {
		return nil, err
	}
	b.plan.output.Extra = b.manifestFiles()
	if len(b.plan.output.Functions) == 0 || b.diags.Errors() > 0 {
		return b.plan, nil
	}
	return b.plan, b.planFunctions(ctx)
}

func (b *build) beginPlan(ctx context.Context, layouts render.Layouts) error {
	b.site.Relates = layouts.Relate()
	b.plan = &plan{
		ctx: ctx,
		output: &buildoutput.Output{
			Static:     map[string]buildoutput.File{},
			Functions:  map[string]*buildoutput.Function{},
			Prerenders: map[string]*buildoutput.Prerender{},
		},
		layouts:  layouts,
		renderer: render.New(b.site, layouts),
		groups:   numberGroups(b.site.Pages),
		owners:   map[string]string{},
		links:    b.newLinks(),
	}
	return b.openAssets(ctx)
}

// planFiles plans all that has an address, and the routes there.
func (b *build) planFiles() error {
	for _, page := range b.site.Pages {
		b.planPage(page)
	}
	for _, deferral := range b.site.Deferrals {
		b.planDeferral(deferral)
	}
	// A link without a configuration of its own is no page that is kept: it is asked anew with each message.
	for _, hook := range b.webhooks.Hooks {
		b.plan.output.Functions[strings.TrimPrefix(hook.Path(), "/")] = &buildoutput.Function{Link: renderFunction}
	}
	for _, resource := range b.site.Resources {
		b.planFile(resource.Path, b.fsys, resource.Source)
	}
	if err := b.planStatic(); err != nil {
		return err
	}
	b.checkNesting()
	b.plan.output.Config = b.config()
	return nil
}

// numberGroups gives the groups of a site numbers, in the order of their names.
func numberGroups(pages []*site.Page) map[string]int {
	numbers := map[string]int{}
	for _, page := range pages {
		if page.Policy.Group != "" {
			numbers[page.Policy.Group] = 0
		}
	}
	for i, name := range slices.Sorted(maps.Keys(numbers)) {
		numbers[name] = i + 1
	}
	return numbers
}

func (b *build) planPage(page *site.Page) {
	switch page.Policy.Keeping {
	case site.Static:
		if file := page.File(); b.claim(file, page.Source) {
			b.plan.output.Static[file] = b.rendered(page)
			if page.Kind == site.KindOutput {
				if b.plan.overrides == nil {
					b.plan.overrides = map[string]buildoutput.Override{}
				}
				b.plan.overrides[file] = buildoutput.Override{ContentType: b.plan.renderer.ContentType(page)}
			}
		}
	case site.ISR:
		b.claim(page.File(), page.Source)
		b.planPrerender(page)
	case site.Deferred:
		// The build does not render it, but a layout that nobody can use is found now and not by a visitor.
		if fault := (*render.Error)(nil); errors.As(b.plan.renderer.Check(page), &fault) {
			b.plan.faults.add(fault)
		}
	}
}

// planPrerender makes a page that the build knows an ISR route: a second name for the function, and a fallback.
func (b *build) planPrerender(page *site.Page) {
	outputPath := page.OutputPath()
	config := b.prerenderConfig(page.Policy)
	if changes := b.plan.changes[page]; !changes.IsZero() {
		if config.Expiration.Never {
			config.Expiration = &buildoutput.Expiration{Seconds: math.MaxInt}
		}
		config.Expiration.Seconds = site.Seconds(config.Expiration.Seconds, b.Clock, changes)
	}
	config.PassQuery = len(config.AllowQuery) > 0
	prerender := &buildoutput.Prerender{Config: config}
	if page.Policy.Fallback == content.FallbackPrebuilt {
		b.addFallback(prerender, outputPath, page)
	}
	b.plan.output.Functions[outputPath] = &buildoutput.Function{Link: functionPath(b.site.Division.Of(page))}
	b.plan.output.Prerenders[outputPath] = prerender
}

// planDeferral makes one dynamic function for all the pages of a deferral.
func (b *build) planDeferral(deferral *site.Deferral) {
	outputPath := deferralPath(deferral)
	config := b.prerenderConfig(deferral.Policy)
	config.AllowQuery = append([]string{content.PathParameter}, config.AllowQuery...)
	config.PassQuery = true
	prerender := &buildoutput.Prerender{Config: config}
	if deferral.Policy.Fallback == content.FallbackNotFound {
		if notFound, err := b.site.Page(site.NotFoundPath); err == nil {
			b.addFallback(prerender, outputPath, notFound)
			prerender.Config.InitialStatus = notFound.Status()
		}
	}
	b.plan.output.Functions[outputPath] = &buildoutput.Function{Link: functionPath(deferral.Function)}
	b.plan.output.Prerenders[outputPath] = prerender
}

func deferralPath(deferral *site.Deferral) string {
	return path.Join(site.DeferralDir, deferral.Name)
}

func (b *build) prerenderConfig(policy site.Policy) buildoutput.PrerenderConfig {
	allow := policy.AllowQuery
	if allow == nil {
		allow = []string{} // absent would make an entry of every query
	}
	return buildoutput.PrerenderConfig{
		Expiration: &buildoutput.Expiration{
			Never:   policy.Revalidate == content.OnDemand,
			Seconds: int(policy.Revalidate),
		},
		Group:       b.plan.groups[policy.Group],
		BypassToken: b.BypassToken,
		AllowQuery:  allow,
	}
}

// addFallback has a page rendered into the file that the cache begins with.
func (b *build) addFallback(prerender *buildoutput.Prerender, outputPath string, page *site.Page) {
	file := b.rendered(page)
	prerender.Fallback = &file
	prerender.Config.Fallback = &buildoutput.Fallback{Path: path.Base(fallbackFile(outputPath, page))}
	prerender.Config.InitialHeaders = map[string]string{"content-type": b.plan.renderer.ContentType(page)}
}

// fallbackFile is where a page that the cache begins with is, below functions/.
func fallbackFile(outputPath string, page *site.Page) string {
	return outputPath + ".prerender-fallback" + path.Ext(page.File())
}

// rendered is a file with a page's rendering. A fault is noted, and the file stays empty: the output will not be used.
func (b *build) rendered(page *site.Page) buildoutput.File {
	b.plan.pages++
	return buildoutput.File{Content: pageContent{buildoutput.WriterFunc(func() ([]byte, error) {
		defer b.watch.page(time.Now())
		response, err := b.render(b.plan.ctx, page)
		if fault := (*render.Error)(nil); errors.As(err, &fault) {
			b.plan.faults.add(fault)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		b.plan.links.add(page, response.Body)
		for _, warning := range response.Warnings {
			b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: cmp.Or(page.Source, layoutsDir), Message: warning,
				Advice: "a layout says so, with warnf, of " + page.Path})
		}
		return response.Body, nil
	}), b, page}}
}

// planStatic takes over the static files of the site, and those of the theme that the site does not replace.
func (b *build) planStatic() error {
	names, err := content.Files(b.fsys, staticDir, &b.diags)
	if err != nil {
		return err
	}
	for _, name := range names {
		b.planFile(name, b.fsys, path.Join(staticDir, name))
	}
	theme := templates.Theme()
	names, err = content.Files(theme, staticDir, &b.diags)
	for _, name := range names {
		unused := name == render.SearchScript && !b.site.Config.Search
		if _, taken := b.plan.owners[name]; !taken && !unused {
			b.planFile(name, theme, path.Join(staticDir, name))
		}
	}
	b.planStyleSheet()
	return err
}

// planFile publishes a file of the site as it is.
func (b *build) planFile(name string, fsys fs.FS, source string) {
	if b.claim(name, source) {
		b.plan.output.Static[name] = buildoutput.File{Content: copied{buildoutput.FileContent{FS: fsys, Name: source}, &b.diags}}
	}
}

// copied is the content of a file of the site that is published as it is. One that cannot be read is a fault: the output will
// not be used.
type copied struct {
	buildoutput.FileContent
	diags *diagnostic.List
}

// WriteTo copies the file to w.
func (c copied) WriteTo(w io.Writer) (int64, error) {
	n, err := c.FileContent.WriteTo(w)
	if fault := (*fs.PathError)(nil); errors.As(err, &fault) && fault.Op != "write" {
		c.diags.Add(content.Unreadable(c.Name, err))
		return n, nil
	}
	return n, err
}

// claim reserves a file name of the output for a source, unless another has it.
func (b *build) claim(name, source string) bool {
	if other, taken := b.plan.owners[name]; taken {
		if other == "" {
			other = "a page that isrgen makes"
		}
		b.diags.Add(diagnostic.Diagnostic{File: source, Message: fmt.Sprintf("the address /%s is already that of %s", name, other),
			Advice: "rename the file, or give the page another slug"})
		return false
	}
	b.plan.owners[name] = source
	return true
}

// checkNesting finds files that stand where others need a directory.
func (b *build) checkNesting() {
	for _, name := range slices.Sorted(maps.Keys(b.plan.owners)) {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if file, taken := b.plan.owners[dir]; taken {
				b.diags.Add(diagnostic.Diagnostic{File: file, Advice: "rename one of them",
					Message: fmt.Sprintf("the address /%s is a file, and /%s needs it to be a directory", dir, name)})
				return
			}
		}
	}
}

// functionPath is the output path of a real function, by its number.
func functionPath(function int) string {
	if function == 0 {
		return renderFunction
	}
	return fmt.Sprintf("%s/part.%d", renderFunction, function+1) // no name of a deferral has a dot
}

// planFunctions adds the real functions: the program, and a bundle for each.
func (b *build) planFunctions(ctx context.Context) error {
	program, err := b.Bootstrap(ctx, compile.Program{Architecture: b.site.Config.Architecture, Offline: !b.asks()})
	if err != nil {
		return err
	}
	for function := range b.site.Division.Functions() {
		b.planFunction(functionPath(function), program, b.bundle(b.hasText(function)))
	}
	return nil
}

func (b *build) planFunction(outputPath string, program []byte, bundle bundle) {
	b.plan.output.Functions[outputPath] = &buildoutput.Function{
		Config: buildoutput.FunctionConfig{
			Runtime:         buildoutput.RuntimeProvided,
			Handler:         "bootstrap",
			RuntimeLanguage: "go",
			Architecture:    b.site.Config.Architecture,
			Memory:          b.deployment.Memory,
			MaxDuration:     b.deployment.MaxDuration,
			Regions:         b.deployment.Regions,
		},
		Files: map[string]buildoutput.File{
			"bootstrap": {Content: buildoutput.Bytes(program), Mode: 0o755},
			// What layouts made of files is known when all pages were rendered.
			content.BundleFile: {Content: bundle, Late: b.assets != nil},
		},
	}
	// Under its own name the function has no page: the cache keeps that answer, so that nobody can make it run at will.
	b.plan.output.Prerenders[outputPath] = &buildoutput.Prerender{Config: buildoutput.PrerenderConfig{
		Expiration: &buildoutput.Expiration{Never: true},
		AllowQuery: []string{},
	}}
}

// asks says whether functions of the site may ask for something on the network: it has sources, or layouts that read data.
func (b *build) asks() bool {
	for _, layout := range b.plan.layouts {
		if strings.Contains(layout.Text, "getJSON") {
			return true
		}
	}
	return len(b.site.Origins)+len(b.webhooks.Hooks) > 0
}

// bundle is the content of a function's bundle, with the texts of the pages for which has is true, or of all.
func (b *build) bundle(has func(*site.Page) bool) bundle {
	return bundle{b.site, has, b.plan.layouts, &b.sources, &b.webhooks, b.assets}
}

type bundle struct {
	site    *site.Site
	has     func(*site.Page) bool
	layouts render.Layouts
	sources *source.Config
	hooks   *webhook.Config
	assets  *asset.Store // nil for none
}

func (c bundle) WriteTo(w io.Writer) (int64, error) {
	writer, err := content.NewBundleWriter(w)
	if err != nil {
		return 0, err
	}
	err = errors.Join(c.layouts.Pack(writer), c.sources.Pack(writer), c.hooks.Pack(writer))
	if err == nil && c.assets != nil {
		err = c.assets.Pack(writer)
	}
	err = errors.Join(err, c.site.Pack(writer, c.has), writer.Close())
	return writer.Size(), err
}
