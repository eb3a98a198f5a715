package buildoutput

import (
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Output is one Build Output, read from a directory or about to be written to one. Its maps are keyed by output path: the
// path of a URL without slashes at its ends, such as "posts/hello", or "index" for the root.
type Output struct {
	Config Config

	// Static are the files below static/, keyed by their path there (overrides are not applied).
	Static map[string]File

	Functions map[string]*Function

	// Prerenders make the function of the same output path an ISR route.
	Prerenders map[string]*Prerender

	// Extra are files beside config.json that the platform ignores, keyed by their path.
	Extra map[string]File

	// More gives further static files, which are known when all but the late files are written. Nil is none.
	More func() (map[string]File, error)

	// Ignored is what [Read] passed over: values which the platform's reader does not look at and which are of a form that has
	// no meaning, and files that are none.
	Ignored []*Fault
}

// StaticOutputs gives the static files by output path, each with its path below static/: overrides are applied, and what a
// function hides is left out. An override to a file's own path removes the file. The root may be named "index" or "".
//
// Source: deserializeBuildOutput of @vercel/build-utils.
func (o *Output) StaticOutputs() map[string]string {
	outputs := make(map[string]string, len(o.Static))
	for name := range o.Static {
		if o.Config.Overrides[name].Path == "" {
			outputs[name] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Config.Overrides)) {
		to := o.Config.Overrides[name].Path
		if _, exists := o.Static[name]; !exists || to == "" || to == name {
			continue
		}
		if to = strings.Trim(to, "/"); to == "" {
			to = "index"
		}
		outputs[to] = name
	}
	for name := range o.Functions {
		delete(outputs, name)
	}
	return outputs
}

// Function is one function: a directory of files, or another name for such a directory.
type Function struct {
	// Link is the output path of the function that this one is a second name for. Everything below is then that
	// function's.
	Link string

	Config FunctionConfig

	// Dir is the directory of the function inside the output, such as "functions/_render.func"; for a link the
	// directory that it leads to. It is empty for a function that was not read.
	Dir string

	// Files are the function's files, by their path inside it, without .vc-config.json.
	Files map[string]File
}

// Prerender is one entry of the ISR cache to be: the config and the fallback beside a function.
type Prerender struct {
	Config PrerenderConfig

	// Fallback is the file that Config.Fallback names, nil for none.
	Fallback *File
}

// File is one file. Its content may be computed when it is written, so that an output need not be held in
// memory.
type File struct {
	// Content writes the bytes, the same each time.
	Content io.WriterTo

	// Mode are the permission bits; 0 means 0644. In a function that was read there may be links, with [fs.ModeSymlink]
	// and the path that they lead to as content, and empty directories, with [fs.ModeDir] and no content.
	Mode fs.FileMode

	// Late has the file written when all others are.
	Late bool

	// Path is where the file was read from inside the output, empty for a new one.
	Path string

	// Size in bytes, and time of the last change, of a file that was read.
	Size     int64
	Modified time.Time
}

// Bytes is the content of a file held in memory.
type Bytes []byte

// WriteTo writes the bytes to w.
func (b Bytes) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b)
	return int64(n), err
}

// FileContent is the content of a file of a file system.
type FileContent struct {
	FS   fs.FS
	Name string
}

// WriteTo copies the file to w.
func (c FileContent) WriteTo(w io.Writer) (int64, error) {
	f, err := c.FS.Open(c.Name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(w, f)
}

// WriterFunc is a file's content computed by a function that returns the whole of it.
type WriterFunc func() ([]byte, error)

// WriteTo computes the content and writes it to w.
func (f WriterFunc) WriteTo(w io.Writer) (int64, error) {
	content, err := f()
	if err != nil {
		return 0, err
	}
	return Bytes(content).WriteTo(w)
}

const (
	configFile         = "config.json"
	flagsFile          = "flags.json"
	functionConfigFile = ".vc-config.json"
	functionSuffix     = ".func"
	prerenderSuffix    = ".prerender-config.json"
	staticDir          = "static"
	functionsDir       = "functions"
)

func functionDir(outputPath string) string {
	return path.Join(functionsDir, outputPath+functionSuffix)
}

func prerenderFile(outputPath string) string {
	return path.Join(functionsDir, outputPath+prerenderSuffix)
}
