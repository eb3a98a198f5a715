package main

import (
	"cmp"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/isrgen/isrgen/generator/compile"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in the scripts and in testdata/explain")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"isrgen": main})
}

// TestScripts runs the scripts in testdata/script. In them isrgen is a command: this program as a process of its own. The
// other commands of ours are documented in testdata/script/README.md.
func TestScripts(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	for _, offline := range []bool{true, false} { // from now on they are in the user's cache
		if _, err := compile.Bootstrap(t.Context(), compile.Program{Architecture: architecture(), Offline: offline}); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"preview":    scriptPreview,
			"dev":        scriptDev,
			"quit":       quitPreview,
			"get":        get,
			"eventually": eventually,
			"burst":      burst,
			"snapshot":   snapshot,
			"killed":     killed,
			"nowhere":    nowhere,
			"smalldisk":  smallDisk,
			"cms":        scriptCMS,
			"pretend":    pretend,
			"manypages":  manyPages,
		},
	})
}

// setup lets isrgen find the compiled function in the user's cache, and the scripts write sites for this machine.
func setup(env *testscript.Env) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	env.Setenv("HOME", os.Getenv("HOME"))
	env.Setenv("XDG_CACHE_HOME", cache)
	env.Setenv("ARCHITECTURE", architecture())
	env.Setenv("PAGES", cmp.Or(os.Getenv("ISRGEN_TEST_PAGES"), "1000"))
	env.Values[previewKey{}] = &previewed{}
	env.Values[cmsKey{}] = &startedCMS{}
	return nil
}

// architecture is this machine's, as a site's configuration names it.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// condition adds [root] and [mount] to the conditions of testscript.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "mount":
		dir, err := os.MkdirTemp("", "isrgen-mount-")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		if mountSmall(dir) != nil {
			return false, nil
		}
		return true, exec.Command("umount", dir).Run()
	}
	return false, os.ErrInvalid
}
