//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/render"
)

// readmeNotRun are the commands of the README that its test leaves out, each with the reason.
var readmeNotRun = map[string]string{
	"make demo":                "TestMakeDemo runs it",
	"make docs":                "TestDocumentation does the same",
	"make test":                "it runs this test",
	"make conformance":         "it takes minutes and needs npm",
	"make bench":               "benchmarks take minutes and say nothing about right or wrong",
	"make manypages":           "it takes a minute, and make test has a part of it",
	"make affected":            "it takes minutes, and make test has a part of it",
	"make bench-hugo":          "it installs another program and takes longer still",
	"go test ./generator/...":  "it is a part of make test",
	"vercel deploy --prebuilt": "it needs the platform",
	"go install github.com/isrgen/isrgen/cmd/isrgen@latest": "it needs the network, and installs what was published instead of this",
}

// readmeSentences are the directions of imports, in words.
const readmeSentences = `buildoutput imports nothing of ours. preview never imports generator. ` +
	`bootstrap links only what renders. Only cmd/isrgen knows cobra.`

const (
	readmeFile   = "../../README.md"
	readmeOrigin = "http://localhost:3000" // stands in the README for wherever the preview is

	// readmeWait is how long a command may take, a preview to start, and an answer of its cache to become the expected one.
	readmeWait = 30 * time.Second
)

// readmeBlock is one block of code.
type readmeBlock struct {
	line     int // of the README, where the block begins
	language string
	text     string
}

// readmeCommand is a command with the output that the README shows. Of a block in sh none is shown.
type readmeCommand struct {
	line   int
	text   string
	output string
	shown  bool
}

func readmeBlocks(t *testing.T) []readmeBlock { return blocksOf(t, readmeFile) }

// blocksOf reads the blocks of a file, which must have some.
func blocksOf(t *testing.T, file string) []readmeBlock {
	t.Helper()
	blocks := blocksIn(t, file)
	if len(blocks) == 0 {
		t.Fatalf("%s: no blocks", file)
	}
	return blocks
}

func blocksIn(t *testing.T, file string) []readmeBlock {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []readmeBlock
	inside := ""
	for i, line := range strings.Split(string(text), "\n") {
		language := strings.TrimLeft(line, "`")
		fence := line[:len(line)-len(language)]
		switch {
		case inside == "" && len(fence) >= 3:
			blocks = append(blocks, readmeBlock{line: i + 1, language: language})
			inside = fence
		case inside != "" && line == inside:
			inside = ""
		case inside != "":
			blocks[len(blocks)-1].text += line + "\n"
		}
	}
	if inside != "" {
		t.Fatalf("%s: the last block has no end", file)
	}
	return blocks
}

// commands are what a block tells the reader to type: in console each line with a prompt, in sh all of it but for the commands
// in notRun.
func (b readmeBlock) commands(notRun map[string]string, left map[string]bool) (all []*readmeCommand) {
	switch b.language {
	case "console":
		for i, line := range strings.SplitAfter(b.text, "\n") {
			if text, ok := strings.CutPrefix(line, "$ "); ok {
				all = append(all, &readmeCommand{line: b.line + 1 + i, text: text, shown: true})
			} else if len(all) > 0 {
				all[len(all)-1].output += line
			}
		}
	case "sh":
		var run strings.Builder
		for line := range strings.Lines(b.text) {
			command := strings.TrimSpace(line)
			if before, _, ok := strings.Cut(command, "  #"); ok {
				command = strings.TrimSpace(before)
			}
			if _, skip := notRun[command]; skip {
				left[command] = true
				continue
			}
			run.WriteString(line)
		}
		if strings.TrimSpace(run.String()) != "" {
			all = append(all, &readmeCommand{line: b.line + 1, text: run.String()})
		}
	}
	return all
}

// TestReadme types the commands of the README in the order in which they stand, in an empty directory, and compares the outputs
// that it shows. Times and sizes may differ.
func TestReadme(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the README's functions are for Linux on x86_64")
	}
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the README's commands need %s: install it, on Debian with `apt-get install %s`", tool, tool)
		}
	}
	t.Parallel()
	shell := newReadmeShell(t, readmeFile)
	left := map[string]bool{}
	for _, block := range readmeBlocks(t) {
		for _, command := range block.commands(readmeNotRun, left) {
			if !shell.run(t, command) {
				return // what follows builds on it
			}
		}
	}
	for command := range readmeNotRun {
		if !left[command] {
			t.Errorf("readmeNotRun has %q, which is not in the README", command)
		}
	}
}

