package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDevInBrowser changes files of a large site and looks at what the browser makes of it. The times from a change to the picture are
// in the log of the test; see also BenchmarkReload of package generator.
func TestDevInBrowser(t *testing.T) {
	if _, err := os.Stat(filepath.Join(browserProgram, "dev.mjs")); err != nil { // as in browser
		t.Fatal(err)
	}
	chromium := browser(t)
	dir := t.TempDir()
	pages := 10_000
	if testing.Short() {
		pages = 100
	}
	err := os.WriteFile(filepath.Join(dir, "isrgen.yaml"), []byte("title: Large\n"), 0o644)
	for i := range 20 {
		err = errors.Join(err, os.MkdirAll(filepath.Join(dir, "content", fmt.Sprintf("s%d", i)), 0o755))
	}
	for i := range pages {
		name := filepath.Join(dir, "content", fmt.Sprintf("s%d", i%20), fmt.Sprintf("p%d.md", i))
		text := fmt.Sprintf("---\ntitle: Page %d\ndate: 2026-01-%02d\ntags: [t%d]\n---\n%s", i, 1+i%28, i%50, strings.Repeat("A sentence. ", 100))
		err = errors.Join(err, os.WriteFile(name, []byte(text), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	p := serve(t, "dev", "-s", dir)
	defer func() {
		if code, _, stderr := p.stop(); code != exitOK || t.Failed() {
			t.Errorf("isrgen dev ended with %d and said:\n%s", code, stderr)
		}
	}()
	cmd := exec.CommandContext(t.Context(), "node", "dev.mjs", chromium, p.address, dir)
	cmd.Dir = browserProgram
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("dev.mjs: %v\n%s", err, &stderr)
	}
	steps := map[string][]float64{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var step struct {
			Step         string
			Milliseconds float64
			Faults       []string
		}
		if err := decoder.Decode(&step); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, fault := range step.Faults {
			t.Errorf("%s: %s", step.Step, fault)
		}
		steps[step.Step] = append(steps[step.Step], step.Milliseconds)
	}
	if len(steps) != 8 {
		t.Errorf("the steps were %v", steps)
	}
	for step, times := range steps {
		t.Logf("%d pages, from a change of %s to the picture: %.0f ms", pages, step, slices.Min(times))
	}
}
