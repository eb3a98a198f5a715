// Package languages knows the grammars of programming languages: chroma's, for colouring code.
//
// Package lexers of chroma has them as 1.8 MB of XML and 2 MB of program, and a function that links it is that much larger.
// Here they are one compressed file of 0.3 MB, made from chroma's own by a test, and one is unpacked when a page first uses
// it. Raku stays out, whose grammar is a program, and three have less detail: Common Lisp and Emacs Lisp do not tell
// built-in names from others, and Haxe does not go back at #else.
package languages

import (
	"bytes"
	"compress/flate"
	_ "embed" // for languages.pack
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
)

//go:embed languages.pack
var packed []byte

// index is the beginning of the pack. It is compressed JSON, behind its length in four bytes.
type index struct {
	Dictionary string // the text that all grammars may repeat
	Languages  []entry
}

// entry is one language of the pack.
type entry struct {
	Config  *chroma.Config
	Size    int    // of the compressed grammar, which follows that of the language before
	Outside string `json:",omitempty"` // the language around this one, such as the HTML around PHP
}

// Open returns all languages by their names. No grammar is read yet.
func Open() (*chroma.LexerRegistry, error) {
	size := int(binary.BigEndian.Uint32(packed))
	grammars := packed[4+size:]
	var index index
	if err := json.NewDecoder(flate.NewReader(bytes.NewReader(packed[4 : 4+size]))).Decode(&index); err != nil {
		return nil, fmt.Errorf("the languages of code: %w", err)
	}
	registry := chroma.NewLexerRegistry()
	for _, e := range index.Languages {
		registry.Register(&language{entry: e, packed: grammars[:e.Size], dictionary: index.Dictionary})
		grammars = grammars[e.Size:]
	}
	return registry, nil
}

// language is a lexer whose grammar is read when it is first used. Several goroutines may use it.
type language struct {
	entry
	packed     []byte
	dictionary string
	registry   *chroma.LexerRegistry

	once  sync.Once
	lexer chroma.Lexer
	err   error
}

// Config tells the names of the language.
func (l *language) Config() *chroma.Config { return l.entry.Config }

// SetRegistry tells where the other languages are, of which this one may have parts.
func (l *language) SetRegistry(registry *chroma.LexerRegistry) chroma.Lexer {
	l.registry = registry
	return l
}

// SetAnalyser does nothing: languages are named, not guessed.
func (l *language) SetAnalyser(func(string) float32) chroma.Lexer { return l }

// AnalyseText says that a text is not likely to be of this language.
func (l *language) AnalyseText(string) float32 { return 0 }

// Tokenise takes a text apart.
func (l *language) Tokenise(options *chroma.TokeniseOptions, text string) (chroma.Iterator, error) {
	l.once.Do(func() { l.lexer, l.err = l.read() })
	if l.err != nil {
		return nil, fmt.Errorf("the grammar of %s: %w", l.entry.Config.Name, l.err)
	}
	return l.lexer.Tokenise(options, text)
}

func (l *language) read() (chroma.Lexer, error) {
	grammar, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(l.packed), []byte(l.dictionary)))
	if err != nil {
		return nil, err
	}
	var read struct {
		Rules chroma.Rules `xml:"rules"`
	}
	if err := xml.Unmarshal(grammar, &read); err != nil {
		return nil, err
	}
	read.Rules[patience] = []chroma.Rule{{Pattern: `.`, Mutator: chroma.MutatorFunc(bePatient)}}
	rules, err := chroma.NewLexer(l.entry.Config, func() chroma.Rules { return read.Rules })
	if err != nil {
		return nil, err
	}
	warm, err := rules.Tokenise(&chroma.TokeniseOptions{State: patience}, "x")
	if err != nil {
		return nil, err
	}
	warm()
	var lexer chroma.Lexer = rules.SetRegistry(l.registry)
	if l.Outside != "" {
		lexer = chroma.DelegatingLexer(l.registry.Get(l.Outside), lexer)
	}
	if l.entry.Config.Name == "HTTP" {
		lexer = message{lexer, l.registry}
	}
	return lexer, nil
}

// Patience is how long a rule may look for a match. chroma gives up after a quarter of a second and goes on as if there were none: on a
// busy machine, the same text would have other tokens than before. Who takes a text apart for longer than this must not use what
// comes of it.
const Patience = 10 * time.Second

// patience is a state of all grammars, whose one rule is the only way to the others.
const patience = "isrgen: patience"

func bePatient(state *chroma.LexerState) error {
	for _, rules := range state.Rules {
		for _, rule := range rules {
			rule.Regexp.MatchTimeout = Patience
		}
	}
	state.Stack = nil
	return nil
}

// Plain returns the lexer of text that has no language.
func Plain() chroma.Lexer {
	return chroma.MustNewLexer(&chroma.Config{Name: "fallback"}, func() chroma.Rules {
		return chroma.Rules{"root": {{Pattern: `.+`, Type: chroma.Text}, {Pattern: `\n`, Type: chroma.Text}}}
	})
}
