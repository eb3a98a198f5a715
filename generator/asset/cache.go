package asset

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/isrgen/isrgen/generator/render"
)

// Cache keeps results of operations, on disk or in memory. What is damaged is as if it were not there, and so is what cannot be written,
// but that it is kept in memory then. It may be used by several stores at once.
type Cache struct {
	dir string // empty for memory

	mu      sync.Mutex
	entries map[string]*cached
	blobs   map[string][]byte
	used    map[string]bool // files in dir, by their path there
}

// NewCache keeps results in a directory, which is made when it is needed; in memory if that is empty.
func NewCache(dir string) *Cache {
	return &Cache{dir: dir, entries: map[string]*cached{}, blobs: map[string][]byte{}, used: map[string]bool{}}
}

// cached is what is known of a result. Its bytes are in the blob of its sum.
type cached struct {
	Asset render.Asset      `json:"asset"`
	Reads map[string]string `json:"reads,omitempty"` // files besides the inputs, with their sums
}

// cacheVersion is raised when the same operation makes something else.
const cacheVersion = "1"

// libraries are the versions of what does the work: another one may do it otherwise.
var libraries = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var versions []string
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/evanw/esbuild", "github.com/tdewolff/minify/v2", "github.com/gen2brain/webp", "golang.org/x/image":
			versions = append(versions, module.Path+" "+module.Version)
		}
	}
	return info.GoVersion + " " + strings.Join(versions, ", ")
})

// cacheKey names a result by what it is made of.
func cacheKey(op render.Operation, inputs []*made) string {
	type input struct{ Path, MediaType, Sum string }
	of := struct {
		Version, Libraries string
		Operation          render.Operation
		Inputs             []input
	}{cacheVersion, libraries(), op, nil}
	of.Operation.Inputs = nil
	for _, m := range inputs {
		of.Inputs = append(of.Inputs, input{m.asset.Path, m.asset.MediaType, m.asset.Sum})
	}
	text, err := json.Marshal(of)
	if err != nil {
		panic(err) // it holds nothing but texts
	}
	return render.Sum(text)
}

func (c *Cache) get(key string) (*cached, bool) {
	c.mu.Lock()
	entry := c.entries[key]
	c.mu.Unlock()
	if entry == nil && c.dir != "" {
		text, err := os.ReadFile(c.file("made", key))
		sum, body, _ := bytes.Cut(text, []byte("\n"))
		read := &cached{}
		if err != nil || string(sum) != render.Sum(body) || json.Unmarshal(body, read) != nil {
			return nil, false
		}
		entry = read
	}
	if entry == nil || !c.has(entry.Asset.Sum) {
		return nil, false
	}
	copied := *entry
	return &copied, true
}

func (c *Cache) put(key string, entry *cached, content []byte) {
	entry.Asset.Reads = nil
	c.putBlob(entry.Asset.Sum, content)
	if c.dir != "" {
		body, err := json.Marshal(entry)
		if err == nil && c.write(filepath.Join("made", key), append([]byte(render.Sum(body)+"\n"), body...)) == nil {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[key] = entry
}

// has says whether a blob is there, perhaps damaged.
func (c *Cache) has(sum string) bool {
	c.mu.Lock()
	_, ok := c.blobs[sum]
	c.mu.Unlock()
	if ok || c.dir == "" {
		return ok
	}
	_, err := os.Stat(c.file("blob", sum))
	return err == nil
}

// file is where something is kept, which is used now.
func (c *Cache) file(kind, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used[filepath.Join(kind, name)] = true
	return filepath.Join(c.dir, kind, name)
}

// Prune removes what nobody used through this cache, and nobody wrote since a time: what was made of files that are gone, or of what
// they were.
func (c *Cache) Prune(since time.Time) error {
	if c.dir == "" {
		return nil
	}
	var failed error
	for _, kind := range []string{"made", "blob"} {
		entries, err := os.ReadDir(filepath.Join(c.dir, kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
		for _, entry := range entries {
			name := filepath.Join(kind, entry.Name())
			c.mu.Lock()
			used := c.used[name]
			c.mu.Unlock()
			if info, err := entry.Info(); !used && err == nil && info.ModTime().Before(since) {
				failed = errors.Join(failed, os.Remove(filepath.Join(c.dir, name)))
			}
		}
	}
	return failed
}

// blob gives the bytes with a sum.
func (c *Cache) blob(sum string) ([]byte, bool) {
	c.mu.Lock()
	text, ok := c.blobs[sum]
	c.mu.Unlock()
	if ok || c.dir == "" {
		return text, ok
	}
	text, err := os.ReadFile(c.file("blob", sum))
	return text, err == nil && render.Sum(text) == sum
}

func (c *Cache) putBlob(sum string, content []byte) {
	if c.dir != "" && c.write(filepath.Join("blob", sum), content) == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blobs[sum] = content
}

// write writes a file that is whole whenever it is there. A file beside all of them keeps git from taking them for something of the site's.
func (c *Cache) write(name string, content []byte) error {
	full := c.file(filepath.Split(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	ignore := filepath.Join(c.dir, ".gitignore")
	if _, err := os.Stat(ignore); err != nil {
		if err := os.WriteFile(ignore, []byte("*\n"), 0o644); err != nil {
			return err
		}
	}
	file, err := os.CreateTemp(filepath.Dir(full), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), full)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
