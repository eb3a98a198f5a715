package buildoutput

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Same says whether a directory holds this output and nothing else, byte for byte, so that there is no need to write it. The sizes
// are those of [Output.Write]. Contents that are computed are computed on all cores, up to the first difference.
//
// What cannot be read is a difference: writing the output says what is wrong with the place.
func (o *Output) Same(ctx context.Context, dir string) (sizes map[string]int64, same bool) {
	tasks, err := o.files()
	if err != nil {
		return nil, false
	}
	links := map[string]string{}
	for outputPath, fn := range o.Functions {
		if fn.Link != "" {
			target, err := linkTarget(outputPath, fn.Link)
			if err != nil {
				return nil, false
			}
			links[functionDir(outputPath)] = target
		}
	}
	c := &comparer{dir: dir, tasks: tasks, links: links, sizes: make(map[string]int64, len(tasks))}
	names, err := c.list()
	if err != nil || len(names) != len(tasks) {
		return nil, false
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		group.Go(func() error {
			buffer := bufio.NewReaderSize(nil, 64<<10)
			for i := next.Add(1) - 1; i < int64(len(names)); i = next.Add(1) - 1 {
				if err := errors.Join(ctx.Err(), c.file(names[i], buffer)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c.sizes, group.Wait() == nil
}

// errDiffers ends a comparison.
var errDiffers = errors.New("differs")

// comparer compares an output with a directory.
type comparer struct {
	dir   string
	tasks map[string]File
	links map[string]string // where they lead to, by their path in the directory

	mu    sync.Mutex
	sizes map[string]int64
}

// list gives the files of the directory, which must all be of the output, and checks its links.
func (c *comparer) list() (names []string, err error) {
	links := 0
	err = filepath.WalkDir(c.dir, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return nil
		}
		name, err := filepath.Rel(c.dir, full)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if target, ok := c.links[name]; ok {
			links++
			if is, err := os.Readlink(full); err != nil || is != target {
				return errDiffers
			}
			return nil
		}
		file, ok := c.tasks[name]
		if !ok || !entry.Type().IsRegular() || file.Mode.Type() != 0 {
			return errDiffers
		}
		names = append(names, name)
		return nil
	})
	if links != len(c.links) {
		err = errors.Join(err, errDiffers)
	}
	return names, err
}

// Inspected is a content that knows without being written whether a file is the same: it has looked before.
type Inspected interface {
	// SameAs gives the size of the file if it is the content.
	SameAs(file string) (size int64, same bool)
}

func (c *comparer) file(name string, buffer *bufio.Reader) error {
	full := filepath.Join(c.dir, filepath.FromSlash(name))
	if content, ok := c.tasks[name].Content.(Inspected); ok {
		size, same := content.SameAs(full)
		if !same {
			return errDiffers
		}
		c.note(name, size)
		return nil
	}
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	file := c.tasks[name]
	if file.Mode&0o111 != 0 {
		if info, err := f.Stat(); err != nil || info.Mode()&0o111 == 0 {
			return errDiffers
		}
	}
	buffer.Reset(f)
	size, err := file.Content.WriteTo(&sameWriter{buffer})
	if err != nil {
		return err
	}
	if _, err := buffer.ReadByte(); !errors.Is(err, io.EOF) {
		return errDiffers
	}
	c.note(name, size)
	return nil
}

func (c *comparer) note(name string, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sizes[name] = size
}

// sameWriter takes what is the same as what it reads.
type sameWriter struct{ want *bufio.Reader }

func (w *sameWriter) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		want, err := w.want.Peek(1)
		if err != nil {
			return done, errDiffers
		}
		want, _ = w.want.Peek(w.want.Buffered())
		n := min(len(want), len(p)-done)
		if !bytes.Equal(want[:n], p[done:done+n]) {
			return done, errDiffers
		}
		w.want.Discard(n)
		done += n
	}
	return len(p), nil
}

// Renew gives an output that a build left as it was another [Output.ID] all the same: a build makes a new deployment, with a cache of
// its own, as each deploy does on the platform. A preview notices it by config.json.
func (o *Output) Renew(dir string) error { return Renew(dir, o.Marks()) }

// Marks are the files whose times tell an output from one that is the same, by their paths in it.
func (o *Output) Marks() []string {
	marks := []string{configFile}
	for name := range o.Static {
		if file := path.Join(staticDir, name); len(marks) == 1 || file < marks[0] {
			marks = append([]string{file}, configFile)
		}
	}
	return marks
}

// Links are the links that make one function a second name for another, by their paths in the output.
func (o *Output) Links() []string {
	var links []string
	for outputPath, fn := range o.Functions {
		if fn.Link != "" {
			links = append(links, functionDir(outputPath))
		}
	}
	return links
}

// Renew is [Output.Renew] for an output of which no more is at hand than its marks.
func Renew(dir string, marks []string) error {
	now := time.Now()
	for _, name := range marks {
		if err := os.Chtimes(filepath.Join(dir, filepath.FromSlash(name)), now, now); err != nil {
			return err
		}
	}
	return nil
}
