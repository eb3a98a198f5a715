// Package templates holds the default theme, which is the layouts and static files of a site that brings none of its own, the
// partials that layouts written for Hugo call without having them, and the site that people begin with.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed all:theme all:hugo all:scaffold
var embedded embed.FS

// Scaffold is a small site to begin with. Its file gitignore is meant to be .gitignore.
func Scaffold() fs.FS {
	scaffold, err := fs.Sub(embedded, "scaffold")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	return scaffold
}

// Theme is the default theme, with the directories layouts and static of any site.
func Theme() fs.FS {
	theme, err := fs.Sub(embedded, "theme")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	return theme
}

// Hugo are the partials that come with Hugo itself, in the directory layouts.
func Hugo() fs.FS {
	partials, err := fs.Sub(embedded, "hugo")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	return partials
}
