package projectconfig_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/projectconfig"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

var update = flag.Bool("update", false, "write the results of the cases")

const casesDir = "../../testdata/projectconfig"

// testCase is a case of testdata/projectconfig, whose README describes them.
type testCase struct {
	name     string // file and line
	comment  []string
	config   string
	result   []string
	requests []string
}

// readCases reads the cases of all files, by file.
func readCases(t *testing.T) map[string][]*testCase {
	t.Helper()
	files, err := filepath.Glob(casesDir + "/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	all := map[string][]*testCase{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = parseCases(t, filepath.Base(file), string(text))
	}
	return all
}

func parseCases(t *testing.T, file, text string) []*testCase {
	var cases []*testCase
	c := &testCase{}
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "":
		case line[0] == '#' && c.config != "":
			c = &testCase{comment: []string{line}}
		case line[0] == '#':
			c.comment = append(c.comment, line)
		case line[0] == '{' && c.config == "" && len(c.comment) > 0:
			c.name, c.config = fmt.Sprintf("%s:%d", file, i+1), line
			cases = append(cases, c)
		case c.config != "" && (strings.HasPrefix(line, "= ") || strings.HasPrefix(line, "! ")):
			c.result = append(c.result, line)
		case c.config != "" && strings.HasPrefix(line, "? "):
			c.requests = append(c.requests, line[2:])
		default:
			t.Fatalf("%s:%d: %q does not belong here", file, i+1, line)
		}
	}
	return cases
}

func (c *testCase) String() string {
	lines := append(slices.Clone(c.comment), c.config)
	for _, request := range c.requests {
		lines = append(lines, "? "+request)
	}
	return strings.Join(append(lines, c.result...), "\n") + "\n"
}

// compile gives the routes of a configuration, or what is wrong with it.
func compile(config string) (routes []buildoutput.Route, problems []string) {
	var c projectconfig.Config
	if err := jsonv2.Unmarshal([]byte(config), &c, jsonv2.RejectUnknownMembers(true)); err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		text = strings.Replace(text, "unable to", "cannot", 1) // package json takes one or the other by chance
		return nil, []string{"not a configuration: " + text}
	}
	routes, found := c.Routes()
	for _, problem := range found {
		problems = append(problems, problem.Error())
	}
	return routes, problems
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := jsonv2.Marshal(value, jsonv2.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCases holds the results of the cases.
func TestCases(t *testing.T) {
	total := 0
	all := readCases(t)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		var text []string
		for _, c := range all[file] {
			routes, problems := compile(c.config)
			var result []string
			for _, route := range routes {
				result = append(result, "= "+marshal(t, route))
			}
			for _, problem := range problems {
				result = append(result, "! "+problem)
			}
			if !*update && !slices.Equal(result, c.result) {
				t.Errorf("%s: %s\n  got  %s\n  want %s", c.name, c.config, strings.Join(result, "\n       "), strings.Join(c.result, "\n       "))
			}
			c.result = result
			text = append(text, c.String())
			total++
		}
		if *update {
			if err := os.WriteFile(file, []byte(strings.Join(text, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if total < 60 {
		t.Errorf("%d cases, want at least 60", total)
	}
}

// verdict is what the platform's own code says of a configuration.
type verdict struct {
	Routes json.RawMessage `json:"routes"`
	Error  string          `json:"error"`
}

// judge asks the platform's own code about configurations.
func judge(t *testing.T, configs []string) []verdict {
	t.Helper()
	const dir = "../../testdata/judge"
	if _, err := os.Stat(dir + "/node_modules/@vercel/routing-utils"); err != nil {
		t.Skip("the platform's code is not installed: run `make test`, or npm ci in testdata/judge")
	}
	command := exec.CommandContext(t.Context(), "node", "routes.mjs")
	command.Dir = dir
	command.Stdin = strings.NewReader(strings.Join(configs, "\n") + "\n")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	var verdicts []verdict
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) != len(configs) {
		t.Fatalf("%d verdicts on %d configurations: %s", len(verdicts), len(configs), stderr.String())
	}
	return verdicts
}

// TestPlatformCompilesTheSame compares each case with what the platform's own code makes of it.
func TestPlatformCompilesTheSame(t *testing.T) {
	var cases []*testCase
	var configs []string
	for _, list := range readCases(t) {
		cases = append(cases, list...)
	}
	for _, c := range cases {
		configs = append(configs, c.config)
	}
	for i, verdict := range judge(t, configs) {
		c := cases[i]
		routes, problems := compile(c.config)
		stricter := strings.HasPrefix(c.comment[0], "# Stricter:")
		switch {
		case verdict.Error != "" && (len(problems) == 0 || stricter):
			t.Errorf("%s: %s\nthe platform refuses this: %s", c.name, c.config, verdict.Error)
		case verdict.Error == "" && len(problems) > 0 && !stricter:
			t.Errorf("%s: %s\nthe platform lets this through: %s", c.name, c.config, problems)
		case verdict.Error != "" || stricter:
		case len(c.requests) > 0:
			sameDecisions(t, c, routes, verdict.Routes)
		case !sameJSON(t, marshal(t, routes), string(verdict.Routes)):
			t.Errorf("%s: %s\n  platform %s\n  ours     %s", c.name, c.config, verdict.Routes, marshal(t, routes))
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatal(err)
	}
	if list, ok := x.([]any); ok && len(list) == 0 {
		x = []any{}
	}
	return reflect.DeepEqual(x, y)
}

// none is the set of outputs of a deployment without any.
type none struct{}

func (none) Has(string) bool { return false }

// sameDecisions resolves the requests of a case by both lists of routes.
func sameDecisions(t *testing.T, c *testCase, ours []buildoutput.Route, platform []byte) {
	t.Helper()
	var theirs []buildoutput.Route
	if err := jsonv2.Unmarshal(platform, &theirs); err != nil {
		t.Fatal(err)
	}
	if sameJSON(t, marshal(t, ours), string(platform)) {
		t.Errorf("%s: the text is the same: remove the requests", c.name)
	}
	for _, path := range c.requests {
		var decisions []*routing.Decision
		for _, routes := range [][]buildoutput.Route{ours, theirs} {
			router, problems := routing.New(&buildoutput.Config{Version: 3, Routes: routes}, none{})
			if len(problems) > 0 {
				t.Fatalf("%s: %v", c.name, problems)
			}
			decision := router.Resolve(&routing.Request{Host: "example.com", Path: path})
			decision.RespectOriginCacheControl = false
			decisions = append(decisions, decision)
		}
		if !reflect.DeepEqual(decisions[0], decisions[1]) {
			t.Errorf("%s: %s\n  platform %+v\n  ours     %+v", c.name, path, decisions[1], decisions[0])
		}
	}
}
