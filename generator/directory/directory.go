// Package directory reads the files of a site's directory, which nothing leads out of: neither a name nor a link.
package directory

import (
	"errors"
	"io/fs"
	"os"
)

// Directory is an open directory. It may be used by several goroutines. It is an [fs.FS] like that of an [os.Root], with the same
// errors, and reads whole files with fewer system calls where the system has a call for that.
type Directory struct {
	fs.ReadLinkFS          // of root
	root          *os.Root // what decides where the fast way does not succeed
	self          *os.File // nil where there is no fast way
}

// Open opens a directory.
func Open(name string) (*Directory, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	d := &Directory{ReadLinkFS: root.FS().(fs.ReadLinkFS), root: root}
	if hasFastWay {
		d.self, err = root.Open(".")
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// Close closes the directory.
func (d *Directory) Close() error {
	err := d.root.Close()
	if d.self != nil {
		err = errors.Join(err, d.self.Close())
	}
	return err
}

// ReadFile reads a whole file.
func (d *Directory) ReadFile(name string) ([]byte, error) {
	if d.self != nil && fs.ValidPath(name) {
		if text, ok := readBeneath(d.self, name); ok {
			return text, nil
		}
	}
	return d.ReadLinkFS.(fs.ReadFileFS).ReadFile(name)
}

// ReadDir lists a directory, sorted by name.
func (d *Directory) ReadDir(name string) ([]fs.DirEntry, error) {
	return d.ReadLinkFS.(fs.ReadDirFS).ReadDir(name)
}

// Stat describes a file, or what a link leads to.
func (d *Directory) Stat(name string) (fs.FileInfo, error) {
	return d.ReadLinkFS.(fs.StatFS).Stat(name)
}
