package generator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
