package main_test

// The rules of the house, as tests. They stand here because cmd/isrgen is the one package that may know all others, and the
// module's root has none. The sources are parsed in process: a test that asked the go command would be cached and stay
// green.

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	houseRoot   = "../.." // from this package
	houseModule = "github.com/isrgen/isrgen/"
)

// houseImports are the packages of ours that each package may import: "x/..." stands for x and all below it.
var houseImports = map[string][]string{
	// What a report of the generator is made of can be printed: diagnostics, and the kinds of pages. Commands for a deployment
	// work on the manifest of its output, and changes are named by package dependency.
	"cmd/isrgen": {"generator", "generator/dependency", "generator/diagnostic", "generator/manifest", "generator/migration", "generator/site", "buildoutput/..."},
	// A webhook has pages of its own deployment regenerated.
	"cmd/bootstrap": {"generator/content", "generator/source", "generator/site", "generator/render", "generator/webhook", "buildoutput/refresh", "templates"},

	// What is made of images at build is made as the preview's image service makes it.
	"generator":        {"generator/...", "buildoutput", "buildoutput/check", "buildoutput/routing", "templates"},
	"generator/render": {"generator/content", "generator/site", "generator/render/languages", "generator/diagnostic", "generator/strictyaml"},

	"generator/render/languages": {},

	"generator/site":       {"generator/content", "generator/diagnostic", "generator/strictyaml"},
	"generator/content":    {"generator/diagnostic", "generator/strictyaml"},
	"generator/asset":      {"generator/content", "generator/diagnostic", "generator/render", "buildoutput/images"},
	"generator/source":     {"generator/content", "generator/diagnostic", "generator/strictyaml"},
	"generator/webhook":    {"generator/content", "generator/source", "generator/diagnostic", "generator/strictyaml"},
	"generator/cmstest":    {},
	"generator/strictyaml": {"generator/diagnostic"},
	"generator/migration":  {"generator/content", "generator/directory", "generator/render", "generator/site", "generator/diagnostic", "generator/strictyaml"},
	"generator/deployment": {"generator/content", "generator/site", "generator/diagnostic", "generator/strictyaml", "buildoutput", "buildoutput/projectconfig", "buildoutput/routing"},
	"generator/diagnostic": {},
	"generator/directory":  {},
	"generator/compile":    {},
	"generator/manifest":   {"buildoutput"},
	"generator/dependency": {"generator/content", "generator/diagnostic", "generator/site", "generator/render", "buildoutput"},

	"buildoutput":               {},
	"buildoutput/projectconfig": {"buildoutput"},
	"buildoutput/routing":       {"buildoutput"},
	"buildoutput/scenario":      {"buildoutput/isr", "buildoutput/isr/timeline", "buildoutput/preview"},
	"buildoutput/check":         {"buildoutput", "buildoutput/routing"},
	"buildoutput/isr":           {"buildoutput"},
	"buildoutput/isr/redis":     {"buildoutput/isr"},
	"buildoutput/isr/timeline":  {},
	"buildoutput/emulator":      {"buildoutput"},
	"buildoutput/refresh":       {},
	"buildoutput/links":         {"buildoutput/network"},
	"buildoutput/network":       {},
	"buildoutput/images":        {"buildoutput", "buildoutput/routing"},
	"buildoutput/outputtest":    {}, // for tests alone
	"buildoutput/preview":       {"buildoutput", "buildoutput/routing", "buildoutput/isr", "buildoutput/emulator", "buildoutput/images", "buildoutput/network"},

	"templates": {},
}

// houseBootstrap are the libraries inside every function, by the prefix of their packages. doublestar is for the patterns of
// the config's rules; a function matches none, but they are in package site, which it needs. bluemonday cleans the HTML of sources.
var houseBootstrap = []string{
	"github.com/alecthomas/chroma/v2", "github.com/bep/goat", "github.com/bmatcuk/doublestar/", "github.com/gohugoio/hugo-goldmark-extensions/",
	"github.com/klauspost/compress/", "github.com/microcosm-cc/bluemonday", "github.com/pelletier/go-toml/v2/unstable", "github.com/yuin/goldmark",
	"golang.org/x/sync/", "golang.org/x/text/", "gopkg.in/yaml.v3",
}

