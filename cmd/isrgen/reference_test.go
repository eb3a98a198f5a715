package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// The reference of the documentation is made here from the program itself: its commands, the keys that it accepts, and what
// templates can call. What the sources do not say in a sentence is said in a file beside this one.

const (
	docsSite         = "../../testdata/site/docs"
	docsReference    = docsSite + "/content/reference"
	docsDescriptions = "testdata/descriptions.yaml"
)

// TestReference compares the pages of the reference with what the program is; with -update it writes them.
func TestReference(t *testing.T) {
	words := readDescriptions(t)
	pages := map[string]string{
		"configuration.md": configurationPage(t, words),
		"front-matter.md":  frontMatterPage(t, words),
	}
	maps.Copy(pages, commandPages())
	maps.Copy(pages, templatePages(t, words))
	maps.Copy(pages, findingPages(t))
	words.checkUse(t)

	files := map[string]bool{}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		found, err := filepath.Glob(filepath.Join(docsReference, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			name, _ := filepath.Rel(docsReference, file)
			files[filepath.ToSlash(name)] = true
		}
	}
	delete(files, "_index.md") // is written by hand
	for name, want := range pages {
		file := filepath.Join(docsReference, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what the program is: run this test with -update (%v)", file, err)
		}
		delete(files, name)
	}
	for name := range files {
		t.Errorf("%s/%s is an orphan: nothing of the program makes it", docsReference, name)
	}
}

// descriptions are sentences about what has none in the sources, by what it is.
type descriptions struct {
	texts map[string]map[string]string // by kind and name
	used  map[string]bool
}

func readDescriptions(t *testing.T) *descriptions {
	t.Helper()
	text, err := os.ReadFile(docsDescriptions)
	if err != nil {
		t.Fatal(err)
	}
	d := &descriptions{used: map[string]bool{}}
	if err := yaml.Unmarshal(text, &d.texts); err != nil {
		t.Fatal(err)
	}
	return d
}

// of gives the description of a name, or of the longest of its endings that has one: …has[].type is for redirects and rewrites.
func (d *descriptions) of(t *testing.T, kind, name string) string {
	t.Helper()
	for rest := name; ; {
		key := rest
		if rest != name {
			key = "…" + rest
		}
		if text, ok := d.texts[kind][key]; ok {
			d.used[kind+" "+key] = true
			return text
		}
		_, after, more := strings.Cut(rest, ".")
		if !more {
			break
		}
		rest = after
	}
	t.Errorf("%s: %s of %s has no description", docsDescriptions, name, kind)
	return ""
}

func (d *descriptions) checkUse(t *testing.T) {
	t.Helper()
	for kind, texts := range d.texts {
		for name := range texts {
			if !d.used[kind+" "+name] {
				t.Errorf("%s: nothing has the description of %s of %s", docsDescriptions, name, kind)
			}
		}
	}
}

// page begins a page of the reference.
func page(title, description string, weight int) *bytes.Buffer {
	var b bytes.Buffer
	fmt.Fprintf(&b, "---\ntitle: %q\ndescription: %q\n", title, description)
	if weight > 0 {
		fmt.Fprintf(&b, "weight: %d\n", weight)
	}
	b.WriteString("---\n\n")
	return &b
}

// cell makes a text one of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// commandPages make a page for each command, and a list of them.
func commandPages() map[string]string {
	pages := map[string]string{}
	root := newRoot()
	root.InitDefaultCompletionCmd()
	index := page("Commands", "Every command of isrgen, with its flags.", 10)
	fmt.Fprintf(index, "```text\nisrgen COMMAND [flags]\n```\n\nFlags may be written as they stand here or with hyphens: `--buildDrafts` is `--build-drafts`. `--help` of a command\nprints what its page says, and `isrgen completion SHELL` a script that lets a shell complete commands and flags.\n\n")
	index.WriteString("| Exit code | Meaning |\n|---|---|\n| 0 | done |\n| 1 | the site has errors, something was found, or the machine failed |\n| 2 | the command line is wrong |\n")
	fmt.Fprintf(index, "\n## Environment\n\n| Variable | Meaning |\n|---|---|\n| `%s` | the bypass token, of 32 characters or more, for `build`, `revalidate` and `test` |\n"+
		"| `NO_COLOR` | set to anything: no colours |\n| `GOGC`, `GOMEMLIMIT` | how much memory a build takes, as for any program in Go |\n", tokenVariable)
	pages["commands/_index.md"] = index.String()
	weight := 0
	for _, command := range root.Commands() {
		if command.Hidden || command.Name() == "help" || command.Name() == "completion" {
			continue
		}
		weight += 10
		b := page("isrgen "+command.Name(), command.Short+".", weight)
		writeCommand(b, command, "##")
		for _, child := range command.Commands() {
			fmt.Fprintf(b, "\n## %s\n\n%s.\n\n", child.CommandPath(), child.Short)
			writeCommand(b, child, "###")
		}
		pages["commands/"+command.Name()+".md"] = b.String()
	}
	return pages
}

