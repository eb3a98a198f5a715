// Command floor is as little as a site generator can do, and no more: it reads each file, parses its front matter, renders its
// Markdown, executes one template and writes the page, on all cores. It knows no lists, neighbours, terms or faults. What a real
// generator takes is compared with it.
//
// With -read it stops after the front matter; with -highlight it colours code as well.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"
)

func main() {
	from := flag.String("s", "content", "`directory` of the content")
	to := flag.String("d", "public", "`directory` of the pages")
	read := flag.Bool("read", false, "only read the files and their front matter")
	highlight := flag.Bool("highlight", false, "colour blocks of code with chroma")
	flag.Parse()
	options := []goldmark.Option{goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID())}
	if *highlight {
		options = append(options, goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(newHighlighter(), 100))))
	}
	f := floor{from: *from, to: *to, read: *read, page: template.Must(template.New("").Parse(page)), markdown: goldmark.New(options...)}
	if err := f.run(); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ .Title }}</title><meta name="description" content="{{ .Description }}"></head>
<body>
<h1>{{ .Title }}</h1>
<p>{{ .Date }}</p>
<ul>{{ range .Tags }}<li>{{ . }}</li>{{ end }}</ul>
{{ .Content }}
</body>
</html>
`

type frontMatter struct {
	Title, Description, Date string
	Tags, Categories         []string
	Params                   map[string]any
	Content                  template.HTML `yaml:"-"`
}

type floor struct {
	from, to string
	read     bool
	page     *template.Template
	markdown goldmark.Markdown
}

func (f *floor) run() error {
	names := make(chan string, 64)
	var group errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			var errs error
			for name := range names {
				errs = errors.Join(errs, f.file(name))
			}
			return errs
		})
	}
	err := filepath.WalkDir(f.from, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".md") {
			names <- name
		}
		return err
	})
	close(names)
	return errors.Join(err, group.Wait())
}

func (f *floor) file(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	head, body, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("---\n")), []byte("\n---\n"))
	var data frontMatter
	if err := yaml.Unmarshal(head, &data); err != nil || f.read {
		return err
	}
	var html, out bytes.Buffer
	if err := f.markdown.Convert(body, &html); err != nil {
		return err
	}
	data.Content = template.HTML(html.String())
	if err := f.page.Execute(&out, data); err != nil {
		return err
	}
	inside, err := filepath.Rel(f.from, name)
	if err != nil {
		return err
	}
	dir := filepath.Join(f.to, strings.TrimSuffix(inside, ".md"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.html"), out.Bytes(), 0o644)
}
