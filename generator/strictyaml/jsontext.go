package strictyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// parseJSON makes the nodes that the same text would have in YAML. Reading it as YAML, of which JSON is said to be a part, would
// refuse tabs and halves of surrogates.
func (d *Document) parseJSON() *yaml.Node {
	r := jsonReader{text: d.Text, decoder: json.NewDecoder(bytes.NewReader(d.Text)), places: placesOf(d.Text)}
	r.decoder.UseNumber()
	root, err := r.value()
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(d.Text)) == 0 {
		return nil
	}
	if err == nil {
		if _, more := r.decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something after the value")
		}
	}
	if err != nil {
		offset := int(r.decoder.InputOffset())
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = int(syntax.Offset)
		}
		at := r.node(0, "", "", offset)
		d.Errorf(at, "look for a missing comma or quote", "this is not JSON: %v", err)
		return nil
	}
	return root
}

// JSONEnd returns where the object ends that a text begins with, or false.
func JSONEnd(text []byte) (int, bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var skipped json.RawMessage
	if decoder.Decode(&skipped) != nil {
		return 0, false
	}
	return int(decoder.InputOffset()), true
}

type jsonReader struct {
	text    []byte
	decoder *json.Decoder
	places  places
}

func (r *jsonReader) node(kind yaml.Kind, tag, value string, offset int) *yaml.Node {
	line, column := r.places.at(offset)
	return &yaml.Node{Kind: kind, Tag: tag, Value: value, Line: line, Column: column}
}

// next returns a token and where it begins.
func (r *jsonReader) next() (json.Token, int, error) {
	from := int(r.decoder.InputOffset())
	token, err := r.decoder.Token()
	for from < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[from]) >= 0 {
		from++
	}
	return token, from, err
}

func (r *jsonReader) value() (*yaml.Node, error) {
	token, offset, err := r.next()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		return r.list(v, offset)
	case string:
		return r.node(yaml.ScalarNode, "!!str", v, offset), nil
	case bool:
		return r.node(yaml.ScalarNode, "!!bool", strconv.FormatBool(v), offset), nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return r.node(yaml.ScalarNode, tag, v.String(), offset), nil
	default:
		return r.node(yaml.ScalarNode, "!!null", "", offset), nil
	}
}

// list reads what an opening bracket begins.
func (r *jsonReader) list(open json.Delim, offset int) (*yaml.Node, error) {
	n := r.node(yaml.SequenceNode, "!!seq", "", offset)
	if open == '{' {
		n = r.node(yaml.MappingNode, "!!map", "", offset)
	}
	for r.decoder.More() {
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, item)
	}
	_, _, err := r.next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Limit reports a text that is longer than some bytes, which no person wrote.
func (d *Document) Limit(most int) bool {
	if len(d.Text) <= most {
		return true
	}
	d.Diagnostics.Add(diagnostic.Diagnostic{File: d.File, Line: d.LinesBefore + 1,
		Message: "this has " + strconv.Itoa(len(d.Text)) + " bytes, and may have " + strconv.Itoa(most),
		Advice:  "is a line missing that ends it? Large data belongs into data/"})
	return false
}
