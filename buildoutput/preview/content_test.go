package preview

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestFileChanges changes a file without a new output, in ways in which that can be hard to see.
func TestFileChanges(t *testing.T) {
	long := strings.Repeat("-", maxHeld)
	fixed := time.Unix(1_000_000_000, 0)
	write := func(file, text string) error {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		return os.Chtimes(file, fixed, fixed)
	}
	for _, test := range []struct {
		name        string
		first, then string
		change      func(file, text string) error
	}{
		{"in place", "one", "two", func(file, text string) error { return os.WriteFile(file, []byte(text), 0o644) }},
		{"another file of the same size and time", "one", "two", func(file, text string) error {
			if err := write(file+".new", text); err != nil {
				return err
			}
			return os.Rename(file+".new", file)
		}},
		{"in place, of the same size and time", "one", "two", write},
		{"small becomes large", "one", "two" + long, write},
		{"large becomes small", "one" + long, "two", write},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasPrefix(test.name, "in place, ") && runtime.GOOS != "linux" {
				t.Skip("only Linux tells")
			}
			s := newServer(t, "static/page", test.first)
			file := filepath.Join(s.dir, "static", "page")
			if err := os.Chtimes(file, fixed, fixed); err != nil {
				t.Fatal(err)
			}
			d, now := s.deployment, time.Now().Add(settled)
			var tags []string
			get := func(want string) {
				t.Helper()
				c, err := d.open("static/page", now)
				if err != nil {
					t.Fatal(err)
				}
				defer c.close()
				if got, err := c.all(); err != nil || string(got) != want {
					t.Errorf("got %d bytes: %.10q %v, want %.10q", len(got), got, err, want)
				}
				_, held := s.held.GetIfPresent(c.tag)
				if want := len(want) <= maxHeld; held != want {
					t.Errorf("held is %v, want %v", held, want)
				}
				tags = append(tags, c.etag)
			}
			get(test.first)
			get(test.first)
			if err := test.change(file, test.then); err != nil {
				t.Fatal(err)
			}
			now = now.Add(settled)
			get(test.then)
			get(test.then)
			if tags[0] != tags[1] || tags[1] == tags[2] || tags[2] != tags[3] {
				t.Errorf("ETags: %q", tags)
			}
		})
	}
}

// TestFileJustChanged is about a file that could change once more without another time: it is read for each request.
func TestFileJustChanged(t *testing.T) {
	s := newServer(t, "static/page", "one")
	ask(s, "GET", "/page")
	if known, ok := s.deployment.tags.Load("static/page"); ok {
		t.Errorf("kept %v", known)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "static", "page"), []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if w := ask(s, "GET", "/page"); w.Body.String() != "two" {
		t.Errorf("got %q", w.Body)
	}
}

// newServer serves an output of one static file.
func newServer(t *testing.T, name, content string) *Server {
	t.Helper()
	s, err := New(unpack(t, []txtar.File{
		{Name: "config.json", Data: []byte(`{"version": 3}`)},
		{Name: name, Data: []byte(content)},
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}