// houseOwners are libraries that only one package may import.
var houseOwners = map[string]string{"github.com/spf13/": "cmd/isrgen"}

func TestHouseRules(t *testing.T) {
	for _, problem := range inspectHouse(t, readHouse(t)) {
		t.Error(problem)
	}
}

// TestHouseRulesNotice breaks each rule in a copy of the sources.
func TestHouseRulesNotice(t *testing.T) {
	importing := func(pkg, imported string) string {
		return "package " + pkg + "\n\nimport _ " + strconv.Quote(imported) + "\n"
	}
	for _, test := range []struct{ file, text, want string }{
		{"buildoutput/x.go", importing("buildoutput", houseModule+"templates"), "buildoutput must not import templates"},
		{"buildoutput/preview/x.go", importing("preview", houseModule+"generator/site"), "preview must not import generator/site"},
		{"generator/content/x.go", importing("content", houseModule+"buildoutput"), "generator/content must not import buildoutput"},
		{"generator/render/x.go", importing("render", "github.com/andybalholm/brotli"),
			"cmd/bootstrap must not link github.com/andybalholm/brotli, which generator/render imports"},
		{"generator/x.go", importing("generator", "github.com/spf13/cobra"), "generator must not import github.com/spf13/cobra"},
		{"generator/feed/x.go", "// Package feed makes feeds.\npackage feed\n", "generator/feed is not in houseImports"},
		{"buildoutput/common/x.go", "// Package common is anything.\npackage common\n", "common is no name"},
		{"buildoutput/isr/types.go", "package isr\n", "types.go is no name"},
		{"buildoutput/isr/x.go", "// Package isr again.\npackage isr\n", "buildoutput/isr has 2 package comments"},
		{"templates/templates.go", "package templates\n", "templates has 0 package comments"},
		{"templates/templates.go", "// The templates.\npackage templates\n", "should begin with \"Package templates \""},
		{"templates/x.go", "package templates\n\nfunc Undocumented() {}\n", "templates/x.go:3: Undocumented has no comment"},
		{"templates/x.go", "package templates\n\n// Says nothing.\ntype Named int\n", "should begin with \"Named \""},
		{"templates/x.go", "package templates\n\n// T is t.\ntype T int\n\nfunc (T) M() {}\n", "M has no comment"},
		{"templates/x.go", "package templates\n\nvar Loose, V = 1, 2\n", "Loose has no comment"},
		{"templates/x.go", "package templates\n\nvar counter int\n\nfunc f() { counter++ }\n", "counter is changed"},
		{"templates/x.go", "package templates\n\nfunc f() { embedded = nil }\n", "embedded is changed"},
		{"templates/x.go", "package templates\n\nfunc init() {}\n", "init"},
		{"templates/x.go", "package templates\n\n// Option is one.\ntype Option func(*int)\n", "Option is a functional option"},
	} {
		tree := maps.Clone(readHouse(t))
		tree[test.file] = &fstest.MapFile{Data: []byte(test.text)}
		problems := inspectHouse(t, tree)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, test.want) }) {
			t.Errorf("%s with\n%s\nproblems are %q, want %q", test.file, test.text, problems, test.want)
		}
	}
}

