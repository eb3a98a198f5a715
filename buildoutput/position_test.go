package buildoutput

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestPosition(t *testing.T) {
	const text = `{
  "version": 3,
  "a/b": [
    {"x": 1}, {"y": {"z": null}},
    "last"
  ],
  "routes": []
}`
	for at, want := range map[jsontext.Pointer][2]int{
		"":              {1, 1},
		"/version":      {2, 3},
		"/a~1b":         {3, 3},
		"/a~1b/0":       {4, 5},
		"/a~1b/0/x":     {4, 6},
		"/a~1b/1":       {4, 15},
		"/a~1b/1/y/z":   {4, 22},
		"/a~1b/2":       {5, 5},
		"/a~1b/3":       {3, 3}, // the nearest place around what is absent
		"/a~1b/1/q/z":   {4, 15},
		"/routes":       {7, 3},
		"/routes/0/src": {7, 3},
	} {
		line, column := Position([]byte(text), at)
		if got := [2]int{line, column}; got != want {
			t.Errorf("%q is at %v, want %v", at, got, want)
		}
	}
	if line, column := Position([]byte("not JSON"), "/a"); line != 0 || column != 0 {
		t.Errorf("a text without any place gives %d:%d", line, column)
	}
}
