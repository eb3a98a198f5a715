package migration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// A file of another site that is larger is not meant for visitors of this one, and a configuration that is larger was not written
// by a person.
const (
	largestFile   = 256 << 20
	largestConfig = 4 << 20
)

// tree is a directory that files are read from, and how it is shown in reports.
type tree struct {
	fs    fs.FS
	shown string // empty for the site itself
}

// files lists the files below a directory.
func (t tree) files(dir string, diags *diagnostic.List) ([]string, error) {
	var own diagnostic.List
	names, err := content.Files(t.fs, dir, &own)
	for _, d := range own.Sorted() {
		d.File = path.Join(t.shown, d.File)
		diags.Add(d)
	}
	return names, err
}

// size is that of a regular file.
func (t tree) size(name string) (int64, error) {
	info, err := fs.Stat(t.fs, name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("this is not a regular file")
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// text reads a file that people write. There is none if there is no such file.
func (t tree) text(name string) (text []byte, exists bool, err error) {
	size, err := t.size(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err == nil && size > largestConfig {
		err = fmt.Errorf("has %d MB, which nobody wrote", size>>20)
	}
	if err == nil {
		text, err = fs.ReadFile(t.fs, name)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), true, err
}

// file is one of the new site: a copy of one of the old, or a text.
type file struct {
	from tree
	name string
	text []byte
}

func (f file) open() (io.ReadCloser, error) {
	if f.text != nil {
		return io.NopCloser(bytes.NewReader(f.text)), nil
	}
	return f.from.fs.Open(f.name)
}

// files are those of the new site, by their paths.
type files map[string]file

// ErrExists says that the new site has other files where some are to be written.
var ErrExists = errors.New("there already, and not the same")

// write writes the files into a directory. Nothing is written where others stand in the way, unless that is wanted.
func (all files) write(dir string, force bool) (written int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	var missing, others []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		same, err := all[name].same(root, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			return 0, err
		case !same:
			others = append(others, name)
		}
	}
	if len(others) > 0 && !force {
		const shown = 5
		names := strings.Join(others[:min(shown, len(others))], ", ")
		if len(others) > shown {
			names += fmt.Sprintf(" and %d more", len(others)-shown)
		}
		return 0, fmt.Errorf("in %s, %s: %w: name another directory, or write over them with --force", filepath.ToSlash(dir), names, ErrExists)
	}
	for _, name := range append(missing, others...) {
		if err := all[name].write(root, name); err != nil {
			return written, fmt.Errorf("%s: %w", name, err)
		}
		written++
	}
	return written, nil
}

// same says whether a file is there with the same bytes.
func (f file) same(root *os.Root, name string) (bool, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, nil
	}
	there, err := root.Open(name)
	if err != nil {
		return false, err
	}
	defer there.Close()
	wanted, err := f.open()
	if err != nil {
		return false, err
	}
	defer wanted.Close()
	return sameBytes(there, wanted)
}

func sameBytes(a, b io.Reader) (bool, error) {
	const chunk = 64 << 10
	left, right := make([]byte, chunk), make([]byte, chunk)
	for {
		n, err := io.ReadFull(a, left)
		m, otherErr := io.ReadFull(b, right)
		if !bytes.Equal(left[:n], right[:m]) {
			return false, nil
		}
		if ended(err) && ended(otherErr) {
			return true, nil
		}
		if err != nil || otherErr != nil {
			return false, errors.Join(err, otherErr)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// write writes the file, in the place of what is there.
func (f file) write(root *os.Root, name string) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	from, err := f.open()
	if err != nil {
		return err
	}
	defer from.Close()
	into, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(into, io.LimitReader(from, largestFile)) // which may have grown since
	return errors.Join(err, into.Close())
}
