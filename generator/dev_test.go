package generator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestReloadIsAsRead changes files of a site under work one after the other. It must then be as a site that is read for the first time.
func TestReloadIsAsRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("isrgen.yaml", "title: Small\nbaseURL: https://example.com\npagination: { pagerSize: 2 }\nisr: { rules: [{ match: /late/**, defer: true }] }\n")
	write("layouts/page.html", "{{ .Title }} {{ .WordCount }} {{ .Content }}")
	write("layouts/section.html", "{{ range .Pages }}{{ .Title }} {{ .WordCount }} {{ .Summary }}{{ end }}")
	for i := range 5 {
		write(fmt.Sprintf("content/posts/p%d.md", i), fmt.Sprintf("---\ntitle: Post %d\ntags: [t%d]\n---\nText.", i, i%2))
	}
	write("content/late/_index.md", "Late.")
	write("content/late/l.md", "A late page.")
	dev := NewDev(Options{Source: dir})
	if err := dev.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	addresses := []string{"/", "/posts/", "/posts/p1/", "/posts/p2/", "/posts/new/", "/posts/page/2/", "/late/l/", "/tags/t1/", "/index.xml", "/none/", "/data.txt"}
	revised := 0
	for _, change := range []struct{ name, text string }{
		{"content/posts/p1.md", "---\ntitle: Post 1\ntags: [t1]\n---\nAnother text, which is longer."},
		{"content/late/l.md", "A late page, in other words."},
		{"content/posts/p1.md", "---\ntitle: Another title\n---\nAnother text."},
		{"layouts/page.html", "<p>{{ .Title }}</p>"},
		{"layouts/page.html", "{{ .Nothing }}"},
		{"layouts/page.html", "{{ .Content }}"},
		{"layouts/section.html", "{{ range .Paginator.Pages }}{{ .Title }}{{ end }}{{ .Paginator.TotalPages }}"},
		{"layouts/section.html", "{{ range (.Paginate .Pages 1).Pages }}{{ .Title }}{{ end }}"},
		{"layouts/section.html", "Nothing is spread."},
		{"content/posts/new.md", "New."},
		{"content/posts/new.md", "---\ntitle: [\n---\n"},
		{"content/posts/new.md", "---\ndraft: true\n---\nNew."},
		{"content/posts/new.md", "---\ndraft: true\n---\nNew text."},
		{"content/posts/p2.md", "\xff"},
		{"content/posts/p2.md", "Text.\n\nMore text."},
		{"static/data.txt", "A file."},
		{"content/_index.md", "Home."},
	} {
		write(change.name, change.text)
		if dev.revise([]string{change.name}) {
			revised++
		} else if err := dev.Reload(t.Context(), change.name); err != nil {
			t.Fatal(err)
		}
		fresh := NewDev(Options{Source: dir})
		if err := fresh.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, _ := dev.Faults()
		if want, _ := fresh.Faults(); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: the faults are %v, want %v", change, got, want)
		}
		for _, address := range addresses {
			request := httptest.NewRequest("GET", address, nil)
			got, err := dev.Respond(t.Context(), request)
			want, errWant := fresh.Respond(t.Context(), request)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err, errWant) {
				t.Errorf("%v: %s is\n%+v %v, want\n%+v %v", change, address, got, err, want, errWant)
			}
		}
	}
	if revised != 5 {
		t.Errorf("%d changes were taken over without reading all, want those of two texts and three of a layout", revised)
	}
}

// BenchmarkReload reads a site of 10,000 pages again after one of them changed, and renders the page.
func BenchmarkReload(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		b.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	write("isrgen.yaml", "title: Large\ntaxonomies: [tags]\n")
	body := strings.Repeat("A sentence of the page. ", 100)
	for i := range 10_000 {
		write(fmt.Sprintf("content/s%d/p%d.md", i%20, i), fmt.Sprintf("---\ntitle: Page %d\ndate: 2026-01-%02d\ntags: [t%d, u%d]\n---\n%s", i, 1+i%28, i%50, i%7, body))
	}
	dev := NewDev(Options{Source: dir})
	if err := dev.Reload(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		write("content/s1/p1.md", fmt.Sprintf("---\ntitle: Page 1\n---\nChange %d", i))
		if err := dev.Reload(b.Context(), "content/s1/p1.md"); err != nil {
			b.Fatal(err)
		}
		response, err := dev.Respond(b.Context(), httptest.NewRequest("GET", "/s1/p1/", nil))
		if err != nil || response.Status != http.StatusOK || !strings.Contains(string(response.Body), fmt.Sprint("Change ", i)) {
			b.Fatal(response, err)
		}
	}
}