// readHouse reads the module's Go files, tests left out.
func readHouse(t *testing.T) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{}
	root := os.DirFS(houseRoot)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || base == "carried" || strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(base) != ".go" || strings.HasSuffix(base, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		tree[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil || len(tree) == 0 {
		t.Fatal("no sources", err)
	}
	return tree
}

// housePackage is one directory of sources.
type housePackage struct {
	dir     string
	name    string
	files   map[string]*ast.File // by path
	imports []string             // ours without the module's path
}

func (p *housePackage) sortedFiles() []string { return slices.Sorted(maps.Keys(p.files)) }

// house is the sources, parsed, and what is wrong with them.
type house struct {
	fset     *token.FileSet
	packages map[string]*housePackage // by directory
	problems []string
}

func (h *house) problem(format string, args ...any) {
	h.problems = append(h.problems, fmt.Sprintf(format, args...))
}

// at is file:line of a node.
func (h *house) at(node ast.Node) string {
	position := h.fset.Position(node.Pos())
	return fmt.Sprintf("%s:%d", position.Filename, position.Line)
}

func inspectHouse(t *testing.T, tree fstest.MapFS) []string {
	t.Helper()
	h := &house{fset: token.NewFileSet(), packages: map[string]*housePackage{}}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		file, err := parser.ParseFile(h.fset, name, tree[name].Data, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(name)
		p := h.packages[dir]
		if p == nil {
			p = &housePackage{dir: dir, name: file.Name.Name, files: map[string]*ast.File{}}
			h.packages[dir] = p
		}
		p.files[name] = file
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			p.imports = append(p.imports, strings.TrimPrefix(imported, houseModule))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(h.packages)) {
		p := h.packages[dir]
		h.checkImports(p)
		h.checkNames(p)
		h.checkPackageComment(p)
		h.checkState(p)
		if p.name != "main" {
			h.checkExported(p)
		}
	}
	h.checkBootstrap("cmd/bootstrap", map[string]bool{})
	return h.problems
}

func (h *house) checkImports(p *housePackage) {
	allowed, known := houseImports[p.dir]
	if !known {
		h.problem("%s is not in houseImports: write down what it may import", p.dir)
		return
	}
	for _, imported := range p.imports {
		for library, owner := range houseOwners {
			if strings.HasPrefix(imported, library) && p.dir != owner {
				h.problem("%s must not import %s: only %s does", p.dir, imported, owner)
			}
		}
		if _, ours := h.packages[imported]; (ours || houseImports[imported] != nil) && !slices.ContainsFunc(allowed, func(pattern string) bool {
			above, all := strings.CutSuffix(pattern, "/...")
			return imported == above || all && strings.HasPrefix(imported, above+"/")
		}) {
			h.problem("%s must not import %s", p.dir, imported)
		}
	}
}

// checkBootstrap goes through everything of ours that a function links.
func (h *house) checkBootstrap(dir string, seen map[string]bool) {
	if seen[dir] || h.packages[dir] == nil {
		return
	}
	seen[dir] = true
	for _, imported := range h.packages[dir].imports {
		first, _, _ := strings.Cut(imported, "/")
		library := strings.Contains(first, ".")
		if library && !slices.ContainsFunc(houseBootstrap, func(prefix string) bool { return strings.HasPrefix(imported, prefix) }) {
			h.problem("cmd/bootstrap must not link %s, which %s imports", imported, dir)
		}
		h.checkBootstrap(imported, seen)
	}
}

func (h *house) checkNames(p *housePackage) {
	names := []string{p.name, path.Base(p.dir)}
	for name := range p.files {
		names = append(names, path.Base(name))
	}
	for _, name := range names {
		switch strings.TrimSuffix(name, ".go") {
		case "util", "utils", "helper", "helpers", "common", "types", "misc", "shared":
			h.problem("%s: %s is no name: it does not say what is in it", p.dir, name)
		}
	}
}

func (h *house) checkPackageComment(p *housePackage) {
	begin := "Package " + p.name + " "
	if p.name == "main" {
		begin = "Command " + path.Base(p.dir) + " "
	}
	n := 0
	for _, name := range p.sortedFiles() {
		if doc := p.files[name].Doc; doc != nil {
			n++
			h.begins(p.files[name], doc, begin)
		}
	}
	if n != 1 {
		h.problem("%s has %d package comments, want one", p.dir, n)
	}
}

// begins checks the first words of a comment.
func (h *house) begins(node ast.Node, doc *ast.CommentGroup, words string) {
	if !strings.HasPrefix(doc.Text(), words) {
		h.problem("%s: the comment should begin with %q", h.at(node), words)
	}
}

// documented checks the comment of one exported name.
func (h *house) documented(node ast.Node, name string, doc *ast.CommentGroup) {
	if doc == nil {
		h.problem("%s: %s has no comment", h.at(node), name)
		return
	}
	h.begins(node, doc, name+" ")
}

// checkExported checks the comments of what other packages can see. Of methods, those of exported types.
func (h *house) checkExported(p *housePackage) {
	for _, name := range p.sortedFiles() {
		for _, decl := range p.files[name].Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && (decl.Recv == nil || ast.IsExported(receiver(decl))) {
					h.documented(decl, decl.Name.Name, decl.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					h.checkSpec(decl, spec)
				}
			}
		}
	}
}

