package emulator

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// complete puts a function together whose filePathMap names files outside its directory, as the platform does when it
// uploads one: a copy of the directory with those files in it. It stays until the emulator is closed.
func (e *Emulator) complete(name, dir string, files map[string]string) (string, error) {
	to, err := e.scratch()
	if err != nil {
		return "", newError(name, ExitedAtStart, "%v", err)
	}
	if err := copyFunction(to, dir, e.opts.ProjectRoot, files); err != nil {
		return "", newError(name, ExitedAtStart, "filePathMap names files of the project in %s: %v", e.opts.ProjectRoot, err)
	}
	return to, nil
}

// scratch makes a directory that is removed when the emulator is closed.
func (e *Emulator) scratch() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	dir, err := os.MkdirTemp("", "isrgen-files-")
	if err == nil {
		e.scratches = append(e.scratches, dir)
	}
	return dir, err
}

func copyFunction(to, dir, project string, files map[string]string) error {
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		return err
	}
	into, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer into.Close()
	from, err := os.OpenRoot(project)
	if err != nil {
		return err
	}
	defer from.Close()
	for _, inside := range slices.Sorted(maps.Keys(files)) {
		if err := place(into, inside, from, files[inside]); err != nil {
			return fmt.Errorf("%q: %w", files[inside], err)
		}
	}
	return nil
}

// place copies one file of the project. Both roots refuse to be left. A link stays a link, unless it would lead out.
func place(into *os.Root, inside string, from *os.Root, name string) error {
	inside, name = filepath.FromSlash(inside), filepath.FromSlash(name)
	info, err := from.Lstat(name)
	if err != nil {
		return err
	}
	if err := into.MkdirAll(filepath.Dir(inside), 0o755); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := from.Readlink(name)
		if err != nil {
			return err
		}
		if filepath.IsLocal(path.Join(filepath.ToSlash(filepath.Dir(inside)), filepath.ToSlash(target))) && !filepath.IsAbs(target) {
			into.Remove(inside)
			return into.Symlink(target, inside)
		}
	}
	source, err := from.Open(name)
	if err != nil {
		return err
	}
	defer source.Close()
	if info, err = source.Stat(); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("not a regular file")
	}
	copied, err := into.OpenFile(inside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, source)
	if closed := copied.Close(); err == nil {
		err = closed
	}
	return err
}
