//go:build !offline

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/generator/webhook"
)

// network is what a function asks for content and data, and what asks it to regenerate pages. A program made with the tag offline, for sites that have neither, is a
// third smaller without it.
type network struct {
	data   source.Data
	client *source.Client // for data
	hooks  []*webhook.Hook
}

// connect gives a site the sources that its bundle names.
func connect(bundle *content.Bundle, s *site.Site) (network, error) {
	sources, err := source.Open(bundle)
	if err != nil {
		return network{}, err
	}
	s.Sources = map[string]content.Source{}
	for _, settings := range sources.Sources {
		s.Sources[settings.Name] = source.New(settings, client(settings.Access, nil))
	}
	hooks, err := webhook.Open(bundle)
	if err != nil {
		return network{}, err
	}
	return network{data: sources.Data, client: client(sources.Data.Access, sources.Data.AllowedHosts), hooks: hooks.Hooks}, nil
}

// client asks a source for what it holds now: a page that was regenerated from what a cache held would be as old as the one before.
func client(access source.Access, hosts []string) *source.Client {
	return source.NewClient(access, source.ClientOptions{Fresh: true, Hosts: hosts, Warn: func(message string) {
		fmt.Fprintln(os.Stderr, "isrgen: warning:", message)
	}})
}

// reader reads data for the templates of one page.
func (n network) reader() func(ctx context.Context, address string) (any, error) {
	return n.data.NewReader(n.client).JSON
}
