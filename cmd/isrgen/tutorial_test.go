//go:build unix

package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/cmstest"
)

const (
	tutorialFile = "../../testdata/site/shop/README.md"
	tutorialCMS  = "http://localhost:4000" // stands in the tutorial, and in the site, for wherever the CMS is
)

// tutorialSkips are the commands of the tutorial that its test does in another way.
var tutorialSkips = []string{
	"go run ./testdata/cms",           // the CMS runs in the test
	"isrgen revalidate '/products/*'", // `make shop` has 10,000 pages regenerated
}

// TestTutorial types the commands of the shop's tutorial in the order in which they stand, and compares the outputs that it shows.
func TestTutorial(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the functions are for Linux on x86_64")
	}
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the commands need %s", tool)
		}
	}
	t.Parallel()
	cms := cmstest.New(t, cmstest.Catalogue(10_000)...)
	cms.Token = "secret-of-the-cms"
	shell := newReadmeShell(t, tutorialFile)
	for _, block := range blocksOf(t, tutorialFile) {
		for _, command := range block.commands(readmeNotRun, map[string]bool{}) {
			command.text = strings.ReplaceAll(command.text, tutorialCMS, cms.URL)
			switch {
			case strings.Contains(command.text, tutorialSkips[0]), strings.HasPrefix(command.text, tutorialSkips[1]):
				continue
			case strings.HasPrefix(command.text, "cp -r testdata/site/shop my-shop && cd my-shop\n"):
				copyShop(t, shell, cms.URL)
				command.text = strings.Replace(command.text, "cp -r testdata/site/shop my-shop && ", "", 1)
			}
			if !shell.run(t, command) {
				return // what follows builds on it
			}
		}
	}
}

// copyShop makes my-shop in the terminal's directory, with the address of the CMS.
func copyShop(t *testing.T, shell *readmeShell, cms string) {
	t.Helper()
	out, err := shell.script(t.Context(), "pwd").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "my-shop")
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(tutorialFile))); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "isrgen.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "isrgen.yaml"), bytes.ReplaceAll(config, []byte(tutorialCMS), []byte(cms)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
