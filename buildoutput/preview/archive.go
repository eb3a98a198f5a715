package preview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Deployment is one output that a preview has served.
type Deployment struct {
	ID      string    `json:"id"`
	Since   time.Time `json:"since"` // when it was first served
	Current bool      `json:"current"`
}

// mostKept is how many deployments an archive has room for.
const mostKept = 10

// archive keeps the outputs that were served, so that a preview can go back to one after a build has replaced it. Each is a
// directory named by the deployment's id, with the output, made of hard links where it can be, and a record.
type archive struct{ dir string }

const (
	archivedOutput = "output"
	archiveRecord  = "deployment.json"
	archiveTemp    = ".new-"
)

func (a archive) path(id string, names ...string) string {
	return filepath.Join(append([]string{a.dir, id}, names...)...)
}

// since gives the time when a deployment was first served; now, which it notes, if it was not.
func (a archive) since(id string, now time.Time) (time.Time, error) {
	if a.dir == "" {
		return now, nil
	}
	var known Deployment
	text, err := os.ReadFile(a.path(id, archiveRecord))
	if err == nil && json.Unmarshal(text, &known) == nil && known.ID == id {
		return known.Since, nil
	}
	if text, err = json.Marshal(Deployment{ID: id, Since: now.UTC()}); err != nil {
		return now, err
	}
	if err := os.MkdirAll(a.path(id), 0o700); err != nil {
		return now, err
	}
	return now, os.WriteFile(a.path(id, archiveRecord), text, 0o600)
}

// keep copies an output into the archive, unless it is there. It stops when ctx ends, and leaves nothing half done behind.
func (a archive) keep(ctx context.Context, id string, root *os.Root) error {
	if a.dir == "" {
		return nil
	}
	if _, err := os.Stat(a.path(id, archivedOutput)); err == nil {
		return nil
	}
	temp, err := os.MkdirTemp(a.path(id), archiveTemp)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := linkTree(ctx, root, temp); err != nil {
		return err
	}
	if err := os.Rename(temp, a.path(id, archivedOutput)); err != nil {
		return err
	}
	return a.prune()
}

// linkTree makes a second tree of the same files. Where files cannot be linked they are copied, with their times, which the id of
// an output depends on.
func linkTree(ctx context.Context, root *os.Root, into string) error {
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		to := filepath.Join(into, filepath.FromSlash(name))
		switch {
		case name == ".":
			return nil
		case entry.IsDir():
			return os.Mkdir(to, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := root.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(target, to)
		case !entry.Type().IsRegular():
			return nil
		}
		return linkFile(root, name, to)
	})
}

// linkFile links a file, or copies it. A link is made by the path of the root, where another output may be by now: then the file
// is another one.
func linkFile(root *os.Root, name, to string) error {
	err := os.Link(filepath.Join(root.Name(), filepath.FromSlash(name)), to)
	if err == nil {
		wanted, wantedErr := root.Lstat(name)
		linked, linkedErr := os.Lstat(to)
		if err = errors.Join(wantedErr, linkedErr); err != nil || os.SameFile(wanted, linked) {
			return err
		}
		if err := os.Remove(to); err != nil {
			return err
		}
	} else if !unlinkable(err) {
		return err
	}
	return copyFile(root, name, to)
}

// unlinkable reports whether a link failed for a reason for which a copy does not: another file system, one without links, too many
// links, or a path where the file is no more.
func unlinkable(err error) bool {
	return slices.ContainsFunc([]error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK, syscall.ENOENT}, func(reason error) bool {
		return errors.Is(err, reason)
	})
}

func copyFile(root *os.Root, name, to string) error {
	from, err := root.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	into, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(into, from)
	return errors.Join(err, into.Close(), os.Chtimes(to, info.ModTime(), info.ModTime()))
}

// list gives the deployments whose outputs are kept, the last first.
func (a archive) list() ([]Deployment, error) {
	if a.dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(a.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Deployment
	for _, entry := range entries {
		var d Deployment
		text, err := os.ReadFile(a.path(entry.Name(), archiveRecord))
		_, kept := os.Stat(a.path(entry.Name(), archivedOutput))
		if err == nil && kept == nil && json.Unmarshal(text, &d) == nil && d.ID == entry.Name() {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b Deployment) int { return b.Since.Compare(a.Since) })
	return list, nil
}

// prune removes the outputs that were first served longest ago.
func (a archive) prune() error {
	list, err := a.list()
	for _, d := range list[min(mostKept, len(list)):] {
		err = errors.Join(err, os.RemoveAll(a.path(d.ID)))
	}
	return err
}

// ErrNoDeployment says that an archive has no output of an id.
var ErrNoDeployment = errors.New("no such deployment is kept")

// open gives the output of a deployment.
func (a archive) open(id string) (*os.Root, error) {
	if a.dir == "" || id == "" || filepath.Base(id) != id {
		return nil, fmt.Errorf("%q: %w", id, ErrNoDeployment)
	}
	root, err := os.OpenRoot(a.path(id, archivedOutput))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q: %w", id, ErrNoDeployment)
	}
	return root, err
}
