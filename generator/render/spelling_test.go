package render

import (
	"fmt"
	"testing"
)

func TestRespell(t *testing.T) {
	s := Layouts{"a.html": {Text: `{{ .Params.ShowToc }}{{ site.Params.author.Name }}{{ $.Params.title | x }} {{ .Other.Word }}`}}.spellings()
	for _, test := range []struct {
		params map[string]any
		want   string
	}{
		{map[string]any{"ShowToc": 1, "word": 2}, "map[ShowToc:1 word:2]"},
		{map[string]any{"showtoc": 1}, "map[ShowToc:1 showtoc:1]"},
		{map[string]any{"SHOWTOC": 1, "showTOC": 2, "Showtoc": 3}, "map[SHOWTOC:1 ShowToc:1 Showtoc:3 showTOC:2]"},
		{map[string]any{"Author": map[string]any{"name": "Ana"}}, "map[Author:map[Name:Ana name:Ana] author:map[Name:Ana name:Ana]]"},
		{map[string]any{"author": map[string]any{"name": "Ana"}}, "map[author:map[Name:Ana name:Ana]]"},
		{nil, "map[]"},
	} {
		before := fmt.Sprint(test.params)
		for range 20 { // the order of a map is another each time
			if got := fmt.Sprint(s.respell(test.params)); got != test.want {
				t.Errorf("%v becomes %s, want %s", test.params, got, test.want)
			}
		}
		if fmt.Sprint(test.params) != before {
			t.Errorf("the parameters themselves are changed: %v", test.params)
		}
	}
}
