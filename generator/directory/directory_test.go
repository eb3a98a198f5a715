package directory

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// tree makes a directory with files and links, and a file beside it that must not be read.
func tree(t *testing.T) string {
	t.Helper()
	above := t.TempDir()
	dir := filepath.Join(above, "site")
	for name, text := range map[string]string{
		"secret": "secret", "site/a.md": "a", "site/sub/deep/b.md": strings.Repeat("b", 100_000), "site/empty": "",
	} {
		full := filepath.Join(above, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"inside": "sub/deep/b.md", "up": "../secret", "absolute": filepath.Join(above, "secret"), "loop": "loop", "nothing": "gone",
		"dir": "sub", "out": "..", "self": "/proc/self/exe", "sub/back": "../a.md", "sub/out": "../../secret",
	} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Each name gives the same text or the same error as a root of package os.
func TestReadFileIsThatOfRoot(t *testing.T) {
	dir := tree(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, name := range []string{
		"a.md", "sub/deep/b.md", "empty", "inside", "up", "absolute", "loop", "nothing", "dir", "dir/deep/b.md", "out", "out/secret",
		"self", "sub", "sub/back", "sub/out", ".", "", "..", "../secret", "/a.md", "missing", "a.md/x", "sub//deep", "./a.md", "a.md/",
		"sub/../a.md", "a\x00b", filepath.Join(dir, "a.md"),
	} {
		want, wantErr := fs.ReadFile(root.FS(), name)
		got, gotErr := d.ReadFile(name)
		if !bytes.Equal(got, want) || (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
			t.Errorf("%q is %d bytes, %v; package os says %d bytes, %v", name, len(got), gotErr, len(want), wantErr)
		}
	}
}

func TestDirectoryIsAFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, fstest.MapFS{"a.md": {Data: []byte("a")}, "sub/b.md": {Data: []byte("b")}}); err != nil {
		t.Fatal(err)
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := fstest.TestFS(d, "a.md", "sub/b.md"); err != nil {
		t.Error(err)
	}
}

func TestOpenNothing(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}
