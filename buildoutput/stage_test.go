package buildoutput

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// marked is an output that isrgen made, with one static file.
func marked(content string) *Output {
	return &Output{
		Config: Config{Version: Version},
		Static: map[string]File{content + ".txt": {Content: Bytes(content)}},
		Extra:  map[string]File{ManifestFile: {Content: Bytes("{}\n")}},
	}
}

func stage(t *testing.T, o *Output, dir string) *Staged {
	t.Helper()
	staged, err := o.Stage(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return staged
}

func commit(t *testing.T, o *Output, dir string) {
	t.Helper()
	if err := stage(t, o, dir).Commit(); err != nil {
		t.Fatal(err)
	}
}

// holds checks that a directory is the output of marked(content), and that nothing but it and others is beside it.
func holds(t *testing.T, dir, content string, others ...string) {
	t.Helper()
	want := map[string]string{"config.json": "{\n  \"version\": 3\n}\n", ManifestFile: "{}\n", "static/" + content + ".txt": content}
	if got := readTree(t, dir); !maps.Equal(got, want) {
		t.Errorf("the output is %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	beside(t, dir, append(others, filepath.Base(dir))...)
}

func beside(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("in the parent there is %q, want %q", names, want)
	}
}

// An output appears whole, in the place of the previous one, and nothing else of it is left.
func TestStageAndCommit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "output")
	staged := stage(t, marked("one"), dir)
	if _, err := os.Lstat(dir); err == nil {
		t.Error("the output is in its place before it is committed")
	}
	if staged.Sizes["static/one.txt"] != 3 {
		t.Errorf("sizes %v", staged.Sizes)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "one")
	staged = stage(t, marked("two"), dir)
	holds(t, dir, "one", ".output.isrgen-new")
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "two")
	if err := stage(t, marked("three"), dir).Discard(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "two")
}

// A write that fails, or is interrupted, leaves the previous output, nothing beside it, and no lock.
func TestStageFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "output")
	commit(t, marked("one"), dir)
	broken := marked("two")
	refused := errors.New("refused")
	broken.Static["b"] = File{Content: WriterFunc(func() ([]byte, error) { return nil, refused })}
	if _, err := broken.Stage(t.Context(), dir); !errors.Is(err, refused) || !strings.Contains(err.Error(), "static/b") {
		t.Errorf("the error is %v, want it to name the file and its cause", err)
	}
	holds(t, dir, "one")
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := marked("three").Stage(interrupted, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	holds(t, dir, "one")
	twice := marked("four")
	twice.Extra["static/four.txt"] = File{Content: Bytes("")}
	twice.Extra["../outside"] = File{Content: Bytes("")}
	_, err := twice.Stage(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "static/four.txt would be written twice") ||
		!strings.Contains(err.Error(), `"../outside" cannot be the path of a file`) {
		t.Errorf("the error is %v, want both faults", err)
	}
	commit(t, marked("five"), dir)
	holds(t, dir, "five")
}

// A build that is killed at any point leaves at most what the next one clears up, and never loses the output that was there.
func TestStageAfterKill(t *testing.T) {
	for name, left := range map[string]func(dir string) error{
		"while it wrote": func(dir string) error {
			return os.MkdirAll(filepath.Join(filepath.Dir(dir), ".output.isrgen-new", "static", "half"), 0o755)
		},
		"between its two renames": func(dir string) error {
			new := filepath.Join(filepath.Dir(dir), ".output.isrgen-new", "static")
			return errors.Join(os.MkdirAll(new, 0o755), os.Rename(dir, filepath.Join(filepath.Dir(dir), ".output.isrgen-old")))
		},
		"before it removed the previous output": func(dir string) error {
			return os.CopyFS(filepath.Join(filepath.Dir(dir), ".output.isrgen-old"), os.DirFS(dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "output")
			commit(t, marked("one"), dir)
			if err := left(dir); err != nil {
				t.Fatal(err)
			}
			if err := stage(t, marked("two"), dir).Discard(); err != nil {
				t.Fatal(err)
			}
			holds(t, dir, "one")
			commit(t, marked("three"), dir)
			holds(t, dir, "three")
		})
	}
}