// buildProgram makes a fresh isrgen, and returns the directory it is in.
func buildProgram(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "isrgen"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// readmeShell is the reader's terminal: directory and exported variables last from one command to the next.
type readmeShell struct {
	file    string // whose commands these are, for faults
	state   string // a script that restores them
	env     []string
	preview *exec.Cmd
	origin  string // of the preview
}

func newReadmeShell(t *testing.T, file string) *readmeShell {
	t.Helper()
	s := &readmeShell{file: file, state: filepath.Join(t.TempDir(), "state"), origin: readmeOrigin}
	s.env = append(os.Environ(), "PATH="+buildProgram(t)+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "ISRGEN_BYPASS_TOKEN=",
		"STATE="+s.state)
	if err := os.WriteFile(s.state, []byte("cd '"+t.TempDir()+"'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stopPreview)
	return s
}

// script makes a command one of this terminal.
func (s *readmeShell) script(ctx context.Context, text string) *exec.Cmd {
	text = strings.ReplaceAll(text, readmeOrigin, s.origin)
	cmd := exec.CommandContext(ctx, "sh", "-c", `. "$STATE"; trap '{ export -p; echo "cd \"$PWD\""; } >"$STATE"' EXIT; `+text)
	cmd.Env = s.env
	return cmd
}

// run types one command. What a cache answers changes with time, so that a command which asks the preview is repeated until the
// answer is the one shown.
func (s *readmeShell) run(t *testing.T, c *readmeCommand) bool {
	t.Helper()
	if strings.HasPrefix(c.text, "isrgen preview") {
		return s.startPreview(t, c)
	}
	deadline := time.Now().Add(readmeWait)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), readmeWait)
		out, err := s.script(ctx, c.text).CombinedOutput()
		cancel()
		got := strings.ReplaceAll(string(out), s.origin, readmeOrigin)
		switch {
		case !c.shown && err == nil, c.shown && readmeAlike(got) == readmeAlike(c.output):
			return true
		case strings.Contains(c.text, "curl ") && time.Now().Before(deadline):
			time.Sleep(100 * time.Millisecond) // the clock is that of other processes
		case !c.shown:
			t.Errorf("%s:%d: %v\n%s%s", s.file, c.line, err, c.text, got)
			return false
		default:
			t.Errorf("%s:%d: $ %sprints\n%s\nthe page shows\n%s", s.file, c.line, c.text, got, c.output)
			return false
		}
	}
}

// readmeVaries are the parts of an output that differ between runs and machines. Columns are as wide as what is in them.
var readmeVaries = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\d+(\.\d+)?(ms|µs|s)$`), "TIME"},
	{regexp.MustCompile(`\d+(\.\d+)? k?M?B\b`), "SIZE"},
	{regexp.MustCompile(` {2,}`), "  "},
	{regexp.MustCompile(`log at [\w:-]+;`), "log at REQUEST;"},
	{regexp.MustCompile(`[ \r]+$`), ""},
}

// readmeAlike gives outputs that say the same one form.
func readmeAlike(output string) string {
	lines := strings.Split(strings.TrimRight(output, "\r\n"), "\n")
	for i, line := range lines {
		for _, v := range readmeVaries {
			line = v.pattern.ReplaceAllString(line, v.with)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// startPreview leaves a preview running, at a free port, in place of the one before.
func (s *readmeShell) startPreview(t *testing.T, c *readmeCommand) bool {
	t.Helper()
	s.stopPreview()
	s.origin = readmeOrigin
	cmd := s.script(context.WithoutCancel(t.Context()), "exec "+strings.TrimSpace(c.text)+" --port 0")
	url, line, err := startServer(cmd)
	if err != nil {
		t.Errorf("%s:%d: $ %s%v", s.file, c.line, c.text, err)
		return false
	}
	s.preview, s.origin = cmd, url
	if got := strings.ReplaceAll(line, url, readmeOrigin); got != c.output {
		t.Errorf("%s:%d: $ %sprints\n%s\nthe page shows\n%s", s.file, c.line, c.text, got, c.output)
	}
	return true
}

func (s *readmeShell) stopPreview() {
	if s.preview != nil {
		stopServer(s.preview)
		s.preview = nil
	}
}

var serving = regexp.MustCompile(`^Serving .* at (http://\S+)/\n$`)

// startServer starts a command that ends up as a preview, in a process group of its own, and waits for the line with its URL,
// which it returns too.
func startServer(cmd *exec.Cmd) (url, line string, err error) {
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", "", err
	}
	if err := cmd.Start(); err != nil {
		return "", "", err
	}
	tooLong := time.AfterFunc(2*time.Minute, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer tooLong.Stop()
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadString('\n')
		if m := serving.FindStringSubmatch(line); m != nil {
			return m[1], line, nil
		}
		if err != nil {
			return "", "", fmt.Errorf("no URL: %w\n%s", errors.Join(err, cmd.Wait()), log.Bytes())
		}
	}
}

