package generator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestPagesAreLinked holds that the file of a page which is as it was gets another name instead of a copy, and that nothing is wrong with
// the output because of that: not the bytes, and not what is said of links.
func TestPagesAreLinked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files have no identities here")
	}
	t.Parallel()
	source := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(source, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("isrgen.yaml", "title: Linked\ndisableKinds: [rss, sitemap]\n")
	write("layouts/page.html", "{{ .Title }} {{ .Content }}")
	write("layouts/list.html", "{{ .Title }} {{ .Content }}")
	for i := range 9 {
		write(fmt.Sprintf("content/posts/p%d.md", i), fmt.Sprintf("---\ntitle: Post %d\n---\n[To the next](/posts/p%d/).\n", i, (i+1)%9))
	}
	o := Options{Source: source, Destination: filepath.Join(t.TempDir(), "output"), Cache: filepath.Join(t.TempDir(), "cache"), Clock: clock, Bootstrap: standIn}
	// One page is new each time, and takes so long that the clock ticks on for the others.
	write("content/slow.md", "---\ntitle: Slow\nlayout: slow\n---\n")
	write("layouts/slow.html", "{{ now.Unix }}{{ range seq 700 }}{{ range seq 1000 }}{{ end }}{{ end }}")
	page := func(i int) string {
		return filepath.Join(o.Destination, "static", "posts", fmt.Sprintf("p%d", i), "index.html")
	}
	build := func(what string) (linked []int) {
		t.Helper()
		before := map[int]os.FileInfo{}
		for i := range 9 {
			if file, err := os.Open(page(i)); err == nil {
				defer file.Close() // so that no other file has the number of one that is gone
				before[i], _ = file.Stat()
			}
		}
		o.Clock = o.Clock.Add(time.Second)
		report, err := Build(t.Context(), o)
		if err != nil {
			t.Fatal(what, err)
		}
		clean := o
		clean.Destination, clean.Cache = filepath.Join(t.TempDir(), "output"), ""
		wanted, err := Build(t.Context(), clean)
		if err != nil {
			t.Fatal(what, err)
		}
		sameTrees(t, what, fingerprints(t, o.Destination), fingerprints(t, clean.Destination))
		if fmt.Sprint(report.Diagnostics) != fmt.Sprint(wanted.Diagnostics) || report.Totals.Bytes != wanted.Totals.Bytes {
			t.Errorf("after %s: the build says\n%v\nwant\n%v", what, report.Diagnostics, wanted.Diagnostics)
		}
		for i := range 9 {
			if now, err := os.Stat(page(i)); err == nil && before[i] != nil && os.SameFile(before[i], now) {
				linked = append(linked, i)
			}
		}
		return linked
	}
	want := func(what string, wanted ...int) {
		t.Helper()
		defer func() { // a link is a change of the file, which may be too new then to be known by its times
			o.IgnoreCache = true
			build("nothing again")
			o.IgnoreCache = false
		}()
		if linked := build(what); !slices.Equal(linked, wanted) {
			t.Errorf("after %s: the pages %v are linked, want %v", what, linked, wanted)
		}
	}
	build("the first build")
	want("nothing", 0, 1, 2, 3, 4, 5, 6, 7, 8)
	write("content/posts/p3.md", "---\ntitle: Post 3\n---\nAnother text.\n")
	want("an edit", 0, 1, 2, 4, 5, 6, 7, 8)
	if err := os.WriteFile(page(5), []byte("by somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	want("a page of the output is another", 0, 1, 2, 3, 4, 6, 7, 8)
	if err := os.Remove(filepath.Join(source, "content", "posts", "p7.md")); err != nil {
		t.Fatal(err)
	}
	want("a page gone that another leads to") // all are read for their links
	want("with a link that leads to nothing")
}
