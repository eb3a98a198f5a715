package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/site"
)

var (
	themes     = flag.String("themes", "", "a directory of themes and sites of Hugo, which are built by Hugo and by isrgen and compared")
	hugoBinary = flag.String("hugo", "", "the Hugo that sites are compared with")
)

const (
	themesTable = "../../testdata/conformance/themes.md"
	themesSite  = "../../testdata/conformance/site" // for themes without an example
)

// TestThemes imports each site, builds it with isrgen and with Hugo, and compares the pages: their addresses, titles, texts, links and
// headings. It fails if less is equal than the table says, which -update writes anew.
func TestThemes(t *testing.T) {
	if *themes == "" || *hugoBinary == "" {
		t.Skip("it needs themes and Hugo: see testdata/conformance/README.md")
	}
	entries, err := os.ReadDir(*themes)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there are no themes: see testdata/conformance/README.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	known := readThemesTable(t)
	var results []themeResult
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			result := compareTheme(t, filepath.Join(*themes, entry.Name()))
			results = append(results, result)
			if before, ok := known[entry.Name()]; ok && !*update {
				for i, share := range result.shares() {
					if share < before[i] {
						t.Errorf("%s: %d %% are equal, and were %d %%", themeColumns[i], share, before[i])
					}
				}
			}
		})
	}
	for name := range known {
		if *update && !slices.ContainsFunc(results, func(r themeResult) bool { return r.name == name }) {
			t.Errorf("%s is not among the themes, and would be lost from the table", name)
		}
	}
	table := themesText(results)
	fmt.Print("\n", table, "\n")
	if *update && !t.Failed() {
		if err := os.WriteFile(themesTable, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// themeColumns are what is compared. Addresses are of Hugo's pages, and the rest of the pages that both have.
var themeColumns = []string{"Addresses", "Titles", "Texts", "Links", "Headings"}

// themeResult is what came of one theme.
type themeResult struct {
	name    string
	pages   int // that Hugo makes
	leads   int // of the pages that both have, those that lead to others
	equal   [5]int
	reasons map[string]int
}

func (r *themeResult) shares() (shares [5]int) {
	for i, n := range r.equal {
		of := r.pages
		if i > 0 {
			of = r.equal[0] - r.leads
		}
		if of > 0 {
			shares[i] = 100 * n / of
		}
	}
	return shares
}

// compareTheme builds one site twice.
func compareTheme(t *testing.T, dir string) themeResult {
	work := t.TempDir()
	old, imported, public := filepath.Join(work, "old"), filepath.Join(work, "new"), filepath.Join(work, "public")
	from, isTheme := dir, exists(filepath.Join(dir, "theme.toml"))
	if example := filepath.Join(dir, "exampleSite"); exists(example) {
		from, isTheme = example, true
	} else if isTheme {
		from = themesSite
	}
	if err := os.CopyFS(old, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	hugo := []string{"--source", old, "--destination", public, "--cacheDir", filepath.Join(work, "cache"), "--baseURL", "https://example.org/"}
	imports := []string{"import", "hugo", old, imported}
	if isTheme {
		hugo = append(hugo, "--themesDir", filepath.Dir(dir), "--theme", filepath.Base(dir))
		imports = append(imports, "--theme", dir)
	}
	result := themeResult{name: filepath.Base(dir), reasons: map[string]int{}}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // it may ask the network
	defer stop()
	if out, err := exec.CommandContext(ctx, *hugoBinary, hugo...).CombinedOutput(); err != nil {
		t.Skipf("Hugo does not build it: %v\n%s", err, out)
	}
	theirs := readPages(t, public)
	result.pages = len(theirs)
	var said bytes.Buffer
	if code := run(t.Context(), imports, &said, &said); code != exitOK {
		t.Fatalf("import: exit %d\n%s", code, said.String())
	}
	setBaseURL(t, imported)
	said.Reset()
	if code := run(t.Context(), []string{"build", "-s", imported, "--json"}, &bytes.Buffer{}, &said); code != exitOK {
		first, _, _ := strings.Cut(firstFault(t, imported), "\n")
		result.reasons["isrgen does not build it: "+first] = len(theirs)
		return result
	}
	result.compare(theirs, readPages(t, filepath.Join(imported, ".vercel", "output", "static")), redirectsOf(t, imported))
	return result
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// setBaseURL gives both the same address, so that links are.
func setBaseURL(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, site.ConfigFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	config["baseURL"] = "https://example.org"
	if text, err = yaml.Marshal(config); err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func firstFault(t *testing.T, dir string) string {
	var said bytes.Buffer
	run(t.Context(), []string{"build", "-s", dir}, &bytes.Buffer{}, &said)
	for line := range strings.Lines(said.String()) {
		if !strings.HasPrefix(line, " ") && !strings.Contains(line, ": warning: ") {
			return line
		}
	}
	return said.String()
}

// redirectsOf are the sources of the redirects of an output.
func redirectsOf(t *testing.T, dir string) string {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(dir, ".vercel", "output", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(config)
}

// readPages reads the HTML files of a directory by their addresses.
func readPages(t *testing.T, dir string) map[string]*themePage {
	t.Helper()
	pages := map[string]*themePage{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err == nil {
			pages["/"+strings.TrimSuffix(name, "index.html")] = readPage(text, "/"+strings.TrimSuffix(name, "index.html"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// compare counts what is equal, and notes why the rest is not.
func (r *themeResult) compare(theirs, ours map[string]*themePage, redirects string) {
	for _, address := range sortedKeys(theirs) {
		their, our := theirs[address], ours[address]
		if our == nil && their.redirect && strings.Contains(redirects, strings.Trim(regexp.QuoteMeta(strings.TrimSuffix(address, "/")), "/")) {
			our = their // it leads on
		}
		if our == nil && their.redirect && strings.HasSuffix(address, "/page/1/") && strings.Contains(redirects, "page/1/?$") {
			our = their // one route leads from all of these
		}
		if our == nil {
			r.reasons[missing(address, their)]++
			continue
		}
		r.equal[0]++
		if our == their {
			r.leads++
			continue
		}
		for i, differs := range []string{difference([]string{their.title}, []string{our.title}), difference(their.words, our.words),
			difference(their.links, our.links), difference(their.headings, our.headings)} {
			if differs == "" {
				r.equal[i+1]++
			} else {
				r.reasons[themeColumns[i+1]+": "+differs]++
			}
		}
	}
}

// missing says what is not there.
func missing(address string, page *themePage) string {
	if page.redirect && strings.HasSuffix(address, "/page/1/") {
		return "no redirect from …/page/1/ to the list"
	}
	if page.redirect {
		return "no redirect: " + address
	}
	return "no page: " + reasonAddress(address)
}

// reasonAddress shows addresses that are alike as one.
func reasonAddress(address string) string {
	first, rest, nested := strings.Cut(strings.Trim(address, "/"), "/")
	if !nested || rest == "" {
		return address
	}
	return "/" + first + "/…"
}

// difference is where two lists first differ, empty if they do not.
func difference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		x, y := "(end)", "(end)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			const longest = 60
			return fmt.Sprintf("%q of Hugo is %q", cut(x, longest), cut(y, longest))
		}
	}
	return ""
}

func cut(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// themesText is the results as a page of Markdown.
func themesText(results []themeResult) string {
	var b strings.Builder
	b.WriteString("# Themes of Hugo\n\nEach is imported with `isrgen import hugo`, and built by Hugo " + hugoVersionOf(*hugoBinary) + " and by isrgen: its example site, or\n" +
		"`site/` for a theme that has none. `make themes THEMES=DIRECTORY` compares the pages, and fails if less is equal than here. Of all\n" +
		"addresses of Hugo's, how many isrgen has; and of the pages there, how many have the same title, the same words in the same order, the\nsame links and the same headings, in percent.\n\n")
	b.WriteString("| Theme | Pages | " + strings.Join(themeColumns, " | ") + " |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %d |", r.name, r.pages)
		for _, share := range r.shares() {
			fmt.Fprintf(&b, " %d |", share)
		}
		b.WriteString("\n")
	}
	for _, r := range results {
		if len(r.reasons) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", r.name)
		reasons := sortedKeys(r.reasons)
		slices.SortStableFunc(reasons, func(x, y string) int { return cmp.Compare(r.reasons[y], r.reasons[x]) })
		const shown = 8
		for _, reason := range reasons[:min(shown, len(reasons))] {
			fmt.Fprintf(&b, "- %d × %s\n", r.reasons[reason], strings.ReplaceAll(reason, "\n", " "))
		}
		if len(reasons) > shown {
			fmt.Fprintf(&b, "- and %d more differences\n", len(reasons)-shown)
		}
	}
	return b.String()
}

func hugoVersionOf(binary string) string {
	out, err := exec.Command(binary, "version").Output()
	if err != nil {
		return "of an unknown version"
	}
	number := regexp.MustCompile(`v(\d+\.\d+\.\d+)`).FindSubmatch(out)
	return string(append(number, nil, nil)[1])
}

// readThemesTable reads the shares of the table that there is.
func readThemesTable(t *testing.T) map[string][5]int {
	t.Helper()
	known := map[string][5]int{}
	text, err := os.ReadFile(themesTable)
	if err != nil {
		return known
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 7 {
			continue
		}
		var shares [5]int
		for i := range shares {
			if shares[i], err = strconv.Atoi(strings.TrimSpace(cells[i+2])); err != nil {
				break
			}
		}
		if err == nil {
			known[strings.TrimSpace(cells[0])] = shares
		}
	}
	return known
}
