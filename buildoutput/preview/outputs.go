package preview

import "github.com/isrgen/isrgen/buildoutput"

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

func newOutputs(out *buildoutput.Output) *outputs {
	static := out.StaticOutputs()
	o := &outputs{
		static:     make(map[string]staticFile, len(static)),
		functions:  out.Functions,
		prerenders: out.Prerenders,
	}
	for outputPath, name := range static {
		o.static[outputPath] = newStaticFile(name, out.Static[name], out.Config.Overrides[name])
	}
	return o
}

func newStaticFile(name string, file buildoutput.File, override buildoutput.Override) staticFile {
	if override.ContentType != "" {
		return staticFile{file.Path, override.ContentType}
	}
	return staticFile{file.Path, buildoutput.ContentType(name)}
}

// Has reports whether there is an output of this path.
func (o *outputs) Has(output string) bool {
	if _, ok := o.functions[output]; ok {
		return true
	}
	_, ok := o.static[output]
	return ok
}
