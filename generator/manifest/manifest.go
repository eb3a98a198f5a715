// Package manifest is what an output says of its pages to the commands that work on a deployment of it. The platform ignores
// both of its files:
//
//		isrgen.json               the pages that the build rendered, and the entries for those it deferred
//		isrgen-deferred.jsonl.gz  one line for each deferred page, sorted by path: [path, index of its entry, source,
//	                          transient, terms], without what is empty at the end
//
// Deferred pages have a file of their own, and a compressed one, because there may be very many and the files are uploaded with
// each deployment. The function's bundle knows them too, but it has a size of hundreds of megabytes where they are many, and the
// commands shall work where no more than these two files were taken along from the build.
package manifest

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/isrgen/isrgen/buildoutput"
)

const (
	// Version is that of the format. A reader refuses any other.
	Version = 1

	// File is the name of the manifest in an output.
	File = buildoutput.ManifestFile

	// DeferredFile is the name of the list of deferred pages. An output without such pages has none.
	DeferredFile = "isrgen-deferred.jsonl.gz"
)

// NotFound is the Fallback of pages that visitors get only after somebody with the token asked for them.
const NotFound = "not-found"

// Kinds of pages, as package site names them.
const (
	Static   = "static"
	ISR      = "isr"
	Deferred = "deferred"
)

// Manifest describes the pages of one output. It holds no secret and nothing that differs between two builds of the same site.
type Manifest struct {
	// Generator is the name and version of the program.
	Generator string `json:"generator"`

	Version int `json:"version"`

	// BypassToken says whether the output has a token, so that pages can be regenerated on demand.
	BypassToken bool `json:"bypassToken"`

	// Pages are the pages that the build rendered or knows, by path. [Read] adds the deferred ones.
	Pages []Page `json:"pages"`

	// Sources are those on the network, by name.
	Sources []Source `json:"sources,omitempty"`

	// Entries are what the output has for deferred pages.
	Entries []Entry `json:"deferrals"`
}

// Page is one address of the site.
type Page struct {
	// Path is the address in the one form that is not redirected. It is not escaped.
	Path string `json:"path"`

	Kind string `json:"kind"`

	// Output is what answers, by its path in the output: a file below static/, or a function.
	Output string `json:"output"`

	// Source is the file of the site that the page comes from, or a source on the network and the name there, such as
	// products:42; empty for a list that has none.
	Source string `json:"source,omitempty"`

	// Transient says that the page comes and goes without a deployment, because a date or a source on the network says so: a
	// regeneration may make a 404 of it.
	Transient bool `json:"transient,omitempty"`

	// Terms are the paths of the terms of a page of a source on the network.
	Terms []string `json:"terms,omitempty"`

	Policy
}

// Source is a source on the network.
type Source struct {
	Name string `json:"name"`
	Path string `json:"path"` // of its pages, such as /products/[slug]

	// Unknown says that functions ask the source for pages that the build did not know, with a slash at the end or without.
	Unknown       bool `json:"unknown,omitempty"`
	TrailingSlash bool `json:"trailingSlash,omitempty"`

	// Readers are the pages besides those of the source that show what it holds.
	Readers []Reader `json:"readers,omitempty"`
}

// Reader is a page that shows pages of a source.
type Reader struct {
	Path  string   `json:"path"`
	Terms []string `json:"terms,omitempty"` // only what has one of these; none means all
}

// Policy is how a page is kept.
type Policy struct {
	Revalidate string   `json:"revalidate,omitempty"` // such as "1h" or "on demand", empty for a static page
	Fallback   string   `json:"fallback,omitempty"`   // what visitors get before there is an entry, as in an isr: block
	Group      string   `json:"group,omitempty"`
	AllowQuery []string `json:"allowQuery,omitempty"`
}

// Entry is one function entry for deferred pages. The Revalidate of single pages may differ from its own.
type Entry struct {
	Label  string `json:"label"` // shows people which pages are meant, such as "/glossary/**"
	Output string `json:"output"`
	Pages  int    `json:"pages"` // how many
	Policy
}

// DeferredPage is one line of [DeferredFile].
type DeferredPage struct {
	Path   string
	Entry  int // index in Entries
	Source string

	Transient bool
	Terms     []string
}

// WriteTo writes the manifest as JSON.
func (m *Manifest) WriteTo(w io.Writer) (int64, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(text, '\n'))
	return int64(n), err
}

// DeferredPages is the content of [DeferredFile].
type DeferredPages []DeferredPage

// WriteTo writes the list, sorted by path.
func (pages DeferredPages) WriteTo(w io.Writer) (int64, error) {
	counter := &counting{w: w}
	packed := gzip.NewWriter(counter)
	lines := json.NewEncoder(packed)
	for _, p := range slices.SortedFunc(slices.Values(pages), func(a, b DeferredPage) int { return cmp.Compare(a.Path, b.Path) }) {
		line := []any{p.Path, p.Entry, p.Source}
		if p.Transient {
			line = append(line, true)
		}
		if len(p.Terms) > 0 { // which are a transient page's
			line = append(line, p.Terms)
		}
		if err := lines.Encode(line); err != nil {
			return counter.n, err
		}
	}
	err := packed.Close()
	return counter.n, err
}

type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// ErrNone is what [Read] returns for a directory without a manifest.
var ErrNone = errors.New("no output of isrgen")

// Read reads the manifest of an output, and adds its deferred pages to Pages.
func Read(output fs.FS) (*Manifest, error) {
	text, err := fs.ReadFile(output, File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	if m.Version != Version {
		return nil, fmt.Errorf("%s has the format %d, and this isrgen reads %d: build the site again, or use the isrgen that built it",
			File, m.Version, Version)
	}
	if err := m.readDeferred(output); err != nil {
		return nil, fmt.Errorf("%s: %w", DeferredFile, err)
	}
	slices.SortFunc(m.Pages, func(a, b Page) int { return cmp.Compare(a.Path, b.Path) })
	return &m, nil
}

func (m *Manifest) readDeferred(output fs.FS) error {
	want := 0
	for _, entry := range m.Entries {
		want += entry.Pages
	}
	if want == 0 {
		return nil
	}
	file, err := output.Open(DeferredFile)
	if err != nil {
		return err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return err
	}
	lines := json.NewDecoder(unpacked)
	for found := 0; ; found++ {
		var page DeferredPage
		err := lines.Decode(&[]any{&page.Path, &page.Entry, &page.Source, &page.Transient, &page.Terms})
		switch {
		case errors.Is(err, io.EOF) && found == want:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("it has %d pages, and %s says %d", found, File, want)
		case err != nil:
			return err
		case page.Entry < 0 || page.Entry >= len(m.Entries):
			return fmt.Errorf("%s belongs to entry %d, which is not in %s", page.Path, page.Entry, File)
		}
		entry := m.Entries[page.Entry]
		m.Pages = append(m.Pages, Page{Path: page.Path, Kind: Deferred, Output: entry.Output, Source: page.Source,
			Transient: page.Transient, Terms: page.Terms, Policy: entry.Policy})
	}
}
