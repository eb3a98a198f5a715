// Command bench compares isrgen with Hugo on the same content and the same templates, with a program that does as little as a
// site generator can, and functions with the least web server. Run it with `make bench-hugo`.
//
// The programs take turns, so that what else the machine does meets all of them. Each row is a ratio of two figures of one turn: the
// least, the median and the largest over the turns, with the goal beside it. Absolute figures belong to one machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	var b bench
	flag.StringVar(&b.isrgen, "isrgen", "bin/isrgen", "`program` to measure")
	flag.StringVar(&b.hugo, "hugo", "bin/hugo", "`program` to compare it with")
	flag.IntVar(&b.pages, "pages", 10_000, "`number` of pages of the site that all rows of builds are about")
	flag.IntVar(&b.large, "large", 100_000, "`number` of pages of the large site; 0 leaves its rows out")
	flag.IntVar(&b.runs, "runs", 5, "`turns` of each program on the site")
	flag.IntVar(&b.largeRuns, "largeRuns", 3, "`turns` of each program on the large site")
	flag.StringVar(&b.site, "site", "testdata/bench/site", "`directory` of the site's layouts and configurations")
	temporary := flag.String("dir", os.TempDir(), "`directory` to make a temporary one in")
	flag.Parse()
	if err := b.run(*temporary); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one comparison.
type bench struct {
	isrgen, hugo    string // programs
	floor, hello    string // programs of our own, compiled into dir
	pages, large    int
	runs, largeRuns int
	site            string
	dir             string // temporary
	table           table
	middle          measured // on the site of pages, for what compares the two sizes
}

func (b *bench) run(temporary string) (err error) {
	if b.dir, err = os.MkdirTemp(temporary, "isrgen-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.floor, err = b.compile("floor"); err != nil {
		return err
	}
	if b.hello, err = b.compile("hello"); err != nil {
		return err
	}
	if err := b.describe(); err != nil {
		return err
	}
	if err := b.compareBuilds(); err != nil {
		return err
	}
	if err := b.compareRemote(1_000, 1_000_000); err != nil {
		return err
	}
	if err := b.compareFunctions(); err != nil {
		return err
	}
	b.table.print(os.Stdout)
	return nil
}

func (b *bench) compile(name string) (program string, err error) {
	program = filepath.Join(b.dir, name)
	cmd := exec.Command("go", "build", "-o", program, "./testdata/bench/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
}
