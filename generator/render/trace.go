package render

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"sync"
	"text/template/parse"

	"github.com/isrgen/isrgen/generator/site"
)

// Traced is what one run of a template wrote, the page's own or that of a partial, and where in the templates each part of it is from.
type Traced struct {
	Body  []byte
	marks []mark
}

// mark says that what a run wrote from an offset on is from a place.
type mark struct {
	offset int
	place  string // file:line:column, the column from 0
}

// Trace renders a page as Render does, and returns what each run of a template wrote, in the order in which the runs ended: that
// of a partial before that of who called it.
func (r *Renderer) Trace(page *site.Page, req Request) ([]Traced, error) {
	key, err := r.key(page)
	if err != nil {
		return nil, err
	}
	set, err := r.parse(key)
	if err != nil {
		return nil, r.located(err, page)
	}
	set.trace = &trace{}
	set.mark()
	if err := r.ready(set, page, req); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	end := set.trace.begin(&body)
	if err := set.entry.execute(&body, set.page); err != nil {
		return nil, r.located(err, page)
	}
	end()
	return set.trace.ended, nil
}

// trace follows the runs of templates. A nil one follows nothing.
type trace struct {
	running []*run
	ended   []Traced
}

type run struct {
	body  *bytes.Buffer
	marks []mark
}

// begin notes that a template is run, and end that it has ended.
func (t *trace) begin(body *bytes.Buffer) (end func()) {
	if t == nil {
		return func() {}
	}
	r := &run{body: body}
	t.running = append(t.running, r)
	return func() {
		t.running = t.running[:len(t.running)-1]
		t.ended = append(t.ended, Traced{Body: body.Bytes(), marks: r.marks})
	}
}

// at notes where the run has come to. A template asks for it in a condition, which writes nothing.
func (t *trace) at(place string) bool {
	r := t.running[len(t.running)-1]
	r.marks = append(r.marks, mark{r.body.Len(), place})
	return false
}

// markFunction is the name of [trace.at] in templates. Authors cannot write it: a name of theirs has no such letter before it.
const markFunction = "_traceAt"

// mark puts into all templates of the set, before whatever writes something that is not always the same, what notes the place.
func (t *templates) mark() {
	t.set.functions(template.FuncMap{markFunction: t.trace.at})
	for _, tree := range t.set.trees() {
		if tree != nil && tree.Root != nil {
			markList(tree, tree.Root)
		}
	}
}

func markList(tree *parse.Tree, list *parse.ListNode) {
	if list == nil {
		return
	}
	var marked []parse.Node
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.IfNode:
			markList(tree, n.List)
			markList(tree, n.ElseList)
		case *parse.RangeNode:
			markList(tree, n.List)
			markList(tree, n.ElseList)
		case *parse.WithNode:
			markList(tree, n.List)
			markList(tree, n.ElseList)
		}
		if node.Type() != parse.NodeText {
			place, _ := tree.ErrorContext(node)
			marked = append(marked, marker(place))
		}
		marked = append(marked, node)
	}
	list.Nodes = marked
}

// marker is the node of {{ if _traceAt "place" }}{{ end }}.
func marker(place string) parse.Node {
	text := fmt.Sprintf("{{ if %s %q }}{{ end }}", markFunction, place)
	trees, err := parse.Parse("marker", text, "", "", map[string]any{markFunction: func(string) bool { return false }})
	if err != nil {
		panic(err) // the text is always a template
	}
	return trees["marker"].Root.Nodes[0]
}

// Difference is where two traces of a page part.
type Difference struct {
	File         string
	Line, Column int // from 1; 0 where no template is the cause
	Offset       int // in what the template wrote
	First        []byte
	Second       []byte // the same place in both, with what is around it
}

var markedPlace = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*):(\d+):(\d+)$`) })

// Compare finds the first run of a template that wrote something else the second time, and the place in it. It is nil where all
// is the same.
func Compare(first, second []Traced) *Difference {
	for i, a := range first {
		if i >= len(second) {
			return nil
		}
		b := second[i]
		if bytes.Equal(a.Body, b.Body) {
			continue
		}
		offset := parting(a.Body, b.Body)
		d := &Difference{Offset: offset, First: around(a.Body, offset), Second: around(b.Body, offset)}
		for _, m := range a.marks {
			if m.offset > offset {
				break
			}
			if place := markedPlace().FindStringSubmatch(m.place); place != nil {
				d.File = place[1]
				d.Line, _ = strconv.Atoi(place[2])
				d.Column, _ = strconv.Atoi(place[3])
				d.Column++
			}
		}
		return d
	}
	return nil
}

// parting is the offset of the first byte that is not the same.
func parting(a, b []byte) int {
	for i := range a {
		if i == len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// shownAround is how many bytes before and after a place are shown.
const shownAround = 24

func around(text []byte, offset int) []byte {
	return text[max(0, offset-shownAround):min(len(text), offset+shownAround)]
}