func writeCommand(b *bytes.Buffer, command *cobra.Command, level string) {
	fmt.Fprintf(b, "```text\n%s\n```\n", command.UseLine())
	if command.Long != "" {
		fmt.Fprintf(b, "\n%s\n", prose(command.Long))
	}
	if command.Example != "" {
		fmt.Fprintf(b, "\n%s Examples\n\n```sh\n%s\n```\n", level, unindent(command.Example))
	}
	flags := false
	command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" {
			return
		}
		if !flags {
			fmt.Fprintf(b, "\n%s Flags\n\n| Flag | Meaning | Default |\n|---|---|---|\n", level)
			flags = true
		}
		argument, usage := pflag.UnquoteUsage(flag)
		name := "--" + flag.Name
		if flag.Shorthand != "" {
			name = "-" + flag.Shorthand + ", " + name
		}
		if argument != "" {
			name += " " + strings.ToUpper(argument)
		}
		standard := flag.DefValue
		if standard != "" && standard != "false" && standard != "[]" && standard != "0" {
			standard = "`" + standard + "`"
		} else {
			standard = ""
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, cell(marked(usage)), standard)
	})
}

// prose is a help text as Markdown: what is indented in it is code, and angle brackets and stars are no markup.
func prose(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		indented := strings.HasPrefix(line, "  ")
		if indented != code && strings.TrimSpace(line) != "" {
			if !code {
				b.WriteString("\n```text\n")
			} else {
				b.WriteString("```\n\n")
			}
			code = indented
		}
		if !code {
			line = marked(line)
		}
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	if code {
		b.WriteString("```\n")
	}
	text = regexp.MustCompile("\\n{2,}(`{3}\\n\\n)").ReplaceAllString(b.String(), "\n$1")
	text = regexp.MustCompile(`\n{3,}`).ReplaceAllString(text, "\n\n")
	return strings.TrimSpace(text)
}

// literal finds what stands in help texts as it is to be typed: addresses, flags, variables and files.
var literal = regexp.MustCompile(`https?://[^\s,;)"]*[^\s,;).:"]|(?:^|[\s(])--?[a-zA-Z][a-zA-Z-]*|\$?\b[A-Z]{2,}(?:_[A-Z]+)+\b|[\w./-]*[\w/]\.(?:yaml|html|jsonl?|gz|md|txt)\b`)

// marked makes a help text one of Markdown.
func marked(text string) string {
	plain := strings.NewReplacer("<", "\\<", "*", "\\*", "_", "\\_")
	var b strings.Builder
	from := 0
	for _, at := range literal.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		before := found[:len(found)-len(strings.TrimLeft(found, " (\n"))]
		b.WriteString(plain.Replace(text[from:at[0]]) + before + "`" + found[len(before):] + "`")
		from = at[1]
	}
	return b.String() + plain.Replace(text[from:])
}

// unindent takes away the two spaces that examples begin with.
func unindent(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

// sentence makes the comment of a name a sentence about it, without the name.
func sentence(name, comment string) string {
	text := strings.TrimSpace(strings.Join(strings.Fields(comment), " "))
	text = strings.TrimPrefix(text, name+" ")
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	first, rest, _ := strings.Cut(text, " ")
	if first != "" && first == strings.ToLower(first) {
		first = strings.ToUpper(first[:1]) + first[1:]
	}
	text = strings.TrimSpace(first + " " + rest)
	if word, ok := strings.CutSuffix(text, "."); ok && !strings.Contains(word, " ") && strings.HasPrefix(comment, name+" is ") {
		return "The same as `" + word + "`."
	}
	return linkBrackets.ReplaceAllString(strings.NewReplacer("*", `\*`, "<", `\<`, "_", `\_`).Replace(text), "`$1`")
}

// linkBrackets finds the names that comments lead to.
var linkBrackets = regexp.MustCompile(`\[([A-Z][\w.]*)\]`)

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
