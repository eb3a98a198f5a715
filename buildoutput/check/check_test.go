package check

import (
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

var update = flag.Bool("update", false, "rewrite the expectations")

const cases = "../../testdata/check"

// The format of the cases is in testdata/check/README.md.
func TestDir(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(cases, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	seen := map[Code]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			findings := checkArchive(t, archive)
			for _, finding := range findings {
				seen[finding.Code] = true
			}
			compare(t, file, archive, list(findings))
		})
	}
	for code := range rules {
		if !seen[code] {
			t.Errorf("no case has a finding of the code %s", code)
		}
	}
}

func checkArchive(t *testing.T, archive *txtar.Archive) []Finding {
	t.Helper()
	files := slices.DeleteFunc(slices.Clone(archive.Files), func(file txtar.File) bool { return file.Name == "want" })
	root, err := os.OpenRoot(outputtest.Unpack(t, files))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var options Options
	for line := range strings.Lines(string(archive.Comment)) {
		if plan, ok := strings.CutPrefix(strings.TrimSpace(line), "plan: "); ok {
			options.Plan = Plan(plan)
		}
	}
	findings, _, err := Dir(root.FS(), options)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func list(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		if f.Effect == "" || f.Advice == "" || f.Source == "" {
			fmt.Fprintf(&b, "%s lacks an effect, an advice or a source\n", f.Code)
		}
		fmt.Fprintf(&b, "%s %s %s\n", f.Severity, f.Code, strings.Replace(f.String(), "warning: ", "", 1))
	}
	return b.String()
}

// compare holds the findings against the archive's want, or rewrites that.
func compare(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	want := -1
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = i
		}
	}
	if want < 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "want"})
		want = len(archive.Files) - 1
	}
	if *update {
		archive.Files[want].Data = []byte(got)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if expected := string(archive.Files[want].Data); got != expected {
		t.Errorf("found\n%s\nwant\n%s", got, expected)
	}
}

// TestErrorsAreRefusals: on every output whose verdict by the platform's reader is known, an error is found exactly where the
// reader refuses, and nothing makes the check itself fail.
func TestErrorsAreRefusals(t *testing.T) {
	files, err := filepath.Glob("../../testdata/output/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatal("no outputs", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(outputtest.Unpack(t, archive.Files))
		if err != nil {
			t.Fatal(err)
		}
		_, refused := buildoutput.Read(root.FS())
		findings, _, err := Dir(root.FS(), Options{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		isError := func(f Finding) bool { return f.Severity == Error }
		if slices.ContainsFunc(findings, isError) != (refused != nil) {
			t.Errorf("%s: found %v, the reader says %v", file, findings, refused)
		}
		root.Close()
	}
}
