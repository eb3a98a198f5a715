package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Keys of the records of a bundle. Pages and bodies are followed by a path, lists by their name.
const (
	keyConfig = "config"
	keyData   = "data"
	keyMenus  = "menus"
	keyPage   = "page:"
	keyBody   = "body:"
	keyList   = "list:"
	keyOrigin = "origins"
	keyPart   = "part" // says that the bundle has texts of some pages only
)

// recordWriter is what a bundle is written with. That it is an interface keeps the writer, and its compression, out of functions.
type recordWriter interface {
	Add(key string, value []byte) error
	Teach(samples [][]byte) error
}

// Pack adds to a bundle what a function needs to render any page of the site. Of a site that is divided the bundle has the texts of some
// pages only, those for which has is true; nil is for all.
func (s *Site) Pack(w recordWriter, has func(*Page) bool) error {
	data, err := s.Data()
	if err != nil {
		return err
	}
	menus, err := s.Menus()
	if err != nil {
		return err
	}
	if err := errors.Join(content.AddJSON(w, keyConfig, s.Config), content.AddJSON(w, keyData, data)); err != nil {
		return err
	}
	if len(menus) > 0 {
		if err := content.AddJSON(w, keyMenus, menus); err != nil {
			return err
		}
	}
	if len(s.Origins) > 0 {
		if err := content.AddJSON(w, keyOrigin, s.Origins); err != nil {
			return err
		}
	}
	if has != nil {
		if err := w.Add(keyPart, nil); err != nil {
			return err
		}
	}
	samples, err := s.samples()
	if err != nil {
		return err
	}
	if err := w.Teach(samples); err != nil {
		return err
	}
	for _, page := range s.Pages {
		if err := s.packPage(w, page, has); err != nil {
			return err
		}
	}
	for _, name := range s.Config.Lists() {
		if err := s.packList(w, name); err != nil {
			return err
		}
	}
	return nil
}

// mostSamples is how many pages are looked at for what records have in common.
const mostSamples = 32

// samples are some records as a bundle has them, from all over the site.
func (s *Site) samples() ([][]byte, error) {
	var samples [][]byte
	for i := 0; i < len(s.Pages); i += 1 + len(s.Pages)/mostSamples {
		record, err := json.Marshal(s.Pages[i])
		if err != nil {
			return nil, err
		}
		body, err := s.Body(s.Pages[i])
		if err != nil {
			return nil, err
		}
		samples = append(samples, record, body)
	}
	return samples, nil
}

func (s *Site) packPage(w recordWriter, page *Page, has func(*Page) bool) error {
	if err := content.AddJSON(w, keyPage+page.Path, page); err != nil {
		return err
	}
	if err := s.packBody(w, page, has); err != nil {
		return err
	}
	if s.Relates && page.isRegular() {
		if err := s.packList(w, ListRelated+page.Path); err != nil {
			return err
		}
	}
	return errors.Join(s.packList(w, ListPages+page.Path), s.packList(w, ListRecursive+page.Path),
		s.packList(w, ListResources+page.Path), s.packList(w, ListSitemap+page.Path), s.packList(w, ListLogical+page.Language+strings.ToLower(page.Logical())))
}

// packBody adds the text of a page, if it has one. In a part, what has no record is in another part.
func (s *Site) packBody(w recordWriter, page *Page, has func(*Page) bool) error {
	if has != nil && page.Size() > 0 && !has(page) {
		return nil
	}
	body, err := s.Body(page)
	if err != nil || len(body) == 0 && has == nil {
		return err
	}
	return w.Add(keyBody+page.Path, body)
}

func (s *Site) packList(w recordWriter, name string) error {
	list, err := s.List(name)
	if err != nil || len(list) == 0 {
		return err
	}
	var record bytes.Buffer
	for i, entry := range list {
		if i > 0 {
			record.WriteByte('\n')
		}
		record.WriteString(entry.Path)
		if entry.plain() {
			continue
		}
		more, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		record.WriteByte('\t') // which no path holds
		record.Write(more)
	}
	return w.Add(keyList+name, record.Bytes())
}

