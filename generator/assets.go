package generator

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/asset"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// assetCalls are what layouts call that work on files. One that is met where it is no call costs time and changes no page.
var assetCalls = regexp.MustCompile(`\b(?:resources|css|js|images)\.[A-Z]|\btransform\.ToMath\b|\b(?:fingerprint|minify|toCSS)\b|` +
	`\.Resources\b[\s\S]*\.(?:Content|Data|Width|Height)\b|\.(?:Exif|Resize|Fit|Fill|Crop|Filter|Process|Publish|Optimized)\b`)

// variedCalls are those of assetCalls that may be others on each page: of files that are not named in the layout, with texts, or with options
// that are worked out.
var variedCalls = regexp.MustCompile(`\bresources\.(?:Get|GetMatch|Match|ByType|GetRemote)\b\s*[^"\x60\s]|` +
	`\bresources\.(?:FromString|ExecuteAsTemplate|Copy|Concat)\b|\btransform\.ToMath\b|` +
	`\.(?:Resize|Fit|Fill|Crop|Process)\s+[^"\x60\s]|\.Filter\b[^}|]*(?:\.Params|\$)|\b(?:js|css)\.[A-Z]\w*\s+\([^)]*[.$][A-Za-z]`)

// openAssets lets layouts work on files, if they do.
func (b *build) openAssets(ctx context.Context) error {
	if !b.site.Config.Markup.Passthrough.KaTeX && !b.plan.layouts.Match(assetCalls) {
		return nil
	}
	root, err := filepath.Abs(b.Source)
	if err != nil {
		return err
	}
	if b.assetCache == nil {
		b.assetCache = asset.NewCache(b.assetDir())
	}
	beside := make(map[string]string, len(b.site.Resources))
	for _, resource := range b.site.Resources {
		beside[resource.Path] = resource.Source
	}
	b.assets = asset.New(asset.Options{Context: ctx, Site: root, Files: b.fsys, Cache: b.assetCache, Remote: b.reader.Bytes,
		Beside: func(address string) (string, bool) { name, ok := beside[address]; return name, ok }})
	b.plan.renderer.Assets = b.assets
	b.plan.output.More = b.publishAssets
	return nil
}

// assetDir is where results are kept between builds, empty for nowhere.
func (b *build) assetDir() string {
	if dir := b.Cache + b.assetsOf; dir != "" {
		return filepath.Join(dir, "assets")
	}
	return ""
}

// publishAssets plans the files that layouts published so far, and those of builds before that pages in caches still name. It returns
// those that are new.
func (b *build) publishAssets() (map[string]buildoutput.File, error) {
	files, clashes := b.assets.Published()
	for _, name := range clashes {
		b.diags.Add(diagnostic.Diagnostic{File: layoutsDir, Message: "two different files would be published at /" + name,
			Advice: "give one of them another path, or both a fingerprint"})
	}
	more := map[string]buildoutput.File{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if hashedPath.MatchString(name) {
			if err := b.assets.Keep(files[name]); err != nil {
				return nil, err
			}
		}
		if !b.published[name] && b.claim(name, render.AssetsDir) {
			more[name] = buildoutput.File{Content: files[name]}
		}
	}
	b.generations.begin(b.assetDir(), files)
	kept := b.assets.Kept(b.generations.kept(b.site.Config.KeptAssets))
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if _, taken := b.plan.owners[name]; !taken && b.claim(name, render.AssetsDir) {
			more[name] = buildoutput.File{Content: kept[name]}
		}
	}
	if b.checkNesting(); b.diags.Errors() > 0 {
		return nil, nil // the output will not be used
	}
	if b.published == nil {
		b.published = map[string]bool{}
	}
	for name, file := range more {
		b.published[name] = true
		b.plan.output.Static[name] = file
	}
	return more, nil
}

// madeSums are the files that layouts published so far, by path, with the hashes of their bytes.
func (b *build) madeSums() map[string]string {
	if b.assets == nil {
		return nil
	}
	sums := map[string]string{}
	files, _ := b.assets.Published()
	for name, file := range files {
		sums[name] = file.Sum
	}
	return sums
}

// hashed is the form of the paths that change with the bytes: with a fingerprint, or of an image that was worked on.
const hashed = `(?:\.(?:[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\.[^/.]+|_hu_[0-9a-f]{16}\.[a-z]+)`

var hashedPath = regexp.MustCompile(hashed + "$")

// immutableRoute lets browsers keep what never changes.
func immutableRoute() buildoutput.Route {
	return buildoutput.Route{Src: "^/.*" + hashed + "$", Continue: true, CaseSensitive: true,
		Headers: map[string]string{"cache-control": "public, max-age=31536000, immutable"}}
}

// repeat has what a page that is taken over did with files done again, mostly from the cache.
func (b *build) repeat(uses dependency.Uses) bool {
	if len(uses.Operations) > 0 && b.assets == nil {
		return false
	}
	for _, used := range uses.Operations {
		if b.assets.Repeat(used.Operation, used.Use) != nil {
			return false
		}
	}
	return true
}

// repeatAll does so for all pages, and plans what they publish.
func (b *build) repeatAll() bool {
	if b.assets == nil {
		return true
	}
	for _, page := range b.site.Pages {
		if renderedFile(page) == "" {
			continue
		}
		if seen, ok := b.warm.reuse.Page(page); ok && !b.repeat(b.warm.reuse.Uses(seen)) {
			return false
		}
	}
	_, err := b.publishAssets()
	return err == nil
}

// cacheTime is how long results are kept that no build uses: somebody may go back to a branch.
const cacheTime = 30 * 24 * time.Hour

