package content

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Source is where documents come from: the content directory, or something on the network. It may be used by several
// goroutines.
type Source interface {
	// List returns every document. A source whose documents are asked for one by one may leave out their texts.
	List(ctx context.Context) ([]*Document, error)

	// Get returns the document with a name, and its text. Where the source says that there is none the error is
	// [ErrNoDocument]; any other error means that the source could not be asked.
	Get(ctx context.Context, name string) (*Document, error)
}

// ErrNoDocument says that a source holds no document with the name asked for.
var ErrNoDocument = errors.New("no such document")

// Origin is a source on the network as the site knows it: where its documents become pages, and what they have in common.
type Origin struct {
	Name string `json:"name"`

	// Path is the address of a page, whose last part is [name] for one part of a path, or [...name] for several.
	Path string `json:"path"`

	// DynamicParams lets a function ask the source for addresses that the build did not know.
	DynamicParams bool `json:"dynamicParams,omitempty"`

	Layout string `json:"layout,omitempty"`

	// ISR is the block of the documents, each of which says for itself whether it is deferred.
	ISR ISR `json:"-"`

	// Taxonomies are those of which the documents may have terms.
	Taxonomies []string `json:"taxonomies,omitempty"`
}

// Dir is the part of the address before the name, with slashes at both ends.
func (o *Origin) Dir() string { return o.Path[:strings.LastIndexByte(o.Path, '/')+1] }

// Param is the name between the brackets, and whether it stands for several parts of a path.
func (o *Origin) Param() (name string, several bool) {
	name = strings.Trim(o.Path[len(o.Dir()):], "[]")
	return strings.CutPrefix(name, "...")
}

// Valid says whether a name can be that of a document: it must not lead an address, or a request to the source, elsewhere.
func (o *Origin) Valid(name string) bool {
	_, several := o.Param()
	if !several && strings.Contains(name, "/") || strings.ContainsAny(name, "?#%\\") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// NameAt returns the name of the document whose page has an address.
func (o *Origin) NameAt(address string) (string, bool) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(address, "/"), o.Dir())
	return name, ok && o.Valid(name)
}

// NewDocument makes a document of a source on the network. The values are front matter by its keys, and are checked like that
// of a file; where says in diagnostics what they belong to.
func NewDocument(o *Origin, name string, values map[string]any, where string, diags *diagnostic.List) *Document {
	doc := &Document{Path: strings.Trim(o.Dir()+name, "/") + ".md", Name: name, Body: Body{Origin: o.Name}}
	source := &strictyaml.Document{File: where, Diagnostics: diags}
	doc.FrontMatter = decodeFrontMatter(source, o.Taxonomies, false, func(fields strictyaml.Fields) {
		source.Fields(strictyaml.ToNode(values), "front matter", fields)
	})
	doc.place(o)
	return doc
}

// place gives a document what its origin says of all.
func (d *Document) place(o *Origin) {
	d.URL, d.ISR = o.Dir()+d.Name, d.ISR.Or(o.ISR)
	if d.Layout == "" {
		d.Layout = o.Layout
	}
}

// ParseDocument makes a document of a source on the network from a Markdown file. It is nil where the file cannot be used.
func ParseDocument(o *Origin, name string, file []byte, where string, diags *diagnostic.List) *Document {
	doc := parse(where, strings.Trim(o.Dir()+name, "/")+".md", file, o.Taxonomies, diags)
	if doc == nil {
		return nil
	}
	if doc.Slug != "" || doc.URL != "" {
		diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: where, Message: "slug and url have no effect here",
			Advice: "the address is that of the file, so that a function finds the file of an address"})
	}
	doc.Origin, doc.Name, doc.Text = o.Name, name, file[doc.start:]
	doc.place(o)
	return doc
}

// SetText gives a document its text.
func (d *Document) SetText(text []byte, format Format) {
	d.Text, d.Size, d.Format = text, int64(len(text)), format
	if format == HTML {
		text = tag.ReplaceAll(text, []byte(" "))
	}
	d.Words = countWords(text)
}

// List returns the documents of the content directory, without their texts.
func (t *Tree) List(context.Context) ([]*Document, error) { return t.Documents, nil }

// Get returns the document at a path below content/.
func (t *Tree) Get(_ context.Context, name string) (*Document, error) {
	i, found := slices.BinarySearchFunc(t.Documents, name, func(doc *Document, name string) int { return strings.Compare(doc.Path, name) })
	if !found {
		return nil, ErrNoDocument
	}
	whole := *t.Documents[i]
	var err error
	whole.Text, err = t.Body(&whole.Body)
	return &whole, err
}
