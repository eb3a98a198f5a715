package render

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

type urlsNamespace struct{ t *templates }

// RelURL makes an address of a path below the root. One with a host, or from the root, stays.
func (urlsNamespace) RelURL(path any) string { return relURL(toString(path)) }

func relURL(path string) string {
	if strings.Contains(path, "://") || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "mailto:") || strings.HasPrefix(path, "data:") {
		return path
	}
	return "/" + path
}

// AbsURL is RelURL with scheme and host where the site has a baseURL.
func (n urlsNamespace) AbsURL(path any) string {
	address := relURL(toString(path))
	if strings.HasPrefix(address, "//") || !strings.HasPrefix(address, "/") {
		return address
	}
	return n.t.site.Config().BaseURL + address
}

func (urlsNamespace) Anchorize(text any) string  { return anchorize(toString(text)) }
func (urlsNamespace) URLize(text any) string     { return site.Urlize(toString(text)) }
func (urlsNamespace) PathEscape(text any) string { return url.PathEscape(toString(text)) }

func (urlsNamespace) PathUnescape(text any) (string, error) { return url.PathUnescape(toString(text)) }

func (urlsNamespace) Parse(text any) (*url.URL, error) { return url.Parse(toString(text)) }

func (urlsNamespace) JoinPath(parts ...any) (string, error) {
	if len(parts) == 0 {
		return "", nil
	}
	var rest []string
	for _, part := range parts[1:] {
		rest = append(rest, toString(part))
	}
	return url.JoinPath(toString(parts[0]), rest...)
}

// Ref is the absolute address of a page, meant from another.
func (n urlsNamespace) Ref(from, args any) (string, error) {
	page, err := pageOf(from)
	if err != nil {
		return "", err
	}
	return page.Ref(args)
}

// RelRef is Ref without scheme and host.
func (n urlsNamespace) RelRef(from, args any) (string, error) {
	page, err := pageOf(from)
	if err != nil {
		return "", err
	}
	return page.RelRef(args)
}

func pageOf(value any) (*Page, error) {
	switch v := value.(type) {
	case *Page:
		if v != nil {
			return v, nil
		}
	case *Shortcode:
		return v.Page, nil
	}
	return nil, fmt.Errorf("want a page, not %T", value)
}
