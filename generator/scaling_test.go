package generator

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/emulator"
)

// What the author defers costs nothing but its place in the bundle: not an entry of the output, and no time of the function.

// deferredSite makes a site of so many deferred pages, a thousand in a directory, and returns its directory and the path of one
// of the pages.
func deferredSite(tb testing.TB, pages int) (dir, path string) {
	tb.Helper()
	dir = tb.TempDir()
	architecture := "x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "arm64"
	}
	files := map[string]string{
		"isrgen.yaml":       "title: Many pages\narchitecture: " + architecture + "\nisr:\n  rules:\n    - {match: /articles/**, defer: true, revalidate: 1h}\n",
		"content/_index.md": "The articles are deferred.\n",
	}
	paragraph := strings.Repeat("The page that is rendered when somebody asks for it was *not* rendered before. ", 8)
	body := strings.Repeat(paragraph+"\n\n", 3)
	for i := range pages {
		name := fmt.Sprintf("articles/%03d/article-%05d", i/1000, i)
		files["content/"+name+".md"] = fmt.Sprintf("---\ntitle: Article %d\ndate: 2026-01-02\ntags: [tag-%d]\n---\n\n%s", i, i%10, body)
		path = "/" + name + "/"
	}
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir, path
}

// functionEntries counts what is below functions/ of an output: files, links and directories.
func functionEntries(tb testing.TB, output string) (n int) {
	tb.Helper()
	err := filepath.WalkDir(filepath.Join(output, "functions"), func(_ string, _ fs.DirEntry, err error) error {
		n++
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestDeferredPagesAddNoEntries holds that the functions folder is the same for 100 deferred pages and for 5,000.
func TestDeferredPagesAddNoEntries(t *testing.T) {
	entries, routes := map[int]int{}, map[int]int{}
	for _, pages := range []int{100, 5000} {
		source, _ := deferredSite(t, pages)
		b := buildSite(t, Options{Source: source, Destination: filepath.Join(t.TempDir(), "output"), Bootstrap: standIn})
		if deferred := b.report().Totals.Deferred; deferred != pages+1 { // and the list of them
			t.Fatalf("%d pages of %d are deferred", deferred, pages)
		}
		entries[pages], routes[pages] = functionEntries(t, b.Destination), len(read(t, b.Destination).Config.Routes)
	}
	if entries[100] != entries[5000] || routes[100] != routes[5000] {
		t.Errorf("functions/ has %d entries and config.json %d routes for 100 pages; for 5000 it is %d and %d",
			entries[100], routes[100], entries[5000], routes[5000])
	}
}

// BenchmarkDeferredPages builds sites of 100 and of 100,000 deferred pages. An operation is a build, in a process of its own.
// Beside its time it reports, for the reader to compare the two sites:
//
//	entries          files, links and directories below functions/
//	peak-MB          the most memory that the build took
//	bundle-MB        the size of the function's bundle
//	first-response-ms  from the start of the function's process to its first response
func BenchmarkDeferredPages(b *testing.B) {
	for _, pages := range []int{100, 100_000} {
		b.Run(fmt.Sprint(pages), func(b *testing.B) {
			source, path := deferredSite(b, pages)
			output := filepath.Join(b.TempDir(), "output")
			buildProcess(b, source, output) // which compiles the function, if that was never done
			var peak float64
			for b.Loop() {
				peak = max(peak, buildProcess(b, source, output))
			}
			bundle, err := os.Stat(filepath.Join(output, "functions", renderFunction+".func", "site.bundle"))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(functionEntries(b, output)), "entries")
			b.ReportMetric(peak, "peak-MB")
			b.ReportMetric(float64(bundle.Size())/(1<<20), "bundle-MB")
			b.ReportMetric(float64(firstResponse(b, output, path).Microseconds())/1000, "first-response-ms")
		})
	}
}

const (
	buildSourceEnv = "ISRGEN_TEST_BUILD_SOURCE"
	buildOutputEnv = "ISRGEN_TEST_BUILD_OUTPUT"
)

// TestBuildProcess is no test: it is the process that buildProcess starts.
func TestBuildProcess(t *testing.T) {
	source := os.Getenv(buildSourceEnv)
	if source == "" {
		t.Skip("only for BenchmarkDeferredPages")
	}
	report, err := Build(t.Context(), Options{Source: source, Destination: os.Getenv(buildOutputEnv), Clock: clock})
	if err != nil {
		t.Fatal(err, report)
	}
	status, _ := os.ReadFile("/proc/self/status") // on Linux
	os.Stdout.Write(status)
}

var peakMemory = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// buildProcess builds a site in a process of its own and returns the most memory that it took, in MB; 0 where the system does
// not say.
func buildProcess(b *testing.B, source, output string) (peak float64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestBuildProcess$", "-test.v")
	cmd.Env = append(os.Environ(), buildSourceEnv+"="+source, buildOutputEnv+"="+output)
	said, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, said)
	}
	if m := peakMemory.FindSubmatch(said); m != nil {
		kB, _ := strconv.Atoi(string(m[1]))
		peak = float64(kB) / 1024
	}
	return peak
}

// firstResponse is the median of the times that fresh processes of the function take for their first response.
func firstResponse(b *testing.B, output, path string) time.Duration {
	b.Helper()
	out := read(b, output)
	const entry = renderFunction + "/articles"
	request := &emulator.Request{Method: "GET", Host: "localhost", Path: "/" + entry + "?" + pathParameter + "=" + url.QueryEscape(path)}
	var times []time.Duration
	for range 9 {
		e, err := emulator.New(output, emulator.Options{})
		if err != nil {
			b.Fatal(err)
		}
		started := time.Now()
		response, err := e.Invoke(b.Context(), entry, out.Functions[entry], request)
		times = append(times, time.Since(started))
		e.Close(context.Background())
		if err != nil || response.Status != 200 || !bytes.Contains(response.Body, []byte("Article ")) {
			b.Fatalf("the function's response is %v, %v", response, err)
		}
	}
	slices.Sort(times)
	return times[len(times)/2]
}
