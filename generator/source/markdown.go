package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"golang.org/x/sync/errgroup"
)

// markdownSource is a directory of Markdown files on a web server, such as a Git host's raw files, and a list of their names.
type markdownSource struct {
	*Settings
	client *Client
}

const markdownExt = ".md"

// List asks for the manifest and for all files that it names.
func (s *markdownSource) List(ctx context.Context) ([]*content.Document, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, fmt.Errorf("sources.%s: the manifest: %w", s.Name, err)
	}
	docs := make([]*content.Document, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Access.Concurrency))
	for i, name := range names {
		group.Go(func() error {
			doc, err := s.Get(ctx, name)
			if errors.Is(err, content.ErrNoDocument) {
				return fmt.Errorf("sources.%s: the manifest names %s, and there is no such file", s.Name, name+markdownExt)
			}
			docs[i] = doc
			return err
		})
	}
	return docs, group.Wait()
}

// names reads the manifest.
func (s *markdownSource) names(ctx context.Context) ([]string, error) {
	a, err := s.client.get(ctx, s.Manifest.URL)
	if err != nil {
		return nil, err
	}
	var files []string
	if s.Manifest.Paths == "" && !strings.HasPrefix(strings.TrimSpace(string(a.body)), "[") {
		files = strings.Split(string(a.body), "\n")
	} else {
		value, err := parseJSON(a.body)
		if err != nil {
			return nil, err
		}
		found, err := at(value, s.Manifest.Paths)
		if err != nil {
			return nil, fmt.Errorf("paths %q: %w", s.Manifest.Paths, err)
		}
		list, ok := found.([]any)
		if !ok {
			return nil, fmt.Errorf("paths %q: the answer has no list there", s.Manifest.Paths)
		}
		for _, item := range list {
			files = append(files, text(item))
		}
	}
	var names []string
	seen := map[string]bool{}
	for _, file := range files {
		name, ok := strings.CutSuffix(strings.TrimSpace(file), markdownExt)
		if ok && s.Valid(name) && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, nil
}

// Get asks for one file.
func (s *markdownSource) Get(ctx context.Context, name string) (*content.Document, error) {
	if !s.Valid(name) {
		return nil, content.ErrNoDocument
	}
	a, err := s.client.get(ctx, s.Base+escapePath(name)+markdownExt)
	if errors.Is(err, errAbsent) {
		return nil, content.ErrNoDocument
	}
	if err != nil {
		return nil, fmt.Errorf("sources.%s: %w", s.Name, err)
	}
	var faults diagnostic.List
	doc := content.ParseDocument(&s.Origin, name, a.body, fmt.Sprintf("sources.%s: %s", s.Name, name+markdownExt), &faults)
	if faults.Errors() > 0 {
		return nil, fmt.Errorf("%s", faults.Sorted()[0])
	}
	return doc, nil
}