// stopServer is an interrupt from the keyboard.
func stopServer(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	tooLong := time.AfterFunc(readmeWait, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer tooLong.Stop()
	cmd.Wait()
}

// TestReadmeFiles builds sites with the files that the README shows: those whose first line is their name.
func TestReadmeFiles(t *testing.T) {
	isrgen := filepath.Join(buildProgram(t), "isrgen")
	built := 0
	for _, block := range readmeBlocks(t) {
		if block.language != "yaml" {
			continue
		}
		if err := yaml.Unmarshal([]byte(block.text), new(any)); err != nil {
			t.Errorf("README.md:%d: %v", block.line, err)
		}
		site := t.TempDir()
		if !block.writeSite(t, readmeFile, site) {
			continue
		}
		if out, err := exec.Command(isrgen, "build", "-s", site).CombinedOutput(); err != nil {
			t.Errorf("README.md:%d: %v\n%s", block.line, err, out)
		}
		built++
	}
	if built == 0 {
		t.Error("the README shows no files")
	}
}

// writeSite makes a small site with the file that a block shows. It reports whether that is a file of a site.
func (b readmeBlock) writeSite(t *testing.T, shown, dir string) bool {
	t.Helper()
	files := map[string]string{"isrgen.yaml": "title: A site\n", "content/posts/hello.md": "Hello.\n", "content/search.md": "Search.\n"}
	first, _, _ := strings.Cut(b.text, "\n")
	switch name := strings.TrimPrefix(first, "# "); {
	case name == first:
		t.Errorf("%s:%d: the first line does not name the file", shown, b.line)
		return false
	case name == "isrgen.yaml":
		files[name] = b.text
	case strings.HasPrefix(name, "content/"):
		files[name] = "---\n" + b.text + "---\n"
	default:
		return false
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// TestReadmeNamesTheHouse checks what the README says about the sources.
func TestReadmeNamesTheHouse(t *testing.T) {
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), readmeSentences) {
		t.Errorf("README.md does not say: %s", readmeSentences)
	}
	prose := regexp.MustCompile("(?s)\n```.*?\n```\n").ReplaceAllString(string(text), "\n")
	for _, m := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(prose, -1) {
		if _, err := os.Stat(filepath.Join("../..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("README.md: a link leads to nothing: %v", err)
		}
	}
	for dir := range houseImports {
		if !strings.Contains(string(text), "  "+filepath.Base(dir)+"/") && !strings.Contains(string(text), "\n"+dir+"/") {
			t.Errorf("README.md: the tree lacks %s", dir)
		}
	}
}

// TestReadmeNamesTests checks that the tests by which the README says a promise is shown are there: go test finds nothing wrong with
// a name that no test has.
func TestReadmeNamesTests(t *testing.T) {
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`go test (?:-run '\\^\\$' )?-?(?:bench (\\w+) )?\\./(\\S+?)(?: -run (\\w+)(?:/(\\w+))?)?`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 9 {
		t.Errorf("only %d tests are named: has the table of promises another form now?", len(named))
	}
	for _, m := range named {
		function, dir, part := "func Test", filepath.Join("../..", m[2]), m[4]
		if m[1] != "" {
			function = "func Benchmark" + m[1]
		} else if m[3] != "" {
			function = "func " + m[3] + "("
		}
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		found := false
		for _, file := range files {
			source, readErr := os.ReadFile(file)
			err = errors.Join(err, readErr)
			found = found || bytes.Contains(source, []byte("\n"+function))
		}
		if err != nil || !found {
			t.Errorf("README.md names %s, and no test of ./%s is %s: %v", m[0], m[2], function, err)
		}
		if part != "" {
			cases, _ := filepath.Glob("../../testdata/*/" + part + ".txt*")
			if len(cases) == 0 {
				t.Errorf("README.md names %s, and no file of testdata is %s", m[0], part)
			}
		}
	}
}

// TestReadmeNamesEverything checks that the README names what authors can write: what is in a table of the sources, or a method
// of what templates see.
func TestReadmeNamesEverything(t *testing.T) {
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range []struct{ file, key string }{
		{"generator/render/functions.go", `(?m)^\t\t"(\w+)": `},
		{"generator/site/config.go", `(?m)^\t\t"(\w+)": +(?:d\.|decode|func)`},
		{"generator/site/markup.go", `(?m)^\t\t\t"(\w+)": +(?:d\.|decode)`},
		{"generator/content/frontmatter.go", `(?m)^\t\t"(\w+)": +(?:doc\.|decode|Decode)`},
		{"generator/source/config.go", `(?m)^\t\t"(\w+)": +(?:d\.|decode|func|s\.|content\.)`},
		{"generator/content/isr.go", `(?m)^\t\t"(\w+)": +(?:pointer|decode)`},
	} {
		source, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(table.file)))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(table.key).FindAllSubmatch(source, -1)
		if len(found) < 5 {
			t.Errorf("%s: only %d names found: has the table another form now?", table.file, len(found))
		}
		for _, m := range found {
			names = append(names, string(m[1]))
		}
	}
	names = append(names, namespaced(t)...)
	for _, seen := range []reflect.Type{reflect.TypeFor[*render.Page](), reflect.TypeFor[*render.Site](), reflect.TypeFor[*render.Shortcode](),
		reflect.TypeFor[render.Pages](), reflect.TypeFor[render.Taxonomy](), reflect.TypeFor[render.Resources](), reflect.TypeFor[*render.Resource](),
		reflect.TypeFor[*render.File](), reflect.TypeFor[*render.Store]()} {
		for method := range seen.Methods() {
			names = append(names, "."+method.Name)
		}
	}
	for _, name := range names {
		if !regexp.MustCompile("`" + regexp.QuoteMeta(name) + "(?: NAME|:)?`").Match(readme) {
			t.Errorf("README.md does not name `%s`", name)
		}
	}
}

