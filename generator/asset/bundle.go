package asset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/isrgen/isrgen/generator/render"
)

// bundleOptions are the options of js.Build and css.Build, under Hugo's names.
type bundleOptions struct {
	TargetPath      string            `json:"targetpath"`
	Minify          bool              `json:"minify"`
	Target          words             `json:"target"`
	Format          string            `json:"format"`
	SourceMap       string            `json:"sourcemap"`
	Externals       []string          `json:"externals"`
	Defines         map[string]any    `json:"defines"`
	Params          any               `json:"params"`
	Loaders         map[string]string `json:"loaders"`
	JSX             string            `json:"jsx"`
	JSXImportSource string            `json:"jsximportsource"`
	JSXFactory      string            `json:"jsxfactory"`
	JSXFragment     string            `json:"jsxfragment"`
	Drop            words             `json:"drop"`
}

// words are a text or a list of texts.
type words []string

// UnmarshalJSON reads either.
func (w *words) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(w))
}

// decodeOptions reads the options of an operation, and refuses those that it has not.
func decodeOptions(op render.Operation, into any) error {
	decoder := json.NewDecoder(strings.NewReader(op.Options))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", op.Kind, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

var (
	formats = map[string]api.Format{"": api.FormatIIFE, "iife": api.FormatIIFE, "esm": api.FormatESModule, "cjs": api.FormatCommonJS}
	targets = map[string]api.Target{"esnext": api.ESNext, "es5": api.ES5, "es6": api.ES2015, "es2015": api.ES2015, "es2016": api.ES2016,
		"es2017": api.ES2017, "es2018": api.ES2018, "es2019": api.ES2019, "es2020": api.ES2020, "es2021": api.ES2021, "es2022": api.ES2022,
		"es2023": api.ES2023, "es2024": api.ES2024}
	engines = map[string]api.EngineName{"chrome": api.EngineChrome, "edge": api.EngineEdge, "firefox": api.EngineFirefox, "ios": api.EngineIOS,
		"opera": api.EngineOpera, "safari": api.EngineSafari}
	loaders = map[string]api.Loader{"base64": api.LoaderBase64, "binary": api.LoaderBinary, "css": api.LoaderCSS, "dataurl": api.LoaderDataURL,
		"empty": api.LoaderEmpty, "js": api.LoaderJS, "json": api.LoaderJSON, "jsx": api.LoaderJSX, "text": api.LoaderText, "ts": api.LoaderTS,
		"tsx": api.LoaderTSX}
	jsxModes   = map[string]api.JSX{"": api.JSXTransform, "transform": api.JSXTransform, "preserve": api.JSXPreserve, "automatic": api.JSXAutomatic}
	sourceMaps = map[string]api.SourceMap{"": api.SourceMapNone, "none": api.SourceMapNone, "inline": api.SourceMapInline}
	drops      = map[string]api.Drop{"console": api.DropConsole, "debugger": api.DropDebugger}
)

// oneOf looks up the value of an option.
func oneOf[T any](values map[string]T, op render.Operation, option, value string) (T, error) {
	found, ok := values[value]
	if !ok {
		known := slices.DeleteFunc(slices.Sorted(maps.Keys(values)), func(name string) bool { return name == "" })
		return found, fmt.Errorf("%s: %s cannot be %q: write %s", op.Kind, option, value, strings.Join(known, ", "))
	}
	return found, nil
}

// bundle makes one file of a script or style sheet and what it imports.
func (s *Store) bundle(op render.Operation, input *made, content []byte) (*result, error) {
	var o bundleOptions
	if err := decodeOptions(op, &o); err != nil {
		return nil, err
	}
	extension, kind := ".js", "text/javascript"
	if op.Kind == render.OpStyle {
		extension, kind = ".css", "text/css"
	}
	r := &resolver{store: s, entry: entryOf(input), content: content, params: o.Params, externals: o.Externals, reads: map[string]string{}}
	options, err := o.settings(op)
	if err != nil {
		return nil, err
	}
	r.loaders = options.Loader
	options.EntryPoints = []string{r.entry}
	options.AbsWorkingDir = s.options.Site
	options.Outfile = filepath.Join(s.options.Site, "out"+extension)
	options.Plugins = []api.Plugin{{Name: "isrgen", Setup: r.setup}}
	built := api.Build(options)
	if len(built.Errors) > 0 {
		return nil, buildFault(built.Errors)
	}
	if len(built.OutputFiles) != 1 {
		return nil, &render.Error{File: r.entry, Message: "the script imports a style sheet, which would be lost", Advice: "bundle the style sheet with css.Build"}
	}
	r.readModules(built.Metafile)
	asset := &render.Asset{Path: o.TargetPath, MediaType: kind}
	if asset.Path == "" {
		asset.Path = strings.TrimSuffix(input.asset.Path, path.Ext(input.asset.Path)) + extension
	}
	return &result{asset: asset, content: built.OutputFiles[0].Contents, reads: r.reads}, nil
}

// settings are the options in the words of esbuild.
func (o *bundleOptions) settings(op render.Operation) (api.BuildOptions, error) {
	b := api.BuildOptions{Bundle: true, Metafile: true, LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8, TsconfigRaw: "{}",
		MinifyWhitespace: o.Minify, MinifyIdentifiers: o.Minify, MinifySyntax: o.Minify,
		JSXImportSource: o.JSXImportSource, JSXFactory: o.JSXFactory, JSXFragment: o.JSXFragment,
		Define: map[string]string{}, Loader: maps.Clone(fileLoaders)}
	var err error
	set := func(failed error) {
		if err == nil {
			err = failed
		}
	}
	var failed error
	b.Format, failed = oneOf(formats, op, "format", o.Format)
	set(failed)
	b.JSX, failed = oneOf(jsxModes, op, "JSX", o.JSX)
	set(failed)
	b.Sourcemap, failed = oneOf(sourceMaps, op, "sourceMap", o.SourceMap)
	set(failed)
	if op.Kind == render.OpStyle {
		b.Format = api.FormatDefault
	} else {
		b.Define["process.env.NODE_ENV"] = `"production"`
	}
	for name, value := range o.Defines {
		text, err := json.Marshal(value)
		set(err)
		if b.Define[name] = string(text); text != nil && text[0] == '"' {
			b.Define[name] = value.(string) // which is code already, as in Hugo
		}
	}
	for extension, name := range o.Loaders {
		b.Loader[extension], failed = oneOf(loaders, op, "a loader", name)
		set(failed)
	}
	for _, name := range o.Drop {
		drop, failed := oneOf(drops, op, "drop", name)
		set(failed)
		b.Drop |= drop
	}
	for _, name := range o.Target {
		set(target(&b, op, strings.ToLower(name)))
	}
	return b, err
}

// target sets what the result must run on: a version of the language, or of a browser, such as chrome100.
func target(b *api.BuildOptions, op render.Operation, name string) error {
	browser := strings.TrimRight(name, "0123456789.")
	if engine, ok := engines[browser]; ok && browser != name {
		b.Engines = append(b.Engines, api.Engine{Name: engine, Version: name[len(browser):]})
		return nil
	}
	version, err := oneOf(targets, op, "target", name)
	b.Target = version
	return err
}

// entryOf is the path in the site that an input stands at for what it imports.
func entryOf(input *made) string {
	if len(input.asset.Reads) == 1 && input.op.Kind == render.OpFile {
		return input.asset.Reads[0]
	}
	return path.Join(render.AssetsDir, input.asset.Path)
}

// buildFault is the first of some faults, where it stands.
func buildFault(messages []api.Message) error {
	m := messages[0]
	fault := &render.Error{File: render.AssetsDir, Message: m.Text, Advice: "correct it, so that it can be bundled"}
	if len(messages) > 1 {
		fault.Advice += fmt.Sprintf("; there are %d more faults", len(messages)-1)
	}
	if at := m.Location; at != nil {
		fault.File, fault.Line, fault.Excerpt = strings.TrimPrefix(at.File, siteNamespace+":"), at.Line, at.LineText
		fault.Column = len([]rune(string(bytes.ToValidUTF8([]byte(at.LineText)[:min(at.Column, len(at.LineText))], nil)))) + 1
	}
	return fault
}
