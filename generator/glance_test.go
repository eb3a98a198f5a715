package generator

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestGlanceIsTrue changes files of a site and of its output in ways that are hard to see, and builds: whether the build looked at all
// of it or only at a glance, the output must be that of a clean build. Where nothing changed, a glance must do.
func TestGlanceIsTrue(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files have no identities here")
	}
	t.Parallel()
	source, apart := t.TempDir(), t.TempDir()
	o := Options{Source: source, Destination: filepath.Join(t.TempDir(), "output"), Cache: filepath.Join(t.TempDir(), "cache"), Clock: clock, Bootstrap: standIn}
	page := func(name string) string { return filepath.Join(source, "content", name) }
	write := func(name, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(source, "isrgen.yaml"), "title: Glance\n")
	write(filepath.Join(source, "layouts", "page.html"), "{{ .Title }} {{ .Content }}")
	for i := range 5 {
		write(page(fmt.Sprintf("posts/p%d.md", i)), fmt.Sprintf("---\ntitle: Post %d\n---\nText %d.\n", i, i))
	}
	write(filepath.Join(source, ".hidden", "linked.txt"), "linked")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(source, "static"), 0o755))
	must(os.Symlink("../.hidden/linked.txt", filepath.Join(source, "static", "linked.txt")))
	timed := false
	random := rand.New(rand.NewPCG(1, 2))
	one := func() string { return page(fmt.Sprintf("posts/p%d.md", random.IntN(5))) }
	digit := func() string { return fmt.Sprint(random.IntN(10)) }
	var build func(what string)
	edits := map[string]func(){
		"the same text again": func() {
			name := one()
			text, _ := os.ReadFile(name)
			write(name, string(text))
		},
		"as much text": func() { write(one(), "---\ntitle: Post "+digit()+"\n---\nText "+digit()+".\n") },
		"a text of the same time": func() {
			name := one()
			info, err := os.Stat(name)
			must(err)
			write(name, "---\ntitle: Post "+digit()+"\n---\nText "+digit()+".\n")
			must(os.Chtimes(name, info.ModTime(), info.ModTime()))
		},
		"another file in the place of one": func() {
			other := filepath.Join(apart, "other.md")
			write(other, "---\ntitle: Post "+digit()+"\n---\nText "+digit()+".\n")
			must(os.Rename(other, one()))
		},
		"two files exchanged": func() {
			must(os.Rename(page("posts/p0.md"), filepath.Join(apart, "p0.md")))
			must(os.Rename(page("posts/p1.md"), page("posts/p0.md")))
			must(os.Rename(filepath.Join(apart, "p0.md"), page("posts/p1.md")))
		},
		"a page less, or more": func() {
			if os.Remove(page("posts/extra.md")) != nil {
				write(page("posts/extra.md"), "---\ntitle: Extra\n---\n")
			}
		},
		"what a link leads to": func() { write(filepath.Join(source, ".hidden", "linked.txt"), "linked"+digit()) },
		"a layout":             func() { write(filepath.Join(source, "layouts", "page.html"), "{{ .Title }} {{ .Content }}"+digit()) },
		"a page of the output": func() { write(filepath.Join(o.Destination, "static", "posts", "p2", "index.html"), digit()) },
		"a file too much in the output": func() {
			write(filepath.Join(o.Destination, "static", "stray.txt"), digit())
		},
		"config.json": func() { write(filepath.Join(o.Destination, "config.json"), `{"version":3}`) },
		"the output":  func() { must(os.RemoveAll(o.Destination)) },
		"the cache": func() {
			name := filepath.Join(o.Cache, "glance.gob")
			text, _ := os.ReadFile(name)
			text[random.IntN(len(text))] ^= 1
			write(name, string(text))
		},
		"an option": func() { o.Minify = !o.Minify },
		"the token": func() { o.BypassToken = "0123456789abcdef0123456789abcdef"[:32*random.IntN(2)] },
		"the time":  func() { o.Clock = o.Clock.Add(time.Hour) },
		"the time back, to when a page was not there": func() {
			write(page("posts/dated.md"), "---\ntitle: Dated\ndate: "+o.Clock.Add(-time.Minute).Format(time.RFC3339)+"\n---\n")
			build("a page with a date")
			o.Clock = o.Clock.Add(-time.Hour)
			build("the time back")
			o.Clock = o.Clock.Add(time.Hour)
			must(os.Remove(page("posts/dated.md")))
		},
		"a list that shows the time": func() {
			write(filepath.Join(source, "layouts", "list.html"), "{{ now.Unix }}"+digit())
			timed = true
		},
		"a list that does not": func() {
			write(filepath.Join(source, "layouts", "list.html"), "list"+digit())
			timed = false
		},
	}
	before := ""
	build = func(what string) {
		t.Helper()
		report, err := Build(t.Context(), o)
		must(err)
		clean := o
		clean.Destination, clean.Cache = filepath.Join(t.TempDir(), "output"), ""
		wanted, err := Build(t.Context(), clean)
		must(err)
		sameTrees(t, what, fingerprints(t, o.Destination), fingerprints(t, clean.Destination))
		if len(report.Routes) != len(wanted.Routes) || report.Totals.Bytes != wanted.Totals.Bytes {
			t.Errorf("after %s: the report is of %d routes and %d bytes, want %d and %d", what,
				len(report.Routes), report.Totals.Bytes, len(wanted.Routes), wanted.Totals.Bytes)
		}
		if glance := len(report.Timings) == 1; what == "nothing" && glance == timed {
			t.Errorf("after %s: that a glance did where nothing changed is %t, that a page shows the time %t", before, glance, timed)
		}
		before = what
	}
	build("the first build")
	for range 3 {
		for what, edit := range edits {
			edit()
			build(what)
			build("nothing")
			if t.Failed() {
				return
			}
		}
	}
	static := filepath.Join(source, "static")
	must(errors.Join(os.RemoveAll(static), os.Symlink(".hidden", static)))
	build("a link in the place of static/")
	write(filepath.Join(source, ".hidden", "linked.txt"), "behind the link")
	build("a file behind it")
}
