package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// feedSource is an RSS or Atom feed. Its entries are HTML.
type feedSource struct {
	*Settings
	client *Client
}

// List asks for the feed.
func (s *feedSource) List(ctx context.Context) ([]*content.Document, error) {
	a, err := s.client.get(ctx, s.URL)
	if err != nil {
		return nil, fmt.Errorf("sources.%s: %w", s.Name, err)
	}
	entries, err := readFeed(a.body)
	if err != nil {
		return nil, fmt.Errorf("sources.%s: the answer is %w", s.Name, err)
	}
	var docs []*content.Document
	seen := map[string]bool{}
	for _, e := range entries {
		name := nameOf(e)
		if !s.Valid(name) || seen[name] {
			continue
		}
		seen[name] = true
		doc, err := s.document(name, e)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// Get asks for the feed, which has no address for one of its entries.
func (s *feedSource) Get(ctx context.Context, name string) (*content.Document, error) {
	docs, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if doc.Name == name {
			return doc, nil
		}
	}
	return nil, content.ErrNoDocument
}

// nameOf is the last part of an entry's address, without an extension, or else of its identifier.
func nameOf(e entry) string {
	address := cmp.Or(e.link, e.id)
	if u, err := url.Parse(address); err == nil {
		address = u.Path
	}
	name := path.Base(strings.TrimSuffix(address, "/"))
	return strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
}

func (s *feedSource) document(name string, e entry) (*content.Document, error) {
	params := map[string]any{"link": e.link}
	values := map[string]any{"title": e.title, "params": params}
	if !e.published.IsZero() {
		values["date"] = e.published.Format(time.RFC3339)
	}
	if !e.updated.IsZero() {
		values["lastmod"] = e.updated.Format(time.RFC3339)
	}
	if e.author != "" {
		params["author"] = e.author
	}
	if len(e.categories) > 0 && len(s.Taxonomies) > 0 {
		categories := make([]any, len(e.categories))
		for i, category := range e.categories {
			categories[i] = category
		}
		values[s.Taxonomies[0]] = categories
	}
	var faults diagnostic.List
	doc := content.NewDocument(&s.Origin, name, values, fmt.Sprintf("sources.%s: %s", s.Name, name), &faults)
	if faults.Errors() > 0 {
		return nil, errors.New(faults.Sorted()[0].String())
	}
	doc.SetText(s.clean([]byte(e.text), content.HTML), content.HTML)
	return doc, nil
}
