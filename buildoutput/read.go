package buildoutput

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Read reads the Build Output at the root of fsys as the platform's reader does. It holds no file's content: a [File] that
// was read opens fsys when its content is asked for.
//
// Links below static/ and between directories are followed inside fsys, which should refuse to leave its root, as the file
// system of an [os.Root] does. A link to a function must be relative, and lead to a directory named *.func below functions/ or
// to a link to one that comes before it. Links inside a function stay links.
//
// Read accepts what the platform accepts, but that it does not leave fsys: a fallback or a function elsewhere is refused. The
// error is of type [Faults] where the platform would refuse the output.
//
// Source: deserializeBuildOutput, validateBuildResult and getBuildResultMetadata of @vercel/build-utils.
func Read(fsys fs.FS) (*Output, error) {
	r := reader{fsys: fsys, out: &Output{
		Static:     map[string]File{},
		Functions:  map[string]*Function{},
		Prerenders: map[string]*Prerender{},
	}}
	if err := r.read(); err != nil {
		r.fault(err)
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, byPlace)
		return nil, r.faults
	}
	slices.SortStableFunc(r.out.Ignored, byPlace)
	return r.out, nil
}

func byPlace(a, b *Fault) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

type reader struct {
	fsys   fs.FS
	out    *Output
	links  []link
	faults Faults
}

// link is a function that is another name for one. Links are resolved in the order in which they are found.
type link struct {
	outputPath, to string
}

// read goes through the whole output. The error is a fault without which there is no use in going on.
func (r *reader) read() error {
	config, err := openDocument(r.fsys, configFile)
	if err != nil {
		return err
	}
	if config == nil {
		return &Fault{File: configFile, Err: fmt.Errorf("%w: this is not a Build Output directory", fs.ErrNotExist)}
	}
	if config.config(); len(config.faults) == 0 {
		r.decode(config, &r.out.Config, func() { r.out.Config = Config{} })
	}
	if _, err := openDocument(r.fsys, flagsFile); err != nil {
		r.fault(err)
	}
	r.static()
	config.overrides(r.out.Static)
	r.functions(functionsDir)
	r.resolveLinks()
	if len(r.faults) == 0 {
		config.middleware(r.out)
	}
	r.collect(config)
	return nil
}

// decode fills a value with a document that broke no rule. What is not an object has no members.
func (r *reader) decode(d *document, into any, reset func()) {
	if d.object() == nil {
		return
	}
	if err := d.decode(into, reset); err != nil {
		d.refuse("", err)
	}
}

// collect takes over what was found in a document, once.
func (r *reader) collect(d *document) {
	r.faults = append(r.faults, d.faults...)
	r.out.Ignored = append(r.out.Ignored, d.ignored...)
	d.faults, d.ignored = nil, nil
}

func (r *reader) fault(err error) {
	var fault *Fault
	if !errors.As(err, &fault) {
		fault = &Fault{File: ".", Err: err}
	}
	r.faults = append(r.faults, fault)
}

func (r *reader) ignore(name, format string, args ...any) {
	r.out.Ignored = append(r.out.Ignored, &Fault{File: name, Err: fmt.Errorf(format, args...)})
}

// static reads the files below static/. The platform passes over links that lead out of there, but not over what is behind a
// link to a directory.
func (r *reader) static() {
	info, err := fs.Stat(r.fsys, staticDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		r.fault(&Fault{File: staticDir, Err: reason(err)})
	case !info.IsDir():
		r.fault(&Fault{File: staticDir, Err: errors.New("this must be a directory")})
	default:
		r.staticBelow(staticDir)
	}
}

func (r *reader) staticBelow(dir string) {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		r.fault(&Fault{File: dir, Err: reason(err)})
		return
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		info, err := r.info(name, entry)
		switch {
		case err != nil:
			r.ignore(name, "the link leads nowhere: %w", reason(err))
		case info.IsDir():
			r.staticBelow(name)
		case entry.Type() == fs.ModeSymlink && r.leaves(name, staticDir):
			r.ignore(name, "the link leads out of %s/", staticDir)
		case !info.Mode().IsRegular():
			r.ignore(name, "this is not a regular file")
		default:
			r.out.Static[strings.TrimPrefix(name, staticDir+"/")] = r.file(name, info)
		}
	}
}

// info describes an entry, or what it links to. Only links are looked up by name: that takes a call of the system for each
// directory on the way.
func (r *reader) info(name string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink != 0 {
		return fs.Stat(r.fsys, name)
	}
	return entry.Info()
}

// leaves reports whether the text of a link leads out of a directory.
func (r *reader) leaves(name, dir string) bool {
	target, err := fs.ReadLink(r.fsys, name)
	return err != nil || path.IsAbs(target) || !strings.HasPrefix(path.Join(path.Dir(name), target), dir+"/")
}

func (r *reader) file(name string, info fs.FileInfo) File {
	return File{Content: FileContent{r.fsys, name}, Mode: info.Mode().Perm(), Path: name, Size: info.Size(), Modified: info.ModTime()}
}

// functions reads every directory named *.func at any depth below dir, but not inside of one.
func (r *reader) functions(dir string) {
	info, err := fs.Stat(r.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return
	}
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		r.fault(&Fault{File: dir, Err: reason(err)})
		return
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		info, err := r.info(name, entry)
		switch {
		case err != nil:
			r.fault(&Fault{File: name, Err: reason(err)})
		case !info.IsDir():
		case strings.HasSuffix(name, functionSuffix):
			r.function(strings.TrimSuffix(strings.TrimPrefix(name, functionsDir+"/"), functionSuffix), name)
		default:
			r.functions(name)
		}
	}
}

