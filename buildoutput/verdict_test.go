package buildoutput_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

var update = flag.Bool("update", false, "rewrite the expected results")

// TestVerdicts compares the judge's and Read's verdicts on hand-made outputs with each other and with those in the files.
func TestVerdicts(t *testing.T) {
	files, err := filepath.Glob("../testdata/output/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no outputs", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			c := readCase(t, file)
			dir := outputtest.Unpack(t, c.archive.Files)
			ours := readOutput(t, dir)
			c.compare(t, ours.lines())
			theirs := askJudge(t, dir)
			c.compare(t, theirs.lines(dir))
			if difference := differs(t, theirs, ours); (difference != "") != (c.differs != "") {
				t.Errorf("differs: %q, and Read differs in this: %q", c.differs, difference)
			}
			if *update {
				c.write(t, file)
			}
		})
	}
}

// What Write makes of an output that was read is the same output to the platform.
func TestWrittenIsJudgedTheSame(t *testing.T) {
	for i, files := range acceptedOutputs(t) {
		dir, copied := outputtest.Unpack(t, files), t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		out, err := buildoutput.Read(root.FS())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(t.Context(), copied); err != nil {
			t.Errorf("output %d: %v\n%s", i, err, txtar.Format(&txtar.Archive{Files: files}))
		}
		root.Close()
		before, after := askJudge(t, dir), askJudge(t, copied)
		difference := differentOutputs(before.Outputs, after.Outputs, len(out.Ignored) > 0)
		if after.Error != "" || difference != "" {
			t.Errorf("output %d, once written: %s%s\n%s", i, after.Error, difference, txtar.Format(&txtar.Archive{Files: files}))
		}
	}
}

// verdictCase is one of the files.
type verdictCase struct {
	archive     *txtar.Archive
	description string
	differs     string
	verdicts    map[string][]string // lines by their first word
}

// judges are those who say something of an output, in the order of the lines.
var judges = []string{"judge", "read", "deploy", "build"}

func readCase(t *testing.T, file string) *verdictCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &verdictCase{archive: archive, verdicts: map[string][]string{}}
	var description []string
	for _, line := range strings.Split(strings.TrimSpace(string(archive.Comment)), "\n") {
		switch who := judgeOf(line); {
		case who == "differs":
			c.differs = line
		case slices.Contains(judges, who):
			c.verdicts[who] = append(c.verdicts[who], line)
		default:
			description = append(description, line)
		}
	}
	c.description = strings.TrimSpace(strings.Join(description, "\n"))
	return c
}

// judgeOf gives the first word of a line that has a colon.
func judgeOf(line string) string {
	start, _, ok := strings.Cut(line, ":")
	if !ok {
		return ""
	}
	who, _, _ := strings.Cut(start, " ")
	return who
}

// compare reports the lines of a judge if they are not those in the file, or takes them over.
func (c *verdictCase) compare(t *testing.T, got []string) {
	t.Helper()
	who := judgeOf(got[0])
	if *update {
		c.verdicts[who] = got
	}
	if g, w := strings.Join(got, "\n"), strings.Join(c.verdicts[who], "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func (c *verdictCase) write(t *testing.T, file string) {
	t.Helper()
	lines := []string{c.description, ""}
	for _, who := range judges {
		lines = append(lines, c.verdicts[who]...)
	}
	if c.differs != "" {
		lines = append(lines, c.differs)
	}
	c.archive.Comment = []byte(strings.Join(lines, "\n") + "\n\n")
	if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (v verdict) lines(dir string) []string {
	lines := []string{"judge: accepts"}
	if v.Error != "" {
		lines[0] = "judge: refuses: " + oneLine(v.Error, dir)
	}
	for _, warning := range v.Warnings {
		lines = append(lines, "judge warns: "+oneLine(warning, dir))
	}
	return lines
}

// oneLine makes a message the same wherever the test's directory lies.
func oneLine(message, dir string) string {
	message = strings.ReplaceAll(message, dir, "OUTPUT")
	message = strings.ReplaceAll(message, filepath.Dir(filepath.Dir(dir)), "PROJECT")
	return words(message)
}

// words puts a text on one line.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// reading is what Read says of an output.
type reading struct {
	out    *buildoutput.Output
	faults buildoutput.Faults
}

func readOutput(t testing.TB, dir string) reading {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	out, err := buildoutput.Read(root.FS())
	var faults buildoutput.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("an error that is no fault: %v", err)
	}
	for _, fault := range faults {
		if fault.File == "" || fault.File == "." {
			t.Errorf("a fault without a file: %v", fault)
		}
	}
	return reading{out, faults}
}

func (r reading) lines() []string {
	if r.out == nil {
		var lines []string
		for _, fault := range r.faults {
			lines = append(lines, "read: refuses: "+fault.Error())
		}
		return lines
	}
	lines := []string{"read: accepts"}
	for _, fault := range r.out.Ignored {
		lines = append(lines, "read ignores: "+fault.Error())
	}
	return lines
}

// differs says in what Read is not of one mind with the judge.
func differs(t testing.TB, theirs verdict, ours reading) string {
	t.Helper()
	switch {
	case theirs.Error != "" && ours.out != nil:
		return "the judge refuses: " + theirs.Error
	case theirs.Error == "" && ours.out == nil:
		return fmt.Sprint("Read refuses: ", ours.faults)
	case theirs.Error != "":
		return ""
	}
	// Values that the platform does not look at, and Read cannot use, are in the judge's outputs.
	ignored := slices.ContainsFunc(ours.out.Ignored, func(f *buildoutput.Fault) bool { return f.Pointer != "" })
	return differentOutputs(theirs.Outputs, asJudged(ours.out), ignored)
}
