package buildoutput

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Position gives the line and column of a place in a JSON text, both counted from 1, the column in bytes: of a member the
// place of its name, of an item that of its value. Without such a place it is that of the nearest one around it; a text that is
// not JSON up to there has none, 0 and 0.
func Position(text []byte, at jsontext.Pointer) (line, column int) {
	for {
		if offset, ok := locate(text, at); ok {
			return lineColumn(text, offset)
		}
		if at == "" {
			return 0, 0
		}
		at = at.Parent()
	}
}

// locate finds the offset of a place.
func locate(text []byte, at jsontext.Pointer) (offset int64, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	for {
		start := skipSpace(text, dec.InputOffset())
		kind := dec.PeekKind()
		if _, err := dec.ReadToken(); err != nil {
			return 0, false
		}
		here := dec.StackPointer()
		switch {
		case here == at && kind != '}' && kind != ']':
			return start, true
		case !here.Contains(at) && (kind == '{' || kind == '['):
			if err := skipRest(dec); err != nil {
				return 0, false
			}
		}
	}
}

// skipRest reads to the end of the object or array that was just begun.
func skipRest(dec *jsontext.Decoder) error {
	for depth := dec.StackDepth(); dec.StackDepth() >= depth; {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
	}
	return nil
}

// skipSpace gives the offset of the next token, after white space and the signs between tokens.
func skipSpace(text []byte, offset int64) int64 {
	for offset < int64(len(text)) && bytes.IndexByte([]byte(" \t\r\n,:"), text[offset]) >= 0 {
		offset++
	}
	return offset
}

// lineColumn turns an offset into line and column.
func lineColumn(text []byte, offset int64) (line, column int) {
	before := text[:min(offset, int64(len(text)))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}
