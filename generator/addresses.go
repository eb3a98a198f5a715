package generator

import (
	"context"
	"path"
	"slices"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/templates"
)

// Addresses lists what a site answers without a 404 when it is built: pages, lists, their other forms, files, and former addresses that
// lead to pages. Pages that lists are spread over are left out, since they are known when lists are rendered. It builds nothing.
// What is wrong with the site is returned beside [ErrSite].
func Addresses(ctx context.Context, o Options) ([]string, []diagnostic.Diagnostic, error) {
	b, err := look(ctx, o)
	if err != nil {
		return nil, b.diags.Sorted(), err
	}
	var all []string
	for _, page := range b.site.Pages {
		all = append(all, page.Path)
	}
	for _, alias := range b.site.Aliases {
		all = append(all, alias.Path)
	}
	for _, resource := range b.site.Resources {
		all = append(all, "/"+resource.Path)
	}
	again, err := newBuild(b.Options) // look closes the directory
	if err != nil {
		return nil, nil, err
	}
	defer again.close()
	names, err := content.Files(again.fsys, staticDir, &again.diags)
	if err != nil {
		return nil, nil, err
	}
	theme, err := content.Files(templates.Theme(), staticDir, &again.diags)
	for _, name := range append(names, theme...) {
		all = append(all, path.Join("/", name))
	}
	slices.Sort(all)
	return slices.Compact(all), b.diags.Sorted(), err
}
