package buildoutput_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

const (
	sampleSite  = "../testdata/site/blog"
	bypassToken = "0123456789abcdef0123456789abcdef"
	clock       = "2026-11-01T12:00:00Z" // pages show the time
)

func TestMain(m *testing.M) {
	code := m.Run()
	stopJudge()
	if program, err := isrgen(); err == nil {
		os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// watch opens directories. go test repeats a result as long as what the test opened is the same, and does not know what the programs
// open that it starts.
func watch(dirs ...string) error {
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isrgen is the command, compiled once for all tests.
var isrgen = sync.OnceValues(func() (string, error) {
	if err := watch("../cmd", "../generator", "../templates", ".", sampleSite); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "isrgen-buildoutput-test-")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "isrgen")
	if text, err := exec.Command("go", "build", "-o", program, "../cmd/isrgen").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return program, nil
})

// buildSample builds the sample site with the command and returns the directory of the output.
func buildSample(t testing.TB, env ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project", ".vercel", "output")
	buildInto(t, dir, env...)
	return dir
}

func buildInto(t testing.TB, dir string, env ...string) {
	t.Helper()
	program, err := isrgen()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "build", "--clock", clock, "--source", sampleSite, "--destination", dir)
	cmd.Env = append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// The platform reads what isrgen builds without complaint, and sees in it what we see.
func TestPlatformReadsSample(t *testing.T) {
	for name, token := range map[string]string{"without token": "", "with token": bypassToken} {
		t.Run(name, func(t *testing.T) {
			dir := buildSample(t, "ISRGEN_BYPASS_TOKEN="+token)
			v := askJudge(t, dir)
			if v.Error != "" || len(v.Warnings) > 0 {
				t.Fatalf("the platform says: %s %q", v.Error, v.Warnings)
			}
			out, err := buildoutput.Read(os.DirFS(dir))
			if err != nil {
				t.Fatal(err)
			}
			compareOutputs(t, v.Outputs, asJudged(out))
			tokens := 0
			for _, output := range v.Outputs {
				if output.BypassToken {
					tokens++
				}
			}
			if (tokens > 0) != (token != "") {
				t.Errorf("%d outputs have a bypass token", tokens)
			}
			for _, kind := range []string{"FileFsRef", "Prerender"} {
				if n := count(v.Outputs, kind); n < 10 {
					t.Errorf("the sample has %d outputs of type %s; it is meant to have many", n, kind)
				}
			}
		})
	}
}

func count(outputs map[string]judged, kind string) (n int) {
	for _, output := range outputs {
		if output.Type == kind {
			n++
		}
	}
	return n
}