// receiver is the name of a method's type.
func receiver(decl *ast.FuncDecl) string {
	expr := decl.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// checkSpec checks a type, or values. Values of one block may share the comment above it, or have one behind each: they are
// the values of a type that says what they are.
func (h *house) checkSpec(decl *ast.GenDecl, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return
		}
		doc := spec.Doc
		if doc == nil && !decl.Lparen.IsValid() {
			doc = decl.Doc
		}
		h.documented(spec, spec.Name.Name, doc)
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			switch {
			case !name.IsExported():
			case !decl.Lparen.IsValid():
				h.documented(spec, name.Name, decl.Doc)
			case spec.Doc != nil:
				h.documented(spec, name.Name, spec.Doc)
			case spec.Comment == nil && decl.Doc == nil:
				h.problem("%s: %s has no comment", h.at(spec), name.Name)
			}
		}
	}
}

// checkState finds variables of a package that change, init functions and functional options.
func (h *house) checkState(p *housePackage) {
	variables := map[string]bool{}
	for _, file := range p.files {
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.VAR {
				for _, spec := range decl.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						variables[name.Name] = true
					}
				}
			}
		}
	}
	for _, name := range p.sortedFiles() {
		file := p.files[name]
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				if node.Recv == nil && node.Name.Name == "init" {
					h.problem("%s: there should be no init: what happens at the start is written in main", h.at(node))
				}
			case *ast.TypeSpec:
				if _, isFunc := node.Type.(*ast.FuncType); isFunc && strings.HasSuffix(node.Name.Name, "Option") {
					h.problem("%s: %s is a functional option: use a field of an Options struct", h.at(node), node.Name.Name)
				}
			case *ast.AssignStmt:
				if node.Tok != token.DEFINE {
					h.checkTargets(file, variables, node.Lhs)
				}
			case *ast.IncDecStmt:
				h.checkTargets(file, variables, []ast.Expr{node.X})
			}
			return true
		})
	}
}

// checkTargets finds variables of the package among what is assigned to.
func (h *house) checkTargets(file *ast.File, variables map[string]bool, targets []ast.Expr) {
	for _, target := range targets {
		root := target
		for {
			switch e := root.(type) {
			case *ast.SelectorExpr:
				root = e.X
				continue
			case *ast.IndexExpr:
				root = e.X
				continue
			case *ast.StarExpr:
				root = e.X
				continue
			case *ast.ParenExpr:
				root = e.X
				continue
			}
			break
		}
		ident, ok := root.(*ast.Ident)
		// The parser knows what is declared in a file: a local variable hides that of the package.
		if ok && variables[ident.Name] && (ident.Obj == nil || file.Scope.Lookup(ident.Name) == ident.Obj) {
			h.problem("%s: %s is changed: a package has no state of its own", h.at(target), ident.Name)
		}
	}
}
