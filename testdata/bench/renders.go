package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// renderedPages are the pages that compareRenders renders in a turn.
const renderedPages = 100

// compareRenders makes the row about the rendering of single pages: a function that is warm, beside goldmark alone on their
// Markdown.
func (b *bench) compareRenders(pages int, dir string) error {
	f, err := os.Open(filepath.Join(dir, content.BundleFile))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	bundle, err := content.OpenBundle(f, info.Size())
	if err != nil {
		return err
	}
	s, err := site.Open(bundle)
	if err != nil {
		return err
	}
	renderer, err := render.Open(bundle, s)
	if err != nil {
		return err
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var ours, alone series
	for range 20 {
		var rendering, converting time.Duration
		for i := range renderedPages {
			path := lastPost(pages - i)
			if rendering, err = addTime(rendering, func() error { return renderPage(s, renderer, path) }); err != nil {
				return err
			}
			page, err := s.Page(path)
			if err != nil {
				return err
			}
			body, err := s.Body(page)
			if err != nil {
				return err
			}
			if converting, err = addTime(converting, func() error { return markdown.Convert(body, &bytes.Buffer{}) }); err != nil {
				return err
			}
		}
		ours = append(ours, rendering.Seconds()*1000/renderedPages)
		alone = append(alone, converting.Seconds()*1000/renderedPages)
	}
	// The first turn warms both up.
	b.table.compare(fmt.Sprintf("function, warm render of a page, %d pages", pages), "ms", ours[1:], alone[1:], "goldmark alone", 3)
	return nil
}

func addTime(sum time.Duration, work func() error) (time.Duration, error) {
	started := time.Now()
	err := work()
	return sum + time.Since(started), err
}

func renderPage(s *site.Site, renderer *render.Renderer, path string) error {
	page, err := s.Page(path)
	if err != nil {
		return err
	}
	_, err = renderer.Render(page, render.Request{Time: time.Unix(0, 0)})
	return err
}
