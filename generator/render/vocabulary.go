package render

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// Vocabulary are the words that templates can use.
type Vocabulary struct {
	// Functions are those besides Go's own, with the methods of each that is a namespace.
	Functions map[string][]string

	// Methods are the names of the methods and fields of all that templates get to see, such as Title.
	Methods []string
}

// NewVocabulary makes the list of the words that there are.
func NewVocabulary() Vocabulary {
	t := &templates{renderer: New(&site.Site{Config: &site.Config{}}, nil)}
	v := Vocabulary{Functions: map[string][]string{}}
	for name, function := range t.functions() {
		v.Functions[name] = nil
		if of := reflect.TypeOf(function); of.NumIn() == 0 || of.IsVariadic() && of.NumIn() == 1 {
			v.Functions[name] = slices.Sorted(maps.Keys(words(of.Out(0))))
		}
		if name == "time" { // with an argument it is a function
			v.Functions[name] = slices.Sorted(maps.Keys(words(reflect.TypeFor[timeNamespace]())))
		}
	}
	methods := map[string]bool{}
	for _, of := range []any{&Page{}, &Site{}, Pages{}, Taxonomy{}, WeightedPages{}, &Pager{}, Menu{}, &MenuEntry{}, &Store{}, Resources{}, &Resource{}, &Shortcode{},
		OutputFormat{}, OutputFormats{}, Language{}, &File{}, PageSitemap{}, MediaType{}, ISR{}, PageGroup{}, PagesGroup{}, linkElement{}, headingElement{}, codeElement{}, quoteElement{},
		SiteConfig{}, Services{}, Privacy{}, struct{ ID, Shortname, Limit, Value, Err string }{}, &Fragments{}, Heading{}, content.Commit{}, Sites{}, Tried{},
		TaxonomyEntry{}, TaxonomyEntries{}, WeightedPage{}, time.Time{}, time.Duration(0), &url.URL{}} {
		maps.Copy(methods, words(reflect.TypeOf(of)))
	}
	v.Methods = slices.Sorted(maps.Keys(methods))
	return v
}

// words are the exported methods and fields of a type.
func words(of reflect.Type) map[string]bool {
	all := map[string]bool{}
	for i := range of.NumMethod() {
		all[of.Method(i).Name] = true
	}
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() == reflect.Struct {
		for _, field := range reflect.VisibleFields(of) {
			if field.IsExported() {
				all[field.Name] = true
			}
		}
	}
	return all
}
