package asset

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/html"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/json"
	"github.com/tdewolff/minify/v2/svg"
	"github.com/tdewolff/minify/v2/xml"
	"github.com/tdewolff/parse/v2"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
)

// minifier knows the types that can be minified.
func minifier() *minify.M {
	m := minify.New()
	m.AddFunc("text/css", css.Minify)
	m.AddFunc("text/html", html.Minify)
	m.AddFunc("text/javascript", js.Minify)
	m.AddFunc("image/svg+xml", svg.Minify)
	m.AddFunc("application/json", json.Minify)
	m.AddFunc("application/manifest+json", json.Minify)
	m.AddFunc("application/xml", xml.Minify)
	return m
}

// minified leaves out of a file what has no meaning.
func minified(asset *render.Asset, content []byte) (*result, error) {
	var b bytes.Buffer
	err := minifier().Minify(asset.MediaType, &b, bytes.NewReader(content))
	fault := &render.Error{File: sourceOf(asset)}
	if syntax := (*parse.Error)(nil); errors.As(err, &syntax) {
		fault.Line, fault.Column, fault.Message = syntax.Line, syntax.Column, syntax.Message
		fault.Excerpt = diagnostic.Excerpt(content, syntax.Line)
		fault.Advice = "correct it, so that it can be minified"
		return nil, fault
	}
	if errors.Is(err, minify.ErrNotExist) {
		fault.Message = asset.MediaType + " cannot be minified"
		fault.Advice = "minify CSS, JavaScript, JSON, HTML, SVG and XML only; TypeScript and Sass after js.Build and css.Sass"
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	smaller := *asset
	smaller.Integrity = ""
	extension := path.Ext(asset.Path)
	if base := strings.TrimSuffix(asset.Path, extension); !strings.HasSuffix(base, ".min") {
		smaller.Path = base + ".min" + extension
	}
	return &result{asset: &smaller, content: b.Bytes()}, nil
}

// sourceOf is the file that faults of an asset are in: the one that it was read from, else its path.
func sourceOf(asset *render.Asset) string {
	if len(asset.Reads) == 1 {
		return asset.Reads[0]
	}
	return asset.Path
}
