package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits is `exits CODE COMMAND ARGUMENT...`: the command must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGUMENT...")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// snapshot is `snapshot DIR FILE`: it writes mode and hash of every file of a tree, links as links, one a line.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: snapshot DIR FILE")
	}
	text, err := fingerprint(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o644))
}

func fingerprint(dir string) ([]byte, error) {
	var b bytes.Buffer
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			fmt.Fprintf(&b, "%s -> %s\n", name[len(dir):], target)
			return err
		}
		content, err := os.ReadFile(name)
		fmt.Fprintf(&b, "%s %v %x\n", name[len(dir):], entry.Type(), sha256.Sum256(content))
		return err
	})
	return b.Bytes(), err
}

// killed is `killed SIGNAL N OUTPUT SITE SITE`: N builds of the two sites in turn, each ended by a signal when it has written a
// little more than the one before: KILL, which leaves it no time, or INT, after which it must clear up. After each, the output
// must be the whole output of one of the sites.
func killed(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"KILL": os.Kill, "INT": os.Interrupt}
	if neg || len(args) != 5 || signals[args[0]] == nil {
		ts.Fatalf("usage: killed KILL|INT N OUTPUT SITE SITE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	output, sites := ts.MkAbs(args[2]), args[3:]
	staged := filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+".isrgen-new")
	var wholes []string
	files := 0
	for _, site := range sites {
		ts.Check(ts.Exec("isrgen", "build", "-s", site, "-d", output, "--clock", fixedClock))
		whole, err := fingerprint(output)
		ts.Check(err)
		wholes, files = append(wholes, string(whole)), bytes.Count(whole, []byte("\n"))
	}
	if wholes[0] == wholes[1] {
		ts.Fatalf("the outputs of the two sites are the same: nothing would be seen")
	}
	ended := 0
	for i := range n {
		cmd := exec.Command(isrgenBinary(ts), "build", "-s", ts.MkAbs(sites[i%2]), "-d", output, "--clock", fixedClock)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME"), tokenVariable+"=")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		ts.Check(cmd.Start())
		if endWhen(cmd, signals[args[0]], staged, i*files/n) {
			ended++
			if _, err := os.Stat(staged); args[0] == "INT" && (err == nil || !strings.Contains(stderr.String(), "interrupted")) {
				ts.Fatalf("build %d of %d did not clear up, or did not say that it was interrupted: %s", i+1, n, stderr.Bytes())
			}
		}
		whole, err := fingerprint(output)
		ts.Check(err)
		if !slices.Contains(wholes, string(whole)) {
			ts.Fatalf("build %d of %d was killed and left an output that is neither the old nor the new one:\n%s", i+1, n, whole)
		}
	}
	ts.Logf("%d of %d builds were ended while they wrote", ended, n)
	if ended == 0 {
		ts.Fatalf("all builds went well")
	}
}

const fixedClock = "2026-01-31T12:00:00Z"

// endWhen sends a signal to a command when a directory holds a number of files, waits for its end, and reports whether it failed.
func endWhen(cmd *exec.Cmd, signal os.Signal, dir string, files int) bool {
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-ended:
			return !cmd.ProcessState.Success()
		case <-again.C:
			if countFiles(dir) >= files {
				cmd.Process.Signal(signal)
				<-ended
				return !cmd.ProcessState.Success()
			}
		}
	}
}

// countFiles counts the files of a tree that may be growing, -1 if there is none.
func countFiles(dir string) int {
	n := -1
	filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil {
			n = max(n, 0)
			if !entry.IsDir() {
				n++
			}
		}
		return nil
	})
	return n
}

// isrgenBinary is the program that scripts know as isrgen.
func isrgenBinary(ts *testscript.TestScript) string {
	dir, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	return filepath.Join(dir, "isrgen")
}

// nowhere is `nowhere TEXT PATH...`: no file at or below the paths holds the text.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: nowhere TEXT PATH...")
	}
	for _, root := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(name, ".prerender-config.json") {
				return err
			}
			content, err := os.ReadFile(name)
			if bytes.Contains(content, []byte(args[0])) {
				ts.Fatalf("%s holds %s", name, args[0])
			}
			return err
		}))
	}
}

// smallDisk is `smalldisk DIR`: the directory becomes a disk of few bytes until the script ends.
func smallDisk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: smalldisk DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(mountSmall(dir))
	ts.Defer(func() { ts.Check(exec.Command("umount", dir).Run()) })
}

// mountSmall mounts a disk that holds a page and not a function.
func mountSmall(dir string) error {
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "isrgen-test", dir).Run()
}
