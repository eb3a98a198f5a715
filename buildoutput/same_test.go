package buildoutput

import (
	"os"
	"path/filepath"
	"testing"
)

// An output is the same as the directory that it was written to, and as no other.
func TestSame(t *testing.T) {
	output := func() *Output {
		return &Output{
			Config: Config{Version: Version},
			Static: map[string]File{"index.html": {Content: Bytes("home")}, "a/index.html": {Content: WriterFunc(func() ([]byte, error) { return make([]byte, 200_000), nil })}},
			Functions: map[string]*Function{
				"_f":  {Config: FunctionConfig{Runtime: RuntimeProvided, Handler: "bootstrap"}, Files: map[string]File{"bootstrap": {Content: Bytes("program"), Mode: 0o755}}},
				"b/c": {Link: "_f"},
			},
		}
	}
	write := func() string {
		dir := t.TempDir()
		if _, err := output().Write(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dir := write()
	want, err := output().Write(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sizes, same := output().Same(t.Context(), dir)
	if !same || len(sizes) != len(want) {
		t.Errorf("an output that was just written: %v, %v", sizes, same)
	}
	for name, size := range want {
		if sizes[name] != size {
			t.Errorf("%s has %d bytes, want %d", name, sizes[name], size)
		}
	}
	for what, change := range map[string]func(file func(...string) string) error{
		"a byte": func(file func(...string) string) error {
			return os.WriteFile(file("static", "index.html"), []byte("home!"), 0o644)
		},
		"fewer bytes": func(file func(...string) string) error {
			return os.WriteFile(file("static", "index.html"), []byte("hom"), 0o644)
		},
		"a file more": func(file func(...string) string) error { return os.WriteFile(file("static", "more"), nil, 0o644) },
		"a file less": func(file func(...string) string) error { return os.Remove(file("static", "index.html")) },
		"no link":     func(file func(...string) string) error { return os.Remove(file("functions", "b", "c.func")) },
		"another mode": func(file func(...string) string) error {
			return os.Chmod(file("functions", "_f.func", "bootstrap"), 0o644)
		},
		"a link elsewhere": func(file func(...string) string) error {
			link := file("functions", "b", "c.func")
			if err := os.Remove(link); err != nil {
				return err
			}
			return os.Symlink("../_g.func", link)
		},
		"a link for a file": func(file func(...string) string) error {
			page := file("static", "index.html")
			if err := os.Rename(page, filepath.Join(t.TempDir(), "elsewhere")); err != nil {
				return err
			}
			return os.Symlink("../elsewhere", page)
		},
		"nothing": func(file func(...string) string) error { return os.RemoveAll(file()) },
	} {
		dir := write()
		if err := change(func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }); err != nil {
			t.Fatal(err)
		}
		if _, same := output().Same(t.Context(), dir); same {
			t.Errorf("with %s it is the same", what)
		}
	}
}
