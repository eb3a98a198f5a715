package content

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Dir is the directory of a site that holds its content.
const Dir = "content"

// Tree is the content directory of a site, with what other sources add to it.
type Tree struct {
	// Documents are the Markdown files and the items of other sources, by path and language.
	Documents []*Document

	// Drafts are the Markdown files that were left out.
	Drafts []*Document

	// Resources are the paths below content/ of all other files, sorted. They are published beside the pages.
	Resources []string

	// Origins are the sources on the network whose documents are among Documents, by name.
	Origins map[string]*Origin

	// Languages are those that the files may be in.
	Languages Languages

	Texts
}

// Texts reads the texts of documents. The zero value has those only that sources gave.
type Texts struct{ fsys fs.FS }

// Add puts the documents of a source on the network among those of the content directory.
func (t *Tree) Add(o *Origin, docs []*Document) {
	if t.Origins == nil {
		t.Origins = map[string]*Origin{}
	}
	t.Origins[o.Name] = o
	t.Documents = append(t.Documents, docs...)
	slices.SortStableFunc(t.Documents, func(a, b *Document) int { return strings.Compare(a.Path, b.Path) })
}

// Load reads the content directory of the site at the root of fsys. Front matter is parsed and checked; bodies stay on disk
// until [Tree.Body] asks for one. A missing directory is an empty one.
//
// What the author did wrong goes to diags, and the documents concerned are left out. The error is the machine's.
func Load(fsys fs.FS, settings Settings, diags *diagnostic.List) (*Tree, error) {
	return (*Memory)(nil).Load(fsys, settings, diags)
}

// Settings say how the content directory is read. The zero value reads a site of one language without taxonomies or drafts.
type Settings struct {
	Taxonomies []string
	Languages  Languages
	Drafts     bool
	Dates      Dates

	// Commits are the last changes of files, by their path below content/, as far as they are known.
	Commits map[string]*Commit
}

// Load is [Load], but for the documents that are remembered. A nil memory remembers none.
func (m *Memory) Load(fsys fs.FS, settings Settings, diags *diagnostic.List) (*Tree, error) {
	names, err := m.files(fsys, diags)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Texts: Texts{fsys}, Languages: settings.Languages}
	var markdown []string
	for _, name := range names {
		if path.Ext(name) == ".md" {
			markdown = append(markdown, name)
		} else {
			tree.Resources = append(tree.Resources, name)
		}
	}
	documents := make([]*Document, len(markdown))
	err = parallel(len(markdown), func(i int) error {
		documents[i] = m.document(markdown[i], func(diags *diagnostic.List) *Document { return read(fsys, markdown[i], settings, diags) }, diags)
		return nil
	})
	for _, doc := range documents {
		switch {
		case doc == nil:
		case doc.Draft && !settings.Drafts:
			tree.Drafts = append(tree.Drafts, doc)
		default:
			tree.Documents = append(tree.Documents, doc)
		}
	}
	if len(settings.Languages.All) > 0 {
		slices.SortStableFunc(tree.Documents, func(a, b *Document) int { return strings.Compare(a.Path, b.Path) })
	}
	return tree, err
}

// read makes a document of a file, nil where the file cannot be used at all.
func read(fsys fs.FS, name string, settings Settings, diags *diagnostic.List) *Document {
	shown := path.Join(Dir, name)
	file, err := fs.ReadFile(fsys, shown)
	if err != nil {
		diags.Add(Unreadable(shown, err))
		return nil
	}
	doc := parse(shown, settings.Languages.place(name), file, settings.Taxonomies, diags)
	if doc != nil {
		doc.File, doc.Language = name, settings.Languages.of(name)
		if err := settings.settleDates(doc); err != nil {
			diags.Add(diagnostic.Diagnostic{File: shown, Message: err.Error(), Advice: "write 2006-01-02 or 2006-01-02T15:04:05Z"})
		}
	}
	return doc
}

// Body reads the Markdown after a document's front matter.
func (t Texts) Body(body *Body) ([]byte, error) {
	if body.File == "" {
		return body.Text, nil
	}
	file, err := fs.ReadFile(t.fsys, path.Join(Dir, body.File))
	if err != nil {
		return nil, err
	}
	if len(file) < body.start || invalidUTF8(file) >= 0 {
		return nil, fmt.Errorf("%s changed while it was being read", path.Join(Dir, body.File))
	}
	return file[body.start:], nil
}

// Files lists the files below one directory of a site, sorted, by their paths inside it. Hidden files and editors' backups
// are left out. Links to files are followed where they stay inside the site; other links are faults.
func Files(fsys fs.FS, dir string, diags *diagnostic.List) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == dir:
			return nil
		case err != nil:
			diags.Add(Unreadable(name, err))
			return fs.SkipDir
		case name != dir && ignored(entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			if !linkToFile(fsys, name, diags) {
				return nil
			}
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			diags.Add(Irregular(name))
			return nil
		}
		names = append(names, strings.TrimPrefix(name, dir+"/"))
		return nil
	})
	slices.Sort(names)
	return names, err
}

func ignored(name string) bool {
	return strings.HasPrefix(name, ".") && name != ".well-known" || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~")
}

func linkToFile(fsys fs.FS, name string, diags *diagnostic.List) bool {
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		diags.Add(diagnostic.Diagnostic{File: name, Message: "the link leads to nothing",
			Advice: "remove the link, or create what it leads to"})
	case err != nil:
		diags.Add(Unreadable(name, err))
	case !info.Mode().IsRegular():
		diags.Add(diagnostic.Diagnostic{File: name, Message: "links to directories are not followed",
			Advice: "link to the files one by one, or move the directory here"})
	default:
		return true
	}
	return false
}

// Irregular is the fault of what stands in the place of a file and is none, such as a named pipe.
func Irregular(name string) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{File: name, Message: "this is not a regular file", Advice: "remove it, or move it out of the site"}
}

// pathEscapes is what package os says of a link that leads out of a root. It has no exported error for that.
const pathEscapes = "path escapes from parent"

// Unreadable is the fault of a file that cannot be read.
func Unreadable(name string, err error) diagnostic.Diagnostic {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if err.Error() == pathEscapes {
		return diagnostic.Diagnostic{File: name, Message: "the link leads out of the site",
			Advice: "copy the file into the site: a page must not depend on what is elsewhere on this machine"}
	}
	return diagnostic.Diagnostic{File: name, Message: "cannot be read: " + err.Error(),
		Advice: "make the file readable for the user who builds"}
}

// parallel calls work for 0 to n-1 on all cores and returns the first error.
func parallel(n int, work func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	var group errgroup.Group
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if err := work(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
