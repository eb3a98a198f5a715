package languages

import (
	"mime"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// message is a lexer of HTTP messages, whose bodies are in the language that Content-Type names.
type message struct {
	chroma.Lexer
	registry *chroma.LexerRegistry
}

// Tokenise takes a message apart: its body is the one generic token of the grammar.
func (m message) Tokenise(options *chroma.TokeniseOptions, text string) (chroma.Iterator, error) {
	head, err := m.Lexer.Tokenise(options, text)
	if err != nil {
		return nil, err
	}
	var name, contentType string
	var body chroma.Iterator
	return func() chroma.Token {
		if body != nil {
			return body()
		}
		token := head()
		switch {
		case token.Type == chroma.Name:
			name = token.Value
		case token.Type == chroma.Literal && strings.EqualFold(name, "content-type"):
			contentType, _, _ = mime.ParseMediaType(token.Value)
		case token.Type == chroma.Generic && contentType != "":
			if body = m.body(contentType, token.Value); body != nil {
				return body()
			}
			token.Type = chroma.Text
		}
		return token
	}, nil
}

// body returns the tokens of a body, or nil for a type that has no language.
func (m message) body(contentType, text string) chroma.Iterator {
	lexer := m.registry.MatchMimeType(contentType)
	if kind, suffix, found := strings.Cut(contentType, "+"); lexer == nil && found {
		kind, _, _ = strings.Cut(kind, "/")
		lexer = m.registry.MatchMimeType(kind + "/" + suffix)
	}
	if lexer == nil {
		return nil
	}
	tokens, err := lexer.Tokenise(nil, text)
	if err != nil {
		return nil
	}
	return tokens
}
