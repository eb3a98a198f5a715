package buildoutput_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const cliDir = judgeDir + "/cli"

// vercel runs the platform's command line tool in a project, with what it needs to take part without a person or the Internet.
func (r *recorder) vercel(project string, env []string, args ...string) (output string, err error) {
	r.t.Helper()
	if missing := missingJudge(cliDir); missing != "" {
		r.t.Skip(missing)
	}
	program, err := filepath.Abs(filepath.Join(cliDir, "node_modules", "vercel", "dist", "vc.js"))
	if err != nil {
		r.t.Fatal(err)
	}
	home := r.t.TempDir()
	args = slices.Concat([]string{program}, args,
		[]string{"--yes", "--api", r.URL, "--token", apiToken, "--global-config", filepath.Join(home, "config")})
	cmd := exec.Command("node", args...)
	cmd.Dir = project
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "CI=1",
		"VERCEL_TELEMETRY_DISABLED=1", "NO_UPDATE_NOTIFIER=1",
	}, env...)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// newProject builds the sample site into a new directory that is linked to the recorder's project.
func newProject(t testing.TB) (project, output string) {
	t.Helper()
	output = buildSample(t, "ISRGEN_BYPASS_TOKEN="+bypassToken)
	linkProject(t, filepath.Dir(filepath.Dir(output)))
	return filepath.Dir(filepath.Dir(output)), output
}

func linkProject(t testing.TB, project string) {
	t.Helper()
	settings := `{"projectId":"` + projectID + `","orgId":"` + teamID + `","settings":{"framework":null}}`
	writeFile(t, filepath.Join(project, ".vercel", "project.json"), settings)
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The real tool deploys the sample's output, and what arrives is what lies in the directory.
func TestDeployPrebuilt(t *testing.T) {
	project, output := newProject(t)
	r := newRecorder(t)
	if text, err := r.vercel(project, nil, "deploy", "--prebuilt"); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	compareTrees(t, r.arrived(), tree(t, output))
}

// With --archive=tgz, the same arrives as parts of one archive.
func TestDeployArchive(t *testing.T) {
	project, output := newProject(t)
	r := newRecorder(t)
	if text, err := r.vercel(project, nil, "deploy", "--prebuilt", "--archive=tgz"); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var archive bytes.Buffer
	for i, file := range r.deployment().Files {
		if want := fmt.Sprintf(".vercel/source.tgz.part%d", i+1); file.File != want {
			t.Fatalf("%s arrived, want %s", file.File, want)
		}
		archive.Write(r.blobs[file.SHA])
	}
	compareTrees(t, unarchive(t, &archive), tree(t, output))
}

// What stat says of the kind of a file, in a mode.
const (
	regularFile = 0o100000
	symlink     = 0o120777 // a link has no permissions, whatever an archive says of them
)

// entry describes one file of a tree: its mode, and the SHA-1 of its content or of the path that it links to.
func entry(mode uint32, sha string) string {
	return strings.TrimSpace(fmt.Sprintf("%06o %s", mode, sha))
}

func digest(content []byte) string {
	sum := sha1.Sum(content)
	return hex.EncodeToString(sum[:])
}

// tree lists the files and links of an output, by their path from the project's root.
func tree(t testing.TB, output string) map[string]string {
	t.Helper()
	entries := map[string]string{}
	err := filepath.WalkDir(output, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		mode, content := regularFile|uint32(info.Mode().Perm()), []byte(nil)
		if e.Type() == fs.ModeSymlink {
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			mode, content = symlink, []byte(target)
		} else if content, err = os.ReadFile(name); err != nil {
			return err
		}
		inside, err := filepath.Rel(output, name)
		entries[".vercel/output/"+filepath.ToSlash(inside)] = entry(mode, digest(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// unarchive lists what an archive holds in the same way.
func unarchive(t testing.TB, archive io.Reader) map[string]string {
	t.Helper()
	decoded, err := gzip.NewReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]string{}
	for reader := tar.NewReader(decoded); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		mode := uint32(header.Mode & 0o7777)
		switch header.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeSymlink:
			mode, content = symlink, []byte(header.Linkname)
		default:
			mode |= regularFile
		}
		entries[strings.TrimPrefix(header.Name, "./")] = entry(mode, digest(content))
	}
}

func compareTrees(t testing.TB, got, want map[string]string) {
	t.Helper()
	all := maps.Clone(got)
	maps.Copy(all, want)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if got[name] != want[name] {
			t.Errorf("%s: arrived as %q, is %q", name, got[name], want[name])
		}
	}
}
