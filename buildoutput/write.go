package buildoutput

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"
)

// Write writes the output to a directory that must exist and be empty, on all cores: contents that are computed are
// computed at the same time. It stops at the first error or when ctx ends, and returns the size of each file by its path
// in the directory.
//
// JSON is indented and its members are sorted, so that the same output gives the same bytes.
func (o *Output) Write(ctx context.Context, dir string) (map[string]int64, error) {
	tasks, err := o.files()
	if err != nil {
		return nil, err
	}
	w := &writer{dir: dir, tasks: tasks, sizes: make(map[string]int64, len(tasks))}
	var late []string
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		if tasks[name].Late {
			late = append(late, name)
		} else {
			w.names = append(w.names, name)
		}
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if w.names, err = w.more(o.More, late); err != nil {
		return nil, err
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	for _, outputPath := range slices.Sorted(maps.Keys(o.Functions)) {
		if to := o.Functions[outputPath].Link; to != "" {
			if err := w.link(outputPath, to); err != nil {
				return nil, err
			}
		}
	}
	return w.sizes, nil
}

// files lists every regular file of the output by its path in the directory.
func (o *Output) files() (map[string]File, error) {
	all := map[string]File{}
	var faults []error
	add := func(name string, file File) {
		if !fs.ValidPath(name) {
			faults = append(faults, fmt.Errorf("%q cannot be the path of a file in an output", name))
		}
		if _, twice := all[name]; twice {
			faults = append(faults, fmt.Errorf("%s would be written twice", name))
		}
		all[name] = file
	}
	addJSON := func(name string, value any) {
		content, err := marshal(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		add(name, File{Content: Bytes(content)})
	}
	addJSON(configFile, o.Config)
	for name, file := range o.Extra {
		add(name, file)
	}
	for name, file := range o.Static {
		add(path.Join(staticDir, name), file)
	}
	for outputPath, fn := range o.Functions {
		if fn.Link != "" {
			continue
		}
		dir := functionDir(outputPath)
		addJSON(path.Join(dir, functionConfigFile), fn.Config)
		for name, file := range fn.Files {
			add(path.Join(dir, name), file)
		}
	}
	for outputPath, prerender := range o.Prerenders {
		name := prerenderFile(outputPath)
		addJSON(name, prerender.Config)
		if prerender.Fallback != nil && prerender.Config.Fallback != nil {
			add(path.Join(path.Dir(name), prerender.Config.Fallback.Path), *prerender.Fallback)
		}
	}
	return all, errors.Join(faults...)
}

// marshal gives the canonical JSON of a value: sorted, indented by two spaces, with a line end.
func marshal(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return format(text)
}

func format(text []byte) ([]byte, error) {
	formatted := jsontext.Value(text)
	if err := formatted.Format(jsontext.ReorderRawObjects(true), jsontext.Multiline(true), jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(formatted, '\n'), nil
}

type writer struct {
	dir   string
	tasks map[string]File
	names []string // of the tasks that are to be written next
	next  atomic.Int64
	dirs  sync.Map // directories that exist

	mu    sync.Mutex
	sizes map[string]int64
}

// more adds the files that are known by now to those that are late.
func (w *writer) more(more func() (map[string]File, error), late []string) ([]string, error) {
	if more == nil {
		return late, nil
	}
	files, err := more()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		full := path.Join(staticDir, name)
		if _, twice := w.tasks[full]; twice || !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s would be written twice, or is no path", full)
		}
		w.tasks[full] = files[name]
		late = append(late, full)
	}
	return late, nil
}

// run writes the files that are named, on all cores.
func (w *writer) run(ctx context.Context) error {
	w.next.Store(0)
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(w.names)) {
		group.Go(func() error { return w.work(ctx) })
	}
	return group.Wait()
}

// work writes files until all are written. Each core takes the next one by itself: a goroutine for each file would be woken up for
// what takes less time than that.
func (w *writer) work(ctx context.Context) error {
	buffer := bufio.NewWriterSize(nil, 64<<10)
	for {
		i := int(w.next.Add(1)) - 1
		if i >= len(w.names) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.file(w.names[i], w.tasks[w.names[i]], buffer); err != nil {
			return err
		}
	}
}

func (w *writer) file(name string, file File, buffer *bufio.Writer) error {
	full := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := w.mkdir(filepath.Dir(full)); err != nil {
		return err
	}
	switch file.Mode.Type() {
	case fs.ModeDir:
		return w.mkdir(full)
	case fs.ModeSymlink:
		return w.symlink(full, file.Content)
	}
	mode := file.Mode
	if mode == 0 {
		mode = 0o644
	}
	if content, ok := file.Content.(Linkable); ok && file.Mode == 0 {
		if size, linked := content.LinkTo(full); linked {
			w.note(name, size)
			return nil
		}
	}
	f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	size, err := writeContent(f, file.Content, buffer)
	if mode&0o111 != 0 {
		err = errors.Join(err, f.Chmod(mode)) // a umask must not take away that it can be run
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	w.note(name, size)
	return nil
}

func (w *writer) note(name string, size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sizes[name] = size
}

// Linkable is a content that a file may have already, which the output can share: outputs are replaced and not written to.
type Linkable interface {
	// LinkTo gives that file another name, and its size. It is false if the content must be written there.
	LinkTo(name string) (size int64, linked bool)
}

// writeContent writes a content, through the buffer unless it comes in one piece.
func writeContent(f *os.File, content io.WriterTo, buffer *bufio.Writer) (int64, error) {
	switch content := content.(type) {
	case Bytes, WriterFunc, Inspected:
		return content.WriteTo(f)
	}
	buffer.Reset(f)
	size, err := content.WriteTo(buffer)
	return size, errors.Join(err, buffer.Flush())
}

// symlink makes a link that a function holds.
func (w *writer) symlink(full string, content io.WriterTo) error {
	var target strings.Builder
	if _, err := content.WriteTo(&target); err != nil {
		return err
	}
	return os.Symlink(target.String(), full)
}

// mkdir makes a directory and those above it. Most often those above are there already.
func (w *writer) mkdir(dir string) error {
	if _, ok := w.dirs.Load(dir); ok {
		return nil
	}
	err := os.Mkdir(dir, 0o755)
	if err != nil { // also if it exists, for then it must be a directory
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return err
	}
	w.dirs.Store(dir, true)
	return nil
}

// linkTarget is what the link of a function to another says.
func linkTarget(outputPath, to string) (string, error) {
	return filepath.Rel(filepath.Dir(filepath.FromSlash(functionDir(outputPath))), filepath.FromSlash(functionDir(to)))
}

// link makes one function a second name for another. The platform wants the link relative and to the directory itself.
func (w *writer) link(outputPath, to string) error {
	target, err := linkTarget(outputPath, to)
	if err != nil {
		return err
	}
	full := filepath.Join(w.dir, filepath.FromSlash(functionDir(outputPath)))
	if err := w.mkdir(filepath.Dir(full)); err != nil {
		return err
	}
	return os.Symlink(target, full)
}
