//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"gopkg.in/yaml.v3"
)

const guideDir = "../../testdata/site/docs/content/guide"

// guideNotRun are the commands of the guide that its test leaves out, each with the reason.
var guideNotRun = map[string]string{
	"vercel deploy --prebuilt":                              "it needs the platform",
	"go install github.com/isrgen/isrgen/cmd/isrgen@latest": "it needs the network, and installs what was published instead of this",
}

var pageWeight = regexp.MustCompile(`(?m)^weight: (\d+)$`)

// guidePages are the files of the guide in the order in which they are read.
func guidePages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(guideDir, "[a-z]*.md"))
	if err != nil || len(files) < 10 {
		t.Fatalf("the guide has %d pages: %v", len(files), err)
	}
	weights := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := pageWeight.FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s has no weight, and so no place in the guide", file)
		}
		weights[file], _ = strconv.Atoi(string(m[1]))
	}
	slices.SortFunc(files, func(a, b string) int { return weights[a] - weights[b] })
	return files
}

// TestGuide types the commands of the documentation's guide in the order in which they are read, as one reader who goes through all of it
// does, and compares the outputs that it shows.
func TestGuide(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the guide's functions are for Linux on x86_64")
	}
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the commands need %s", tool)
		}
	}
	t.Parallel()
	shell := newReadmeShell(t, "")
	left := map[string]bool{}
	for _, file := range guidePages(t) {
		shell.file = file
		for _, block := range blocksIn(t, file) {
			for _, command := range block.commands(guideNotRun, left) {
				if !shell.run(t, command) {
					return // what follows builds on it
				}
			}
		}
	}
	for command := range guideNotRun {
		if !left[command] {
			t.Errorf("guideNotRun has %q, which is not in the guide", command)
		}
	}
}

// TestGuideFiles builds sites with the files that the guide shows: those whose first line is their name.
func TestGuideFiles(t *testing.T) {
	isrgen := filepath.Join(buildProgram(t), "isrgen")
	built := 0
	for _, file := range guidePages(t) {
		for _, block := range blocksIn(t, file) {
			if block.language != "yaml" {
				continue
			}
			if err := yaml.Unmarshal([]byte(block.text), new(any)); err != nil {
				t.Errorf("%s:%d: %v", file, block.line, err)
			}
			site := t.TempDir()
			if !block.writeSite(t, file, site) {
				continue
			}
			if out, err := exec.Command(isrgen, "build", "-s", site).CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v\n%s", file, block.line, err, out)
			}
			built++
		}
	}
	if built < 5 {
		t.Errorf("the guide shows %d files of a site", built)
	}
}
