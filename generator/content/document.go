// Package content turns what authors write into Documents, and keeps Documents and what belongs to them in a bundle that a
// function can read at random.
package content

import (
	"crypto/sha256"
	"time"
)

// Document is one Markdown file, or one item of another source: its front matter, and its body or where that is. Documents are
// made by a [Source] and not changed afterwards.
type Document struct {
	// Path is the place of the document, with slashes, such as "posts/hello.md": the file below content/ without what names its
	// language; for an item of another source, the file that it would be.
	Path string

	// Language is the key of its language, empty in a site of one.
	Language string

	// Name is how a source on the network calls the document, empty for a file.
	Name string

	Body
	FrontMatter

	// Commit is the last change of the file, nil if nobody asked or knows.
	Commit *Commit

	// Words counts the words of the body, and Format is what it is written in.
	Words  int
	Format Format

	// Lines counts the lines of the file before the body.
	Lines int
}

// Body is a document's text, or where it is. It is small: each page of a site has one in memory.
type Body struct {
	// Origin is the source on the network that gave the text, empty for a file.
	Origin string

	// Text is the text, where a source gave it.
	Text []byte

	// File is the file below content/ of any other, which is read when it is rendered, and Sum the SHA-256 of the text in it.
	File string
	Sum  [sha256.Size]byte

	Size int64 // of the text in bytes

	start int // of the text: the length of the front matter in bytes, fences included
}

// Format is what a text is written in.
type Format string

// The formats.
const (
	Markdown Format = ""
	HTML     Format = "html" // to be published as it is
)

// FrontMatter is what stands between the --- lines at the head of a document.
type FrontMatter struct {
	Title       string
	LinkTitle   string // a shorter title for links; empty means Title
	Date        time.Time
	Lastmod     time.Time
	PublishDate time.Time // when the page appears; zero means at its Date
	ExpiryDate  time.Time // when it vanishes; zero means never
	Draft       bool
	Description string
	Summary     string
	Aliases     []string // former addresses, which lead to the page
	Slug        string   // replaces the last part of the URL
	URL         string   // replaces the whole path of the URL
	Weight      int      // position in lists, lower first; 0 means none
	Layout      string   // name of a layout file without its extension
	Type        string   // directory of layouts; empty means the section's

	// Terms are the document's terms, as the author writes them.
	Terms Terms

	// Params are the author's own values, as strictyaml.Document.Any gives them.
	Params map[string]any

	// TranslationKey is what the translations of a page have in common where it is not the place of their files.
	TranslationKey string

	// Outputs are the forms of the page where they are not those of its kind.
	Outputs []string

	Sitemap Sitemap

	// Resources say something of files beside the page.
	Resources []ResourceMatter

	// Menus are the lines of menus that lead to the page.
	Menus []MenuItem

	ISR     ISR
	Build   Build
	Cascade []Cascade
}

// IsSection says whether the document describes its directory: it is named _index.md.
func (d *Document) IsSection() bool { return d.Origin == "" && base(d.Path) == sectionFile }

// IsBundle says whether the document is a leaf bundle, a page which owns the other files of its directory.
func (d *Document) IsBundle() bool { return d.Origin == "" && base(d.Path) == bundleFile }

const (
	sectionFile = "_index.md"
	bundleFile  = "index.md"
)
