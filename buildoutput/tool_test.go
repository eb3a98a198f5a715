package buildoutput_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

// TestToolVerdicts compares what the platform's command line tool says of some hand-made outputs, those with lines "deploy" or
// "build", with these lines. The tool looks at little: that it deploys an output says less than that the platform reads it.
func TestToolVerdicts(t *testing.T) {
	files, err := filepath.Glob("../testdata/output/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, file := range files {
		c := readCase(t, file)
		if c.verdicts["deploy"] == nil && c.verdicts["build"] == nil {
			continue
		}
		run++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			if c.verdicts["deploy"] != nil {
				c.compare(t, c.deploy(t))
			}
			if c.verdicts["build"] != nil {
				c.compare(t, c.build(t))
			}
			if *update {
				c.write(t, file)
			}
		})
	}
	if run == 0 {
		t.Error("no output is for the tool")
	}
}

// deploy has the tool deploy the output as it is.
func (c *verdictCase) deploy(t *testing.T) []string {
	t.Helper()
	project, output := c.project(t, ".vercel/output")
	r := newRecorder(t)
	text, err := r.vercel(project, nil, "deploy", "--prebuilt")
	if err == nil {
		compareTrees(t, r.arrived(), tree(t, output))
	}
	return []string{"deploy: " + outcome(text, err, project)}
}

// build has the tool build a project whose build command copies the output to its place.
func (c *verdictCase) build(t *testing.T) []string {
	t.Helper()
	project, made := c.project(t, "made")
	writeFile(t, filepath.Join(project, "vercel.json"),
		`{"framework": null, "buildCommand": "mkdir -p .vercel/output && cp -R made/. .vercel/output/"}`)
	text, err := newRecorder(t).vercel(project, nil, "build")
	lines := []string{"build: " + outcome(text, err, project)}
	for _, line := range strings.Split(text, "\n") {
		if warning, ok := strings.CutPrefix(line, "WARNING! "); ok && !strings.HasPrefix(warning, "Build not running on Vercel") {
			lines = append(lines, "build warns: "+warning)
		}
	}
	output := filepath.Join(project, ".vercel", "output")
	if err == nil {
		compareTrees(t, withoutToolsFiles(tree(t, output)), withoutToolsFiles(tree(t, made)))
	}
	return append(lines, "build leaves config.json: "+words(readFile(t, filepath.Join(output, "config.json"))))
}

// project is a new one with the output in a directory of it.
func (c *verdictCase) project(t *testing.T, dir string) (project, output string) {
	t.Helper()
	project, err := filepath.EvalSymlinks(t.TempDir()) // as the tool names it
	if err != nil {
		t.Fatal(err)
	}
	linkProject(t, project)
	output = filepath.Join(project, filepath.FromSlash(dir))
	writeFile(t, filepath.Join(project, "README"), "a project must have a file\n")
	if err := outputtest.Write(output, c.archive.Files); err != nil {
		t.Fatal(err)
	}
	return project, output
}

var errorLine = regexp.MustCompile(`(?m)^Error: (.*)$`)

func outcome(text string, err error, project string) string {
	if err == nil {
		return "accepts"
	}
	if found := errorLine.FindStringSubmatch(text); found != nil {
		text = found[1]
	}
	return "refuses: " + words(strings.ReplaceAll(text, project, "PROJECT"))
}
