package render

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

var update = flag.Bool("update", false, "rewrite the pages in testdata/render")

const archives = "../../testdata/render"

// TestGolden renders the sites of testdata/render/*.txtar. Each archive has a site, and below want/ its regular pages with a
// layout that shows nothing but their content, unless the archive has its own. want/errors is what was wrong.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(archives + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			given, want := &txtar.Archive{Comment: archive.Comment}, map[string]string{}
			for _, f := range archive.Files {
				if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
					want[name] = string(f.Data)
				} else {
					given.Files = append(given.Files, f)
				}
			}
			got := renderArchive(t, given)
			if *update {
				given.Files = append(given.Files, got...)
				if err := os.WriteFile(file, txtar.Format(given), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, f := range got {
				name := strings.TrimPrefix(f.Name, "want/")
				if text, ok := want[name]; !ok || text != string(f.Data) {
					t.Errorf("%s is\n%s\nwant\n%s", name, f.Data, text)
				}
				delete(want, name)
			}
			for name := range want {
				t.Errorf("want/%s is not made by this site", name)
			}
		})
	}
}

// renderArchive renders the regular pages of the site in an archive, and home where it has a layout.
func renderArchive(t *testing.T, archive *txtar.Archive) (out []txtar.File) {
	t.Helper()
	s, layouts := archiveSite(t, archive)
	r := New(s, layouts)
	var faults strings.Builder
	for _, page := range s.Pages {
		if _, err := layouts.choose(page); page.Source == "" || err != nil && page.Kind != site.KindPage {
			continue
		}
		response, err := r.Render(page, Request{Time: noon})
		if fault := (*Error)(nil); errors.As(err, &fault) {
			fmt.Fprintf(&faults, "%s:%d:%d: %s\n", fault.File, fault.Line, fault.Column, fault.Message)
			if fault.Excerpt != "" {
				fmt.Fprintf(&faults, "  | %s\n", fault.Excerpt)
			}
			if fault.Advice != "" {
				fmt.Fprintf(&faults, "  → %s\n", fault.Advice)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		body := append(bytes.TrimRight(response.Body, "\n"), '\n')
		out = append(out, txtar.File{Name: "want/" + page.File(), Data: body})
	}
	if faults.Len() > 0 {
		out = append(out, txtar.File{Name: "want/errors", Data: []byte(faults.String())})
	}
	return out
}

func archiveSite(t *testing.T, archive *txtar.Archive) (*site.Site, Layouts) {
	t.Helper()
	fsys := fstest.MapFS{site.ConfigFile: {Data: []byte("title: Site\n")}}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	var diags diagnostic.List
	config := site.ReadConfig(fsys, &diags)
	tree, err := content.Load(fsys, content.Settings{Taxonomies: config.Taxonomies}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	s := site.New(config, tree, nil, &diags)
	if faults := diags.Sorted(); len(faults) > 0 {
		t.Fatal(faults)
	}
	layouts := Layouts{}
	names, _ := fs.Glob(fsys, "layouts/*.html")
	if len(names) == 0 {
		layouts["page.html"] = Layout{File: "layouts/page.html", Text: "{{ .Content }}"}
	}
	for name, file := range fsys {
		if short, ok := strings.CutPrefix(name, "layouts/"); ok {
			layouts[LayoutName(short)] = Layout{File: name, Text: string(file.Data)}
		}
	}
	return s, layouts
}
