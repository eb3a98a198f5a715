package dependency

import (
	"context"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

// Readers finds the pages of a version at hand that read a file of the site, by the file's path in it. The lists that hold a
// document count as read from it, since what it says may move it in them.
func (v *Version) Readers(ctx context.Context, s *site.Site, file string) ([]Change, error) {
	var readers []Change
	if published, ok := v.published(s, file); ok {
		readers = append(readers, Change{Path: "/" + published, Change: Reads, Kind: KindFile, Certain: true})
		if !v.isAsset(file) {
			return readers, nil
		}
	}
	marked := make([]bool, v.State.siteFact(factsOfSite))
	layout := ""
	switch name, isLayout := strings.CutPrefix(file, "layouts/"); {
	case isLayout:
		layout = name
	case strings.HasPrefix(file, "i18n/"):
		layout = "i18n" // all tables together are like a layout
	case file == site.ConfigFile:
		marked[v.State.siteFact(factConfig)] = true
		marked[v.State.siteFact(factMenus)] = true
	case v.isAsset(file):
	case strings.HasPrefix(file, "data/"):
		marked[v.State.siteFact(factData)] = true
	case !v.mark(file, marked):
		return nil, nil // such as a draft
	}
	for i, page := range v.State.Pages {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !page.There {
			continue
		}
		seen, sets, err := v.rendered(i)
		if err != nil {
			return nil, err
		}
		met, err := meets(seen.Reads, marked)
		if err != nil {
			return nil, err
		}
		if met || layout != "" && slices.Contains(sets.layouts[seen.Layouts], layout) ||
			slices.Contains(sets.uses[seen.Uses].Files, file) {
			readers = append(readers, Change{page.Path, Reads, string(page.Kind), page.Source, false})
		}
	}
	return readers, nil
}

// isAsset says whether templates may work on a file.
func (v *Version) isAsset(file string) bool {
	return slices.ContainsFunc(v.State.Assets, func(f Named) bool { return f.Name == file })
}

// published is where a file is published as it is.
func (v *Version) published(s *site.Site, file string) (string, bool) {
	for _, resource := range s.Resources {
		if resource.Source == file {
			return resource.Path, true
		}
	}
	name, ok := strings.CutPrefix(file, "static/")
	return name, ok && slices.ContainsFunc(v.State.Files, func(f Named) bool { return f.Name == name })
}

// mark marks the facts that a document has a part in. It reports whether there is such a document.
func (v *Version) mark(source string, marked []bool) bool {
	found := false
	mark := func(kind int, path string) {
		if i := v.State.find(path); i >= 0 {
			marked[v.State.pageFact(kind, i)] = true
		}
	}
	for _, page := range v.State.Pages {
		if page.Source != source {
			continue
		}
		found = true
		mark(factRecord, page.Path)
		mark(factBody, page.Path)
		marked[v.State.siteFact(factRegular)] = true
		marked[v.State.siteFact(factSections)] = true
		marked[v.State.siteFact(factNodes)] = true
		marked[v.State.siteFact(factMain)] = true
		marked[v.State.siteFact(factRelated)] = true
		marked[v.State.siteFact(factMenus)] = true
		at := v.pages[page.Path]
		mark(factList, at.Parent)
		for parent := at.Parent; parent != ""; parent = v.pages[parent].Parent {
			mark(factRecursive, parent)
		}
		for _, terms := range at.Terms {
			for _, term := range terms.Terms {
				mark(factList, term)
			}
		}
	}
	return found
}
