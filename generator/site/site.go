// Package site turns Documents into Pages: their addresses, the sections and taxonomies they belong to, their neighbours, and
// how each is kept. It is pure; a function reads from its bundle what the build computed here.
package site

import (
	"errors"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
)

// Site is a set of pages and what they share. The build makes one with [New], a function with [Open].
type Site struct {
	Config *Config

	Library

	// Origins are the sources on the network that pages are from, by name.
	Origins map[string]*Origin

	// Sources are what answers for the origins. A function has them; the build has asked them already.
	Sources map[string]content.Source

	// Data is the content of the data directory, read when it is first asked for.
	Data func() (map[string]any, error)

	// Menus are read when they are first asked for.
	Menus func() (Menus, error)

	// Pages are all pages by path, Deferrals the function entries for the deferred ones, Resources the files that are
	// published beside pages, and Aliases the former addresses of pages. A function's site has none of these.
	Pages     []*Page
	Deferrals []*Deferral
	Resources []Resource
	Aliases   []Alias

	// Division says which function renders a page; nil where one renders all.
	Division *Division

	deferred []*deferredPages

	// Hidden are the static pages that another build will make, or made: their time is to come, or over.
	Hidden []*Page

	// Relates says that layouts show related pages, so that functions need to know them.
	Relates bool
}

// Library finds pages. It may be used by several goroutines.
type Library interface {
	// Page returns the page with this path, or [ErrNotFound].
	Page(path string) (*Page, error)

	// Window returns when the page with this path is there, or [ErrNotFound].
	Window(path string) (Window, error)

	// List returns the pages of a list in order, also those that are not there at the moment. A list that nobody made is
	// empty.
	List(name string) ([]Entry, error)

	// Body returns a page's Markdown, empty for a list without a document.
	Body(page *Page) ([]byte, error)
}

// Entry is a page in a list. A large site has several for each page, so that what is the same for most is not in it.
type Entry struct {
	Path string `json:"-"`

	*Window // when the page is there; nil is always
	*Order  // nil in a site without sources on the network
}

// Order is what lists are ordered by, and the page's origin: a function puts what a source holds by now in the place of what it held.
type Order struct {
	List      bool      `json:"list,omitempty"` // the page is a list itself
	Weight    int       `json:"weight,omitempty"`
	Date      time.Time `json:"date,omitzero"`
	LinkTitle string    `json:"linkTitle,omitempty"`
	Origin    string    `json:"origin,omitempty"`
}

// window is when the page is there.
func (e Entry) window() Window {
	if e.Window == nil {
		return Window{}
	}
	return *e.Window
}

// plain says whether there is nothing but the path.
func (e Entry) plain() bool { return e.Window == nil && e.Order == nil }

// ErrNotFound says that no page has the path asked for.
var ErrNotFound = errors.New("no such page")

// Names of lists. Those of a page are followed by its path.
const (
	ListRegular   = "regular"    // all regular pages, the newest first
	ListSections  = "sections"   // the sections below home
	ListNodes     = "nodes"      // all pages that are lists themselves
	ListMain      = "main"       // the names of the sections with the most pages: one, or none
	ListLogical   = "logical:"   // the page whose file is there, where its address does not say so
	ListSitemap   = "sitemap:"   // the pages of a sitemap, or the sitemaps of an index
	ListResources = "resources:" // the files beside a bundle's page, by their paths
	ListRelated   = "related:"   // the regular pages that are related to one
	ListPages     = "pages:"     // what is directly below a page, or has a term
	ListRecursive = "recursive:" // the regular pages anywhere below a section
)

// Special pages that routes lead to, and that have no place in the tree.
const (
	NotFoundPath         = "/404.html"
	MethodNotAllowedPath = "/405.html"
)

// memory is the library of a build: everything but the bodies.
type memory struct {
	pages map[string]*Page
	lists map[string][]Entry
	texts content.Texts

	relations *relations
}

func (m *memory) Page(path string) (*Page, error) {
	if page, ok := m.pages[path]; ok {
		return page, nil
	}
	return nil, ErrNotFound
}

func (m *memory) Window(path string) (Window, error) {
	page, err := m.Page(path)
	if err != nil {
		return Window{}, err
	}
	return page.Window, nil
}

func (m *memory) List(name string) ([]Entry, error) {
	if path, ok := strings.CutPrefix(name, ListRelated); ok {
		page, err := m.Page(path)
		if err != nil {
			return nil, nil
		}
		return m.relations.of(page), nil
	}
	return m.lists[name], nil
}

func (m *memory) Body(page *Page) ([]byte, error) { return m.texts.Body(&page.body) }
