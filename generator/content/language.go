package content

import (
	"path"
	"slices"
	"strings"
)

// Languages are those of a site, and which files are in which. The zero value is a site of one language, whose files say nothing of it.
type Languages struct {
	All     []Language
	Default string // the key of the language that a file is in which names none
}

// Language is one language of a site.
type Language struct {
	Key string // such as "de", which stands in the names of files: hello.de.md
	Dir string // the directory below content/ that is for files in it, empty for none
}

// of is the key of the language of a file, empty in a site of one language.
func (l Languages) of(name string) string {
	if len(l.All) == 0 {
		return ""
	}
	if language := l.directory(name); language != nil {
		return language.Key
	}
	key := strings.TrimPrefix(path.Ext(strings.TrimSuffix(name, path.Ext(name))), ".")
	if slices.ContainsFunc(l.All, func(language Language) bool { return language.Key == key }) {
		return key
	}
	return l.Default
}

// place is a file's path without what names its language.
func (l Languages) place(name string) string {
	if len(l.All) == 0 {
		return name
	}
	if language := l.directory(name); language != nil {
		return strings.TrimPrefix(name, language.Dir+"/")
	}
	extension := path.Ext(name)
	without := strings.TrimSuffix(name, extension)
	key := strings.TrimPrefix(path.Ext(without), ".")
	if slices.ContainsFunc(l.All, func(language Language) bool { return language.Key == key }) {
		return strings.TrimSuffix(without, "."+key) + extension
	}
	return name
}

// directory is the language whose directory a file is in, nil for none.
func (l Languages) directory(name string) *Language {
	var found *Language
	for i, language := range l.All {
		if language.Dir != "" && strings.HasPrefix(name, language.Dir+"/") && (found == nil || len(language.Dir) > len(found.Dir)) {
			found = &l.All[i]
		}
	}
	return found
}

// Resource is where a file that is no document belongs: its place, and the key of the language that it is for, empty for all.
func (l Languages) Resource(name string) (place, language string) {
	if in := l.directory(name); in != nil {
		return strings.TrimPrefix(name, in.Dir+"/"), in.Key
	}
	if l.place(name) != name {
		return name, l.of(name)
	}
	return name, ""
}
