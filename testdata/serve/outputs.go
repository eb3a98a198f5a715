package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// outputs are what the servers serve: the same page of about 10 KB.
type outputs struct {
	dir    string // for the files of servers
	page   string // a directory with page.html
	routed string // a Build Output with page.html as static file behind many routes
	cached string // a Build Output of isrgen with the page as ISR page
}

const (
	routes     = 1000
	filePath   = "/page.html"
	cachedPath = "/page/"
)

// newOutputs builds a site of one ISR page. The page as the build rendered it is the file of all others.
func newOutputs(ctx context.Context, dir, isrgen string) (*outputs, error) {
	o := &outputs{
		dir:    dir,
		page:   filepath.Join(dir, "www"),
		routed: filepath.Join(dir, "routed"),
		cached: filepath.Join(dir, "site", ".vercel", "output"),
	}
	line := "A line of text that is about as long as lines of text in a page tend to be, more or less.\n\n"
	err := write(dir, map[string]string{
		"site/isrgen.yaml":     "title: A site\n",
		"site/content/page.md": "---\ntitle: A page\nisr: { revalidate: 1h }\n---\n" + strings.Repeat(line, 92),
	})
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, isrgen, "build", "-s", filepath.Join(dir, "site")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("isrgen build: %w\n%s", err, out)
	}
	page, err := os.ReadFile(filepath.Join(o.cached, "functions", "page.prerender-fallback.html"))
	if err != nil {
		return nil, err
	}
	return o, write(dir, map[string]string{
		"www/page.html":           string(page),
		"routed/static/page.html": string(page),
		"routed/config.json":      config(),
	})
}

// config has redirects, rules for headers and look-aheads in equal parts, as long lists of them look. None matches the page.
func config() string {
	shapes := []string{
		`{"src": "^/old/page-%d/?$", "status": 308, "headers": {"Location": "/new/page"}}`,
		`{"src": "^/section-%d/(.*)$", "headers": {"x-section": "$1"}, "continue": true}`,
		`{"src": "^/area-%d/(?!api/)(.*)$", "headers": {"x-area": "$1"}, "continue": true}`,
	}
	list := make([]string, routes)
	for i := range list {
		list[i] = fmt.Sprintf(shapes[i%len(shapes)], i)
	}
	return `{"version": 3, "routes": [` + strings.Join(list, ",\n") + "]}\n"
}

func write(dir string, files map[string]string) error {
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
