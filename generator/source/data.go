package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Reader reads data for templates. It asks for each address once: it is for one build, or for one render of a function. It may be
// used by several goroutines.
type Reader struct {
	hosts  []string
	client *Client

	mu    sync.Mutex
	asked map[string]func() (any, error)
}

// NewReader makes a reader. Requests are made through a client, which does not leave the allowed hosts.
func (d Data) NewReader(client *Client) *Reader {
	return &Reader{hosts: d.AllowedHosts, client: client, asked: map[string]func() (any, error){}}
}

// JSON returns what is at an address, decoded into the types of package strictyaml; nil where there is nothing.
func (r *Reader) JSON(ctx context.Context, address string) (any, error) {
	if err := r.check(address); err != nil {
		return nil, err
	}
	r.mu.Lock()
	ask := r.asked[address]
	if ask == nil {
		ask = sync.OnceValues(func() (any, error) {
			body, err := r.get(ctx, address)
			if err != nil || body == nil {
				return nil, err
			}
			return parseJSON(body)
		})
		r.asked[address] = ask
	}
	r.mu.Unlock()
	return ask()
}

// Bytes returns what is at an address, nil where there is nothing. It asks each time.
func (r *Reader) Bytes(ctx context.Context, address string) ([]byte, error) {
	if err := r.check(address); err != nil {
		return nil, err
	}
	return r.get(ctx, address)
}

func (r *Reader) get(ctx context.Context, address string) ([]byte, error) {
	a, err := r.client.get(ctx, address)
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append([]byte{}, a.body...), nil // and not nil
}

// check refuses what is no address, or on a host that is not allowed.
func (r *Reader) check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("%q is not a web address", address)
	}
	if !slices.Contains(r.hosts, u.Host) {
		return fmt.Errorf("the host %s is not allowed: add it to data.allowedHosts in isrgen.yaml", strings.ToValidUTF8(u.Host, ""))
	}
	return nil
}
