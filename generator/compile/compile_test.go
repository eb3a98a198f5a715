package compile

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ownCache gives the test a cache of executables of its own, but not of packages.
func ownCache(t *testing.T) string {
	t.Helper()
	packages, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Skip("there is no Go toolchain: ", err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(packages)))
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "isrgen")
}

// mostBytes bounds the executables, offline or not: each deployment uploads one, and each cold start loads it. See with
// `go tool nm -size -sort size` what made one larger.
var mostBytes = map[bool]int{true: 9_800_000, false: 13_500_000}

// The executable is what a provided runtime can start: for Linux, for the right architecture, linked to nothing.
func TestBootstrap(t *testing.T) {
	for p, machine := range map[Program]elf.Machine{
		{Architecture: "x86_64"}: elf.EM_X86_64, {Architecture: "arm64"}: elf.EM_AARCH64,
		{Architecture: "x86_64", Offline: true}: elf.EM_X86_64, {Architecture: "arm64", Offline: true}: elf.EM_AARCH64,
	} {
		architecture, _ := p.name()
		program, err := Bootstrap(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		file, err := elf.NewFile(bytes.NewReader(program))
		if err != nil {
			t.Fatal(err)
		}
		if file.Machine != machine || file.Type != elf.ET_EXEC {
			t.Errorf("%s: the executable is a %v for %v", architecture, file.Type, file.Machine)
		}
		for _, segment := range file.Progs {
			if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
				t.Errorf("%s: the executable is linked dynamically", architecture)
			}
		}
		if symbols, err := file.Symbols(); err == nil && len(symbols) > 0 {
			t.Errorf("%s: the executable has symbols", architecture)
		}
		root, err := sourceRoot()
		if err != nil {
			t.Fatal(err)
		}
		if len(program) > mostBytes[p.Offline] {
			t.Errorf("%s: the executable has %d bytes, and should have %d at most", architecture, len(program), mostBytes[p.Offline])
		}
		if bytes.Contains(program, []byte(root)) {
			t.Errorf("%s: the executable holds the directory that it was compiled in", architecture)
		}
	}
	if _, err := Bootstrap(t.Context(), Program{Architecture: "mips"}); err == nil || !strings.Contains(err.Error(), `"mips"`) {
		t.Errorf("for an unknown architecture: %v", err)
	}
}

// The same sources give the same bytes, whatever the environment says; and what was compiled once is taken from the cache.
func TestCompileIsReproducible(t *testing.T) {
	if program, _ := carried("bootstrap_amd64"); program != nil {
		t.Skip("this program carries its executables")
	}
	var programs [][]byte
	for _, flags := range []string{"", "-race -tags=other"} {
		cache := ownCache(t)
		t.Setenv("GOFLAGS", flags)
		program, err := Bootstrap(t.Context(), Program{Architecture: "x86_64", Offline: true})
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, program)
		entries, err := os.ReadDir(cache)
		if err != nil || len(entries) != 1 {
			t.Fatalf("the cache holds %v, %v, want one executable", entries, err)
		}
		kept := filepath.Join(cache, entries[0].Name())
		if err := os.WriteFile(kept, []byte("from the cache"), 0o755); err != nil {
			t.Fatal(err)
		}
		if again, err := Bootstrap(t.Context(), Program{Architecture: "x86_64", Offline: true}); err != nil || string(again) != "from the cache" {
			t.Errorf("what was compiled is not taken from the cache: %v", err)
		}
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Error("two compilations of the same sources differ")
	}
}

// Sources that change make another executable; tests and other files do not.
func TestContentKey(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	key := func(arch string) string {
		t.Helper()
		key, err := contentKey(root, arch)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/bootstrap/main.go", "generator/render/render.go"} {
		write(name, "package x\n")
	}
	before := key("amd64")
	if key("arm64") == before {
		t.Error("both architectures have one key")
	}
	write("generator/render/render_test.go", "package x\n")
	write("generator/README.md", "x")
	write("buildoutput/x.go", "package x\n")
	if key("amd64") != before {
		t.Error("a test or a file of another program changes the key")
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/bootstrap/main.go", "generator/render/render.go", "generator/new.go"} {
		write(name, "package y\n")
		after := key("amd64")
		if after == before {
			t.Errorf("a change of %s does not change the key", name)
		}
		before = after
	}
}

// A compilation that fails says what the compiler said, and leaves nothing behind.
func TestCompileFails(t *testing.T) {
	if program, _ := carried("bootstrap_amd64"); program != nil {
		t.Skip("this program carries its executables")
	}
	cache := ownCache(t)
	root := t.TempDir()
	program := filepath.Join(root, "cmd", "bootstrap")
	if err := os.MkdirAll(program, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module broken\n\ngo 1.26\n", "cmd/bootstrap/main.go": "package main\n\nfunc main() { wrong }\n"} {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := compile(t.Context(), root, Program{Architecture: "x86_64"}, filepath.Join(cache, "x"))
	if err == nil || !strings.Contains(err.Error(), "main.go:3") || !strings.Contains(err.Error(), "make build") {
		t.Errorf("the error is %v", err)
	}
	if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 {
		t.Errorf("the cache holds %v, %v", entries, err)
	}
}
