package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// written is an output with the two files of a manifest.
func written(t *testing.T, m *Manifest, deferred DeferredPages) fstest.MapFS {
	t.Helper()
	var file, list bytes.Buffer
	for _, write := range []error{second(m.WriteTo(&file)), second(deferred.WriteTo(&list))} {
		if write != nil {
			t.Fatal(write)
		}
	}
	return fstest.MapFS{File: {Data: file.Bytes()}, DeferredFile: {Data: list.Bytes()}}
}

func second(_ int64, err error) error { return err }

// bakery has pages of all kinds.
func bakery(t *testing.T) *Manifest {
	t.Helper()
	m, err := Read(written(t, &Manifest{
		Version: Version,
		Pages: []Page{
			{Path: "/", Kind: Static, Output: "index.html", Source: "content/_index.md"},
			{Path: "/bread/", Kind: ISR, Output: "bread", Policy: Policy{Revalidate: "1h", Group: "bread"}},
			{Path: "/bread/rye/", Kind: ISR, Output: "bread/rye", Source: "content/bread/rye.md", Policy: Policy{Revalidate: "1h", Group: "bread"}},
			{Path: "/über uns/", Kind: ISR, Output: "über uns", Source: "content/Über uns.md", Policy: Policy{Revalidate: "1h"}},
		},
		Entries: []Entry{
			{Label: "/orders/**", Output: "_isrgen/orders", Pages: 2, Policy: Policy{Revalidate: "5m", Group: "orders"}},
			{Label: "/x/", Output: "_isrgen/pages", Pages: 1},
		},
	}, DeferredPages{{Path: "/orders/2/", Source: "content/orders/2.md", Transient: true}, {Path: "/x/", Entry: 1, Source: "content/a\nb\t.md"},
		{Path: "/orders/1/", Source: "content/orders/1.md"}}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReadAddsDeferredPages(t *testing.T) {
	m := bakery(t)
	var paths []string
	for _, page := range m.Pages {
		paths = append(paths, page.Path)
	}
	if got := strings.Join(paths, " "); got != "/ /bread/ /bread/rye/ /orders/1/ /orders/2/ /x/ /über uns/" {
		t.Errorf("pages are %s", got)
	}
	want := Page{Path: "/orders/2/", Kind: Deferred, Output: "_isrgen/orders", Source: "content/orders/2.md", Transient: true,
		Policy: Policy{Revalidate: "5m", Group: "orders"}}
	if !reflect.DeepEqual(m.Pages[4], want) || m.Pages[5].Source != "content/a\nb\t.md" {
		t.Errorf("deferred pages are %+v", m.Pages[4:6])
	}
}

func TestReadRefuses(t *testing.T) {
	entries := []Entry{{Label: "/x/**", Output: "_isrgen/x", Pages: 1}}
	page := DeferredPages{{Path: "/x/1/"}}
	for want, output := range map[string]fstest.MapFS{
		"no output of isrgen":                            {},
		"has the format 2, and this isrgen reads 1":      written(t, &Manifest{Version: 2}, nil),
		"isrgen.json: ":                                  {File: {Data: []byte("{")}},
		"it has 0 pages, and isrgen.json says 1":         written(t, &Manifest{Version: 1, Entries: entries}, nil),
		"belongs to entry 1, which is not in":            written(t, &Manifest{Version: 1, Entries: entries}, DeferredPages{{Path: "/x/1/", Entry: 1}}),
		"it has 2 pages, and isrgen.json says 1":         written(t, &Manifest{Version: 1, Entries: entries}, append(page, page...)),
		"isrgen-deferred.jsonl.gz: gzip: invalid header": {File: written(t, &Manifest{Version: 1, Entries: entries}, nil)[File], DeferredFile: {Data: []byte("0123456789")}},
	} {
		if _, err := Read(output); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := Read(fstest.MapFS{}); !errors.Is(err, ErrNone) {
		t.Errorf("%v is not ErrNone", err)
	}
}

func TestSelect(t *testing.T) {
	m := bakery(t)
	for _, test := range []struct{ names, group, want string }{
		{"", "", "/bread/ /bread/rye/ /orders/1/ /orders/2/ /x/ /über uns/"},
		{"/bread/**", "", "/bread/ /bread/rye/"}, // as a rule of isrgen.yaml does
		{"/bread/*", "", "/bread/rye/"},
		{"/**", "", "/bread/ /bread/rye/ /orders/1/ /orders/2/ /x/ /über uns/"},
		{"/{x,orders/1}", "", "/orders/1/ /x/"},
		{"/orders/1", "", "/orders/1/"},
		{"/orders/1/ /orders/1 /orders/*", "", "/orders/1/ /orders/2/"},
		{"content/bread/rye.md", "", "/bread/rye/"},
		{"/%C3%BCber%20uns/", "", "/über uns/"},
		{"/", "", "/"}, // a static page must be named
		{"", "bread", "/bread/ /bread/rye/"},
		{"/bread/*", "bread", "/bread/rye/"},
		{"/gone/", "", "no page of this output is /gone/: build the site again if it is new, and see isrgen.json for the addresses"},
		{"gone.md", "", `"gone.md" is no page: write its address, such as /posts/hello/, its file, such as content/posts/hello.md, or a pattern, such as /posts/**`},
		{"/[", "", `"/[" is not a pattern: * is any part of a name, ** any number of directories`},
		{"/{,}", "", "/{,} is for static pages only, which change with the next deployment"},
		{"", "milk", `none of these pages is in the group "milk": the groups of this output are bread, orders`},
		{"/x/", "bread", `none of these pages is in the group "bread": the groups of this output are bread, orders`},
	} {
		pages, err := m.Select(Selection{strings.Fields(test.names), test.group})
		got := fmt.Sprint(err)
		if err == nil {
			var paths []string
			for _, page := range pages {
				paths = append(paths, page.Path)
			}
			got = strings.Join(paths, " ")
		}
		if got != test.want {
			t.Errorf("%q %q is\n%s\nwant\n%s", test.names, test.group, got, test.want)
		}
	}
}

// TestManyDeferredPages holds that the list of a hundred thousand pages is small beside what a deployment uploads.
func TestManyDeferredPages(t *testing.T) {
	const n = 100_000
	pages := make(DeferredPages, n)
	for i := range pages {
		name := fmt.Sprintf("articles/%03d/article-%05d", i/1000, i)
		pages[i] = DeferredPage{Path: "/" + name + "/", Source: "content/" + name + ".md"}
	}
	output := written(t, &Manifest{Version: Version, Entries: []Entry{{Label: "/articles/**", Output: "_isrgen/articles", Pages: n}}}, pages)
	if size := len(output[File].Data) + len(output[DeferredFile].Data); size > 1<<20 {
		t.Errorf("the manifest of %d pages has %d bytes", n, size)
	}
	started := time.Now()
	m, err := Read(output)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := m.Select(Selection{Names: []string{"/articles/**"}})
	if err != nil || len(chosen) != n {
		t.Errorf("%d pages, %v", len(chosen), err)
	}
	t.Logf("%d bytes, read and selected in %v", len(output[DeferredFile].Data), time.Since(started))
}
