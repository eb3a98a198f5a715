package buildoutput

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

func TestID(t *testing.T) {
	archive, err := txtar.ParseFile("../testdata/check/sound.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := outputtest.Unpack(t, archive.Files)
	at := time.Unix(1_800_000_000, 0)
	touch := func(name string, when time.Time) {
		if err := os.Chtimes(filepath.Join(dir, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	id := func() string {
		out, err := Read(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		id, err := out.ID()
		if err != nil || len(id) != 16 {
			t.Fatal(id, err)
		}
		return id
	}
	touch("static/404.html", at)
	first := id()
	if again := id(); again != first {
		t.Errorf("one output has the ids %s and %s", first, again)
	}
	seen := map[string]string{first: "at first"}
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"another time", func() { touch("static/404.html", at.Add(time.Second)) }},
		{"another file", func() { os.WriteFile(filepath.Join(dir, "static/new.html"), nil, 0o644) }},
		{"another mode", func() { os.Chmod(filepath.Join(dir, "static/404.html"), 0o600) }},
		{"another config", func() { os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"version": 3, "routes": []}`), 0o644) }},
		{"another prerender", func() {
			os.WriteFile(filepath.Join(dir, "functions/blog/a.prerender-config.json"), []byte(`{"expiration": 1}`), 0o644)
		}},
		{"no link", func() { os.Remove(filepath.Join(dir, "functions/blog/a.func")) }},
	} {
		change.do()
		now := id()
		if before, known := seen[now]; known {
			t.Errorf("%s: the id is the same as %s", change.name, before)
		}
		seen[now] = change.name
	}
}
