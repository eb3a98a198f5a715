package asset

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/images"
	"github.com/isrgen/isrgen/generator/render"
)

// remoteExtensions are those of files whose address has none.
var remoteExtensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
	"application/pdf": ".pdf", "text/html": ".html", "text/xml": ".xml", "text/plain": ".txt"}

// remote fetches what is at an address on the network. What is there may be another each time, so that it is asked for by each build, and
// kept for what is made of it alone.
func (s *Store) remote(op render.Operation) (*render.Asset, error) {
	content, err := s.options.Remote(s.options.Context, op.Name)
	if err != nil || content == nil {
		return &render.Asset{}, err
	}
	u, err := url.Parse(op.Name)
	if err != nil {
		return nil, err
	}
	base := path.Base(path.Join("/", u.Path))
	extension := strings.ToLower(path.Ext(base))
	base = strings.Trim(strings.TrimSuffix(base, path.Ext(base)), "/.")
	if render.MediaTypeOf("x"+extension) == "application/octet-stream" {
		kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
		extension = remoteExtensions[kind]
	}
	name := base + "_" + render.Sum([]byte(op.Name))[:imageDigits] + extension
	asset := &render.Asset{Path: strings.TrimPrefix(name, "_"), MediaType: render.MediaTypeOf(name), Sum: render.Sum(content)}
	if header, err := images.ReadHeader(content); err == nil {
		asset.Width, asset.Height = header.Width, header.Height
	}
	s.options.Cache.putBlob(asset.Sum, content)
	return asset, nil
}
