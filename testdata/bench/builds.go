package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/isrgen/isrgen/testdata/bench/corpus"
)

// describe says what was measured, and on what.
func (b *bench) describe() error {
	for _, program := range [][]string{{b.hugo, "version"}, {b.isrgen, "--version"}} {
		said, err := exec.Command(program[0], program[1:]...).Output()
		if err != nil {
			return fmt.Errorf("%s: %w", program[0], err)
		}
		fmt.Println(string(bytes.TrimSpace(said)))
	}
	model := ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, after, _ := strings.Cut(string(text), "model name\t: ")
		model, _, _ = strings.Cut(after, "\n")
	}
	fmt.Printf("%s, %d processors %s, %s\n\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), model, runtime.Version())
	return nil
}

// corpusSite is a corpus on disk, which both programs build.
type corpusSite struct {
	dir, out, middle string
}

const deferPosts = "isr:\n  rules:\n    - {match: /posts/**, defer: true, revalidate: 1h}\n"

func (b *bench) newSite(posts int) (*corpusSite, error) {
	s := &corpusSite{dir: filepath.Join(b.dir, fmt.Sprint("site-", posts)), out: filepath.Join(b.dir, "out")}
	if err := os.CopyFS(s.dir, os.DirFS(b.site)); err != nil {
		return nil, err
	}
	var err error
	s.middle, err = corpus.Write(filepath.Join(s.dir, "content"), posts)
	return s, err
}

// configure gives isrgen its configuration, with something added.
func (b *bench) configure(s *corpusSite, more string) error {
	return b.edit(s, "isrgen.yaml", "", "", more)
}

// highlight has both programs highlight code, or leave it as it is.
func (b *bench) highlight(s *corpusSite, on bool) error {
	if !on {
		return errors.Join(b.edit(s, "isrgen.yaml", "", "", ""), b.edit(s, "hugo.yaml", "", "", ""))
	}
	return errors.Join(b.edit(s, "isrgen.yaml", "highlight: false", "highlight: true", ""),
		b.edit(s, "hugo.yaml", "codeFences: false", "codeFences: true", ""))
}

// edit writes a file of the site with a text replaced and something added.
func (b *bench) edit(s *corpusSite, name, old, now, more string) error {
	text, err := os.ReadFile(filepath.Join(b.site, name))
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte(old)) {
		return fmt.Errorf("%s has no %q", name, old)
	}
	text = bytes.Replace(text, []byte(old), []byte(now), 1)
	return os.WriteFile(filepath.Join(s.dir, name), append(text, more...), 0o644)
}

