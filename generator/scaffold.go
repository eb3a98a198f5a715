package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/deployment"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/templates"
)

// Init makes a small site in a directory, and returns the files that it made. Files that are there already are an error, and
// stay as they are.
func Init(dir string) ([]string, error) {
	scaffold := templates.Scaffold()
	files := map[string]string{} // by where they go
	err := fs.WalkDir(scaffold, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			into := name
			if name == "gitignore" {
				into = ".gitignore" // which would count for the sources of isrgen
			}
			files[into] = name
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	made := slices.Sorted(maps.Keys(files))
	for _, into := range made {
		if _, err := root.Lstat(into); err == nil {
			return nil, fmt.Errorf("%s is there already: name another directory", filepath.Join(dir, into))
		}
	}
	for _, into := range made {
		text, err := fs.ReadFile(scaffold, files[into])
		if err == nil {
			err = create(root, into, text)
		}
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// create writes a file that is not there yet, and the directories above it.
func create(root *os.Root, name string, text []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// Archetype is what an archetype sees: Hugo's names.
type Archetype struct {
	Name string // of the new page, without its extension
	Type string // the first directory below content/, or the archetype that was asked for
	Date string // now
	Path string // of the file, below content/
	File struct{ Path, Dir, ContentBaseName, LogicalName string }
	Site *site.Config
}

// archetypesDir is where a site has the beginnings of its pages.
const archetypesDir = "archetypes"

// NewPage writes a page that begins as an archetype says: archetypes/KIND.md, else that of the first directory of the path, else
// default.md, else isrgen's own. The path is below content/, and ends with .md or names a bundle. It returns the file.
func NewPage(dir, name, kind string, now time.Time) (string, []diagnostic.Diagnostic, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", nil, fmt.Errorf("the site's directory: %w: name it with -s", err)
	}
	defer root.Close()
	name = strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(name)), "/")
	name = strings.TrimPrefix(name, content.Dir+"/")
	if path.Ext(name) != ".md" {
		name = path.Join(name, "index.md")
	}
	var diags diagnostic.List
	var settings deployment.Settings
	var sources source.Config
	config := site.ReadConfig(root.FS(), &diags, settings.Fields, sources.Fields)
	if diags.Errors() > 0 {
		return "", diags.Sorted(), ErrSite
	}
	text, err := archetype(root.FS(), newArchetype(name, kind, now, config), now)
	if err != nil {
		return "", nil, err
	}
	file := path.Join(content.Dir, name)
	err = create(root, file, []byte(text))
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s is there already", file)
	}
	return file, nil, err
}

func newArchetype(name, kind string, now time.Time, config *site.Config) Archetype {
	a := Archetype{Path: name, Site: config, Date: now.Format(time.RFC3339), Type: kind, Name: strings.TrimSuffix(path.Base(name), ".md")}
	if a.Name == "index" || a.Name == "_index" {
		a.Name = path.Base(path.Dir(name))
	}
	if first, _, nested := strings.Cut(name, "/"); kind == "" && nested {
		a.Type = first
	}
	a.File.Path, a.File.LogicalName, a.File.ContentBaseName = name, path.Base(name), a.Name
	a.File.Dir, _ = path.Split(name)
	return a
}

// archetype renders the beginning of a page.
func archetype(fsys fs.FS, a Archetype, now time.Time) (string, error) {
	for _, from := range []struct {
		fsys fs.FS
		name string
	}{{fsys, a.Type}, {fsys, "default"}, {templates.Scaffold(), "default"}} {
		file := path.Join(archetypesDir, from.name+".md")
		if text, err := fs.ReadFile(from.fsys, file); err == nil {
			out, err := render.Text(file, string(text), a, now, a.Site)
			if err != nil {
				return "", fmt.Errorf("%s: %w", file, err)
			}
			return out, nil
		}
	}
	return "", errors.New("there is no archetype")
}
