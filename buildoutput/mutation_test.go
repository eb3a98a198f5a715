package buildoutput_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

var mutations = flag.Int("mutations", 600, "how many outputs TestMutations makes")

// TestMutations damages outputs that the platform accepts, in one or two places, and compares what Read says of them with what the
// judge says. The same number makes the same outputs.
func TestMutations(t *testing.T) {
	seeds := acceptedOutputs(t)
	refused := 0
	for i := range *mutations {
		m := mutator{rand.New(rand.NewPCG(1, uint64(i)))}
		files := slices.Clone(seeds[m.IntN(len(seeds))])
		var done []string
		for range 1 + m.IntN(2) {
			var what string
			if files, what = m.mutate(files); what != "" {
				done = append(done, what)
			}
		}
		dir := filepath.Join(t.TempDir(), "project", ".vercel", "output")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := outputtest.Write(dir, files); err != nil {
			continue // a tree that cannot be, such as a file below another file
		}
		theirs, ours := askJudge(t, dir), readOutput(t, dir)
		if theirs.Error != "" {
			refused++
		}
		if difference := differs(t, theirs, ours); difference != "" && !excused(theirs, ours, dir) {
			t.Errorf("output %d, after: %s\n%s\n%s", i, strings.Join(done, "; "), difference, txtar.Format(&txtar.Archive{Files: files}))
		}
	}
	t.Logf("%d of %d outputs are refused", refused, *mutations)
	if refused < *mutations/5 || refused > *mutations*4/5 {
		t.Errorf("%d of %d outputs are refused: there is little to compare", refused, *mutations)
	}
}

// excused are the differences that are meant: Read does not leave the output, neither for files of the project nor by absolute links,
// it does not go round in links as often, an override's path that is no string is none to it, and a list is no deployment ID.
func excused(theirs verdict, ours reading, dir string) bool {
	said := strings.Join(ours.lines(), "\n")
	project := filepath.Dir(filepath.Dir(dir))
	return ours.out == nil && strings.Contains(said, "path escapes from parent") ||
		ours.out == nil && strings.Contains(said, "deploymentId must be") ||
		ours.out != nil && strings.Contains(strings.ReplaceAll(theirs.Error, dir, ""), "lstat '"+project) ||
		ours.out != nil && theirs.Error == "" && strings.Contains(said, "too many levels") ||
		ours.out != nil && theirs.Error == "" && slices.ContainsFunc(ours.out.Ignored, func(f *buildoutput.Fault) bool {
			return strings.HasPrefix(string(f.Pointer), "/overrides/")
		})
}

// acceptedOutputs are those of testdata/output that the platform accepts and Read sees in the same way.
func acceptedOutputs(t *testing.T) (outputs [][]txtar.File) {
	t.Helper()
	files, err := filepath.Glob("../testdata/output/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if c := readCase(t, file); c.differs == "" && slices.Contains(c.verdicts["judge"], "judge: accepts") && len(c.archive.Files) > 1 {
			outputs = append(outputs, c.archive.Files)
		}
	}
	if len(outputs) < 20 {
		t.Fatalf("only %d outputs to begin with", len(outputs))
	}
	return outputs
}

// mutator damages files. Each method returns what it did, nothing if there was nothing to do.
type mutator struct{ *rand.Rand }

func (m mutator) mutate(files []txtar.File) ([]txtar.File, string) {
	i := m.IntN(len(files))
	file := &files[i]
	switch kind := m.IntN(20); {
	case kind == 0:
		return slices.Delete(files, i, i+1), "delete " + file.Name
	case kind == 1:
		return m.link(files)
	case kind == 2 && !strings.HasSuffix(file.Name, "/"):
		old := file.Name
		file.Name = strings.Replace(old, ".func", ".fun", 1)
		return files, "rename " + old + " to " + file.Name
	case strings.HasPrefix(string(file.Data), "LINK "):
		file.Data = []byte("LINK " + m.target(files) + "\n")
		return files, "lead " + file.Name + " elsewhere"
	case !strings.HasSuffix(file.Name, ".json"):
		if strings.HasSuffix(file.Name, "/") || strings.HasPrefix(string(file.Data), "PIPE") {
			return files, ""
		}
		file.Data = []byte("MODE 0711\nx")
		return files, "change the mode of " + file.Name
	case kind == 3:
		file.Data = file.Data[:m.IntN(len(file.Data))]
		return files, "cut off " + file.Name
	default:
		return files, m.json(file)
	}
}

