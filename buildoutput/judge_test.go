package buildoutput_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

const judgeDir = "../testdata/judge"

// judge is the platform's own reader of outputs as a process which answers one question at a time: testdata/judge/read.mjs.
type judge struct {
	mu      sync.Mutex
	cmd     *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
	missing string // why there is none on this machine
}

var theJudge = sync.OnceValues(startJudge)

func startJudge() (*judge, error) {
	if missing := missingJudge(judgeDir); missing != "" {
		return &judge{missing: missing}, nil
	}
	if err := watch(judgeDir); err != nil {
		return nil, err
	}
	cmd := exec.Command("node", "read.mjs", "-")
	cmd.Dir = judgeDir
	cmd.Stderr = os.Stderr
	ask, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &judge{cmd: cmd, ask: ask, answers: bufio.NewReader(answers)}, cmd.Start()
}

// missingJudge says what a directory of Node programs lacks, if anything.
func missingJudge(dir string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "Node.js is not installed"
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		return "`make test` has not installed " + filepath.Clean(dir) + "/node_modules yet"
	}
	return ""
}

// stopJudge ends the process, if a test has started it.
func stopJudge() {
	if j, err := theJudge(); err == nil && j.cmd != nil {
		j.ask.Close()
		j.cmd.Wait()
	}
}

// verdict is what the judge says of an output.
type verdict struct {
	Error    string            `json:"error"` // why the platform refuses it; empty if it does not
	Warnings []string          `json:"warnings"`
	Outputs  map[string]judged `json:"outputs"`
}

// judged is one output as the platform sees it, with what its type has.
type judged struct {
	Type string `json:"type"`

	// of a file
	Mode        string `json:"mode,omitzero"` // octal, with the bits for the kind of file
	Path        string `json:"path,omitzero"`
	ContentType any    `json:"contentType,omitzero"`

	// of a function
	Runtime         string   `json:"runtime,omitzero"`
	RuntimeLanguage string   `json:"runtimeLanguage,omitzero"`
	Handler         string   `json:"handler,omitzero"`
	Architecture    string   `json:"architecture,omitzero"`
	Entrypoint      any      `json:"entrypoint,omitzero"`
	Files           []string `json:"files,omitempty"`

	// of a prerender
	Expiration     any      `json:"expiration,omitzero"` // seconds or false
	Group          float64  `json:"group,omitzero"`
	AllowQuery     []string `json:"allowQuery,omitzero"`
	PassQuery      bool     `json:"passQuery,omitzero"`
	InitialStatus  float64  `json:"initialStatus,omitzero"`
	InitialHeaders any      `json:"initialHeaders,omitzero"`
	BypassToken    bool     `json:"bypassToken,omitzero"`
	Fallback       *judged  `json:"fallback,omitzero"`
	Lambda         *judged  `json:"lambda,omitzero"`
}

// askJudge has an output judged. It skips the test where there is no judge.
func askJudge(t testing.TB, dir string) verdict {
	t.Helper()
	j, err := theJudge()
	if err != nil {
		t.Fatal(err)
	}
	if j.missing != "" {
		t.Skip(j.missing)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := fmt.Fprintln(j.ask, dir); err != nil {
		t.Fatal(err)
	}
	line, err := j.answers.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the judge does not answer: %v", err)
	}
	var v verdict
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return v
}

// asJudged says what [buildoutput.Read] saw in the judge's words, as far as both speak of it.
func asJudged(out *buildoutput.Output) map[string]judged {
	all := map[string]judged{}
	for name, file := range out.Static {
		all[name] = judgedFile(file)
	}
	for _, name := range slices.Sorted(maps.Keys(out.Config.Overrides)) {
		file, ok := all[name]
		if !ok {
			continue
		}
		override := out.Config.Overrides[name]
		file.ContentType = present(override.ContentType)
		if override.Mode != 0 {
			file.Mode = strconv.FormatInt(int64(override.Mode), 8)
		}
		all[name] = file
		if override.Path != "" {
			all[override.Path] = file
			delete(all, name)
		}
	}
	for name, fn := range out.Functions {
		all[name] = judgedFunction(fn)
	}
	for name, p := range out.Prerenders {
		all[name] = judgedPrerender(p, all[name])
	}
	return all
}

// present is nil for what is absent.
func present(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func judgedFile(file buildoutput.File) judged {
	return judged{Type: "FileFsRef", Mode: fmt.Sprintf("100%o", file.Mode), Path: file.Path}
}

func judgedFunction(fn *buildoutput.Function) judged {
	if fn.Config.Runtime == buildoutput.RuntimeEdge {
		return judged{Type: "EdgeFunction", Runtime: fn.Config.Runtime, Entrypoint: present(fn.Config.Entrypoint)}
	}
	return judged{
		Type: "Lambda", Runtime: fn.Config.Runtime, RuntimeLanguage: fn.Config.RuntimeLanguage, Handler: fn.Config.Handler,
		Architecture: cmp.Or(fn.Config.Architecture, hostArchitecture()), Files: slices.Sorted(maps.Keys(fn.Files)),
	}
}

// hostArchitecture is what the platform takes where a function says nothing: that of the machine which reads the output.
func hostArchitecture() string {
	if strings.HasPrefix(runtime.GOARCH, "arm") {
		return buildoutput.ArchARM64
	}
	return buildoutput.ArchAMD64
}

func judgedPrerender(p *buildoutput.Prerender, lambda judged) judged {
	c := p.Config
	seen := judged{
		Type: "Prerender", Group: float64(c.Group), AllowQuery: c.AllowQuery, PassQuery: c.PassQuery, InitialStatus: float64(c.InitialStatus),
		BypassToken: c.BypassToken != "", Lambda: &lambda,
	}
	if c.InitialHeaders != nil {
		seen.InitialHeaders = c.InitialHeaders
	}
	switch {
	case c.Expiration == nil:
	case c.Expiration.Never:
		seen.Expiration = false
	default:
		seen.Expiration = float64(c.Expiration.Seconds)
	}
	if p.Fallback != nil {
		file := judgedFile(*p.Fallback)
		file.ContentType = present(c.Fallback.ContentType)
		seen.Fallback = &file
	}
	return seen
}

// compareOutputs reports where the judge and [buildoutput.Read] see different outputs.
func compareOutputs(t testing.TB, theirs, ours map[string]judged) {
	t.Helper()
	if difference := differentOutputs(theirs, ours, false); difference != "" {
		t.Error(difference)
	}
}

// differentOutputs says where the judge and [buildoutput.Read] see different outputs. With namesOnly an output is only compared by
// what it is.
func differentOutputs(theirs, ours map[string]judged, namesOnly bool) string {
	names := maps.Clone(theirs)
	maps.Copy(names, ours)
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		forgetLink(theirs[name].Fallback, ours[name].Fallback)
		their, our := describe(theirs, name), describe(ours, name)
		if namesOnly {
			their, our = theirs[name].Type, ours[name].Type
		}
		if their != our {
			differences = append(differences, fmt.Sprintf("output %q\nthe judge sees %s\nRead sees      %s", name, their, our))
		}
	}
	return strings.Join(differences, "\n")
}

// forgetLink takes the judge's mode of a link for that of the file which it leads to: who serves it wants the file.
func forgetLink(their, our *judged) {
	if their != nil && our != nil && their.Mode == "120777" {
		their.Mode = our.Mode
	}
}

func describe(outputs map[string]judged, name string) string {
	output, ok := outputs[name]
	if !ok {
		return "nothing"
	}
	var text strings.Builder
	if err := json.NewEncoder(&text).Encode(output); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(text.String(), "\n")
}
