package site

import (
	"path"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
)

// Resource is a file of the content directory that is published as it is, beside the page which it belongs to.
type Resource struct {
	Path   string // below static/ of the output
	Source string // in the site
}

// resources finds the place of each file that is not a document: below the address of the leaf bundle or section whose
// directory it is in. What belongs to a draft, or to a static page before or after its time, is not published.
func (b *builder) resources(tree *content.Tree) []Resource {
	bundles := map[string]*Page{}
	for _, page := range b.all {
		if page.doc != nil && page.doc.IsBundle() {
			bundles[path.Dir(page.doc.Path)] = page
		}
	}
	drafts := map[string]bool{}
	for _, doc := range tree.Drafts {
		if doc.IsBundle() && doc.Language == b.config.Language.Key {
			drafts[path.Dir(doc.Path)] = true
		}
	}
	for _, page := range b.hidden {
		if page.doc.IsBundle() {
			drafts[path.Dir(page.doc.Path)] = true
		}
	}
	var all []Resource
	for _, file := range tree.Resources {
		name, language := tree.Languages.Resource(file)
		if language != "" && language != b.config.Language.Key {
			continue
		}
		for dir := path.Dir(name); !drafts[dir]; dir = path.Dir(dir) {
			owner := bundles[dir]
			if owner == nil {
				owner = b.dirs[dir]
			}
			if owner != nil {
				inside := strings.TrimPrefix(name, dir+"/")
				if owner.build.Unshipped {
					break
				}
				b.lists[ListResources+owner.Path] = append(b.lists[ListResources+owner.Path], Entry{Path: inside})
				all = append(all, Resource{
					Path:   strings.TrimPrefix(path.Join(owner.Path, inside), "/"),
					Source: path.Join(content.Dir, file),
				})
				break
			}
			if dir == "." {
				break
			}
		}
	}
	return all
}
