package preview

import (
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

// outputs are what a deployment can answer with, by output path. A path is in static or in functions, not in both; a
// prerender is a function too.
type outputs struct {
	static     map[string]staticFile
	functions  map[string]*buildoutput.Function
	prerenders map[string]*buildoutput.Prerender
}

// staticFile is a file below static/ as overrides made it.
type staticFile struct {
	path        string // inside the directory
	contentType string
}

// newOutputs applies the overrides. A function replaces a static file of the same path.
//
// Source: deserializeBuildOutput of @vercel/build-utils; an override to a file's own path removes the file there.
func newOutputs(out *buildoutput.Output) *outputs {
	o := &outputs{
		static:     make(map[string]staticFile, len(out.Static)),
		functions:  out.Functions,
		prerenders: out.Prerenders,
	}
	for name, file := range out.Static {
		if out.Config.Overrides[name].Path == "" {
			o.static[name] = newStaticFile(name, file, out.Config.Overrides[name])
		}
	}
	for _, name := range sortedKeys(out.Config.Overrides) {
		override := out.Config.Overrides[name]
		file, ok := out.Static[name]
		if !ok || override.Path == "" {
			continue
		}
		if to := strings.Trim(override.Path, "/"); to != name {
			if to == "" {
				to = "index"
			}
			o.static[to] = newStaticFile(name, file, override)
		}
	}
	for name := range out.Functions {
		delete(o.static, name)
	}
	return o
}

func newStaticFile(name string, file buildoutput.File, override buildoutput.Override) staticFile {
	if override.ContentType != "" {
		return staticFile{file.Path, override.ContentType}
	}
	return staticFile{file.Path, contentType(name)}
}

// Has reports whether there is an output of this path.
func (o *outputs) Has(output string) bool {
	if _, ok := o.functions[output]; ok {
		return true
	}
	_, ok := o.static[output]
	return ok
}
