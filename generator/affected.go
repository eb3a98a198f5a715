package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/compile"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// render renders a page as it is at the time of the build, watched if what it reads is to be remembered.
func (b *build) render(ctx context.Context, page *site.Page) (*render.Response, error) {
	if response := b.kept(page); response != nil {
		return response, nil
	}
	request := b.request(ctx)
	if b.recorder != nil {
		return b.recorder.Render(b.whole(page), request)
	}
	return b.plan.renderer.Render(b.whole(page), request)
}

// request is what pages see at the time of the build.
func (b *build) request(ctx context.Context) render.Request {
	return render.Request{Context: ctx, Time: b.Clock, JSON: b.reader.JSON, Limit: b.site.Config.Timeout}
}

// remember keeps what the pages of a build were made from. The output is in its place: a failure costs no more than that memory.
func (b *build) remember() {
	if b.recorder == nil {
		return
	}
	state, err := b.state()
	if err == nil {
		err = b.rememberAssets()
	}
	if err == nil {
		var bundles []string
		for function := range b.site.Division.Functions() {
			bundles = append(bundles, filepath.Join(b.Destination, "functions", functionPath(function)+".func", content.BundleFile))
		}
		b.recorder.Identify(func(page *site.Page) string {
			return filepath.Join(b.Destination, filepath.FromSlash(renderedFile(page)))
		})
		record := b.recorder.Record(state, dependency.NewBundles(bundles), b.site.Config.Selection, program())
		record.SetPublished(b.madeSums())
		record.BrokenLinks, record.Addresses = b.brokenLinks, b.addresses()
		err = record.Save(b.Cache)
	}
	if err != nil {
		b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: b.Cache,
			Message: "what pages were made from cannot be remembered: " + err.Error(),
			Advice:  "make the directory writable if `isrgen affected` shall know this build"})
	}
}

// state takes down what the pages are made from, and the files beside them.
func (b *build) state() (*dependency.State, error) {
	state := b.warm.state
	if state == nil {
		var err error
		if state, err = dependency.NewState(b.site, b.whole, b.plan.layouts); err != nil {
			return nil, err
		}
	}
	files := maps.Clone(b.plan.output.Static)
	for _, page := range b.site.Pages {
		delete(files, page.File())
	}
	for name := range b.published {
		delete(files, name) // they are known when all pages are rendered, and pages name them
	}
	state.SetAssets(b.assetSums(state))
	return state, state.AddFiles(files)
}

// AffectedOptions say what to compare. The zero value compares the site in the working directory with its last build.
type AffectedOptions struct {
	// Source is the site's directory; empty means the working directory.
	Source string

	// Cache is the directory that a build remembered in; see [Options].
	Cache string

	// Since is a revision of git to compare with, in the place of the last build.
	Since string

	// Files asks for the pages that read files, by their path in the site, or show items of sources on the network, such as
	// products:42, instead of for changes.
	Files []string
}

// ErrSince is the error of a revision that cannot be compared with.
var ErrSince = errors.New("cannot be compared with")

// Affected finds the addresses that a change of the site's files makes different, by path. What is wrong with the site is in the
// diagnostics, and the error is then [ErrSite].
func Affected(ctx context.Context, o AffectedOptions) ([]dependency.Change, []diagnostic.Diagnostic, error) {
	o.Source = cmp.Or(o.Source, ".")
	record, err := dependency.Load(o.Cache)
	if err != nil && !(errors.Is(err, dependency.ErrNoRecord) && (o.Since != "" || len(o.Files) > 0)) {
		return nil, nil, err
	}
	options := Options{Source: o.Source, assetsOf: o.Cache}
	if record != nil {
		as := record.Selection
		options.Clock, options.Drafts, options.Future, options.Expired = as.Now, as.Drafts, as.Future, as.Expired
		options.Minify = as.Minify
	}
	after, err := openVersion(ctx, options)
	if err != nil {
		return nil, after.diags.Sorted(), err
	}
	defer after.close()
	if record != nil {
		after.version.State.SetAssets(after.assetSums(record.State))
	}
	remembered := record != nil && after.version.Remember(record)
	switch {
	case len(o.Files) > 0:
		changes, err := after.readers(ctx, o.Files)
		return changes, nil, err
	case o.Since == "" && remembered && !record.Asks():
		return nil, nil, nil
	case o.Since == "":
		changes, err := after.sinceBuild(ctx, record)
		return changes, nil, err
	}
	options.Clock = after.Clock
	changes, err := after.since(ctx, o.Since, options, record)
	return changes, nil, err
}

// openedVersion is a site that was loaded to be compared.
type openedVersion struct {
	*build
	version *dependency.Version
}

