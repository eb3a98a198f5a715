package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/render"
)

// callable is a function of templates, or a method of what they see.
type callable struct {
	name     string // such as strings.ToUpper, or .Title
	declared string // what its comment begins with
	comment  string
	params   []string
	variadic bool
}

// usage is how a template writes it.
func (c callable) usage() string {
	text := c.name
	for i, param := range c.params {
		text += " " + strings.ToUpper(param)
		if c.variadic && i == len(c.params)-1 {
			text += "…"
		}
	}
	return text
}

// renderSources are the declarations of package render.
type renderSources struct {
	methods map[string]map[string]callable // by type and name
	fields  map[string]map[string]string   // of structs: their comments
	table   *ast.CompositeLit              // of the functions
	spaces  map[string]string              // the namespaces of the table's variables
}

func readRender(t *testing.T) *renderSources {
	t.Helper()
	files, err := filepath.Glob("../../generator/render/*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := &renderSources{methods: map[string]map[string]callable{}, fields: map[string]map[string]string{}, spaces: map[string]string{}}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			s.add(decl)
		}
	}
	if s.table == nil {
		t.Fatal("there is no method functions any more")
	}
	return s
}

func (s *renderSources) add(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		owner := ""
		if decl.Recv != nil {
			owner = strings.TrimPrefix(typeName(decl.Recv.List[0].Type), "*")
		}
		if s.methods[owner] == nil {
			s.methods[owner] = map[string]callable{}
		}
		c := callable{name: decl.Name.Name, declared: decl.Name.Name, comment: decl.Doc.Text()}
		for _, field := range decl.Type.Params.List {
			_, c.variadic = field.Type.(*ast.Ellipsis)
			for _, name := range field.Names {
				if name.Name == "_" {
					name.Name = "id"
				}
				c.params = append(c.params, name.Name)
			}
		}
		s.methods[owner][c.name] = c
		if owner == "templates" && c.name == "functions" {
			ast.Inspect(decl.Body, s.addTable)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok {
				s.addFields(spec)
			}
		}
	}
}

func (s *renderSources) addFields(spec *ast.TypeSpec) {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	fields := map[string]string{}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			fields[name.Name] = field.Doc.Text() + field.Comment.Text()
		}
	}
	s.fields[spec.Name.Name] = fields
}

// addTable finds the table of functions, and the variables that its values are methods of.
func (s *renderSources) addTable(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.ValueSpec:
		for i, name := range node.Names {
			kind := node.Type
			if i < len(node.Values) {
				kind = node.Values[i].(*ast.CompositeLit).Type
			}
			s.spaces[name.Name] = typeName(kind)
		}
	case *ast.ReturnStmt:
		table, ok := node.Results[0].(*ast.CompositeLit)
		if ok {
			if kind, ok := table.Type.(*ast.SelectorExpr); ok && kind.Sel.Name == "FuncMap" {
				s.table = table
			}
		}
	}
	return true
}

func typeName(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.Ident:
		return e.Name
	case *ast.CompositeLit:
		return typeName(e.Type)
	}
	return ""
}

// method finds the declaration of a value of the table: collections.After, langNamespace{}.Translate, t.partial or anchorize.
func (s *renderSources) method(value ast.Expr) (owner string, c callable) {
	selector, ok := value.(*ast.SelectorExpr)
	if !ok {
		return "", s.methods[""][typeName(value)]
	}
	owner = typeName(selector.X)
	if owner == "t" {
		owner = "templates"
	}
	if space, ok := s.spaces[owner]; ok {
		owner = space
	}
	return owner, s.methods[owner][selector.Sel.Name]
}

// templatePages make the pages about functions and methods.
func templatePages(t *testing.T, words *descriptions) map[string]string {
	t.Helper()
	sources := readRender(t)
	return map[string]string{"functions.md": functionsPage(t, sources, words), "methods.md": methodsPage(t, sources, words)}
}

