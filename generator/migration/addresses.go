package migration

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/directory"
)

// Comparison says which addresses of the old site the new one has.
type Comparison struct {
	Found   int      `json:"found"`
	Missing []string `json:"missing"`
}

// Compare looks for addresses of the old site among those of the new one. A slash at the end makes no difference, since addresses
// in another form are redirected.
func Compare(old, addresses []string) *Comparison {
	there := map[string]bool{}
	for _, address := range addresses {
		there[plainAddress(address)] = true
	}
	c := &Comparison{Missing: []string{}}
	for _, address := range old {
		if there[plainAddress(address)] {
			c.Found++
		} else {
			c.Missing = append(c.Missing, address)
		}
	}
	return c
}

func plainAddress(address string) string {
	return strings.TrimSuffix(path.Clean("/"+strings.TrimSuffix(address, "index.html")), "/")
}

// Addresses reads the addresses of a site: from a sitemap, given as a file or by its address, or from the directory that the site was
// built to.
func Addresses(ctx context.Context, from string) ([]string, error) {
	if strings.HasPrefix(from, "https://") || strings.HasPrefix(from, "http://") {
		r := sitemapReader{ctx: ctx, client: &http.Client{Timeout: time.Minute}, found: map[string]bool{}}
		return r.addresses(from)
	}
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return built(from)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	r := sitemapReader{found: map[string]bool{}}
	if err := r.read(from, text); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(r.found)), nil
}

// built are the pages of a directory, which are its HTML files.
func built(dir string) ([]string, error) {
	root, err := directory.Open(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all []string
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		address := "/" + name
		if path.Base(name) == "index.html" {
			address = strings.TrimSuffix(address, "index.html")
		}
		all = append(all, address)
		return nil
	})
	slices.Sort(all)
	return all, err
}

// sitemapReader reads sitemaps and the indexes of several.
//
// Source: the protocol of sitemaps.org.
type sitemapReader struct {
	ctx    context.Context
	client *http.Client // nil if nothing is to be asked for
	found  map[string]bool
	asked  int
}

// Bounds of what is read. A sitemap may have 50 MB.
const (
	largestSitemap = 50 << 20
	mostSitemaps   = 1000
)

func (r *sitemapReader) addresses(address string) ([]string, error) {
	text, err := r.ask(address)
	if err == nil {
		err = r.read(address, text)
	}
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(r.found)), nil
}

func (r *sitemapReader) ask(address string) ([]byte, error) {
	if r.asked++; r.asked > mostSitemaps {
		return nil, fmt.Errorf("%s: there are more than %d sitemaps", address, mostSitemaps)
	}
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, largestSitemap+1))
	if err == nil && len(text) > largestSitemap {
		err = fmt.Errorf("%s: is larger than a sitemap may be", address)
	}
	return text, err
}

// read reads a sitemap, or those of an index.
func (r *sitemapReader) read(from string, text []byte) error {
	var document struct {
		XMLName xml.Name
		URLs    []string `xml:"url>loc"`
		Maps    []string `xml:"sitemap>loc"`
	}
	if err := xml.NewDecoder(bytes.NewReader(text)).Decode(&document); err != nil {
		return fmt.Errorf("%s: this is no sitemap: %w", from, err)
	}
	if name := document.XMLName.Local; name != "urlset" && name != "sitemapindex" {
		return fmt.Errorf("%s: this is no sitemap: it is a %s", from, name)
	}
	for _, address := range document.URLs {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		r.found["/"+strings.TrimPrefix(u.Path, "/")] = true
	}
	if len(document.Maps) > 0 && r.client == nil {
		return errors.New(from + ": this is an index of sitemaps: name one of them, or the address of the index")
	}
	for _, address := range document.Maps {
		address = strings.TrimSpace(address)
		if !sameHost(address, from) {
			return fmt.Errorf("%s: the sitemap %s is on another host, which is not asked", from, address)
		}
		below, err := r.ask(address)
		if err == nil {
			err = r.read(address, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	y, otherErr := url.Parse(b)
	return err == nil && otherErr == nil && x.Host == y.Host && x.Scheme == y.Scheme
}
