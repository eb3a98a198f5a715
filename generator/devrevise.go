package generator

import (
	"maps"
	"path"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// revise takes over changes that leave the pages of the site where they are: of texts below their front matter, and of layouts that
// spread no lists over pages. These are what an author mostly does, and nothing else of the site need be read for them. It returns
// false, and has changed nothing that is shown, where all must be read.
func (d *Dev) revise(changed []string) bool {
	old := d.site
	if old == nil || len(changed) == 0 {
		return false
	}
	revised := *old
	for _, name := range changed {
		dir, file, _ := strings.Cut(name, "/")
		switch dir {
		case content.Dir:
			if !revised.reviseText(file, d.memory) {
				return false
			}
		case layoutsDir:
			if !revised.reviseLayout(name) {
				return false
			}
		default:
			return false
		}
	}
	revised.renderer = render.New(revised.site, revised.layouts)
	revised.renderer.Assets = old.renderer.Assets
	d.mu.Lock()
	defer d.mu.Unlock()
	d.site = &revised
	d.version++
	return true
}

func (s *devSite) reviseText(file string, memory *content.Memory) bool {
	if path.Ext(file) != ".md" {
		return false
	}
	was, is := memory.Renew(s.fsys, file, s.settings(s.site.Config))
	if was == nil {
		return false
	}
	revised := s.site.Revise(was, is)
	if revised == nil {
		memory.Forget(file, true) // the site has the document as it was
		return false
	}
	s.site, s.pages = revised, maps.Clone(s.pages)
	for name, page := range s.pages {
		if page.Source == path.Join(content.Dir, file) && page.Kind != site.KindOutput {
			s.pages[name], _ = revised.Page(page.Path)
		}
	}
	return true
}

func (s *devSite) reviseLayout(file string) bool {
	name := render.LayoutName(strings.TrimPrefix(file, layoutsDir+"/"))
	was, known := s.layouts[name]
	if !known || was.File != file { // it is new, or another one is in its place
		return false
	}
	var faults diagnostic.List
	text, ok := readText(s.fsys, file, &faults)
	is := render.Layout{File: file, Text: text}
	if !ok || is.Paginates() || was.Paginates() || s.assets == nil && assetCalls.MatchString(text) {
		return false
	}
	s.layouts = maps.Clone(s.layouts)
	s.layouts[name] = is
	return true
}
