package source

import (
	"bytes"

	"github.com/microcosm-cc/bluemonday"

	"github.com/isrgen/isrgen/generator/content"
)

// clean removes from HTML what could run or change the page around it, unless the source is trusted. Texts must be UTF-8.
func (s *Settings) clean(text []byte, format content.Format) []byte {
	text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	if format != content.HTML || s.Trusted {
		return text
	}
	return bluemonday.UGCPolicy().SanitizeBytes(text)
}
