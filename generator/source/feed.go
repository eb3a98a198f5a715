package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/mmcdole/gofeed"

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
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(a.body))
	if err != nil {
		return nil, fmt.Errorf("sources.%s: the answer is neither RSS nor Atom", s.Name)
	}
	var docs []*content.Document
	seen := map[string]bool{}
	for _, item := range feed.Items {
		name := nameOf(item)
		if !s.Valid(name) || seen[name] {
			continue
		}
		seen[name] = true
		doc, err := s.document(name, item)
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
func nameOf(item *gofeed.Item) string {
	address := cmp.Or(item.Link, item.GUID)
	if u, err := url.Parse(address); err == nil {
		address = u.Path
	}
	name := path.Base(strings.TrimSuffix(address, "/"))
	return strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
}

func (s *feedSource) document(name string, item *gofeed.Item) (*content.Document, error) {
	values := map[string]any{"title": item.Title, "params": map[string]any{"link": item.Link}}
	if item.PublishedParsed != nil {
		values["date"] = item.PublishedParsed.UTC().Format("2006-01-02T15:04:05Z07:00")
	}
	if item.UpdatedParsed != nil {
		values["lastmod"] = item.UpdatedParsed.UTC().Format("2006-01-02T15:04:05Z07:00")
	}
	if len(item.Authors) > 0 {
		values["params"].(map[string]any)["author"] = item.Authors[0].Name
	}
	if len(item.Categories) > 0 && len(s.Taxonomies) > 0 {
		categories := make([]any, len(item.Categories))
		for i, category := range item.Categories {
			categories[i] = category
		}
		values[s.Taxonomies[0]] = categories
	}
	var faults diagnostic.List
	doc := content.NewDocument(&s.Origin, name, values, fmt.Sprintf("sources.%s: %s", s.Name, name), &faults)
	if faults.Errors() > 0 {
		return nil, errors.New(faults.Sorted()[0].String())
	}
	doc.SetText(s.clean([]byte(cmp.Or(item.Content, item.Description)), content.HTML), content.HTML)
	return doc, nil
}