func functionsPage(t *testing.T, sources *renderSources, words *descriptions) string {
	t.Helper()
	b := page("Functions", "Every function that templates can call, besides those of Go.", 40)
	b.WriteString("The names and meanings are Hugo's, and those of [Go](https://pkg.go.dev/text/template#hdr-Functions) are there too. A function with a namespace, such as `strings.ToUpper`, may have a short name too, here `upper`.\n" +
		"What is piped into a function is its last argument.\n\n")
	short := map[string][]string{} // by the full name
	type alone struct {
		name string
		callable
	}
	var others []alone
	var spaces []string
	for _, element := range sources.table.Elts {
		pair := element.(*ast.KeyValueExpr)
		name, _ := strconv.Unquote(pair.Key.(*ast.BasicLit).Value)
		if _, isSpace := pair.Value.(*ast.FuncLit); isSpace && name != "site" && name != "page" {
			spaces = append(spaces, name)
			continue
		}
		owner, c := sources.method(pair.Value)
		if space, ok := strings.CutSuffix(owner, "Namespace"); ok && ast.IsExported(c.name) {
			short[space+"."+c.name] = append(short[space+"."+c.name], name)
			continue
		}
		c.name = name
		others = append(others, alone{name, c})
	}
	slices.SortFunc(others, func(x, y alone) int { return strings.Compare(x.name, y.name) })
	b.WriteString("## Without a namespace\n\n| Function | Meaning |\n|---|---|\n")
	for _, o := range others {
		fmt.Fprintf(b, "| `%s` | %s |\n", cell(o.usage()), meaning(t, words, "functions", o.name, o.callable))
	}
	slices.Sort(spaces)
	for _, space := range spaces {
		fmt.Fprintf(b, "\n## %s\n\n| Function | Short | Meaning |\n|---|---|---|\n", space)
		for _, name := range sortedKeys(sources.methods[space+"Namespace"]) {
			if !ast.IsExported(name) {
				continue
			}
			c := sources.methods[space+"Namespace"][name]
			c.name = space + "." + name
			shorter := ""
			if names := short[c.name]; len(names) > 0 {
				shorter = "`" + strings.Join(names, "` `") + "`"
			}
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(c.usage()), shorter, meaning(t, words, "functions", c.name, c))
		}
	}
	return b.String()
}

// meaning is what the sources say of something, else what the descriptions do.
func meaning(t *testing.T, words *descriptions, kind, name string, c callable) string {
	t.Helper()
	if c.comment != "" && words.texts[kind][name] == "" {
		first, _, _ := strings.Cut(c.comment, "\n\n")
		return cell(sentence(c.declared, first))
	}
	return cell(words.of(t, kind, name))
}

// seen are the types that templates can come to, from a page, the site, or a shortcode.
func seen() []reflect.Type {
	var types []reflect.Type
	var visit func(reflect.Type)
	visit = func(of reflect.Type) {
		if of.Kind() == reflect.Pointer && of.Elem().Kind() == reflect.Struct {
			visit(of.Elem())
			return
		}
		if of.Kind() == reflect.Slice || of.Kind() == reflect.Map || of.Kind() == reflect.Pointer {
			if of.Name() == "" {
				visit(of.Elem())
				return
			}
		}
		if of.PkgPath() != reflect.TypeFor[render.Page]().PkgPath() || of.Name() == "" || slices.Contains(types, of) {
			return
		}
		types = append(types, of)
		for method := range reflect.PointerTo(of).Methods() {
			for i := range method.Type.NumOut() {
				visit(method.Type.Out(i))
			}
		}
		if of.Kind() == reflect.Struct {
			for field := range of.Fields() {
				if field.IsExported() {
					visit(field.Type)
				}
			}
		} else if of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			visit(of.Elem())
		}
	}
	visit(reflect.TypeFor[render.Page]())
	visit(reflect.TypeFor[render.Site]())
	visit(reflect.TypeFor[render.Shortcode]())
	return types
}

func methodsPage(t *testing.T, sources *renderSources, words *descriptions) string {
	t.Helper()
	b := page("Methods", "What a page, the site and everything that they lead to can be asked in a template.", 50)
	b.WriteString("The dot of a layout is a page: `.Title` is the method `Title` of it, and `.Site.Title` that of the site.\n")
	count := 0
	for _, of := range seen() {
		rows := methodRows(t, sources, words, of)
		if rows == "" {
			continue
		}
		count++
		fmt.Fprintf(b, "\n## %s\n\n| Method | Meaning |\n|---|---|\n%s", of.Name(), rows)
	}
	if count < 12 {
		t.Errorf("only %d types found", count)
	}
	return b.String()
}

func methodRows(t *testing.T, sources *renderSources, words *descriptions, of reflect.Type) string {
	t.Helper()
	rows := map[string]callable{}
	for method := range reflect.PointerTo(of).Methods() {
		if c, ok := sources.methods[of.Name()][method.Name]; ok && method.Name != "String" {
			rows[method.Name] = c
		}
	}
	for name, comment := range sources.fields[of.Name()] {
		if ast.IsExported(name) {
			rows[name] = callable{name: name, declared: name, comment: comment}
		}
	}
	var b bytes.Buffer
	for _, name := range sortedKeys(rows) {
		c := rows[name]
		c.name = "." + name
		fmt.Fprintf(&b, "| `%s` | %s |\n", cell(c.usage()), meaning(t, words, "methods", of.Name()+"."+name, c))
	}
	return b.String()
}
