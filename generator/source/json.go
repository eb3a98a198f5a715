package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// jsonSource is a headless CMS, or anything else that gives a list of items and one item as JSON.
type jsonSource struct {
	*Settings
	client *Client
}

// mostPages ends a list that does not end by itself.
const mostPages = 10_000

// List goes through all pages of the list.
func (s *jsonSource) List(ctx context.Context) ([]*content.Document, error) {
	if s.unlisted() {
		return nil, nil
	}
	var docs []*content.Document
	seen, asked := map[string]bool{}, map[string]bool{}
	next := s.first()
	for number := s.Settings.List.Start; next != ""; number++ {
		if asked[next] || len(asked) >= mostPages {
			return nil, fmt.Errorf("sources.%s: the list goes round in circles, or has more than %d pages", s.Name, mostPages)
		}
		asked[next] = true
		a, err := s.client.get(ctx, next)
		if err != nil {
			return nil, fmt.Errorf("sources.%s: the list: %w", s.Name, err)
		}
		value, items, err := s.items(a.body)
		if err != nil {
			return nil, fmt.Errorf("sources.%s: the list: %w", s.Name, err)
		}
		for _, item := range items {
			doc, err := s.document(item)
			if err != nil {
				return nil, err
			}
			if doc != nil && !seen[doc.Name] {
				seen[doc.Name] = true
				docs = append(docs, doc)
			}
		}
		if next, err = s.next(a, value, number, len(items)); err != nil {
			return nil, fmt.Errorf("sources.%s: the list: %w", s.Name, err)
		}
	}
	return docs, nil
}

// first is the address of the list's first page.
func (s *jsonSource) first() string {
	return strings.NewReplacer("{page}", strconv.Itoa(s.Settings.List.Start), "{cursor}", "").Replace(s.Settings.List.URL)
}

// items finds the items of one page of the list.
func (s *jsonSource) items(body []byte) (value any, items []any, err error) {
	if value, err = parseJSON(body); err != nil {
		return nil, nil, err
	}
	found, err := at(value, s.Settings.List.Items)
	if err != nil {
		return nil, nil, fmt.Errorf("items %q: %w", s.Settings.List.Items, err)
	}
	items, ok := found.([]any)
	if !ok {
		return nil, nil, fmt.Errorf("items %q: the answer has no list there", s.Settings.List.Items)
	}
	return value, items, nil
}

// next is the address of the page of the list after this one, empty after the last.
func (s *jsonSource) next(a *answer, value any, number, items int) (string, error) {
	list := s.Settings.List
	switch {
	case list.Link:
		return nextLink(a)
	case list.Next != "":
		found, err := at(value, list.Next)
		if err != nil && !errors.Is(err, errNoValue) {
			return "", err
		}
		cursor := text(found)
		if cursor == "" || cursor == "false" {
			return "", nil
		}
		if strings.Contains(list.URL, "{cursor}") {
			return strings.ReplaceAll(list.URL, "{cursor}", url.QueryEscape(cursor)), nil
		}
		return follow(a, cursor)
	case strings.Contains(list.URL, "{page}"):
		more := items > 0
		if list.Pages != "" {
			found, err := at(value, list.Pages)
			pages, isNumber := found.(int64)
			if err != nil || !isNumber {
				return "", fmt.Errorf("pages %q: the answer has no number there", list.Pages)
			}
			more = int64(number-list.Start+1) < pages
		}
		if more {
			return strings.ReplaceAll(list.URL, "{page}", strconv.Itoa(number+1)), nil
		}
	}
	return "", nil
}

var linkNext = regexp.MustCompile(`<([^>]*)>[^,]*;\s*rel="?next"?`)

func nextLink(a *answer) (string, error) {
	m := linkNext.FindStringSubmatch(a.link)
	if m == nil {
		return "", nil
	}
	return follow(a, m[1])
}

// follow resolves the address of the next page. It must be on the same host, since credentials go there.
func follow(a *answer, address string) (string, error) {
	u, err := a.url.Parse(address)
	if err != nil {
		return "", errors.New("the address of the next page is none")
	}
	if u.Scheme != a.url.Scheme || u.Host != a.url.Host {
		return "", errors.New("the address of the next page is on another host")
	}
	return u.String(), nil
}

// Get asks for one item.
func (s *jsonSource) Get(ctx context.Context, name string) (*content.Document, error) {
	doc, err := s.get(ctx, name)
	if errors.Is(err, errAbsent) {
		return nil, content.ErrNoDocument
	}
	if err != nil && !errors.Is(err, content.ErrNoDocument) {
		return nil, fmt.Errorf("sources.%s: %w", s.Name, err)
	}
	return doc, err
}

func (s *jsonSource) get(ctx context.Context, name string) (*content.Document, error) {
	if !s.Valid(name) {
		return nil, content.ErrNoDocument
	}
	a, err := s.client.get(ctx, s.itemURL(name))
	if err != nil {
		return nil, err
	}
	value, err := parseJSON(a.body)
	if err != nil {
		return nil, err
	}
	item, err := at(value, s.Item.Data)
	if err != nil {
		return nil, fmt.Errorf("data %q: %w", s.Item.Data, err)
	}
	if item == nil { // the source says so: null, or an empty list
		return nil, content.ErrNoDocument
	}
	doc, err := s.document(item)
	if err != nil {
		return nil, err
	}
	if doc == nil || doc.Name != name { // renamed, or found by something that is like the name
		return nil, content.ErrNoDocument
	}
	return doc, nil
}

// itemURL puts a name into the address of an item, escaped as the place wants it.
func (s *jsonSource) itemURL(name string) string {
	param, _ := s.Param()
	path, query, found := strings.Cut(s.Item.URL, "?")
	path = strings.ReplaceAll(path, "{"+param+"}", escapePath(name))
	if found {
		query = "?" + strings.ReplaceAll(query, "{"+param+"}", url.QueryEscape(name))
	}
	return path + query
}

func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// document makes a document of an item. It is nil where the item has no name that an address can have: there can be no page of it.
func (s *jsonSource) document(item any) (*content.Document, error) {
	found, err := at(item, s.Key)
	if err != nil {
		return nil, fmt.Errorf("sources.%s: an item has no key %q", s.Name, s.Key)
	}
	name := text(found)
	if !s.Valid(name) {
		return nil, nil
	}
	values := map[string]any{}
	for key, path := range s.Fields {
		value, err := at(item, path)
		if err != nil || value == nil || key == bodyField {
			continue // an item need not have everything
		}
		put(values, key, value)
	}
	var faults diagnostic.List
	doc := content.NewDocument(&s.Origin, name, values, fmt.Sprintf("sources.%s: %s", s.Name, name), &faults)
	if all := faults.Sorted(); len(all) > 0 {
		return nil, fmt.Errorf("%s", all[0])
	}
	body, _ := at(item, s.Fields[bodyField])
	if s.Fields[bodyField] != "" {
		doc.SetText(s.clean([]byte(text(body)), s.Format), s.Format)
	}
	return doc, nil
}

// bodyField is the key of Fields for the text.
const bodyField = "body"

// put stores a value under a key such as params.price.
func put(values map[string]any, key string, value any) {
	if inner, ok := strings.CutPrefix(key, "params."); ok {
		params, _ := values["params"].(map[string]any)
		if params == nil {
			params = map[string]any{}
			values["params"] = params
		}
		params[inner] = value
		return
	}
	values[key] = value
}