// namespaced are the functions of templates that are methods of a namespace, such as strings.ToUpper.
func namespaced(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../generator/render/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func \((?:\w+ )?(\w+)Namespace\) ([A-Z]\w*)\(`).FindAllSubmatch(source, -1) {
			names = append(names, string(m[1])+"."+string(m[2]))
		}
	}
	if len(names) < 100 {
		t.Errorf("only %d functions in namespaces found: do they have another form now?", len(names))
	}
	return names
}

// TestMakeDemo runs the README's first command in a copy of the sources, so that it is in nobody's way.
func TestMakeDemo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the functions of the sample site are Linux executables")
	}
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	if testing.Short() {
		t.Skip("it compiles three programs")
	}
	t.Parallel()
	root := t.TempDir()
	copySources(t, root)
	cmd := exec.Command("make", "demo", "PORT=0")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	url, _, err := startServer(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer stopServer(cmd)
	response, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("The Regenerated Page")) {
		t.Errorf("%s: %s, %v\n%s", url, response.Status, err, page)
	}
}

// copySources copies the module without what is made from it.
func copySources(t *testing.T, into string) {
	t.Helper()
	made := map[string]bool{".git": true, ".vercel": true, ".isrgen": true, "bin": true, "carried": true, "node_modules": true}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if made[entry.Name()] {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		file := filepath.Join(into, filepath.FromSlash(name))
		if entry.IsDir() {
			return os.MkdirAll(file, 0o755)
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := fs.ReadLink(root, name)
			if err != nil {
				return err
			}
			return os.Symlink(target, file)
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(file, text, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}