// openVersion loads a site as a build does, and makes no output. What it returns has diagnostics even if that fails.
func openVersion(ctx context.Context, o Options) (*openedVersion, error) {
	o.Bootstrap = func(context.Context, compile.Program) ([]byte, error) { return nil, nil }
	b, err := newBuild(o.withDefaults())
	v := &openedVersion{build: b}
	if err != nil {
		return v, err
	}
	err = b.load(ctx)
	if err == nil && b.site != nil {
		err = b.prepare(ctx)
	}
	if err != nil || b.diags.Errors() > 0 {
		b.close()
		return v, cmp.Or(err, ErrSite)
	}
	state, err := b.state()
	if err != nil {
		b.close()
		return v, err
	}
	v.version = dependency.AtHand(state, b.site, b.whole, b.plan.renderer, b.request(ctx))
	return v, nil
}

// sinceBuild compares the version with that of a record, whose output need not be there any more.
func (v *openedVersion) sinceBuild(ctx context.Context, record *dependency.Record) ([]dependency.Change, error) {
	packed, packer, closed, _ := record.Bundles.Open() // nil if they are not there any more
	defer closed()
	changes, err := dependency.Compare(ctx, dependency.Remembered(record, packed, packer, v.request(ctx)), v.version)
	if err != nil {
		return nil, err
	}
	changes = append(changes, record.MadeSince(v.madeSums())...) // by the pages that were rendered to compare them
	slices.SortFunc(changes, func(a, b dependency.Change) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Change, b.Change))
	})
	return changes, nil
}

// since compares the version with that of a revision. One of the two may be the one that was built last, of which more is known.
func (v *openedVersion) since(ctx context.Context, revision string, o Options, record *dependency.Record) ([]dependency.Change, error) {
	dir, err := os.MkdirTemp("", "isrgen-since-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := checkOut(ctx, v.Source, revision, dir); err != nil {
		return nil, err
	}
	o.Source = dir
	before, err := openVersion(ctx, o)
	if errors.Is(err, ErrSite) {
		return nil, fmt.Errorf("%s %w: the site has errors there: %s", revision, ErrSince, firstError(before.diags.Sorted()))
	}
	if err != nil {
		return nil, err
	}
	defer before.close()
	if record != nil {
		before.version.State.SetAssets(before.assetSums(record.State))
		before.version.Remember(record)
	}
	return dependency.Compare(ctx, before.version, v.version)
}

// concerned are the pages that a change of an item concerns, of a key such as products:42. The item may be gone, or new.
func (v *openedVersion) concerned(key string) (found map[string]dependency.Change, isItem bool) {
	name, item, _ := strings.Cut(key, ":")
	origin := v.site.Origins[name]
	if origin == nil || item == "" {
		return nil, false
	}
	found = map[string]dependency.Change{}
	var terms []string
	address := v.site.Config.Canonical(origin.Dir() + item)
	if page, err := v.site.Page(address); err == nil && page.Origin == name {
		terms = page.AllTerms()
		found[address] = dependency.Change{Path: address, Change: dependency.Reads, Kind: string(page.Policy.Keeping), Source: key}
	} else {
		for _, reader := range origin.Readers {
			terms = append(terms, reader.Terms...) // nobody knows which it had, or will have
		}
		found[address] = dependency.Change{Path: address, Change: dependency.Reads, Kind: string(site.Deferred), Source: key}
	}
	for _, path := range origin.Concerned(terms) {
		if page, err := v.site.Page(path); err == nil {
			found[path] = dependency.Change{Path: path, Change: dependency.Reads, Kind: string(page.Policy.Keeping), Source: page.Source}
		}
	}
	return found, true
}

func firstError(all []diagnostic.Diagnostic) string {
	i := slices.IndexFunc(all, func(d diagnostic.Diagnostic) bool { return d.Severity == diagnostic.Error })
	return all[i].String()
}

// readers are the pages that read any of some files.
func (v *openedVersion) readers(ctx context.Context, files []string) ([]dependency.Change, error) {
	found := map[string]dependency.Change{}
	for _, file := range files {
		if concerned, isItem := v.concerned(file); isItem {
			maps.Copy(found, concerned)
			continue
		}
		file = path.Clean(filepath.ToSlash(file))
		if _, err := fs.Stat(v.fsys, file); err != nil {
			return nil, fmt.Errorf("%s: there is no such file in the site: name it by its path there, such as content/posts/hello.md; "+
				"for what was removed, name no file", file)
		}
		changes, err := v.version.Readers(ctx, v.site, file)
		if err != nil {
			return nil, err
		}
		for _, change := range changes {
			found[change.Path] = change
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b dependency.Change) int { return cmp.Compare(a.Path, b.Path) }), nil
}
