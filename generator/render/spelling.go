package render

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// spellings are the words behind Params in layouts, by their small letters. Hugo finds parameters in any case: what a layout spells in
// another way than the author is there under both names.
type spellings map[string][]string

var behindParams = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\.params((?:\.\w+)+)`) })

// spellings finds the words in layouts.
func (l Layouts) spellings() spellings {
	all := spellings{}
	for _, layout := range l {
		for _, path := range behindParams().FindAllStringSubmatch(layout.Text, -1) {
			for word := range strings.SplitSeq(path[1][1:], ".") {
				if lower := strings.ToLower(word); !slices.Contains(all[lower], word) {
					all[lower] = append(all[lower], word)
				}
			}
		}
	}
	return all
}

// ParamNames are the words behind Params in all layouts, sorted. Two sets of layouts with the same ones see the same parameters of a page.
func (l Layouts) ParamNames() []string {
	var all []string
	for _, words := range l.spellings() {
		all = append(all, words...)
	}
	if l.readsFrontMatter() {
		all = append(all, "front matter")
	}
	return sorted(all)
}

// respell returns parameters under the names that layouts have for them too. Where that makes no difference, they are the same mapping.
//
// Of several names that differ in case alone, the first in the order of letters is the one that a layout gets.
func (s spellings) respell(params map[string]any) map[string]any {
	var added map[string]string // where each new name is from
	spelled := params
	set := func(word, key string, value any) {
		if added == nil {
			spelled, added = maps.Clone(params), map[string]string{}
		}
		if from, taken := added[word]; !taken || key < from {
			spelled[word], added[word] = value, key
		}
	}
	for key, value := range params {
		if below, ok := value.(map[string]any); ok {
			if respelled := s.respell(below); len(respelled) != len(below) {
				value = respelled
				set(key, key, value)
			}
		}
		for _, word := range s[strings.ToLower(key)] {
			if _, there := params[word]; !there {
				set(word, key, value)
			}
		}
	}
	return spelled
}

// siteParams are the parameters of the site in a language, under all names that layouts have for them.
func (r *Renderer) siteParams(s *Site) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	params, known := r.params[s.language]
	if !known {
		params = r.Spellings.respell(s.config().Params)
		r.params[s.language] = params
	}
	return params
}
