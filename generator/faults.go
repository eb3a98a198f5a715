package generator

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
)

// templateFaults collects what goes wrong in templates while pages are rendered on all cores. One fault of a layout shows in
// every page that uses it; it is reported once.
type templateFaults struct {
	mu    sync.Mutex
	pages map[render.Error][]string // by the fault without its page
}

func (f *templateFaults) add(fault *render.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages == nil {
		f.pages = map[render.Error][]string{}
	}
	key := *fault
	key.Page = ""
	f.pages[key] = append(f.pages[key], fault.Page)
}

// report turns the faults into diagnostics, with the lines of the layouts they are in.
func (f *templateFaults) report(layouts render.Layouts, diags *diagnostic.List) {
	for fault, pages := range f.pages {
		slices.Sort(pages)
		met := "it happened to " + pages[0]
		if more := len(pages) - 1; more > 0 {
			met += fmt.Sprintf(" and %d more", more)
		}
		d := diagnostic.Diagnostic{
			File: fault.File, Line: fault.Line, Column: fault.Column, Message: fault.Message,
			Advice: cmp.Or(fault.Advice, met), Excerpt: fault.Excerpt,
		}
		for _, layout := range layouts {
			if layout.File == fault.File && fault.Line > 0 {
				d.Excerpt = diagnostic.Excerpt([]byte(layout.Text), fault.Line)
			}
		}
		diags.Add(d)
	}
}
