package check

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// tree is the output directory as the platform's CLI uploads it: links are not followed.
type tree struct {
	files []treeFile
	links []treeLink
}

type treeFile struct {
	path string
	size int64
	mode fs.FileMode
}

type treeLink struct {
	path, target string
}

// walk lists the directory, sorted by path.
func (c *checker) walk() (*tree, error) {
	t := &tree{}
	err := fs.WalkDir(c.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := fs.ReadLink(c.fsys, name)
			t.links = append(t.links, treeLink{name, target})
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			t.files = append(t.files, treeFile{name, info.Size(), info.Mode().Perm()})
		}
		return nil
	})
	return t, err
}

// links finds those in functions that lead to nothing once the function is packed.
func (c *checker) links(t *tree) {
	for _, link := range t.links {
		dir, _, inside := cutFunction(link.path)
		if !inside {
			continue // the reader has seen it
		}
		to := path.Join(path.Dir(link.path), link.target)
		if path.IsAbs(link.target) || to != dir && !strings.HasPrefix(to, dir+"/") {
			c.warn(LinkEscapes, link.path, "", "the link leads out of the function, to %q", link.target)
		}
	}
}

// cutFunction splits the path of a file in a function into the function's directory and the path in it.
func cutFunction(name string) (dir, inside string, ok bool) {
	before, inside, ok := strings.Cut(name, ".func/")
	return before + ".func", inside, ok && strings.HasPrefix(name, "functions/")
}

// names finds output paths that hide or resemble each other.
func (c *checker) names() {
	folded := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(c.out.Static)) {
		if c.out.Functions[file] != nil {
			c.warn(HiddenFile, "static/"+file, "", "functions/%s.func has the same output path", file)
		}
	}
	all := slices.Sorted(maps.Keys(c.static))
	for outputPath := range c.out.Functions {
		if _, both := c.static[outputPath]; !both {
			all = append(all, outputPath)
		}
	}
	slices.Sort(all)
	for _, outputPath := range all {
		key := strings.ToLower(outputPath)
		if other, taken := folded[key]; taken {
			c.warn(CaseCollision, "", "", "the output paths %q and %q differ in case alone", other, outputPath)
		}
		folded[key] = outputPath
	}
}

// twins finds files with the bytes of a program and without its executable bit.
func (c *checker) twins(t *tree) error {
	programs := map[int64][]treeFile{}
	for _, file := range t.files {
		if file.mode&0o111 != 0 && file.size > 0 && strings.Contains(file.path, ".func/") {
			programs[file.size] = append(programs[file.size], file)
		}
	}
	sums := map[string][sha256.Size]byte{}
	sum := func(name string) (sum [sha256.Size]byte, err error) {
		if known, ok := sums[name]; ok {
			return known, nil
		}
		f, err := c.fsys.Open(name)
		if err != nil {
			return sum, err
		}
		defer f.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, f); err != nil {
			return sum, err
		}
		sum = [sha256.Size]byte(hash.Sum(nil))
		sums[name] = sum
		return sum, nil
	}
	for _, file := range t.files {
		if file.mode&0o111 != 0 {
			continue
		}
		for _, program := range programs[file.size] {
			a, err := sum(file.path)
			b, errB := sum(program.path)
			if err := errors.Join(err, errB); err != nil {
				return err
			}
			if a == b {
				c.warn(ExecutableTwin, file.path, "", "it has the same bytes as the program %s and is not executable", program.path)
				break
			}
		}
	}
	return nil
}

// secrets looks for bypass tokens in every file but the prerender configs, which are where they belong.
func (c *checker) secrets(t *tree) error {
	var tokens [][]byte
	for _, prerender := range c.out.Prerenders {
		if token := []byte(prerender.Config.BypassToken); len(token) > 0 && !slices.ContainsFunc(tokens, func(t []byte) bool { return bytes.Equal(t, token) }) {
			tokens = append(tokens, token)
		}
	}
	if len(tokens) == 0 {
		return nil
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, file := range t.files {
		if strings.HasPrefix(file.path, "functions/") && strings.HasSuffix(file.path, prerenderSuffix) {
			continue
		}
		group.Go(func() error {
			found, err := c.contains(file.path, tokens)
			if err != nil {
				return fmt.Errorf("%s: %w", file.path, err)
			}
			if found {
				mu.Lock()
				defer mu.Unlock()
				c.warn(TokenExposed, file.path, "", "the file holds a bypass token")
			}
			return nil
		})
	}
	return group.Wait()
}

const pieceSize = 64 << 10

var pieces = sync.Pool{New: func() any { return new([2 * pieceSize]byte) }}

// contains searches a file, piece by piece, for any of several short texts.
func (c *checker) contains(name string, texts [][]byte) (bool, error) {
	f, err := c.fsys.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	buffer := pieces.Get().(*[2 * pieceSize]byte)
	defer pieces.Put(buffer)
	kept := 0
	for {
		n, err := f.Read(buffer[kept:])
		piece := buffer[:kept+n]
		for _, text := range texts {
			if bytes.Contains(piece, text) {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buffer[:], piece[max(0, len(piece)-longest(texts)+1):])
	}
}

func longest(texts [][]byte) int {
	n := 0
	for _, text := range texts {
		n = max(n, len(text))
	}
	return min(n, pieceSize)
}

// builds looks at what the platform's CLI noted of its own build: a deploy believes it.
func (c *checker) builds() {
	const file = "builds.json"
	text, err := fs.ReadFile(c.fsys, file)
	if err != nil {
		return // nobody needs it
	}
	type failure struct {
		Error any `json:"error"`
	}
	var noted struct {
		failure
		Builds []failure `json:"builds"`
	}
	if json.Unmarshal(text, &noted) != nil {
		return // the CLI takes a file that it cannot read for none
	}
	if noted.Error != nil {
		c.warn(StaleBuilds, file, pointer("error"), "it says that a build failed")
	}
	for i, build := range noted.Builds {
		if build.Error != nil {
			c.warn(StaleBuilds, file, pointer("builds", i, "error"), "it says that a build failed")
		}
	}
}