// Open returns the site that a bundle holds. It reads nothing that grows with the number of pages. What the bundle has no texts of may be
// in others.
func Open(bundle *content.Bundle, others ...*content.Bundle) (*Site, error) {
	config := &Config{}
	if err := bundle.GetJSON(keyConfig, config); err != nil {
		return nil, err
	}
	config.Params = strictyaml.RestoreMap(config.Params)
	for i := range config.Languages {
		config.Languages[i].Params = strictyaml.RestoreMap(config.Languages[i].Params)
	}
	var origins map[string]*Origin
	if err := bundle.GetJSON(keyOrigin, &origins); err != nil && !errors.Is(err, content.ErrNoRecord) {
		return nil, err
	}
	for _, origin := range origins {
		origin.Params = strictyaml.RestoreMap(origin.Params)
	}
	return &Site{
		Config:  config,
		Origins: origins,
		Library: packed{bundle, others, &atomic.Pointer[Page]{}},
		Data: sync.OnceValues(func() (map[string]any, error) {
			var data map[string]any
			err := bundle.GetJSON(keyData, &data)
			return strictyaml.RestoreMap(data), err
		}),
		Menus: sync.OnceValues(func() (Menus, error) { return openMenus(bundle) }),
	}, nil
}

func openMenus(bundle *content.Bundle) (Menus, error) {
	var menus Menus
	err := bundle.GetJSON(keyMenus, &menus)
	if errors.Is(err, content.ErrNoRecord) {
		return nil, nil
	}
	for _, entries := range menus {
		for i := range entries {
			entries[i].Params = strictyaml.RestoreMap(entries[i].Params)
		}
	}
	return menus, err
}

// packed is the library of a function.
type packed struct {
	bundle *content.Bundle
	others []*content.Bundle

	// last is the page that was read last: who asks when a page is there mostly asks for the page then.
	last *atomic.Pointer[Page]
}

func (p packed) Page(path string) (*Page, error) {
	if page := p.last.Load(); page != nil && page.Path == path {
		return page, nil
	}
	page := &Page{}
	err := p.bundle.GetJSON(keyPage+path, page)
	if errors.Is(err, content.ErrNoRecord) {
		return nil, ErrNotFound
	}
	page.Date, page.Lastmod = strictyaml.FixedZone(page.Date), strictyaml.FixedZone(page.Lastmod)
	page.PublishDate, page.ExpiryDate = strictyaml.FixedZone(page.PublishDate), strictyaml.FixedZone(page.ExpiryDate)
	page.Params = strictyaml.RestoreMap(page.Params)
	for i := range page.Resources {
		page.Resources[i].Params = strictyaml.RestoreMap(page.Resources[i].Params)
	}
	if page.Commit != nil {
		page.Commit.AuthorDate, page.Commit.CommitDate = strictyaml.FixedZone(page.Commit.AuthorDate), strictyaml.FixedZone(page.Commit.CommitDate)
	}
	if err == nil {
		p.last.Store(page)
	}
	return page, err
}

func (p packed) Window(path string) (Window, error) {
	page, err := p.Page(path)
	if err != nil {
		return Window{}, err
	}
	return page.Window, nil
}

func (p packed) List(name string) ([]Entry, error) {
	record, err := p.bundle.Get(keyList + name)
	if err != nil {
		if errors.Is(err, content.ErrNoRecord) {
			return nil, nil
		}
		return nil, err
	}
	list := make([]Entry, 0, 1+bytes.Count(record, []byte("\n")))
	for line := range strings.SplitSeq(string(record), "\n") {
		path, more, found := strings.Cut(line, "\t")
		entry := Entry{Path: path}
		if found {
			if err := json.Unmarshal([]byte(more), &entry); err != nil {
				return nil, fmt.Errorf("%s%s: %w", keyList, name, err)
			}
		}
		list = append(list, entry)
	}
	return list, nil
}

func (p packed) Body(page *Page) ([]byte, error) {
	if page.body.Origin != "" { // it was just asked for
		return page.body.Text, nil
	}
	body, err := p.bundle.Get(keyBody + page.Path)
	for _, other := range p.others {
		if !errors.Is(err, content.ErrNoRecord) {
			break
		}
		body, err = other.Get(keyBody + page.Path)
	}
	if !errors.Is(err, content.ErrNoRecord) {
		return body, err
	}
	switch _, err := p.bundle.Get(keyPart); {
	case err == nil:
		return nil, fmt.Errorf("the text of %s is in another function: the build did not see that a page of this one shows it", page.Path)
	case errors.Is(err, content.ErrNoRecord):
		return nil, nil
	default:
		return nil, err
	}
}
