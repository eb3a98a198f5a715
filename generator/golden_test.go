package generator

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/compile"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/manifest"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata/golden")

const golden = "../testdata/golden"

// goldenToken is the bypass token of the sites that are built with one.
const goldenToken = "a-token-for-tests-of-32-or-more-bytes"

// TestGolden builds each site of testdata/golden and compares the whole of its output: names, what can be run, where links
// lead, and bytes. A file there that the build did not make fails, and so does a directory that belongs to no test.
func TestGolden(t *testing.T) {
	options := map[string]Options{
		"minimal":           {},
		"page-kinds":        {BypassToken: goldenToken},
		"no-trailing-slash": {},
		"non-ascii":         {},
		"assets":            {},
	}
	entries, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, known := options[entry.Name()]; entry.IsDir() && !known {
			t.Errorf("testdata/golden/%s belongs to no test", entry.Name())
		}
	}
	for name, o := range options {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(golden, name)
			o.Source, o.Destination = filepath.Join(dir, "site"), filepath.Join(t.TempDir(), "output")
			o.Bootstrap = standIn
			buildSite(t, o)
			got := readTree(t, o.Destination)
			listBundle(t, got)
			unpackDeferred(t, got)
			want := filepath.Join(dir, "want")
			if *update {
				got.write(t, want)
			}
			compareTrees(t, got, readTree(t, want))
		})
	}
}

// standIn takes the place of the compiled program, whose bytes change with the compiler.
func standIn(_ context.Context, p compile.Program) ([]byte, error) {
	return []byte("the program for " + p.Architecture + "\n"), nil
}

// leaf is a file or link of a tree.
type leaf struct {
	link       string // where it leads to; the rest is for a file
	executable bool
	content    string
}

// tree is the files and links below a directory, by path. Of the mode it holds what git does.
type tree map[string]leaf

func readTree(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside := filepath.ToSlash(strings.TrimPrefix(name, dir+string(filepath.Separator)))
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			found[inside] = leaf{link: target}
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		found[inside] = leaf{executable: info.Mode()&0o111 != 0, content: string(text)}
		return err
	})
	if err != nil {
		t.Fatalf("%v\nrun the test with -update to write what is missing", err)
	}
	return found
}

func (tr tree) write(t *testing.T, dir string) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.RemoveAll(dir))
	for name, leaf := range tr {
		full := filepath.Join(dir, filepath.FromSlash(name))
		check(os.MkdirAll(filepath.Dir(full), 0o755))
		switch {
		case leaf.link != "":
			check(os.Symlink(leaf.link, full))
		case leaf.executable:
			check(os.WriteFile(full, []byte(leaf.content), 0o755))
		default:
			check(os.WriteFile(full, []byte(leaf.content), 0o644))
		}
	}
}

func compareTrees(t *testing.T, got, want tree) {
	t.Helper()
	all := maps.Clone(got)
	maps.Copy(all, want)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		made, ok := got[name]
		wanted, expected := want[name]
		switch {
		case !expected:
			t.Errorf("%s: the build makes it, and want/ does not hold it", name)
		case !ok:
			t.Errorf("%s: want/ holds it, and the build does not make it", name)
		case made.link != wanted.link || made.executable != wanted.executable:
			t.Errorf("%s: link %q, executable %v; want %q, %v", name, made.link, made.executable, wanted.link, wanted.executable)
		case made.content != wanted.content:
			t.Errorf("%s differs: %s", name, firstDifference(made.content, wanted.content))
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		x, y := "(the end)", "(the end)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d is\n\t%s\nwant\n\t%s", i+1, x, y)
		}
	}
	return "only in its bytes"
}

// listBundle puts a text for people to read in the place of the function's bundle: each record after a line with its key.
func listBundle(t *testing.T, tr tree) {
	t.Helper()
	const dir = "functions/" + renderFunction + ".func/"
	raw, ok := tr[dir+content.BundleFile]
	if !ok {
		return
	}
	delete(tr, dir+content.BundleFile)
	var b strings.Builder
	for _, record := range records(t, []byte(raw.content)) {
		fmt.Fprintf(&b, "-- %s --\n", record[0])
		text := record[1]
		if record[0] == "layouts" {
			text = layoutFiles(t, text)
		}
		var indented bytes.Buffer
		if strings.HasPrefix(text, "{") && json.Indent(&indented, []byte(text), "", "  ") == nil {
			text = indented.String()
		}
		b.WriteString(strings.TrimSuffix(text, "\n") + "\n")
	}
	tr[dir+content.BundleFile+".txt"] = leaf{content: b.String()}
}

// unpackDeferred puts the text in the place of the packed list of deferred pages.
func unpackDeferred(t *testing.T, tr tree) {
	t.Helper()
	packed, ok := tr[manifest.DeferredFile]
	if !ok {
		return
	}
	delete(tr, manifest.DeferredFile)
	reader, err := gzip.NewReader(strings.NewReader(packed.content))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	tr[strings.TrimSuffix(manifest.DeferredFile, ".gz")] = leaf{content: string(text)}
}

// layoutFiles names the layouts of a bundle and the files they come from, whose text is not repeated, and what is known of all.
func layoutFiles(t *testing.T, record string) string {
	t.Helper()
	head, _, _ := strings.Cut(record, "\n")
	var packed struct {
		Traits  json.RawMessage
		Layouts []struct{ Name, File string }
	}
	if err := json.Unmarshal([]byte(head), &packed); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, layout := range packed.Layouts {
		fmt.Fprintf(&b, "%s from %s\n", layout.Name, layout.File)
	}
	fmt.Fprintf(&b, "traits: %s\n", packed.Traits)
	return b.String()
}

// records reads the keys and values of a bundle one after the other, as its format says, and checks that the look-up finds
// each.
func records(t *testing.T, file []byte) (found [][2]string) {
	t.Helper()
	bundle, err := content.OpenBundle(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	const magic, footer = 8, 32
	end := binary.LittleEndian.Uint64(file[len(file)-footer+magic:])
	for rest := file[magic:end]; len(rest) > 0; {
		keySize, n := binary.Uvarint(rest)
		stored, m := binary.Uvarint(rest[n:])
		_, o := binary.Uvarint(rest[n+m:])
		rest = rest[n+m+o:]
		key := string(rest[:keySize])
		rest = rest[keySize+stored:]
		value, err := bundle.Get(key)
		if err != nil {
			t.Errorf("the record %q is not found by its key: %v", key, err)
		}
		if key != "" { // the dictionary
			found = append(found, [2]string{key, string(value)})
		}
	}
	return found
}