// link adds another name of a function, with or without a config of its own.
func (m mutator) link(files []txtar.File) ([]txtar.File, string) {
	name := pick(m, []string{"functions/0", "functions/n", "functions/deep/z"})
	files = append(files, txtar.File{Name: name + ".func", Data: []byte("LINK " + m.target(files) + "\n")})
	if m.IntN(2) == 0 {
		files = append(files, txtar.File{Name: name + ".prerender-config.json", Data: []byte(`{"expiration": 1}`)})
	}
	return files, "add a link " + name
}

// target is where a link may lead.
func (m mutator) target(files []txtar.File) string {
	name := files[m.IntN(len(files))].Name
	name = pick(m, []string{name, filepath.Dir(name), strings.TrimPrefix(filepath.Dir(name), "functions/"), "a.func", "b.func"})
	return pick(m, []string{"", "", "./", "../", "/nowhere/"}) + name + pick(m, []string{"", "", "", "/"})
}

func (m mutator) json(file *txtar.File) string {
	var value any
	if json.Unmarshal(file.Data, &value) != nil {
		return ""
	}
	value, what := m.value(value, "")
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	file.Data = append(text, '\n')
	return what + " in " + file.Name
}

// value changes one thing in a value, or replaces it.
func (m mutator) value(value any, at string) (changed any, what string) {
	object, ok := value.(map[string]any)
	if list, isList := value.([]any); isList && len(list) > 0 && m.IntN(3) > 0 {
		i := m.IntN(len(list))
		list[i], what = m.value(list[i], fmt.Sprint(at, "/", i))
		return list, what
	}
	if !ok || len(object) == 0 || at != "" && m.IntN(4) == 0 {
		changed = pick(m, []any{
			nil, true, false, 0.0, 1.0, -1.0, 1.5, 1e300, "", "x", "a.html", strings.Repeat("w", 51), "edge", "nodejs22.x", []any{}, []any{1.0},
			[]any{"s"}, []any{nil}, map[string]any{}, map[string]any{"a": "b"}, map[string]any{"fsPath": "a.html"},
		})
		return changed, fmt.Sprintf("replace %s by %v", at, changed)
	}
	name := pick(m, slices.Sorted(maps.Keys(object)))
	switch m.IntN(8) {
	case 0:
		delete(object, name)
		return object, "delete " + at + "/" + name
	case 1:
		to := pick(m, []string{name + "x", strings.ToUpper(name), pick(m, memberNames)})
		object[to] = object[name]
		delete(object, name)
		return object, "rename " + at + "/" + name + " to " + to
	case 2:
		to := pick(m, memberNames)
		object[to], what = m.value(nil, at+"/"+to)
		return object, what
	default:
		object[name], what = m.value(object[name], at+"/"+name)
		return object, what
	}
}

// memberNames are of all files, for any of them.
var memberNames = []string{
	"version", "routes", "overrides", "framework", "deploymentId", "images", "crons", "middlewarePath", "src", "handle", "path", "mode", "contentType",
	"runtime", "handler", "type", "memory", "maxDuration", "regions", "environment", "architecture", "runtimeLanguage", "filePathMap", "allowQuery",
	"affinity", "maxConcurrency", "supportsWrapper", "experimentalTriggers", "zipBuffer", "files", "launcherType",
	"expiration", "group", "bypassToken", "fallback", "allowHeader", "passQuery", "initialHeaders", "initialStatus", "exposeErrBody",
	"partialFallback", "chain", "experimentalBypassFor", "staleExpiration", "unknown",
}

func pick[T any](m mutator, list []T) T { return list[m.IntN(len(list))] }
