package render

import (
	"html/template"
	"sync"
)

// summary is the beginning of a text, and whether there is more.
type summary struct {
	text      template.HTML
	truncated bool
}

// summaries remember the summaries of pages, which lists and feeds show again and again. Only those are kept that are made of nothing but
// the page's own text, and only so many. They may be used by several goroutines.
type summaries struct {
	mu     sync.Mutex
	byPath map[string]summary
	bytes  int
}

// mostSummaries is how many bytes of summaries are kept: those of about 30,000 pages.
const mostSummaries = 16 << 20

func (s *summaries) get(path string) (summary, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.byPath[path]
	return kept, ok
}

func (s *summaries) keep(path string, made summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes += len(path) + len(made.text); s.bytes > mostSummaries {
		return
	}
	if s.byPath == nil {
		s.byPath = map[string]summary{}
	}
	s.byPath[path] = made
}

// summary is the beginning of the page's text. The text is read in the eyes of who watches what pages read, whether or not it is.
func (p *Page) summary() (summary, error) {
	keepable := p.record().Origin == "" // what is on the network may be another text the next time
	if keepable && p.set.texts[p.path] == nil {
		if kept, ok := p.set.renderer.summaries.get(p.path); ok {
			p.set.site.NoteBody(p.record())
			return kept, nil
		}
	}
	text, err := p.text()
	if err != nil {
		return summary{}, err
	}
	made := summary{text.summary, text.truncated}
	if keepable && text.pure {
		p.set.renderer.summaries.keep(p.path, made)
	}
	return made, nil
}