// rememberAssets keeps what was published for builds to come, and lets go what no build used for long.
func (b *build) rememberAssets() error {
	if b.assets == nil {
		return nil
	}
	return errors.Join(b.generations.save(), b.assetCache.Prune(time.Now().Add(-cacheTime)))
}

// assetSums are the hashes of the files that templates may work on, and of those that others named.
func (b *build) assetSums(also *dependency.State) map[string]string {
	if b.assets == nil {
		return nil
	}
	sums := b.assets.Sums()
	names, _ := b.assets.Names() // what cannot be listed is a fault of who asks for it
	for _, name := range names {
		name = dependency.AssetNames + name
		sums[name] = b.assets.Sum(name)
	}
	for _, resource := range b.site.Resources {
		sums[resource.Source] = b.assets.Sum(resource.Source)
	}
	if also != nil {
		for _, named := range also.Assets {
			sums[named.Name] = b.assets.Sum(named.Name)
		}
	}
	sums[dependency.AssetNames] = render.Sum([]byte(strings.Join(names, "\n")))
	return sums
}

// probe renders the pages of functions that may do with files what no page of the build does, so that functions know what comes of it: one
// page of each layout, and all of a layout whose operations may be others on each; those with files of their own, and those with texts that
// lead to layouts which work on files.
func (b *build) probe(ctx context.Context) error {
	if b.assets == nil {
		return nil
	}
	b.watch.begin("trying pages of functions", 0)
	wanted, err := b.probed()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, page := range wanted {
		group.Go(func() error {
			err := b.foresee(ctx, page)
			if fault := (*render.Error)(nil); errors.As(err, &fault) {
				if page.Origin == "" { // of others the text is not known
					b.plan.faults.add(fault)
				}
				err = nil
			}
			return cmp.Or(err, ctx.Err())
		})
	}
	return group.Wait()
}

// mostMoments is for how many moments to come a page is rendered.
const mostMoments = 100

// foresee renders a page as functions will, now and at each moment at which it shows something else because of a date.
func (b *build) foresee(ctx context.Context, page *site.Page) error {
	request := b.request(ctx)
	switch changes := b.plan.changes[page]; {
	case page.From.After(request.Time):
		request.Time = page.From
	case !changes.IsZero(): // as it is now the build renders it
		request.Time = changes
	}
	return b.follow(page, request)
}

// follow renders a page as a request says, and then at each moment at which it shows something else.
func (b *build) follow(page *site.Page, request render.Request) error {
	for range mostMoments {
		if !page.Holds(request.Time) {
			return nil
		}
		response, err := b.plan.renderer.Render(b.whole(page), request)
		if err != nil || response.Changes.IsZero() {
			return err
		}
		request.Time = response.Changes
	}
	return nil
}

// probed are the pages to be rendered: of those that only functions render, because they are deferred, blocking, or still to come, and those
// that will show something else one day.
func (b *build) probed() ([]*site.Page, error) {
	var inTexts []string // what is in the texts of pages that may do what others do not
	if formulas := b.site.Config.Markup.Passthrough; formulas.KaTeX {
		for _, delimiters := range slices.Concat(formulas.Block, formulas.Inline) {
			inTexts = append(inTexts, delimiters[0])
		}
	}
	for name, layout := range b.plan.layouts {
		if assetCalls.MatchString(layout.Text) {
			switch {
			case strings.HasPrefix(name, "_shortcodes/"):
				inTexts = append(inTexts, "{{")
			case strings.HasPrefix(name, "_markup/"):
				inTexts = append(inTexts, "")
			}
		}
	}
	var wanted []*site.Page
	seen, varied := map[string]bool{}, map[string]bool{} // by the layouts of a page
	for _, page := range b.site.Pages {
		if page.Policy.Keeping == site.Static || !page.Holds(b.Clock) && !page.From.After(b.Clock) ||
			renderedFile(page) != "" && page.Holds(b.Clock) && b.plan.changes[page].IsZero() {
			continue
		}
		key, err := b.plan.renderer.LayoutsKey(page)
		if err != nil {
			continue // which was reported
		}
		key += " " + string(page.Kind)
		differs, err := b.probes(page, inTexts)
		if err != nil {
			return nil, err
		}
		if _, known := varied[key]; !known {
			varied[key] = b.varies(page)
		}
		// A list may show a picture of a page that is still to come.
		differs = differs || !b.plan.changes[page].IsZero() || page.Kind != site.KindPage && b.site.Scheduled()
		if differs || varied[key] && page.Origin == "" || !seen[key] {
			wanted = append(wanted, page)
			seen[key] = seen[key] || page.Origin == ""
		}
	}
	return wanted, nil
}

// varies says whether the layouts of a page may do something else with files on each page. What texts lead to is told by the texts.
func (b *build) varies(page *site.Page) bool {
	names, err := b.plan.renderer.LayoutsOf(page)
	return err == nil && slices.ContainsFunc(names, func(name string) bool {
		text := b.plan.layouts[name].Text
		return !strings.HasPrefix(name, "_shortcodes/") && !strings.HasPrefix(name, "_markup/") &&
			(variedCalls.MatchString(text) || page.Kind != site.KindPage && strings.Contains(text, ".Resources")) // of the pages of a list
	})
}

// probes says whether a page may do what no other page of its layout does.
func (b *build) probes(page *site.Page, inTexts []string) (bool, error) {
	beside, err := b.site.List(site.ListResources + page.Path)
	if err != nil || len(beside) > 0 || len(inTexts) == 0 || page.Origin != "" {
		return len(beside) > 0, err
	}
	body, err := b.site.Body(page)
	return slices.ContainsFunc(inTexts, func(text string) bool { return bytes.Contains(body, []byte(text)) }), err
}
