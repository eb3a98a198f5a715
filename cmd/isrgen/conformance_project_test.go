package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

const (
	conformanceDir      = "../../testdata/conformance"
	conformanceRequests = "requests.txt"
	conformanceReadme   = "../../README.md"
	conformanceCaption  = "The last run was on "
	conformanceHead     = "| Output | Made by | Requests | As documented | Different |\n|---|---|---|---|---|\n"
)

// conformanceProject is a project in testdata/conformance.
type conformanceProject struct {
	name, dir string
	tools     string // what makes the output, with versions
	text      string // of requests.txt
	exchanges []*outputtest.Exchange
}

func conformanceProjects(t *testing.T) (all []conformanceProject) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(conformanceDir, "*", "package.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no projects", err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		text, err := os.ReadFile(filepath.Join(dir, conformanceRequests))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conformanceProject{
			name: filepath.Base(dir), dir: dir, tools: conformanceTools(t, file),
			text: string(text), exchanges: outputtest.ParseExchanges(string(text)),
		})
	}
	return all
}

// conformanceTools names what a project's package.json depends on, and the platform's tool if that builds it.
func conformanceTools(t *testing.T, file string) string {
	t.Helper()
	var project struct {
		Scripts      map[string]string
		Dependencies map[string]string
	}
	readJSON(t, file, &project)
	var tools []string
	for _, name := range slices.Sorted(maps.Keys(project.Dependencies)) {
		tools = append(tools, name+" "+project.Dependencies[name])
	}
	if project.Scripts["output"] == "vercel build" {
		var cli struct{ Dependencies map[string]string }
		readJSON(t, "../../testdata/judge/cli/package.json", &cli)
		tools = append(tools, "vercel "+cli.Dependencies["vercel"])
	}
	return strings.Join(tools, ", ")
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// row is the beginning of the project's line in the table.
func (p *conformanceProject) row() string {
	return fmt.Sprintf("| [%s](testdata/conformance/%s) | %s | %d ", p.name, p.name, p.tools, len(p.exchanges))
}

const differs = "differs: "

// differenceOf is why the response to a request is known to be another than the documents say, and empty if it is not.
func differenceOf(exchange *outputtest.Exchange) string {
	for _, line := range exchange.Expect {
		if reason, ok := strings.CutPrefix(line, differs); ok {
			return reason
		}
	}
	return ""
}

// differences lists the project's requests with such a response, each once.
func (p *conformanceProject) differences() string {
	var lines []string
	for _, exchange := range p.exchanges {
		if reason := differenceOf(exchange); reason != "" {
			line := fmt.Sprintf("- %s, `%s %s`: %s.\n", p.name, exchange.Method, exchange.Target, reason)
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, "")
}

// TestConformanceTable compares the README's table with the projects: a project that was added, or whose versions or requests are
// others, has to be run. Each asks enough, and says whose words it goes by.
func TestConformanceTable(t *testing.T) {
	readme, err := os.ReadFile(conformanceReadme)
	if err != nil {
		t.Fatal(err)
	}
	table := conformanceTableIn.FindStringSubmatch(string(readme))
	if table == nil {
		t.Fatal("README.md has no table of a run: run `make conformance UPDATE=1`")
	}
	rows := slices.Collect(strings.Lines(table[1]))
	projects := conformanceProjects(t)
	if len(rows) != len(projects) {
		t.Errorf("the table has %d rows, and there are %d projects", len(rows), len(projects))
	}
	requests, differences := 0, ""
	for i, p := range projects {
		if i < len(rows) && !strings.HasPrefix(rows[i], p.row()+"| ") {
			t.Errorf("row %d is %q and should begin with %q: run `make conformance UPDATE=1`", i+1, rows[i], p.row())
		}
		if len(p.exchanges) < 15 {
			t.Errorf("%s has %d requests, which is not enough", p.name, len(p.exchanges))
		}
		if !strings.Contains(p.text, "# https://") {
			t.Errorf("%s/%s does not say which documents it goes by", p.name, conformanceRequests)
		}
		requests += len(p.exchanges)
		differences += p.differences()
	}
	if table[2] != differences {
		t.Errorf("below the table is\n%s\nand should be\n%s\nrun `make conformance UPDATE=1`", table[2], differences)
	}
	if requests < 150 {
		t.Errorf("%d requests are not enough", requests)
	}
}

var conformanceTableIn = regexp.MustCompile(regexp.QuoteMeta(conformanceCaption) + `.*\n\n` + regexp.QuoteMeta(conformanceHead) + `((?:\|.*\n)+)\n((?:- .*\n)*)`)

// updateConformanceTable replaces the README's table, the sentence before it, and the differences after it.
func updateConformanceTable(t *testing.T, table string) {
	t.Helper()
	readme, err := os.ReadFile(conformanceReadme)
	if err != nil {
		t.Fatal(err)
	}
	if !conformanceTableIn.Match(readme) {
		t.Fatalf("README.md has no place for\n%s", table)
	}
	updated := conformanceTableIn.ReplaceAllLiteral(readme, []byte(table))
	if err := os.WriteFile(conformanceReadme, updated, 0o644); err != nil {
		t.Fatal(err)
	}
}