func (r *reader) function(outputPath, dir string) {
	if target, err := fs.ReadLink(r.fsys, dir); err == nil {
		to := targetOf(outputPath, target)
		r.links = append(r.links, link{outputPath, to})
		r.out.Functions[outputPath] = &Function{Link: to}
		r.prerender(outputPath)
		return
	}
	fn := &Function{Dir: dir, Files: map[string]File{}}
	r.out.Functions[outputPath] = fn // a link to a function with faults is no fault
	config, err := openDocument(r.fsys, path.Join(dir, functionConfigFile))
	if err != nil {
		r.fault(err)
		return
	}
	if config == nil {
		r.fault(&Fault{File: path.Join(dir, functionConfigFile), Err: fmt.Errorf("%w: a function must have one", fs.ErrNotExist)})
		return
	}
	edge := config.function()
	if len(config.faults) == 0 {
		r.decode(config, &fn.Config, func() { fn.Config = FunctionConfig{} })
	}
	r.collect(config)
	r.functionFiles(fn, dir)
	if edge {
		fn.Config.Runtime = RuntimeEdge
		return // the platform does not look at a prerender config here
	}
	r.prerender(outputPath)
}

// targetOf gives the output path of the function that a link leads to. The platform goes by the text of the link alone, and takes
// the last five characters for .func whatever they are.
func targetOf(outputPath, target string) string {
	to := path.Join(path.Dir(outputPath), target)
	if strings.HasSuffix(target, "/") {
		to += "/"
	}
	return to[:max(0, len(to)-len(functionSuffix))]
}

// functionFiles reads what a function is made of, and reports whether there is anything below dir.
func (r *reader) functionFiles(fn *Function, dir string) (found bool) {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		r.fault(&Fault{File: dir, Err: reason(err)})
		return false
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		inside := strings.TrimPrefix(name, fn.Dir+"/")
		info, err := entry.Info()
		switch {
		case err != nil:
			r.fault(&Fault{File: name, Err: reason(err)})
		case info.IsDir():
			if !r.functionFiles(fn, name) {
				fn.Files[inside] = File{Mode: fs.ModeDir | info.Mode().Perm(), Path: name}
			}
		case inside == functionConfigFile:
		case entry.Type() == fs.ModeSymlink:
			target, err := fs.ReadLink(r.fsys, name)
			if err != nil {
				r.fault(&Fault{File: name, Err: reason(err)})
			}
			fn.Files[inside] = File{Mode: fs.ModeSymlink | 0o777, Content: Bytes(target), Path: name}
		case info.Mode().IsRegular():
			fn.Files[inside] = r.file(name, info)
		default:
			r.ignore(name, "this is not a regular file")
			continue
		}
		found = true
	}
	return found
}

// resolveLinks copies to each link what it leads to, once every function is known.
func (r *reader) resolveLinks() {
	pending := map[string]bool{}
	for _, link := range r.links {
		pending[link.outputPath] = true
	}
	for _, link := range r.links {
		target := r.out.Functions[link.to]
		if target == nil || pending[link.to] {
			r.fault(&Fault{File: functionDir(link.outputPath), Err: fmt.Errorf("could not find target %q: "+
				"a link must be relative and lead to a .func directory below %s/", link.to, functionsDir)})
			continue
		}
		delete(pending, link.outputPath)
		linked := *target
		linked.Link = cmp.Or(target.Link, link.to)
		r.out.Functions[link.outputPath] = &linked
		if r.out.Prerenders[link.outputPath] != nil && target.Config.Runtime == RuntimeEdge {
			r.fault(&Fault{File: prerenderFile(link.outputPath), Err: errors.New("an edge function cannot be prerendered")})
		}
	}
}

// prerender reads the prerender config beside a function, if there is one.
func (r *reader) prerender(outputPath string) {
	d, err := openDocument(r.fsys, prerenderFile(outputPath))
	if err != nil {
		r.fault(err)
	}
	if d == nil {
		return
	}
	p := &Prerender{}
	if d.obey(prerenderRules); len(d.faults) == 0 {
		r.decode(d, &p.Config, func() { p.Config = PrerenderConfig{} })
		r.fallback(d, p)
	}
	r.collect(d)
	r.out.Prerenders[outputPath] = p
}

// fallback finds the file of a prerender's fallback. It must exist; one that is not a regular file is no use, though the platform
// takes it.
func (r *reader) fallback(d *document, p *Prerender) {
	if p.Config.Fallback == nil || d.object()["fallback"] == false {
		p.Config.Fallback = nil
		return
	}
	at := pointer([]string{"fallback"})
	name := path.Join(path.Dir(d.file), p.Config.Fallback.Path)
	info, err := fs.Lstat(r.fsys, name)
	if err != nil {
		d.refuse(at, fmt.Errorf("fallback: %s: %w", name, reason(err)))
		return
	}
	if info.Mode().Type() == fs.ModeSymlink {
		info, err = fs.Stat(r.fsys, name)
	}
	if err != nil || !info.Mode().IsRegular() {
		d.ignored = append(d.ignored, d.fault(at, fmt.Errorf("fallback: %s is not a regular file", name)))
		p.Config.Fallback = nil
		return
	}
	file := r.file(name, info)
	p.Fallback = &file
}
