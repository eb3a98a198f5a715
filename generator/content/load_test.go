package content

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// siteDir makes a site's directory and opens it as a build does.
func siteDir(t *testing.T, files map[string]string) (dir string, fsys fs.FS) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dir, root.FS()
}

func messages(diags *diagnostic.List) string {
	var lines []string
	for _, d := range diags.Sorted() {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// What editors, version control and systems leave in a directory is not published; what protocols want there is.
func TestFiles(t *testing.T) {
	_, fsys := siteDir(t, map[string]string{
		"static/b.txt": "", "static/a/c.txt": "", "static/.well-known/security.txt": "", "static/.DS_Store": "",
		"static/.git/config": "", "static/b.txt~": "", "static/#b.txt#": "", "outside.txt": "",
	})
	var diags diagnostic.List
	names, err := Files(fsys, "static", &diags)
	want := []string{".well-known/security.txt", "a/c.txt", "b.txt"}
	if err != nil || !slices.Equal(names, want) || diags.Errors() > 0 {
		t.Errorf("%q, %v, %s; want %q", names, err, messages(&diags), want)
	}
	names, err = Files(fsys, "missing", &diags)
	if err != nil || len(names) > 0 || diags.Errors() > 0 {
		t.Errorf("a missing directory: %q, %v, %s", names, err, messages(&diags))
	}
}

// A link is followed to a file of the site and nowhere else: a page must not show what lies elsewhere on the machine.
func TestLinks(t *testing.T) {
	dir, fsys := siteDir(t, map[string]string{"static/a.txt": "", "notes/n.txt": ""})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"inside": "../notes/n.txt", "nothing": "gone", "absolute": secret, "directory": "../notes", "loop": "loop",
		"upwards": "../../../../../../../../" + secret,
	} {
		if err := os.Symlink(target, filepath.Join(dir, "static", name)); err != nil {
			t.Fatal(err)
		}
	}
	var diags diagnostic.List
	names, err := Files(fsys, "static", &diags)
	if want := []string{"a.txt", "inside"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v; want %q", names, err, want)
	}
	want := "static/absolute: the link leads out of the site\n" +
		"static/directory: links to directories are not followed\n" +
		"static/loop: cannot be read: too many levels of symbolic links\n" +
		"static/nothing: the link leads to nothing\n" +
		"static/upwards: the link leads out of the site"
	if got := messages(&diags); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{
		"content/_index.md":       {Data: []byte("Home.")},
		"content/posts/b.md":      {Data: []byte("---\ntitle: B\ntags: isr\n---\nText of *B*.\n")},
		"content/posts/a.md":      {Data: []byte("---\ndraft: true\n---\n")},
		"content/posts/photo.jpg": {Data: []byte("\xff\xd8")},
		"content/posts/bad.md":    {Data: []byte("---\ntitel: x\n---\nä\n")},
		"content/posts/worse.md":  {Data: []byte("ä b\nää\xff\n")},
	}
	var diags diagnostic.List
	tree, err := Load(fsys, Settings{Taxonomies: []string{"tags"}}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	paths := func(docs []*Document) (names []string) {
		for _, doc := range docs {
			names = append(names, doc.Path)
		}
		return names
	}
	if got, want := paths(tree.Documents), []string{"_index.md", "posts/b.md", "posts/bad.md"}; !slices.Equal(got, want) {
		t.Errorf("documents %q, want %q", got, want)
	}
	if got, want := paths(tree.Drafts), []string{"posts/a.md"}; !slices.Equal(got, want) {
		t.Errorf("drafts %q, want %q", got, want)
	}
	if want := []string{"posts/photo.jpg"}; !slices.Equal(tree.Resources, want) {
		t.Errorf("resources %q, want %q", tree.Resources, want)
	}
	want := "content/posts/bad.md:2:1: unknown key \"titel\" in front matter\n" +
		"content/posts/worse.md:2:3: byte 0xff is not UTF-8"
	if got := messages(&diags); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
	b := tree.Documents[1]
	if body, err := tree.Body(&b.Body); err != nil || string(body) != "Text of *B*.\n" || b.Words != 3 || b.Title != "B" ||
		!slices.Equal(b.Terms.Of("tags"), []string{"isr"}) {
		t.Errorf("%q, %v, of %+v", body, err, b)
	}
	withDrafts, err := Load(fsys, Settings{Drafts: true}, &diagnostic.List{})
	if err != nil || len(withDrafts.Documents) != 4 || len(withDrafts.Drafts) != 0 {
		t.Errorf("with drafts there are %d documents and %d drafts, %v", len(withDrafts.Documents), len(withDrafts.Drafts), err)
	}
}

// The content directory is a source like others.
func TestTreeIsASource(t *testing.T) {
	fsys := fstest.MapFS{"content/posts/a.md": {Data: []byte("---\ntitle: A\n---\nText.\n")}, "content/b.md": {Data: []byte("B.\n")}}
	tree, err := Load(fsys, Settings{}, &diagnostic.List{})
	if err != nil {
		t.Fatal(err)
	}
	var source Source = tree
	docs, err := source.List(t.Context())
	if err != nil || len(docs) != 2 {
		t.Errorf("%d documents, %v", len(docs), err)
	}
	doc, err := source.Get(t.Context(), "posts/a.md")
	if err != nil || doc.Title != "A" || string(doc.Text) != "Text.\n" {
		t.Errorf("the document is %+v, %v", doc, err)
	}
	if _, err := source.Get(t.Context(), "posts/b.md"); !errors.Is(err, ErrNoDocument) {
		t.Errorf("a document that is not there: %v", err)
	}
}