// What somebody else put into the place is not replaced.
func TestForeignDirectory(t *testing.T) {
	for name, c := range map[string]struct {
		tree    map[string]string
		refused bool
	}{
		"empty":                        {nil, false},
		"of isrgen":                    {map[string]string{ManifestFile: "{}", "static/x": ""}, false},
		"of the platform's tool":       {map[string]string{"builds.json": "{}", "config.json": "{}"}, false},
		"begun by the platform's tool": {map[string]string{"diagnostics/cli_traces.json": ""}, false},
		"with documents":               {map[string]string{"thesis.md": "years of work"}, true},
		"of another generator":         {map[string]string{"config.json": `{"version":3}`}, true},
		"a file with the mark below":   {map[string]string{"sub/" + ManifestFile: "{}"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "output")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			writeTree(t, dir, c.tree)
			staged, err := marked("new").Stage(t.Context(), dir)
			if !c.refused {
				if err != nil {
					t.Fatal(err)
				}
				if err := staged.Commit(); err != nil {
					t.Fatal(err)
				}
				holds(t, dir, "new")
				return
			}
			if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), dir) {
				t.Fatalf("the error is %v, want ErrForeign and the name of the directory", err)
			}
			if got := readTree(t, dir); !maps.Equal(got, c.tree) {
				t.Errorf("the directory became %q", got)
			}
			beside(t, dir, "output")
		})
	}
	file := filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(file, []byte("a file"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := marked("new").Stage(t.Context(), file); err == nil {
		t.Error("a file is taken for a directory that may be replaced")
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "a file" {
		t.Errorf("the file became %q, %v", content, err)
	}
}

// Two builds do not write beside one place at a time.
func TestStageIsLocked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system cannot lock a directory")
	}
	dir := filepath.Join(t.TempDir(), "output")
	first := stage(t, marked("one"), dir)
	if _, err := marked("two").Stage(t.Context(), dir); !errors.Is(err, ErrBusy) {
		t.Errorf("the second build gets %v, want ErrBusy", err)
	}
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "one")
	commit(t, marked("three"), dir)
	holds(t, dir, "three")
}

// A link in the place of the output stays, and what it leads to is replaced.
func TestStageThroughLink(t *testing.T) {
	base := t.TempDir()
	target, link := filepath.Join(base, "real", "output"), filepath.Join(base, "link")
	commit(t, marked("one"), target)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	commit(t, marked("two"), link)
	holds(t, target, "two")
	if to, err := os.Readlink(link); err != nil || to != target {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// JSON is the same bytes each time, a link leads to the function itself, and what is executable stays so.
func TestWriteIsCanonical(t *testing.T) {
	out := &Output{
		Config: Config{Version: 3, Routes: []Route{{Src: "^/<&>$", Headers: map[string]string{"b": "2", "a": "1", "c": "3"}}}},
		Functions: map[string]*Function{"f": {
			Config: FunctionConfig{Runtime: RuntimeProvided, Handler: "bootstrap", Environment: map[string]string{"b": "2", "a": "1"}},
			Files:  map[string]File{"bootstrap": {Content: Bytes("program"), Mode: 0o755}},
		}, "deep/er/g": {Link: "f"}},
	}
	want := map[string]string{
		"config.json": "{\n  \"routes\": [\n    {\n      \"headers\": {\n        \"a\": \"1\",\n        \"b\": \"2\",\n        \"c\": \"3\"\n      },\n" +
			"      \"src\": \"^/<&>$\"\n    }\n  ],\n  \"version\": 3\n}\n",
		"functions/f.func/.vc-config.json": "{\n  \"environment\": {\n    \"a\": \"1\",\n    \"b\": \"2\"\n  },\n  \"handler\": \"bootstrap\",\n" +
			"  \"runtime\": \"provided.al2023\"\n}\n",
		"functions/f.func/bootstrap": "!program",
		"functions/deep/er/g.func":   "->../../f.func",
	}
	for range 3 {
		dir := t.TempDir()
		if _, err := out.Write(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		sameTree(t, readTree(t, dir), want)
	}
}

// TestLateFiles writes the files that More gives after all others, and late ones with them: they may hold what is known only then.
func TestLateFiles(t *testing.T) {
	var written atomic.Int32
	counted := func() io.WriterTo {
		return WriterFunc(func() ([]byte, error) {
			written.Add(1)
			return []byte("page"), nil
		})
	}
	late := WriterFunc(func() ([]byte, error) { return fmt.Append(nil, written.Load()), nil })
	more := map[string]File{"more.txt": {Content: late}}
	o := &Output{
		Config: Config{Version: 3},
		Static: map[string]File{"a.html": {Content: late, Late: true}, "z/b.html": {Content: counted()}, "c.html": {Content: counted()}},
		More: func() (map[string]File, error) {
			if n := written.Load(); n != 2 {
				t.Errorf("%d files were written before", n)
			}
			return more, nil
		},
	}
	dir := t.TempDir()
	sizes, err := o.Write(t.Context(), dir)
	if err != nil || len(sizes) != 5 {
		t.Fatal(sizes, err)
	}
	for _, name := range []string{"a.html", "more.txt"} {
		if text, err := os.ReadFile(filepath.Join(dir, "static", name)); err != nil || string(text) != "2" {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
	for _, name := range []string{"c.html", "../up"} {
		written.Store(0)
		more = map[string]File{name: {Content: late}}
		if _, err := o.Write(t.Context(), t.TempDir()); err == nil {
			t.Errorf("a second %s was written", name)
		}
	}
}
