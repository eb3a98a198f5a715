package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// conformanceDone is the file whose presence says that a build came to its end.
const conformanceDone = ".done"

// conformanceBuilder builds projects into directories that are named after what went into them.
type conformanceBuilder struct {
	dir   string // of all builds
	tools string // what builds, besides the project
	env   []string
}

func newConformanceBuilder(t *testing.T) *conformanceBuilder {
	t.Helper()
	cli, err := filepath.Abs("../../testdata/judge/cli")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(cli, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	versions := string(lock)
	for _, tool := range [][]string{{"node", "--version"}, {"go", "version"}} {
		version, err := exec.Command(tool[0], tool[1:]...).CombinedOutput()
		if err != nil {
			t.Skipf("%s is needed: %v", tool[0], err)
		}
		versions += string(version)
	}
	bin := filepath.Join(cli, "node_modules", ".bin")
	if _, err := os.Stat(filepath.Join(bin, "vercel")); err != nil {
		t.Skipf("the platform's tool is missing: run `make testdata/judge/cli/node_modules` (%v)", err)
	}
	dir, err := filepath.Abs(filepath.Join(conformanceDir, "built"))
	if err != nil {
		t.Fatal(err)
	}
	return &conformanceBuilder{dir: dir, tools: versions, env: conformanceEnvironment(bin, t.TempDir())}
}

// conformanceEnvironment is this process's, without what belongs to the platform or to a person's account there.
func conformanceEnvironment(bin, data string) []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "VERCEL") || strings.HasPrefix(variable, "NOW_") || strings.HasPrefix(variable, "NODE_")
	})
	return append(env,
		"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "XDG_DATA_HOME="+data, "CI=1", "NO_UPDATE_NOTIFIER=1",
		"VERCEL_TELEMETRY_DISABLED=1", "NEXT_TELEMETRY_DISABLED=1", "ASTRO_TELEMETRY_DISABLED=1", "DO_NOT_TRACK=1",
		"npm_config_ignore_scripts=true", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false")
}

// build is the project's output, of an earlier run if it was made of the same.
func (b *conformanceBuilder) build(t *testing.T, p conformanceProject) (output string) {
	t.Helper()
	dir := filepath.Join(b.dir, p.name+"-"+b.key(t, p))
	output = filepath.Join(dir, ".vercel", "output")
	if _, err := os.Stat(filepath.Join(dir, conformanceDone)); err == nil {
		return output
	}
	old, err := filepath.Glob(filepath.Join(b.dir, p.name+"-????????????"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	b.write(t, filepath.Join(dir, ".vercel", "project.json"), `{"projectId": "prj_conformance", "orgId": "team_conformance", "settings": {}}`)
	fmt.Printf("building %s\n", p.name)
	b.run(t, dir, "npm", "ci")
	b.run(t, dir, "npm", "run", "output")
	b.write(t, filepath.Join(dir, conformanceDone), "")
	return output
}

// key stands for all that a build is made of.
func (b *conformanceBuilder) key(t *testing.T, p conformanceProject) string {
	t.Helper()
	hash := sha256.New()
	fmt.Fprintf(hash, "%q", b.tools)
	err := fs.WalkDir(os.DirFS(p.dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == conformanceRequests {
			return err
		}
		content, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
		fmt.Fprintf(hash, "%q %q", name, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))[:12]
}

func (b *conformanceBuilder) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (b *conformanceBuilder) run(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, b.env
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, text)
	}
}
