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

// Bootstrap returns the executable for an architecture: x86_64 or arm64.
func Bootstrap(ctx context.Context, architecture string) ([]byte, error) {
	arch, ok := goArch[architecture]
	if !ok {
		return nil, fmt.Errorf("there are no functions for architecture %q", architecture)
	}
	if program := carried(arch); program != nil {
		return program, nil
	}
	source, err := sourceRoot()
	if err != nil {
		return nil, err
	}
	key, err := contentKey(source, arch)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cached := filepath.Join(cache, "isrgen", "bootstrap-"+arch+"-"+key)
	if program, err := os.ReadFile(cached); err == nil {
		return program, nil
	}
	return compile(ctx, source, arch, cached)
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
func contentKey(root, arch string) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), arch)
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

// Flags make an executable that depends on the sources alone. The Makefile uses the same. The tags leave out what no function needs,
// 0.8 MB of it: the protocol of an older runtime, and HTTP/2, since few requests go to a source at the same time.
var Flags = []string{"-tags=lambda.norpc,nethttpomithttp2", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}

func compile(ctx context.Context, root, arch, into string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(into), "compile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "bootstrap")
	args := append(append([]string{"build"}, Flags...), "-o", program, "./cmd/bootstrap")
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
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
