package buildoutput

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// ManifestFile marks a directory as made by isrgen. The platform ignores it.
const ManifestFile = "isrgen.json"

// cliFile marks a directory as made by the platform's command line tool.
const cliFile = "builds.json"

// ErrForeign says that a directory is not a Build Output that isrgen or the platform's tool made, so that it is not replaced.
var ErrForeign = errors.New("not made by isrgen")

// ErrBusy says that another build is writing beside the same place.
var ErrBusy = errors.New("another build is running there")

// Staged is an output that is written, but not in its place yet. It must be committed or discarded.
type Staged struct {
	// Sizes are the sizes in bytes of the files, by their path in the output.
	Sizes map[string]int64

	dir    string // where it shall be
	new    string // where it is
	unlock func()
}

// Stage writes the output beside dir, on the same file system, and leaves dir as it is. If dir exists, it must be empty, or an
// output made by isrgen or the platform's tool; otherwise the error is [ErrForeign].
//
// A build that is killed leaves a directory behind which the next one removes. One build at a time may stage beside a
// directory; for others the error is [ErrBusy].
func (o *Output) Stage(ctx context.Context, dir string) (*Staged, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lock(parent)
	if err != nil {
		return nil, err
	}
	s := &Staged{dir: dir, new: filepath.Join(parent, "."+base+".isrgen-new"), unlock: unlock}
	if err := s.prepare(); err != nil {
		unlock()
		return nil, err
	}
	if s.Sizes, err = o.Write(ctx, s.new); err != nil {
		return nil, errors.Join(err, s.Discard())
	}
	return s, nil
}

// resolve follows a link, so that what it leads to is replaced and not the link.
func resolve(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return dir, nil
	}
	return target, err
}

// prepare clears what killed builds left, and checks that the place may be taken.
func (s *Staged) prepare() error {
	if _, err := os.Lstat(s.dir); errors.Is(err, fs.ErrNotExist) {
		// A build was killed between moving the old output away and the new one in.
		if err := os.Rename(s.old(), s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := checkOwner(s.dir); err != nil {
		return err
	}
	if err := errors.Join(removeAll(s.new), removeAll(s.old())); err != nil {
		return err
	}
	return os.Mkdir(s.new, 0o755)
}

func (s *Staged) old() string {
	return filepath.Join(filepath.Dir(s.dir), "."+filepath.Base(s.dir)+".isrgen-old")
}

// checkOwner finds out whether a directory may be replaced.
func checkOwner(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	foreign := ""
	for _, entry := range entries {
		switch entry.Name() {
		case ManifestFile, cliFile:
			return nil
		case "diagnostics": // the platform's tool makes it before a build
		default:
			foreign = entry.Name()
		}
	}
	if foreign == "" {
		return nil
	}
	return fmt.Errorf("%s is not empty and %w (it holds %s): remove it yourself, or choose another destination", dir, ErrForeign, foreign)
}

// Commit puts the output into its place in one step where the system has one (Linux, macOS), so that there is a whole output
// at any moment; elsewhere by two renames. The previous output is removed afterwards.
func (s *Staged) Commit() error {
	defer s.unlock()
	if err := exchange(s.new, s.dir); err == nil {
		return removeAll(s.new) // which now is the previous output
	}
	err := os.Rename(s.dir, s.old())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(s.new, s.dir); err != nil {
		return errors.Join(err, os.Rename(s.old(), s.dir))
	}
	return removeAll(s.old())
}

// removeAll removes a directory as [os.RemoveAll] does, but on all cores: an output has as many directories as pages.
func removeAll(dir string) error {
	cores := runtime.GOMAXPROCS(0)
	dirs := []string{dir}
	for level := 0; len(dirs) < 4*cores && level < 4; level++ {
		var below []string
		for _, above := range dirs {
			entries, _ := os.ReadDir(above) // what cannot be read os.RemoveAll complains of
			for _, entry := range entries {
				if entry.IsDir() {
					below = append(below, filepath.Join(above, entry.Name()))
				}
			}
		}
		dirs = below
	}
	var group errgroup.Group
	group.SetLimit(cores)
	for _, below := range dirs {
		group.Go(func() error { return os.RemoveAll(below) })
	}
	return errors.Join(group.Wait(), os.RemoveAll(dir))
}

// Discard removes what was staged.
func (s *Staged) Discard() error {
	defer s.unlock()
	return removeAll(s.new)
}
