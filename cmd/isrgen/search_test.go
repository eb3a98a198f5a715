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
	"testing"
)

// TestSearchInBrowser uses the search of the theme as readers do: testdata/browser/search.mjs types, and looks at what is found.
func TestSearchInBrowser(t *testing.T) {
	if _, err := os.Stat(filepath.Join(browserProgram, "search.mjs")); err != nil { // as in browser
		t.Fatal(err)
	}
	chromium := browser(t)
	dir := t.TempDir()
	files := map[string]string{
		"isrgen.yaml":        "title: Weather\ndescription: Notes of a keeper\noutputs: { home: [html, search] }\n",
		"content/harbour.md": "---\ntitle: The harbour\n---\nBetween quay and pier no storm was ever felt.\n",
		"content/storms.md":  "---\ntitle: Storms\n---\nThey come in autumn.\n",
		"content/cafe.md":    "---\ntitle: Le café\n---\nOpen all year.\n",
		"content/hostile.md": "---\ntitle: Hostile <img src=x onerror=alert(1)>\n---\n`<script>alert(2)</script>`\n",
		"content/tokyo.md":   "---\ntitle: 港\n---\n今日は東京にいます。\n",
		"content/korea.md":   "---\ntitle: 한국\n---\n바다.\n",
	}
	for i := range 25 {
		files[fmt.Sprintf("content/notes/%d.md", i)] = fmt.Sprintf("---\ntitle: Number %d\n---\nA note.\n", i)
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	address := startPreview(t, buildForThisMachine(t, dir).Destination)
	cmd := exec.CommandContext(t.Context(), "node", "search.mjs", chromium, address)
	cmd.Dir = browserProgram
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("search.mjs: %v\n%s", err, &stderr)
	}
	made := 0
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; made++ {
		var check struct {
			Check  string
			Faults []string
		}
		if err := decoder.Decode(&check); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, fault := range check.Faults {
			t.Errorf("%s: %s", check.Check, fault)
		}
	}
	if made != 10 {
		t.Errorf("%d checks were made, want 10", made)
	}
}
