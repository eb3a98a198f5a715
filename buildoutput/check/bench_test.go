package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// largeOutput makes an output of 100,000 files and links: pages, and ISR routes with their configs and fallbacks.
func largeOutput(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		err := os.WriteFile(file, []byte(text), 0o644)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
				err = os.WriteFile(file, []byte(text), 0o644)
			}
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	page := strings.Repeat("<p>A page of some length, as pages are.</p>\n", 100)
	write("config.json", `{"version": 3, "routes": [{"handle": "filesystem"}]}`)
	write("functions/_render.func/.vc-config.json", `{"runtime": "nodejs22.x", "handler": "index.js", "launcherType": "Nodejs"}`)
	write("functions/_render.func/index.js", "module.exports = () => {}")
	for i := range 40_000 {
		write(fmt.Sprintf("static/pages/%d/%d/index.html", i/200, i), page)
	}
	for i := range 20_000 {
		at := fmt.Sprintf("functions/posts/%d/%d", i/200, i)
		write(at+".prerender-config.json", fmt.Sprintf(`{"expiration": 60, "allowQuery": [], "bypassToken": "0123456789abcdef0123456789abcdef",
			"fallback": "%d.prerender-fallback.html"}`, i))
		write(at+".prerender-fallback.html", page)
		if err := os.Symlink("../../_render.func", filepath.Join(dir, at+".func")); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkDir compares the check of a large output with reading its files once and doing nothing with them, in turns. It reports
// the ratio of the times, and how large the heap was at most.
func BenchmarkDir(b *testing.B) {
	dir := largeOutput(b)
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	var checking, reading time.Duration
	peak := uint64(0)
	for b.Loop() {
		began := time.Now()
		stop := watchHeap(&peak)
		findings, _, err := Dir(root.FS(), Options{})
		stop()
		checking += time.Since(began)
		if err != nil || len(findings) != 1 || findings[0].Code != Limit { // more files than a deploy uploads one by one
			b.Fatal(findings, err)
		}
		began = time.Now()
		if out, err := exec.Command("sh", "-c", `find "$0" -type f | xargs cat >/dev/null`, dir).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		reading += time.Since(began)
	}
	b.ReportMetric(float64(checking)/float64(reading), "check/cat")
	b.ReportMetric(float64(peak)/1e6, "MB-heap")
}

// watchHeap notes the largest size of the heap until stop is called.
func watchHeap(peak *uint64) (stop func()) {
	done := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				*peak = max(*peak, stats.HeapInuse)
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		watcher.Wait()
	}
}
