package generator

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// checkOut writes the site of a revision of git into a directory: what a build reads of it. The working tree stays as it is.
func checkOut(ctx context.Context, source, revision, into string) error {
	if strings.HasPrefix(revision, "-") {
		return fmt.Errorf("%s is no revision of git", revision)
	}
	cmd := exec.CommandContext(ctx, "git", "-C", source, "archive", "--format=tar", revision, ".")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s %w: git is not installed", revision, ErrSince)
	} else if err != nil {
		return err
	}
	root, err := os.OpenRoot(into)
	if err != nil {
		return err
	}
	defer root.Close()
	unpacked := unpack(root, stdout)
	_, drained := io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s %w: git says: %s", revision, ErrSince, strings.TrimSpace(stderr.String()))
	}
	return errors.Join(unpacked, drained)
}

// unpack writes those files of an archive that a build reads. No name leads out of the root.
func unpack(root *os.Root, from io.Reader) error {
	for archive := tar.NewReader(from); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := path.Clean(header.Name)
		if !isInput(name) || header.Typeflag == tar.TypeDir {
			continue
		}
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if header.Typeflag == tar.TypeSymlink {
			err = root.Symlink(header.Linkname, name)
		} else if header.Typeflag == tar.TypeReg {
			err = unpackFile(root, name, archive)
		}
		if err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, name string, from io.Reader) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(0o644))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// isInput says whether a build reads a file.
func isInput(name string) bool {
	if name == site.ConfigFile {
		return true
	}
	dir, _, _ := strings.Cut(name, "/")
	return dir == content.Dir || dir == dataDir || dir == layoutsDir || dir == staticDir
}
