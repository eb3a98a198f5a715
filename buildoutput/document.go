package buildoutput

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// document is one JSON file of an output, as JavaScript parses it: of repeated members the last counts, a byte order mark and
// invalid UTF-8 do no harm.
type document struct {
	file string
	text []byte
	any  any // nil for null

	faults  []*Fault // for which the platform refuses it
	ignored []*Fault // which the platform does not look at
}

// tolerant are the options for JSON that JavaScript accepts.
var tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// openDocument reads a JSON file. The document is nil if there is none, or if it says null, which the platform takes for the same.
func openDocument(fsys fs.FS, file string) (*document, error) {
	text, err := fs.ReadFile(fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Fault{File: file, Err: reason(err)}
	}
	d := &document{file: file, text: bytes.TrimPrefix(text, []byte("\ufeff"))}
	if err := json.Unmarshal(d.text, &d.any, tolerant); err != nil {
		fault := &Fault{File: file, Err: err}
		var syntactic *jsontext.SyntacticError
		var semantic *json.SemanticError
		switch {
		case errors.As(err, &syntactic):
			fault.Err = fmt.Errorf("this is not JSON: %w", syntactic.Err)
			fault.Pointer = syntactic.JSONPointer
			fault.Line, fault.Column = lineColumn(d.text, syntactic.ByteOffset)
		case errors.As(err, &semantic):
			fault = d.fault(semantic.JSONPointer, errors.New("the number is too large"))
		}
		return nil, fault
	}
	switch d.any {
	case nil, false, 0.0, "":
		return nil, nil
	}
	return d, nil
}

// reason is an error of a file system without the operation and the path, which a [Fault] says better.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// object gives the document's members, none for what is not an object.
func (d *document) object() map[string]any {
	object, _ := d.any.(map[string]any)
	return object
}

// refuse adds a fault for which the platform refuses the document.
func (d *document) refuse(at jsontext.Pointer, err error) {
	d.faults = append(d.faults, d.fault(at, err))
}

func (d *document) fault(at jsontext.Pointer, err error) *Fault {
	f := &Fault{File: d.file, Pointer: at, Err: err}
	f.Line, f.Column = Position(d.text, at)
	return f
}

// decode fills a value with the document. What does not fit is left out, and listed in ignored: the platform's reader looks at
// few members, and those have been looked at when this is called.
func (d *document) decode(into any, reset func()) error {
	if err := json.Unmarshal(d.text, into, jsontext.AllowInvalidUTF8(true)); err == nil {
		return nil
	}
	// Once more with last members alone, and with numbers such as 1e0 in their common form.
	for {
		reset()
		text, err := json.Marshal(d.any)
		if err != nil {
			return err
		}
		err = json.Unmarshal(text, into)
		if err == nil {
			return nil
		}
		var semantic *json.SemanticError
		if !errors.As(err, &semantic) {
			return err
		}
		at, removed := remove(d.any, semantic.JSONPointer)
		if !removed {
			return err
		}
		d.ignored = append(d.ignored, d.fault(at, unwrapped(semantic)))
	}
}

// unwrapped is what a value's own decoder says of it, or else which form its type wants.
func unwrapped(err *json.SemanticError) error {
	var value *ValueError
	if errors.As(err, &value) {
		return value
	}
	want := "an object"
	if err.GoType != nil {
		switch err.GoType.Kind() {
		case reflect.String:
			want = "a string"
		case reflect.Bool:
			want = "true or false"
		case reflect.Int:
			want = "a whole number"
		case reflect.Float64:
			want = "a number"
		case reflect.Slice:
			want = "a list"
		}
	}
	return fmt.Errorf("%s is expected here", want)
}

// remove takes a member out of a value. An item takes its list with it, since without one the others would move.
func remove(value any, at jsontext.Pointer) (jsontext.Pointer, bool) {
	tokens := slices.Collect(at.Tokens())
	for len(tokens) > 0 {
		last := len(tokens) - 1
		if object, ok := lookUp(value, tokens[:last]).(map[string]any); ok {
			_, exists := object[tokens[last]]
			delete(object, tokens[last])
			return pointer(tokens), exists
		}
		tokens = tokens[:last]
	}
	return "", false
}

func pointer(tokens []string) (p jsontext.Pointer) {
	for _, token := range tokens {
		p = p.AppendToken(token)
	}
	return p
}

func lookUp(value any, tokens []string) any {
	for _, token := range tokens {
		switch v := value.(type) {
		case map[string]any:
			value = v[token]
		case []any:
			index, err := strconv.Atoi(token)
			if err != nil || index >= len(v) {
				return nil
			}
			value = v[index]
		default:
			return nil
		}
	}
	return value
}
