package asset

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/isrgen/isrgen/generator/render"
)

// The namespaces of files of the site, and of what imports @params.
const (
	siteNamespace   = "site"
	paramsNamespace = "params"
)

// fileLoaders are what becomes of files by their extension, besides scripts and style sheets: they are written into the result.
var fileLoaders = map[string]api.Loader{".png": api.LoaderDataURL, ".jpg": api.LoaderDataURL, ".jpeg": api.LoaderDataURL, ".gif": api.LoaderDataURL,
	".svg": api.LoaderDataURL, ".webp": api.LoaderDataURL, ".avif": api.LoaderDataURL, ".woff": api.LoaderDataURL, ".woff2": api.LoaderDataURL,
	".ttf": api.LoaderDataURL, ".otf": api.LoaderDataURL, ".txt": api.LoaderText,
	".js": api.LoaderJS, ".mjs": api.LoaderJS, ".cjs": api.LoaderJS, ".jsx": api.LoaderJSX, ".ts": api.LoaderTS, ".mts": api.LoaderTS, ".tsx": api.LoaderTSX,
	".css": api.LoaderCSS, ".json": api.LoaderJSON}

// tried are the endings that an import may leave out.
var tried = []string{"", ".tsx", ".ts", ".jsx", ".mjs", ".js", ".css", ".json", "/index.ts", "/index.tsx", "/index.js", "/index.jsx"}

// resolver finds what a bundle imports: files of the site by their paths, and packages in node_modules.
type resolver struct {
	store     *Store
	entry     string // a path in the site
	content   []byte // of the entry
	params    any
	externals []string
	loaders   map[string]api.Loader
	reads     map[string]string // files that were read or looked for, with their sums. esbuild's goroutines meet in store.mu
}

func (r *resolver) setup(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: ".*"}, r.resolve)
	build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: siteNamespace}, r.load)
	build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: paramsNamespace}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		text, err := json.Marshal(r.params)
		if r.params == nil {
			text = []byte("{}")
		}
		contents := string(text)
		return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJSON}, err
	})
}

func (r *resolver) resolve(args api.OnResolveArgs) (api.OnResolveResult, error) {
	inStyle := args.Kind == api.ResolveCSSImportRule || args.Kind == api.ResolveCSSURLToken
	switch {
	case args.Kind == api.ResolveEntryPoint:
		return api.OnResolveResult{Path: r.entry, Namespace: siteNamespace}, nil
	case args.Path == "@params":
		return api.OnResolveResult{Path: "params", Namespace: paramsNamespace}, nil
	case slices.ContainsFunc(r.externals, func(pattern string) bool { return isExternal(pattern, args.Path) }):
		return api.OnResolveResult{Path: args.Path, External: true}, nil
	case args.Namespace != siteNamespace || strings.Contains(args.Path, "://") || strings.HasPrefix(args.Path, "//") || strings.HasPrefix(args.Path, "data:"):
		return api.OnResolveResult{}, nil // a file of node_modules, or something on the network
	}
	written, suffix := args.Path, ""
	if i := strings.IndexAny(written, "?#"); inStyle && i >= 0 {
		written, suffix = written[:i], written[i:]
	}
	if found, ok := r.find(args.Importer, written, inStyle); ok {
		return api.OnResolveResult{Path: found, Namespace: siteNamespace, Suffix: suffix}, nil
	}
	relative := strings.HasPrefix(args.Path, ".") || strings.HasPrefix(args.Path, "/")
	switch {
	case args.Kind == api.ResolveCSSURLToken:
		return api.OnResolveResult{Path: args.Path, External: true}, nil // it is the address of something that is published
	case relative:
		return api.OnResolveResult{}, fmt.Errorf("there is no file %s in the site for %s", path.Join(path.Dir(args.Importer), written), args.Importer)
	}
	return api.OnResolveResult{}, nil // a package
}

// isExternal says whether a pattern, which may have one star, fits a path.
func isExternal(pattern, name string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return name == pattern || strings.HasPrefix(name, pattern+"/") && !strings.HasPrefix(pattern, ".")
	}
	return len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}

// find looks for what is imported: beside the file that imports it, else in assets/. Nothing outside of the directory that the file is
// in, assets or content, is found.
func (r *resolver) find(importer, name string, inStyle bool) (string, bool) {
	top, _, _ := strings.Cut(importer, "/")
	var bases []string
	if strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || inStyle && !strings.HasPrefix(name, "/") {
		bases = append(bases, path.Join(path.Dir(importer), name))
	}
	if !strings.HasPrefix(name, ".") {
		bases = append(bases, path.Join(render.AssetsDir, path.Join("/", name)))
	}
	for _, base := range bases {
		if !strings.HasPrefix(base, top+"/") && !strings.HasPrefix(base, render.AssetsDir+"/") {
			continue
		}
		for _, ending := range tried {
			if candidate := base + ending; fs.ValidPath(candidate) && r.note(candidate) != "" {
				return candidate, true
			}
		}
	}
	return "", false
}

// note remembers that a file was looked for, and gives its sum, empty for one that there is not.
func (r *resolver) note(name string) string {
	sum := r.store.Sum(name)
	if name == r.entry && sum == "" {
		return "" // it was made, and is no file
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.reads[name] = sum
	return sum
}

func (r *resolver) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	content, err := r.content, error(nil)
	if args.Path != r.entry {
		if content, err = r.store.read(args.Path); err != nil {
			return api.OnLoadResult{}, err
		}
		r.note(args.Path)
	}
	loader, ok := r.loaders[strings.ToLower(path.Ext(args.Path))]
	if !ok {
		return api.OnLoadResult{}, fmt.Errorf("it is not known what to do with %s: name a loader for %s", args.Path, path.Ext(args.Path))
	}
	text := string(content)
	return api.OnLoadResult{Contents: &text, Loader: loader, ResolveDir: r.store.options.Site}, nil
}

// readModules notes which files of node_modules are in the result.
func (r *resolver) readModules(metafile string) {
	var meta struct {
		Inputs map[string]struct{} `json:"inputs"`
	}
	if json.Unmarshal([]byte(metafile), &meta) != nil {
		return
	}
	for name := range meta.Inputs {
		name = filepath.ToSlash(name)
		if fs.ValidPath(name) && strings.HasPrefix(name, "node_modules/") {
			r.note(name)
		}
	}
}
