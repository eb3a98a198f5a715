package generator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
)

// cacheDir keeps answers of sources between builds, below the site.
const cacheDir = ".isrgen/cache"

// client makes the requests to one source while the site is built.
func (b *build) client(name string, access source.Access, hosts []string) *source.Client {
	return source.NewClient(access, source.ClientOptions{
		Cache: source.NewCache(filepath.Join(b.Source, filepath.FromSlash(cacheDir), name)),
		Hosts: hosts,
		Warn: func(message string) {
			b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: site.ConfigFile, Message: message})
		},
	})
}

// answers are the documents of the sources on the network.
type answers struct {
	listed map[string][]*content.Document // by source: all that it lists, settled
	whole  map[string]*content.Document   // by path: those that the build renders
}

// askSources adds the documents of the sources on the network to those of the content directory, and asks for them unless that
// has been done.
func (b *build) askSources(ctx context.Context, tree *content.Tree) error {
	if b.answers == nil {
		asked := &answers{map[string][]*content.Document{}, map[string]*content.Document{}}
		for _, s := range b.sources.Sources {
			if err := b.askSource(ctx, s, asked); err != nil {
				return err
			}
		}
		b.answers = asked
	}
	for _, s := range b.sources.Sources {
		tree.Add(&s.Origin, b.answers.listed[s.Name])
	}
	return nil
}

func (b *build) askSource(ctx context.Context, s *source.Settings, into *answers) error {
	asked := source.New(s, b.client(s.Name, s.Access, nil))
	docs, err := asked.List(ctx)
	if err != nil {
		return err
	}
	docs = b.withoutDrafts(docs)
	lines, err := b.lines(s.Prerender.File)
	if err != nil {
		return err
	}
	whole, err := b.askDocuments(ctx, s, asked, s.Prerender.Choose(b.current(docs), &s.Origin, lines))
	if err != nil {
		return err
	}
	into.listed[s.Name] = b.settle(docs, whole, into.whole)
	return nil
}

func (b *build) withoutDrafts(docs []*content.Document) []*content.Document {
	return slices.DeleteFunc(docs, func(doc *content.Document) bool { return doc.Draft && !b.Drafts })
}

// current are the documents whose time it is. The build renders no others.
func (b *build) current(docs []*content.Document) []*content.Document {
	selection := b.selection()
	return slices.DeleteFunc(slices.Clone(docs), func(doc *content.Document) bool { return !selection.Holds(doc) })
}

// lines reads the file that names the documents to render.
func (b *build) lines(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	text, ok := readText(b.fsys, filepath.ToSlash(filepath.Clean(file)), &b.diags)
	if !ok {
		return nil, nil
	}
	return strings.Split(text, "\n"), nil
}

// askDocuments asks for the documents that the build renders, by name. Where that may take a limited time, those that come later
// are left out.
func (b *build) askDocuments(ctx context.Context, s *source.Settings, asked content.Source, chosen []*content.Document) (map[string]*content.Document, error) {
	whole := map[string]*content.Document{}
	var end time.Time
	if s.Prerender.Budget > 0 {
		end = time.Now().Add(s.Prerender.Budget)
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.Access.Concurrency)
	for _, listed := range chosen {
		group.Go(func() error {
			if ctx.Err() != nil || !end.IsZero() && time.Now().After(end) {
				return ctx.Err()
			}
			doc := listed
			if !s.ListsTexts() && !b.listing {
				var err error
				doc, err = asked.Get(ctx, listed.Name)
				if errors.Is(err, content.ErrNoDocument) {
					return fmt.Errorf("sources.%s: the list holds %s, and there is no such item: build again", s.Name, listed.Name)
				}
				if err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			whole[doc.Name] = doc
			return nil
		})
	}
	return whole, group.Wait()
}

// settle says of each document of a source whether it is deferred, and keeps those that are not, by path.
func (b *build) settle(docs []*content.Document, whole, kept map[string]*content.Document) []*content.Document {
	settled := make([]*content.Document, 0, len(docs))
	for _, doc := range docs {
		rendered := whole[doc.Name]
		if rendered != nil && rendered.Draft && !b.Drafts {
			continue
		}
		copied := *doc
		if copied.ISR.Defer == nil {
			copied.ISR.Defer = new(rendered == nil)
		}
		settled = append(settled, &copied)
		if rendered != nil {
			kept[doc.Path] = rendered
		}
	}
	return settled
}

// renew makes the pages of sources that the build renders as a function would make them: of the documents themselves, and not of
// what the list says of them.
func (b *build) renew() error {
	b.renewed = map[*site.Page]*site.Page{}
	for _, page := range b.site.Pages {
		if page.Origin == "" || page.Policy.Keeping == site.Deferred {
			continue
		}
		o := b.site.Origins[page.Origin]
		name, _ := o.NameAt(page.Path)
		doc := b.answers.whole[strings.Trim(o.Dir()+name, "/")+".md"]
		if doc == nil {
			continue
		}
		renewed, err := b.site.Renew(doc, page)
		if err != nil {
			return err
		}
		if renewed == nil {
			continue
		}
		b.renewed[page] = renewed
		if page.Policy.Keeping == site.ISR && !renewed.Holds(b.Clock) { // as its list did not say
			page.Policy.Fallback = content.FallbackBlocking
		}
	}
	return nil
}

// whole is what is rendered of a page.
func (b *build) whole(page *site.Page) *site.Page {
	if renewed := b.renewed[page]; renewed != nil {
		return renewed
	}
	return page
}
