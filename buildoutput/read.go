package buildoutput

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Read reads the Build Output at the root of fsys as the platform's reader does. It holds no file's content: a [File] that
// was read opens fsys when its content is asked for.
//
// Links are followed inside fsys, which should refuse to leave its root, as the file system of an [os.Root] does. A link to
// a function must be relative and lead to a directory named *.func below functions/; a link to such a link is not
// resolved. Errors name the file.
//
// Source: deserializeBuildOutput of @vercel/build-utils.
func Read(fsys fs.FS) (*Output, error) {
	out := &Output{
		Static:     map[string]File{},
		Functions:  map[string]*Function{},
		Prerenders: map[string]*Prerender{},
	}
	if err := readJSON(fsys, configFile, &out.Config); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("no %s: this is not a Build Output directory: %w", configFile, err)
		}
		return nil, err
	}
	if out.Config.Version != Version {
		return nil, fmt.Errorf("%s: version is %d, want %d", configFile, out.Config.Version, Version)
	}
	r := reader{fsys: fsys, out: out, links: map[string]string{}}
	if err := r.static(staticDir); err != nil {
		return nil, err
	}
	if err := r.functions(functionsDir); err != nil {
		return nil, err
	}
	return out, r.resolveLinks()
}

type reader struct {
	fsys  fs.FS
	out   *Output
	links map[string]string // output path of a link -> that of its target
}

// walk calls visit for each entry below dir, links followed. A missing dir has none.
func (r *reader) walk(dir string, visit func(name string, info fs.FileInfo) (descend bool, err error)) error {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		info, err := r.info(name, entry)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		descend, err := visit(name, info)
		if err != nil {
			return err
		}
		if descend && info.IsDir() {
			if err := r.walk(name, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// info describes an entry, or what it links to. Only links are looked up by name: that takes a call of the system for each
// directory on the way.
func (r *reader) info(name string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink != 0 {
		return fs.Stat(r.fsys, name)
	}
	return entry.Info()
}

func (r *reader) static(dir string) error {
	return r.walk(dir, func(name string, info fs.FileInfo) (bool, error) {
		if info.IsDir() {
			return true, nil
		}
		file, err := r.file(name, info)
		if err != nil {
			return false, err
		}
		r.out.Static[strings.TrimPrefix(name, staticDir+"/")] = file
		return false, nil
	})
}

func (r *reader) file(name string, info fs.FileInfo) (File, error) {
	if !info.Mode().IsRegular() {
		return File{}, fmt.Errorf("%s is not a regular file", name)
	}
	return File{
		Content: FileContent{r.fsys, name},
		Mode:    info.Mode().Perm(),
		Path:    name,
		Size:    info.Size(),
	}, nil
}

func (r *reader) functions(dir string) error {
	return r.walk(dir, func(name string, info fs.FileInfo) (bool, error) {
		if !info.IsDir() || !strings.HasSuffix(name, functionSuffix) {
			return true, nil
		}
		outputPath := strings.TrimSuffix(strings.TrimPrefix(name, functionsDir+"/"), functionSuffix)
		if err := r.function(outputPath, name); err != nil {
			return false, err
		}
		return false, nil
	})
}

func (r *reader) function(outputPath, dir string) error {
	if target, err := fs.ReadLink(r.fsys, dir); err == nil {
		to := path.Join(path.Dir(dir), target)
		to, below := strings.CutPrefix(strings.TrimSuffix(to, functionSuffix), functionsDir+"/")
		if path.IsAbs(target) || !below {
			return fmt.Errorf("%s: could not find target %q: a link must be relative and lead to a .func directory", dir, target)
		}
		r.links[outputPath] = to
		r.out.Functions[outputPath] = &Function{Link: to}
		return nil
	}
	fn := &Function{Dir: dir, Files: map[string]File{}}
	if err := readJSON(r.fsys, path.Join(dir, functionConfigFile), &fn.Config); err != nil {
		return err
	}
	err := r.walk(dir, func(name string, info fs.FileInfo) (bool, error) {
		inside := strings.TrimPrefix(name, dir+"/")
		if info.IsDir() || inside == functionConfigFile {
			return true, nil
		}
		file, err := r.file(name, info)
		fn.Files[inside] = file
		return false, err
	})
	if err != nil {
		return err
	}
	r.out.Functions[outputPath] = fn
	if fn.Config.Runtime == RuntimeEdge {
		return nil // the platform ignores a prerender config here
	}
	return r.prerender(outputPath)
}

// resolveLinks copies to each link what it leads to, once every function is known.
func (r *reader) resolveLinks() error {
	for outputPath, to := range r.links {
		target, ok := r.out.Functions[to]
		if !ok || target.Link != "" {
			return fmt.Errorf("%s: could not find target %q", functionDir(outputPath), to+functionSuffix)
		}
		linked := *target
		linked.Link = to
		r.out.Functions[outputPath] = &linked
		if err := r.prerender(outputPath); err != nil {
			return err
		}
		if r.out.Prerenders[outputPath] != nil && target.Config.Runtime == RuntimeEdge {
			return fmt.Errorf("%s: an edge function cannot be prerendered", prerenderFile(outputPath))
		}
	}
	return nil
}

// prerender reads the prerender config beside a function, if there is one.
func (r *reader) prerender(outputPath string) error {
	name := prerenderFile(outputPath)
	p := &Prerender{}
	if err := readJSON(r.fsys, name, &p.Config); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if p.Config.Fallback != nil && p.Config.Fallback.Path == "" {
		p.Config.Fallback = nil
	}
	if err := p.Config.validate(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if p.Config.Fallback != nil {
		fallback := path.Join(path.Dir(name), p.Config.Fallback.Path)
		info, err := fs.Stat(r.fsys, fallback)
		if err != nil {
			return fmt.Errorf("%s: fallback: %w", name, err)
		}
		file, err := r.file(fallback, info)
		if err != nil {
			return fmt.Errorf("%s: fallback: %w", name, err)
		}
		p.Fallback = &file
	}
	r.out.Prerenders[outputPath] = p
	return nil
}

// readJSON decodes a file as the platform does: names match exactly, a repeated member's last value counts, and what a type
// does not name is kept.
func readJSON(fsys fs.FS, name string, into any) error {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if err := json.Unmarshal(content, into, jsontext.AllowDuplicateNames(true)); err != nil {
		return fmt.Errorf("%s: %w", name, positioned(err, content))
	}
	return nil
}

// positioned puts line and column in front of a decoding error.
func positioned(err error, content []byte) error {
	var offset int64
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic):
		offset = syntactic.ByteOffset
	case errors.As(err, &semantic):
		offset = semantic.ByteOffset
	default:
		return err
	}
	before := content[:min(offset, int64(len(content)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}