// forget removes what earlier builds left.
func (s *corpusSite) forget() error {
	for _, dir := range []string{s.out, filepath.Join(s.dir, "resources"), filepath.Join(s.dir, ".isrgen")} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// runHugo, runIsrgen and runFloor build a site. A cold build begins with nothing, any other with what the last one left.
func (b *bench) runHugo(m measured, s *corpusSite, name string, cold bool) error {
	if cold {
		if err := s.forget(); err != nil {
			return err
		}
	}
	return m.add(name, b.hugo, "-s", s.dir, "-d", filepath.Join(s.out, "hugo"), "--quiet", "--cacheDir", filepath.Join(s.out, "cache"))
}

func (b *bench) runIsrgen(m measured, s *corpusSite, name string, cold bool) error {
	if cold {
		if err := s.forget(); err != nil {
			return err
		}
	}
	return m.add(name, b.isrgen, "build", "-s", s.dir, "-d", filepath.Join(s.out, "isrgen"))
}

func (b *bench) runFloor(m measured, s *corpusSite, name string, flags ...string) error {
	if err := s.forget(); err != nil {
		return err
	}
	args := append([]string{"-s", filepath.Join(s.dir, "content"), "-d", filepath.Join(s.out, "floor")}, flags...)
	return m.add(name, b.floor, args...)
}

// compareBuilds makes the rows about builds.
func (b *bench) compareBuilds() error {
	s, err := b.newSite(b.pages)
	if err != nil {
		return err
	}
	b.middle = newMeasured()
	for turn := range b.runs {
		fmt.Fprintf(os.Stderr, "%d pages, turn %d\n", b.pages, turn+1)
		if err := b.turn(b.middle, s); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	b.rowsOfBuilds()
	if b.large == 0 {
		return nil
	}
	if s, err = b.newSite(b.large); err != nil {
		return err
	}
	m := newMeasured()
	for turn := range b.largeRuns {
		fmt.Fprintf(os.Stderr, "%d pages, turn %d\n", b.large, turn+1)
		if err := b.largeTurn(m, s); err != nil {
			return err
		}
	}
	b.rowsOfLargeBuilds(m)
	return os.RemoveAll(s.dir)
}

// turn has each program build the site: from nothing, again, and after a post was edited.
func (b *bench) turn(m measured, s *corpusSite) error {
	text, err := os.ReadFile(s.middle)
	if err != nil {
		return err
	}
	rebuild := func(run func(m measured, s *corpusSite, name string, cold bool) error, name string) error {
		if err := run(m, s, name+", cold", true); err != nil {
			return err
		}
		if err := run(m, s, name+", unchanged", false); err != nil {
			return err
		}
		edited := append(bytes.Clone(text), "\nOne more *sentence* was written.\n"...)
		if err := os.WriteFile(s.middle, edited, 0o644); err != nil {
			return err
		}
		if err := run(m, s, name+", one edited", false); err != nil {
			return err
		}
		return os.WriteFile(s.middle, text, 0o644)
	}
	if err := b.configure(s, ""); err != nil {
		return err
	}
	if err := rebuild(b.runHugo, "hugo"); err != nil {
		return err
	}
	if err := rebuild(b.runIsrgen, "isrgen"); err != nil {
		return err
	}
	if err := b.runFloor(m, s, "floor"); err != nil {
		return err
	}
	if err := b.highlight(s, true); err != nil {
		return err
	}
	if err := errors.Join(b.runHugo(m, s, "hugo, highlighted", true), b.runIsrgen(m, s, "isrgen, highlighted", true)); err != nil {
		return err
	}
	if err := b.runFloor(m, s, "floor, highlighted", "-highlight"); err != nil {
		return err
	}
	return b.highlight(s, false)
}

// largeTurn has each program build the large site from nothing, and isrgen once more with the posts deferred.
func (b *bench) largeTurn(m measured, s *corpusSite) error {
	if err := b.configure(s, ""); err != nil {
		return err
	}
	if err := b.runHugo(m, s, "hugo, cold", true); err != nil {
		return err
	}
	if err := b.runIsrgen(m, s, "isrgen, cold", true); err != nil {
		return err
	}
	if err := b.runFloor(m, s, "floor, reading", "-read"); err != nil {
		return err
	}
	if err := b.configure(s, deferPosts); err != nil {
		return err
	}
	return b.runIsrgen(m, s, "isrgen, deferred", true)
}

func (b *bench) rowsOfBuilds() {
	m, t := b.middle, &b.table
	label := func(what string) string { return fmt.Sprintf("%s, %d pages", what, b.pages) }
	t.compare(label("cold build, no highlighting"), "s", m.wall["isrgen, cold"], m.wall["hugo, cold"], "Hugo", 0.36)
	t.compare(label("cold build, no highlighting"), "s", m.wall["isrgen, cold"], m.wall["floor"], "floor", 0)
	t.compare(label("time of processors, cold build"), "s", m.cpu["isrgen, cold"], m.cpu["hugo, cold"], "Hugo", 0)
	t.compare(label("time of processors, cold build"), "s", m.cpu["isrgen, cold"], m.cpu["floor"], "floor", 0)
	t.compare(label("cold build, highlighting"), "s", m.wall["isrgen, highlighted"], m.wall["hugo, highlighted"], "Hugo", 0.60)
	t.compare(label("cold build, highlighting"), "s", m.wall["isrgen, highlighted"], m.wall["floor, highlighted"], "floor", 1.1)
	t.compare(label("time of processors, highlighting"), "s", m.cpu["isrgen, highlighted"], m.cpu["hugo, highlighted"], "Hugo", 0)
	t.compare(label("nothing changed"), "s", m.wall["isrgen, unchanged"], m.wall["hugo, unchanged"], "Hugo", 0.04)
	t.compare(label("one post edited"), "s", m.wall["isrgen, one edited"], m.wall["hugo, one edited"], "Hugo", 0.05)
	t.compare(label("peak memory"), "MiB", m.peak["isrgen, cold"], m.peak["hugo, cold"], "Hugo", 0)
	t.compare(label("peak memory"), "MiB", m.peak["isrgen, cold"], m.peak["floor"], "floor", 0)
}

func (b *bench) rowsOfLargeBuilds(m measured) {
	t := &b.table
	label := func(what string) string { return fmt.Sprintf("%s, %d pages", what, b.large) }
	t.compare(label("cold build, no highlighting"), "s", m.wall["isrgen, cold"], m.wall["hugo, cold"], "Hugo", 0)
	deferred := fmt.Sprintf("%d rendered, rest deferred", corpus.Notes)
	t.compare(label(deferred), "s", m.wall["isrgen, deferred"], m.wall["hugo, cold"], "Hugo, all rendered", 0.04)
	t.compare(label(deferred), "s", m.wall["isrgen, deferred"], m.wall["floor, reading"], "reading sources", 2)
	t.compare(label("peak memory"), "MiB", m.peak["isrgen, cold"], m.peak["hugo, cold"], "Hugo", 0.06)
	growth := fmt.Sprintf("%d → %d pages: ", b.pages, b.large)
	// Turns of different sites are no pairs: the medians are compared.
	median := func(s series) series { return series{s.median()} }
	t.compare(growth+"time", "s", median(m.wall["isrgen, cold"]), median(b.middle.wall["isrgen, cold"]), "isrgen", 10.5)
	t.compare(growth+"memory", "MiB", median(m.peak["isrgen, cold"]), median(b.middle.peak["isrgen, cold"]), "isrgen", 8)
}
