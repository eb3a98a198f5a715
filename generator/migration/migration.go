// Package migration brings the sites of other generators over: it reads their configurations and directories, and writes a site of
// isrgen that has the same addresses. What cannot be carried is reported with its place, and what to do about it.
//
// The other site is not trusted: nothing leads out of its directory, and nothing of it runs.
package migration

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/directory"
)

// Options say what to bring over.
type Options struct {
	// From is the directory of the other site; empty means the working directory.
	From string

	// To is the directory of the new site; empty means the working directory. It may be that of the other.
	To string

	// Themes are directories of themes of Hugo, which go before those that the configuration names.
	Themes []string

	// Force writes over files that are there and are others.
	Force bool
}

// Report says what was brought over.
type Report struct {
	// Carried are the settings that the new configuration has, by their places in the old one.
	Carried []Carried `json:"carried"`

	// Directories are what was copied.
	Directories []Directory `json:"directories"`

	// Left is what was not carried, and what is to be looked at.
	Left []diagnostic.Diagnostic `json:"left"`

	// Written counts the files that were written; others were there already, and the same.
	Written int `json:"written"`
}

// Carried is a setting that has a meaning in isrgen.
type Carried struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Key  string `json:"key"` // as it was written
	As   string `json:"as"`  // as isrgen names it
}

// Directory is one that was copied, and how many files that were.
type Directory struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Files int    `json:"files"`
}

// ErrNoSite says that a directory has no configuration of the other generator.
var ErrNoSite = errors.New("there is no configuration here")

// migration is one under way.
type migration struct {
	Options
	files files
	notes diagnostic.List
	diags diagnostic.List // of reading files of the other site
	Report
}

// begin opens the directory of the other site.
func begin(o Options) (*migration, *directory.Directory, error) {
	if o.From == "" {
		o.From = "."
	}
	if o.To == "" {
		o.To = "."
	}
	from, err := directory.Open(o.From)
	if err != nil {
		return nil, nil, fmt.Errorf("the site to import: %w", err)
	}
	return &migration{Options: o, files: files{}, Report: Report{Carried: []Carried{}, Directories: []Directory{}}}, from, nil
}

// finish writes the new site.
func (m *migration) finish() (*Report, error) {
	var err error
	m.Written, err = m.files.write(m.To, m.Force)
	for _, d := range m.diags.Sorted() { // no fault keeps a site from being imported, as far as it can be
		d.Severity = diagnostic.Warning
		m.notes.Add(d)
	}
	m.Left = m.notes.Sorted()
	slices.SortStableFunc(m.Carried, func(a, b Carried) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return &m.Report, err
}

// leave reports what is not carried.
func (m *migration) leave(file string, line int, message, advice string) {
	m.notes.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: file, Line: line, Message: message, Advice: advice})
}

// copyDirectory takes the files of one directory over.
func (m *migration) copyDirectory(from tree, dir, to string, rename func(string) string) {
	names, err := from.files(dir, &m.diags)
	if err != nil {
		m.leave(path.Join(from.shown, dir), 0, "cannot be read: "+err.Error(), "copy it by hand")
	}
	copied := 0
	for _, name := range names {
		into := name
		if rename != nil {
			if into = rename(name); into == "" {
				continue
			}
		}
		if m.add(path.Join(to, into), file{from: from, name: path.Join(dir, name)}) {
			copied++
		}
	}
	if copied > 0 {
		m.Directories = append(m.Directories, Directory{From: path.Join(from.shown, dir), To: to, Files: copied})
	}
}

// add plans a file of the new site, unless one that goes before it is there.
func (m *migration) add(into string, f file) bool {
	if _, taken := m.files[into]; taken {
		return false
	}
	if f.text == nil {
		switch size, err := f.from.size(f.name); {
		case err != nil:
			m.leave(path.Join(f.from.shown, f.name), 0, "cannot be read: "+err.Error(), "copy it by hand")
			return false
		case size > largestFile:
			m.leave(path.Join(f.from.shown, f.name), 0, fmt.Sprintf("is not copied: it has %d MB", size>>20), "keep large files in a store for them, and link to them")
			return false
		}
	}
	m.files[into] = f
	return true
}

// configText makes the text of the new configuration.
func configText(root *yaml.Node, comment string) ([]byte, error) {
	var b strings.Builder
	b.WriteString(comment)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := errors.Join(encoder.Encode(root), encoder.Close())
	return []byte(b.String()), err
}
