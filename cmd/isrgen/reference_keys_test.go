package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// stranger is a key that nothing has.
const stranger = "zzqqzzqq"

// prober learns which keys the program accepts by giving it one that it does not know: it answers with those that it does.
type prober struct {
	site   string // a directory
	file   string // in it, which is written
	around func(value any) any
	places map[string]string // of levels that were seen, by their keys
	rows   []keyRow
}

// keyRow is a key with its place, such as isr.rules[].match.
type keyRow struct {
	path string
	like string // the place that has the same keys below it
}

// ask has the program read a value and returns the keys that it knows where the stranger stands, nil if it does not look there.
func (p *prober) ask(t *testing.T, path []string, value any) []string {
	t.Helper()
	for _, part := range slices.Backward(path) {
		switch part {
		case "[]":
			value = []any{value}
		default:
			value = map[string]any{part: value}
		}
	}
	text, err := json.Marshal(p.around(value))
	if err = errors.Join(err, os.WriteFile(filepath.Join(p.site, p.file), text, 0o644)); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	run(t.Context(), []string{"build", "-s", p.site, "--json"}, &stdout, &stderr)
	var report struct {
		Diagnostics []struct{ Message, Advice string }
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	for _, d := range report.Diagnostics {
		if !strings.HasPrefix(d.Message, "unknown key "+strconv.Quote(stranger)+" ") {
			continue
		}
		known, ok := strings.CutPrefix(d.Advice, "known keys: ")
		if !ok {
			t.Fatalf("%v: the advice is %q", path, d.Advice)
		}
		known, _, _ = strings.Cut(known, ";")
		return strings.Split(known, ", ")
	}
	return nil
}

// explore notes the keys below places, each of which may be a mapping, a list of mappings, or a mapping of any names to those. It goes
// from the top down, so that what is in several places is told where it is nearest to the top.
func (p *prober) explore(t *testing.T, queue ...[]string) {
	t.Helper()
	for ; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		for _, shape := range [][]string{nil, {"[]"}, {"name"}, {"name", "[]"}} {
			inner := slices.Concat(path, shape)
			keys := p.ask(t, inner, map[string]any{stranger: 1})
			if keys == nil {
				continue
			}
			place, id := placeOf(inner), strings.Join(keys, " ")
			if first, seen := p.places[id]; seen && len(keys) > 1 {
				at := slices.IndexFunc(p.rows, func(row keyRow) bool { return row.path == placeOf(path) })
				p.rows[at].like = first
				break
			}
			p.places[id] = place
			for _, key := range keys {
				below := append(slices.Clone(inner), key)
				p.rows = append(p.rows, keyRow{path: placeOf(below)})
				queue = append(queue, below)
			}
			break
		}
	}
	slices.SortFunc(p.rows, func(a, b keyRow) int { return strings.Compare(a.path, b.path) })
}

// placeOf writes a path as the reference does.
func placeOf(path []string) string {
	text := ""
	for _, part := range path {
		switch part {
		case "[]":
			text += "[]"
		case "name":
			if slices.Contains(named, text) {
				part = "NAME"
			}
			fallthrough
		default:
			text += "." + part
		}
	}
	return strings.TrimPrefix(text, ".")
}

// named are the keys below which authors choose names.
var named = []string{".sources", ".webhooks", ".menus", ".languages", ".languages.NAME.menus"}

// writeRows writes tables of keys: those at the top that have none below them, then one for each of the others.
func writeRows(t *testing.T, b *bytes.Buffer, rows []keyRow, kind string, words *descriptions) {
	t.Helper()
	describe := func(row keyRow) string {
		text := cell(words.of(t, kind, row.path))
		if row.like != "" {
			text += fmt.Sprintf(" The keys are those of `%s`.", row.like)
		}
		return text
	}
	top := func(path string) string {
		first, _, _ := strings.Cut(path, ".")
		return strings.TrimSuffix(first, "[]")
	}
	deep := map[string][]keyRow{}
	for _, row := range rows {
		deep[top(row.path)] = append(deep[top(row.path)], row)
	}
	b.WriteString("| Key | Value |\n|---|---|\n")
	for _, name := range sortedKeys(deep) {
		if len(deep[name]) == 1 {
			fmt.Fprintf(b, "| `%s` | %s |\n", name, describe(deep[name][0]))
		}
	}
	for _, name := range sortedKeys(deep) {
		if len(deep[name]) == 1 {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n| Key | Value |\n|---|---|\n", name, describe(deep[name][0]))
		for _, row := range deep[name][1:] {
			fmt.Fprintf(b, "| `%s` | %s |\n", row.path, describe(row))
		}
	}
}

func configurationPage(t *testing.T, words *descriptions) string {
	t.Helper()
	p := &prober{site: t.TempDir(), file: "isrgen.yaml", around: func(value any) any { return value }, places: map[string]string{}}
	p.explore(t, nil)
	if len(p.rows) < 100 {
		t.Errorf("only %d keys found", len(p.rows))
	}
	b := page("Configuration", "Every key of isrgen.yaml.", 20)
	b.WriteString("`isrgen.yaml` stands at the root of the site. Upper and lower case are the same in keys, and a key that isrgen does not know is an\nerror. " +
		"Below, `[]` stands for each item of a list, and `NAME` for a name of your choice.\n\n")
	writeRows(t, b, p.rows, "configuration", words)
	return b.String()
}

func frontMatterPage(t *testing.T, words *descriptions) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "isrgen.yaml"), []byte("title: A site\n"), 0o644), os.MkdirAll(filepath.Join(dir, "content/posts"), 0o755)); err != nil {
		t.Fatal(err)
	}
	p := &prober{site: dir, file: "content/posts/_index.md", around: func(value any) any { return value }, places: map[string]string{}}
	var queue [][]string
	for _, key := range openKeys(t, "frontmatter.go", "decodeFrontMatter") {
		p.rows = append(p.rows, keyRow{path: key})
		if key != "cascade" {
			queue = append(queue, []string{key})
		}
	}
	p.rows = append(p.rows, keyRow{path: "taxonomies"}) // below it are the names of taxonomies
	for _, key := range openKeys(t, "cascade.go", "decodeCascade") {
		p.rows = append(p.rows, keyRow{path: "cascade." + key})
		queue = append(queue, []string{"cascade", key})
	}
	p.explore(t, queue...)
	b := page("Front matter", "Every key that a page may have above its text.", 30)
	b.WriteString("Front matter is YAML between two lines of `---`, TOML between two of `+++`, or a JSON object. Upper and lower case are the same in keys.\n" +
		"A key that is not listed here, and no taxonomy of the site, is a parameter of the page, unless it looks like a slip of the pen.\n\n")
	writeRows(t, b, p.rows, "frontmatter", words)
	return b.String()
}

// openKeys are the keys of a mapping in the sources that may have others too, so that it does not say which it knows. Those that begin with
// a line are former names.
func openKeys(t *testing.T, name, function string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../generator/content/"+name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	ast.Inspect(file, func(node ast.Node) bool {
		if f, ok := node.(*ast.FuncDecl); ok {
			return f.Name.Name == function
		}
		if pair, ok := node.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.BasicLit); ok && !strings.HasPrefix(key.Value, `"_`) {
				name, _ := strconv.Unquote(key.Value)
				keys = append(keys, name)
			}
		}
		return true
	})
	if len(keys) < 5 {
		t.Errorf("%s: only the keys %q found: do they stand in another function now?", name, keys)
	}
	slices.Sort(keys)
	return keys
}
