package preview

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkNew starts a preview of many files: the time for one of them should not depend on how many there are, and is
// compared with that of a bare walk.
func BenchmarkNew(b *testing.B) {
	for _, files := range []int{1_000, 100_000} {
		dir := manyFiles(b, files)
		perFile := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*files), "ns/file")
		}
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			for b.Loop() {
				s, err := New(dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			perFile(b)
		})
		b.Run(fmt.Sprintf("walk=%d", files), func(b *testing.B) {
			for b.Loop() {
				err := filepath.Walk(dir, func(_ string, _ os.FileInfo, err error) error { return err })
				if err != nil {
					b.Fatal(err)
				}
			}
			perFile(b)
		})
	}
}

func manyFiles(b *testing.B, n int) (dir string) {
	dir = b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"version": 3}`), 0o644); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		page := filepath.Join(dir, "static", fmt.Sprint(i/1000), fmt.Sprint(i))
		if err := os.MkdirAll(page, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(page, "index.html"), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkStatic is one request for a small file, all the way.
func BenchmarkStatic(b *testing.B) {
	s, err := New(manyFiles(b, 10), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close(context.Background())
	for b.Loop() {
		if w := ask(s, "GET", "/0/5/"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
