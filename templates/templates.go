// Package templates holds the default theme: the layouts and static files of a site that brings none of its own.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed all:theme
var embedded embed.FS

// Theme is the default theme, with the directories layouts and static of any site.
func Theme() fs.FS {
	theme, err := fs.Sub(embedded, "theme")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	return theme
}
