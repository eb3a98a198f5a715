//go:build offline

package main

import (
	"context"
	"errors"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// network is nothing: this program is for sites that ask nobody.
type network struct{}

func connect(_ *content.Bundle, s *site.Site) (network, error) {
	if len(s.Origins) > 0 {
		return network{}, errors.New("this program cannot ask sources, and the site has some")
	}
	return network{}, nil
}

func (network) reader() func(ctx context.Context, address string) (any, error) { return nil }

func (*handler) webhook(context.Context, *request) (response, bool) { return response{}, false }
