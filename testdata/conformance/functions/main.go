// Command functions counts the functions and methods that themes of Hugo use, and says which of them isrgen lacks:
//
//	go run ./testdata/conformance/functions DIR... > testdata/conformance/functions.md
//
// Each directory is a theme, or a site. What counts is in its layouts, wherever they are.
package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/migration"
	"github.com/isrgen/isrgen/generator/render"
)

// usage is how often themes use a word.
type usage struct {
	migration.Word
	themes map[string]bool
	times  int
}

func main() {
	uses, faults := map[string]*usage{}, 0
	for _, dir := range os.Args[1:] {
		err := count(dir, uses, &faults)
		if err != nil {
			fmt.Fprintln(os.Stderr, "functions:", err)
			os.Exit(1)
		}
	}
	print(uses, len(os.Args)-1, faults)
}

// count reads the layouts of a theme.
func count(dir string, uses map[string]*usage, faults *int) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.Contains(filepath.ToSlash(name), "/layouts/") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		words, err := migration.Words(string(text))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			*faults++
		}
		for _, word := range words {
			u := uses[word.Name]
			if u == nil {
				u = &usage{Word: word, themes: map[string]bool{}}
				uses[word.Name] = u
			}
			u.times++
			u.themes[dir] = true
		}
		return nil
	})
}

// print writes the tables. A method that one theme alone uses is mostly a key of its own.
func print(uses map[string]*usage, themes, faults int) {
	vocabulary := render.NewVocabulary()
	var all []*usage
	for _, u := range uses {
		if !u.Method || len(u.themes) > 1 || u.Known(&vocabulary) {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b *usage) int {
		return cmp.Or(cmp.Compare(len(b.themes), len(a.themes)), cmp.Compare(b.times, a.times), cmp.Compare(a.Name, b.Name))
	})
	fmt.Printf("# What themes use\n\nThe functions and methods in the layouts of %d public themes of Hugo, counted with\n`go run ./testdata/conformance/functions DIR...`. ", themes)
	fmt.Printf("Methods of one theme alone are left out, since most are keys of its own;\n%d files could not be read as templates.\n", faults)
	lacks := slices.DeleteFunc(slices.Clone(all), func(u *usage) bool { return u.Known(&vocabulary) })
	fmt.Printf("\n## What isrgen lacks\n\n")
	table(lacks)
	fmt.Printf("\n## What isrgen has\n\n")
	table(slices.DeleteFunc(all, func(u *usage) bool { return !u.Known(&vocabulary) }))
}

func table(uses []*usage) {
	fmt.Print("| Word | Themes | Times |\n|---|---|---|\n")
	for _, u := range uses {
		fmt.Printf("| `%s` | %d | %d |\n", u.Name, len(u.themes), u.times)
	}
}
