package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watched are the directories of a site that are watched with all below them. Of the site's own directory only the files are.
var watched = []string{"content", "data", "layouts", "static", "assets", "archetypes", "i18n"}

// How long nothing must have happened before a change counts as complete, and how long one may take.
const (
	quietTime = 4 * time.Millisecond
	longest   = 100 * time.Millisecond
)

// watcher tells which files of a site change, by their paths in it with slashes. A change without names says that all files may have.
type watcher struct {
	root     string
	notify   *fsnotify.Watcher
	changes  chan []string
	failures chan error
	done     chan struct{}
	running  sync.WaitGroup
}

func newWatcher(root string) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, withWatchAdvice(err)
	}
	w := &watcher{root: root, notify: notify, changes: make(chan []string), failures: make(chan error), done: make(chan struct{})}
	err = notify.Add(root)
	for _, dir := range watched {
		err = errors.Join(err, w.add(filepath.Join(root, dir), nil))
	}
	if err != nil {
		notify.Close()
		return nil, withWatchAdvice(err)
	}
	w.running.Go(w.run)
	return w, nil
}

func withWatchAdvice(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		return fmt.Errorf("the site's directories cannot be watched: %w: allow more with `sysctl fs.inotify.max_user_watches=524288` and "+
			"`fs.inotify.max_user_instances=512`", err)
	}
	return fmt.Errorf("the site's directories cannot be watched: %w", err)
}

func (w *watcher) close() {
	close(w.done)
	w.notify.Close()
	w.running.Wait()
}

// add watches a directory with all below it, if it is there, and calls found for each file.
func (w *watcher) add(dir string, found func(name string)) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && name != dir && unwatched(name):
			return filepath.SkipDir
		case entry.IsDir():
			return w.notify.Add(name)
		case found != nil:
			found(name)
		}
		return nil
	})
}

// unwatched says of what editors and version control keep beside files that it is no part of the site.
func unwatched(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, ".") && base != ".well-known" || strings.HasPrefix(base, "#") || strings.HasSuffix(base, "~")
}

// run collects what happens until nothing does, and then tells.
func (w *watcher) run() {
	changed := map[string]bool{}
	all := false
	var first time.Time
	timer := time.NewTimer(time.Hour)
	for {
		select {
		case <-w.done:
			return
		case event, ok := <-w.notify.Events:
			if !ok {
				return
			}
			before := len(changed)
			w.note(event, changed)
			if len(changed) == before && !changed[w.relative(event.Name)] {
				continue
			}
		case err := <-w.notify.Errors:
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				all = true
			} else if err != nil && !w.fail(err) {
				return
			}
		case <-timer.C:
			if len(changed) == 0 && !all {
				continue
			}
			if !w.tell(changed, all) {
				return
			}
			clear(changed)
			all, first = false, time.Time{}
			continue
		}
		if first.IsZero() {
			first = time.Now()
		}
		timer.Reset(min(quietTime, max(0, longest-time.Since(first))))
	}
}

// note notes the files that an event is about.
func (w *watcher) note(event fsnotify.Event, changed map[string]bool) {
	name := w.relative(event.Name)
	if event.Op == fsnotify.Chmod || unwatched(event.Name) || !w.ofSite(name) {
		return
	}
	if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
		if event.Has(fsnotify.Create) {
			if err := w.add(event.Name, func(file string) { changed[w.relative(file)] = true }); err != nil {
				w.fail(err)
			}
		}
		return
	}
	changed[name] = true
}

// ofSite says of a file of the watched directories, or beside them, whether the site is made of it.
func (w *watcher) ofSite(name string) bool {
	top, _, below := strings.Cut(name, "/")
	return slices.Contains(watched, top) || !below && strings.HasSuffix(name, ".yaml")
}

func (w *watcher) relative(name string) string {
	relative, err := filepath.Rel(w.root, name)
	if err != nil {
		return name
	}
	return filepath.ToSlash(relative)
}

func (w *watcher) tell(changed map[string]bool, all bool) bool {
	names := []string{}
	for name := range changed {
		names = append(names, name)
	}
	slices.Sort(names)
	if all {
		names = nil
	}
	select {
	case w.changes <- names:
		return true
	case <-w.done:
		return false
	}
}

func (w *watcher) fail(err error) bool {
	select {
	case w.failures <- withWatchAdvice(err):
		return true
	case <-w.done:
		return false
	}
}
