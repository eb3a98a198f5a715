// Package compile provides the program inside every prerender function: cmd/bootstrap for Linux, static and stripped, the
// same bytes from the same sources.
//
// An isrgen made by `make build` carries it for both architectures. One made by a plain `go build` or `go install` compiles it
// with the Go toolchain when it is first needed, and keeps it in the user's cache directory.
package compile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// goArch gives Go's name of an architecture of functions.
var goArch = map[string]string{"x86_64": "amd64", "arm64": "arm64"}

// Program says which executable a site needs.
type Program struct {
	Architecture string // x86_64 or arm64
	Offline      bool   // it asks nobody on the network, and is a third smaller
}

// name is that of the program's file: bootstrap_amd64, or offline_amd64.
func (p Program) name() (string, error) {
	arch, ok := goArch[p.Architecture]
	switch {
	case !ok:
		return "", fmt.Errorf("there are no functions for architecture %q", p.Architecture)
	case p.Offline:
		return "offline_" + arch, nil
	}
	return "bootstrap_" + arch, nil
}

// Bootstrap returns the executable for a site.
func Bootstrap(ctx context.Context, p Program) ([]byte, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if program, err := carried(name); program != nil || err != nil {
		return program, err
	}
	source, err := sourceRoot()
	if err != nil {
		return nil, err
	}
	key, err := contentKey(source, name)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cached := filepath.Join(cache, "isrgen", name+"-"+key)
	if program, err := os.ReadFile(cached); err == nil {
		return program, nil
	}
	return compile(ctx, source, p, cached)
}

// sourceRoot is the root of the module that this program was compiled from.
func sourceRoot() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(root, "cmd", "bootstrap")); err != nil || !filepath.IsAbs(file) {
		return "", errors.New("this isrgen carries no functions and its sources are not on this machine: " +
			"use one made by `make build`, or `go install github.com/isrgen/isrgen/cmd/isrgen@latest`")
	}
	return root, nil
}

// contentKey names what the executable depends on: the sources, the dependencies and the compiler.
func contentKey(root, program string) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), program)
	files := []string{"go.mod", "go.sum"}
	for _, dir := range []string{"cmd/bootstrap", "generator"} {
		err := fs.WalkDir(os.DirFS(root), dir, func(name string, _ fs.DirEntry, err error) error {
			source := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
			if source || strings.HasSuffix(name, ".pack") { // which a source embeds
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	slices.Sort(files)
	for _, name := range files {
		f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(hash, name)
		_, err = io.Copy(hash, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:32], nil
}

// Flags make an executable that depends on the sources alone. The Makefile uses the same.
var Flags = []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}

// tags are those of the program, which the Makefile knows too. Offline leaves out what asks the network; where it is asked, HTTP/2 is
// left out, which is no faster for one request at a time, and 0.4 MB.
func (p Program) tags() string {
	if p.Offline {
		return "offline"
	}
	return "nethttpomithttp2"
}

func compile(ctx context.Context, root string, p Program, into string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(into), "compile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "bootstrap")
	args := append(append([]string{"build"}, Flags...), "-tags", p.tags(), "-o", program, "./cmd/bootstrap")
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goArch[p.Architecture], "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compiling the functions with the Go toolchain: %w\n%s"+
			"an isrgen made by `make build` carries them and needs no toolchain", err, output.Bytes())
	}
	if err := os.Rename(program, into); err != nil {
		return nil, err
	}
	return os.ReadFile(into)
}
