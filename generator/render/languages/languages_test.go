package languages

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

var update = flag.Bool("update", false, "make languages.pack from chroma's grammars")

// lessDetailed are the languages whose tokens are not all those of chroma. The sample of Org Mode has Emacs Lisp in it.
var lessDetailed = []string{"Common Lisp", "EmacsLisp", "Haxe", "Org Mode", "Raku"}

// TestPackIsChromas makes the pack again. It must be what is there: a new version of chroma wants -update.
func TestPackIsChromas(t *testing.T) {
	pack, err := makePack()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("languages.pack", pack, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !slices.Equal(pack, packed) {
		t.Errorf("languages.pack has %d bytes and is not what chroma's grammars make, %d bytes: run this test with -update", len(packed), len(pack))
	}
}

// TestNamesAreChromas compares what names, aliases and endings of files mean.
func TestNamesAreChromas(t *testing.T) {
	registry, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	names := append(lexers.Names(true), "TS", "tf", "Dockerfile", "main.go", "php5", "nothing", "c++", "H", "")
	for _, name := range names {
		want, got := "none", "none"
		if lexer := lexers.Get(name); lexer != nil {
			want = lexer.Config().Name
		}
		if lexer := registry.Get(name); lexer != nil {
			got = lexer.Config().Name
		}
		if got != want && want != "Raku" {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

// TestTokensAreChromas takes the samples of chroma's own tests apart.
func TestTokensAreChromas(t *testing.T) {
	registry, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for language, samples := range chromaSamples(t) {
		theirs := lexers.Get(language)
		if theirs == nil || slices.Contains(lessDetailed, theirs.Config().Name) {
			continue
		}
		ours := registry.Get(theirs.Config().Name)
		for _, sample := range samples {
			compared++
			if got, want := tokens(t, ours, sample), tokens(t, theirs, sample); !slices.Equal(got, want) {
				t.Errorf("%s: %s", theirs.Config().Name, firstDifference(got, want))
			}
		}
	}
	if compared < 150 {
		t.Errorf("there were %d samples", compared)
	}
}

// TestGrammarsAreWhole reads all of them: those without a sample too.
func TestGrammarsAreWhole(t *testing.T) {
	registry, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, lexer := range registry.Lexers {
		iterator, err := lexer.Tokenise(nil, "a = \"b\" <c> 1\n")
		if err != nil {
			t.Fatal(err)
		}
		iterator() // the first alone: two languages have tokens without end here
	}
	if want := len(lexers.GlobalLexerRegistry.Lexers); len(registry.Lexers) != want { // without Raku, with the strings of Go
		t.Errorf("there are %d languages, want %d", len(registry.Lexers), want)
	}
}

// chromaSamples finds the samples in chroma's module, by the language that their names begin with.
func chromaSamples(t *testing.T) map[string][]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/alecthomas/chroma/v2").Output()
	if err != nil {
		t.Skip("no go command: ", err)
	}
	root := filepath.Join(strings.TrimSpace(string(dir)), "lexers", "testdata")
	samples := map[string][]string{}
	for _, pattern := range []string{"*.actual", "*/*.actual"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(file), ".actual")
			if dir := filepath.Dir(file); dir != root {
				name = filepath.Base(dir)
			}
			if len(text) < 20_000 {
				samples[name] = append(samples[name], string(text))
			}
		}
	}
	return samples
}

func tokens(t *testing.T, lexer chroma.Lexer, text string) []chroma.Token {
	t.Helper()
	iterator, err := chroma.Coalesce(lexer).Tokenise(nil, text)
	if err != nil {
		t.Fatal(lexer.Config().Name, err)
	}
	return iterator.Tokens()
}

func firstDifference(got, want []chroma.Token) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("token %d is %v %q, want %v %q", i, got[i].Type, got[i].Value, want[i].Type, want[i].Value)
		}
	}
	return fmt.Sprintf("%d tokens, want %d", len(got), len(want))
}
