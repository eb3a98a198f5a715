package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/buildoutput/check"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// A function has all that the pages of a site are made from, and the most of it are their texts. Where that would be more than the
// platform takes, the addresses are divided among several functions. Each has the texts of its own pages, and those of others that its
// pages show; all else is in each of them.

const (
	megabyte    = 1000 * 1000
	programSize = 10 * megabyte // more than the program of a function has

	fullPercent  = 94  // of what a function may have are enough to divide it: sizes are measured with samples
	partPercent  = 75  // of that are in a part, so that none is near the limit: if half of the texts' room is left
	sampledPages = 256 // stand for all regular pages
	triedPages   = 8   // stand for all of their layouts
)

// divide divides the site if one function would be too large.
func (b *build) divide(ctx context.Context) error {
	most := b.functionSize()*fullPercent/100 - programSize
	var all, own int64 // texts
	for _, page := range b.site.Pages {
		all += page.Size()
		if page.Policy.IsEntry() {
			own += page.Size()
		}
	}
	if own == 0 || all < most/2 { // texts are the most of it, and do not grow
		return nil
	}
	size, err := b.measure()
	if err != nil || size.common+size.packed(all) <= most {
		return err
	}
	b.watch.begin("dividing the site among functions", 0)
	if b.plan.shown, err = b.shownTexts(ctx); err != nil {
		return err
	}
	room := most - size.common
	for target := min(room, max(room/2, most*partPercent/100-size.common)); target > 0; target -= target/8 + 1 {
		b.site.Divide(site.Divide(b.site.Pages, func(page *site.Page) int64 {
			if !page.Policy.IsEntry() {
				return 0
			}
			return size.packed(page.Size())
		}, target))
		if size.packed(b.mostTexts()) <= room {
			return nil
		}
	}
	b.diags.Add(diagnostic.Diagnostic{File: site.ConfigFile,
		Message: fmt.Sprintf("the functions of this site cannot be made smaller than %d MB, however many there are", b.functionSize()/megabyte),
		Advice:  "let the build render the pages that show texts of many others, or show only their titles"})
	return nil
}

// functionSize is how large a function may be, in bytes.
func (b *build) functionSize() int64 {
	if b.deployment.FunctionSize > 0 {
		return int64(b.deployment.FunctionSize) * megabyte
	}
	return check.MaxFunctionSize
}

// bundleSize is about what a bundle has.
type bundleSize struct {
	common int64   // bytes without the texts of pages
	ratio  float64 // of texts in it to texts
}

func (s bundleSize) packed(texts int64) int64 { return int64(s.ratio * float64(texts)) }

// measure packs all lists, and some regular pages, which are like the others. It reads the texts of these alone.
func (b *build) measure() (bundleSize, error) {
	var lists, regular, sample []*site.Page
	for _, page := range b.site.Pages {
		if page.Kind == site.KindPage {
			regular = append(regular, page)
		} else {
			lists = append(lists, page)
		}
	}
	var texts int64
	for i := 0; i < len(regular); i += 1 + len(regular)/sampledPages {
		sample = append(sample, regular[i])
		texts += regular[i].Size()
	}
	apart := ownLists{b.site.Library, b.site.Config.Lists()}
	packed := func(pages []*site.Page, library site.Library, texts bool) (int64, error) {
		c := b.bundle(func(*site.Page) bool { return texts })
		s := *b.site
		s.Pages, s.Library = pages, library
		c.site, c.assets = &s, nil
		return c.WriteTo(io.Discard)
	}
	common, err1 := packed(lists, b.site.Library, false)
	nothing, err2 := packed(nil, apart, false)
	records, err3 := packed(sample, apart, false)
	whole, err4 := packed(sample, apart, true)
	size := bundleSize{common: common + (records-nothing)*int64(len(regular))/int64(max(1, len(sample))), ratio: 1}
	if texts > 0 {
		size.ratio = float64(whole-records) / float64(texts)
	}
	return size, errors.Join(err1, err2, err3, err4)
}

// ownLists is a library without the lists that are of no page.
type ownLists struct {
	site.Library
	without []string
}

func (l ownLists) List(name string) ([]site.Entry, error) {
	if slices.Contains(l.without, name) {
		return nil, nil
	}
	return l.Library.List(name)
}

// mostTexts is the size of the texts of the function that has the most.
func (b *build) mostTexts() int64 {
	sizes := make([]int64, b.site.Division.Functions())
	for function := range sizes {
		has := b.hasText(function)
		for _, page := range b.site.Pages {
			if has(page) {
				sizes[function] += page.Size()
			}
		}
	}
	return slices.Max(sizes)
}

// hasText says for which pages a function has the text. It is nil where one has all.
func (b *build) hasText(function int) func(*site.Page) bool {
	division := b.site.Division
	if division == nil {
		return nil
	}
	shown := map[string]bool{}
	for page, texts := range b.plan.shown {
		if division.Of(page) == function {
			for _, path := range texts {
				shown[path] = true
			}
		}
	}
	return func(page *site.Page) bool {
		return page.Policy.IsEntry() && division.Of(page) == function || shown[page.Path]
	}
}

// shownTexts finds the pages in functions that show the texts of others, and whose, by path. Where none of some pages with the same
// layouts does so, the others are taken not to either; else all are tried.
func (b *build) shownTexts(ctx context.Context) (map[*site.Page][]string, error) {
	alike := map[string][]*site.Page{}
	for _, page := range b.site.Pages {
		if !page.Policy.IsEntry() || !page.Holds(b.Clock) && !page.From.After(b.Clock) {
			continue
		}
		if key, err := b.plan.renderer.LayoutsKey(page); err == nil { // else a fault, which is reported when the page is planned
			alike[key+" "+string(page.Kind)] = append(alike[key+" "+string(page.Kind)], page)
		}
	}
	shown := map[*site.Page][]string{}
	for _, pages := range alike {
		var sample []*site.Page
		for i := 0; i < len(pages); i += 1 + len(pages)/triedPages {
			sample = append(sample, pages[i])
		}
		before := len(shown)
		err := b.addShown(ctx, shown, sample)
		if err == nil && len(shown) > before {
			err = b.addShown(ctx, shown, pages)
		}
		if err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// addShown renders pages, now and at each moment to come at which they show something else.
func (b *build) addShown(ctx context.Context, shown map[*site.Page][]string, pages []*site.Page) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, page := range pages {
		group.Go(func() error {
			watch, watched := dependency.NewWatch(b.site, page)
			request := b.request(ctx)
			request.Site = watched
			if page.From.After(request.Time) {
				request.Time = page.From
			}
			err := b.follow(page, request)
			if fault := (*render.Error)(nil); errors.As(err, &fault) && page.Origin == "" {
				b.plan.faults.add(fault)
			} else if err != nil && fault == nil {
				return err
			}
			texts := slices.DeleteFunc(watch.Texts(), func(path string) bool { return path == page.Path })
			if len(texts) > 0 {
				mu.Lock()
				defer mu.Unlock()
				shown[page] = texts
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
