package languages

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unsafe"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// goString is the language of Go's raw strings: templates, in which the rest is a string.
const goString = "isrgen: raw strings of Go"

// makePack writes chroma's grammars down. Those that are programs are taken apart, or told anew.
func makePack() ([]byte, error) {
	var index index
	grammars := map[string][]byte{}
	for _, lexer := range lexers.GlobalLexerRegistry.Lexers {
		if lexer.Config().Name == "Raku" {
			continue
		}
		if err := index.add(lexer, grammars); err != nil {
			return nil, err
		}
	}
	// The names that other grammars use must not find it first, and nobody is meant to use it.
	template := string(grammars["Go Text Template"])
	grammars[goString] = []byte(strings.ReplaceAll(template, `<token type="Other"/>`, `<token type="LiteralString"/>`))
	index.Languages = append(index.Languages, entry{Config: &chroma.Config{Name: goString}})
	return index.write(grammars)
}

func (x *index) add(lexer chroma.Lexer, grammars map[string][]byte) error {
	config := *lexer.Config()
	config.Analyse = nil
	e := entry{Config: &config}
	if outside := inside(lexer, "root"); outside != nil {
		e.Outside, lexer = outside.Config().Name, inside(lexer, "language")
	} else if within := cmp.Or(inside(lexer, "lexer"), inside(lexer, "Lexer")); within != nil {
		lexer = within
	}
	rules, err := lexer.(*chroma.RegexLexer).Rules()
	if err != nil {
		return err
	}
	rules = retold(config.Name, rules.Clone())
	dropNothing(rules)
	grammar, err := chroma.Marshal(chroma.MustNewLexer(&chroma.Config{}, func() chroma.Rules { return rules }))
	if err != nil {
		return fmt.Errorf("%s: %w", config.Name, err)
	}
	x.Languages = append(x.Languages, e)
	grammars[config.Name] = compact(grammar)
	return nil
}

// inside returns a lexer that another holds in a field, which chroma has no way to ask for.
func inside(lexer chroma.Lexer, field string) chroma.Lexer {
	held := reflect.ValueOf(lexer).Elem().FieldByName(field)
	if !held.IsValid() || !held.CanAddr() || held.Type() != reflect.TypeFor[chroma.Lexer]() {
		return nil
	}
	return *(*chroma.Lexer)(unsafe.Pointer(held.UnsafeAddr()))
}

// retold replaces rules whose actions are functions by ones that can be written down.
func retold(name string, rules chroma.Rules) chroma.Rules {
	replace := func(state, beginning string, with ...chroma.Rule) {
		i := slices.IndexFunc(rules[state], func(r chroma.Rule) bool { return strings.HasPrefix(r.Pattern, beginning) })
		rule := rules[state][i]
		for n := range with {
			with[n].Pattern = cmp.Or(with[n].Pattern, rule.Pattern)
		}
		rules[state] = slices.Replace(rules[state], i, i+1, with...)
	}
	switch name {
	case "Go":
		replace("root", "(`)", chroma.Rule{Type: chroma.ByGroups(chroma.LiteralString, chroma.Using(goString), chroma.LiteralString)})
	case "HTTP":
		replace("headers", `([^\s:]+)`, chroma.Rule{
			Type: chroma.ByGroups(chroma.Name, chroma.Text, chroma.Operator, chroma.Text, chroma.Literal, chroma.Text)})
		replace("headers", `([\t ]+)`, chroma.Rule{Type: chroma.ByGroups(chroma.Text, chroma.Literal, chroma.Text)})
		replace("content", `.+`, chroma.Rule{Type: chroma.Generic})
	case "Haxe":
		for state := range rules {
			if slices.ContainsFunc(rules[state], func(r chroma.Rule) bool { return strings.HasPrefix(r.Pattern, "(#)(if|") }) {
				replace(state, "(#)(if|",
					chroma.Rule{Pattern: `(#)(if|elseif)\b`, Type: chroma.CommentPreproc, Mutator: chroma.Push("preproc-expr")},
					chroma.Rule{Pattern: `(#)error\b`, Type: chroma.CommentPreproc, Mutator: chroma.Push("preproc-error")},
					chroma.Rule{Pattern: `(#)(else|end)\b`, Type: chroma.CommentPreproc})
			}
		}
	case "reStructuredText":
		// The language's name is group 6, and what belongs to it the last four, which are one group here.
		const code = `^( *\.\.)(\s*)((?:source)?code(?:-block)?)(::)([ \t]*)([^\n]+)(\n[ \t]*\n)`
		replace("root", `^( *\.\.)(\s*)((?:source)?code`, chroma.Rule{
			Pattern: code + `((?<indent>[ \t]+).*\n(?:(?:\k<indent>.*|)\n)+)`,
			Type: chroma.UsingByGroup(6, 8, chroma.Punctuation, chroma.Text, chroma.OperatorWord, chroma.Punctuation,
				chroma.Text, chroma.Keyword, chroma.Text, chroma.String, chroma.Ignore)})
	}
	return rules
}

// dropNothing gives groups that are left out an action: chroma writes none where there is none, and then the others no longer
// belong to their groups.
func dropNothing(rules chroma.Rules) {
	for _, state := range rules {
		for _, rule := range state {
			if rule.Type == nil {
				continue
			}
			value := reflect.Indirect(reflect.ValueOf(rule.Type))
			if value.Kind() != reflect.Struct || !value.FieldByName("Emitters").IsValid() {
				continue
			}
			actions := value.FieldByName("Emitters").Interface().(chroma.Emitters)
			for i, action := range actions {
				if action == nil {
					actions[i] = chroma.Ignore
				}
			}
		}
	}
}

var (
	betweenTags = regexp.MustCompile(`>\s+<`)
	states      = regexp.MustCompile(`(?s)<state name="[^"]*"/>|<state name="[^"]*">.*?</state>`)
)

// compact leaves the space between tags out, and sorts the states, which chroma writes in any order.
func compact(grammar []byte) []byte {
	sorted := states.FindAllString(betweenTags.ReplaceAllString(string(grammar), "><"), -1)
	slices.Sort(sorted)
	return []byte("<lexer><rules>" + strings.Join(sorted, "") + "</rules></lexer>")
}

// write compresses each grammar by itself, so that one can be read without the others, with the words of large ones as the
// dictionary that all share.
func (x *index) write(grammars map[string][]byte) ([]byte, error) {
	for _, name := range []string{"SQL", "Ruby", "C++", "Python", "TypeScript", "Java", "JavaScript"} {
		x.Dictionary += string(grammars[name])
	}
	x.Dictionary = strings.ToValidUTF8(x.Dictionary[max(0, len(x.Dictionary)-32<<10):], "")
	var body []byte
	for i, e := range x.Languages {
		grammar, err := compress(grammars[e.Config.Name], []byte(x.Dictionary))
		if err != nil {
			return nil, err
		}
		x.Languages[i].Size = len(grammar)
		body = append(body, grammar...)
	}
	plain, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	head, err := compress(plain, nil)
	if err != nil {
		return nil, err
	}
	pack := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	return slices.Concat(pack, head, body), nil
}

func compress(text, dictionary []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, flate.BestCompression, dictionary)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
