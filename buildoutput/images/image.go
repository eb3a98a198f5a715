package images

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/webp"
)

const webP = "image/webp"

// ErrNotImage says that a source is not an image of a kind that may be served.
var ErrNotImage = errors.New("not an image that can be served")

// Image is an image to be sent.
type Image struct {
	ContentType string
	Body        []byte
}

// AcceptsWebP reports whether a visitor with an Accept header names WebP, which is all that the header decides about an image. It is
// not in what every browser accepts.
func AcceptsWebP(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		if kind, params, err := mime.ParseMediaType(part); err == nil && kind == webP {
			weight, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
			return err == nil && weight > 0
		}
	}
	return false
}

// Optimize scales and encodes the source of a request. Where the visitor accepts WebP and images.formats has it, it becomes WebP. A
// source of another kind than an image, or with more than [MaxSide] pixels on a side, is an error before it is
// decoded. Only so many pixels are decoded at once as the largest image has; others wait until ctx ends.
func (o *Optimizer) Optimize(ctx context.Context, source []byte, req *Request, acceptsWebP bool) (*Image, error) {
	kind := detect(source)
	original := &Image{kind, source}
	switch kind {
	case "":
		return nil, fmt.Errorf("the source is %w: it begins like %s", ErrNotImage, http.DetectContentType(source))
	case svg:
		if !o.config.DangerouslyAllowSVG {
			return nil, fmt.Errorf("the source is %w: it is SVG, which may hold scripts, and images.dangerouslyAllowSVG is not set", ErrNotImage)
		}
		return original, nil
	}
	format, ok := formats[kind]
	if !ok || isAnimated(kind, source) {
		return original, nil
	}
	size, err := format.size(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("the source is %w: %w", ErrNotImage, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > MaxSide || size.Height > MaxSide {
		return nil, fmt.Errorf("the source is %w: it has %d × %d pixels, and at most %d on a side are accepted", ErrNotImage, size.Width, size.Height, MaxSide)
	}
	pixels := int64(size.Width) * int64(size.Height)
	if err := o.pixels.Acquire(ctx, pixels); err != nil {
		return nil, err
	}
	defer o.pixels.Release(pixels)
	decoded, err := format.decode(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("the source is %w: %w", ErrNotImage, err)
	}
	turned := orientation(kind, source)
	scaled, smaller := scale(decoded, turned, req.Width)
	result, err := o.encode(kind, turn(scaled, turned), req.Quality, acceptsWebP)
	if err != nil {
		return nil, err
	}
	mayStay := kind != webP || acceptsWebP
	if !smaller && turned == upright && mayStay && len(result.Body) >= len(source) {
		return original, nil
	}
	return result, nil
}

const svg = "image/svg+xml"

// formats are those that are decoded.
var formats = map[string]struct {
	size   func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}{
	"image/jpeg": {reading(jpeg.DecodeConfig), reading(jpeg.Decode)},
	"image/png":  {reading(png.DecodeConfig), reading(png.Decode)},
	webP:         {reading(webp.DecodeConfig), reading(webp.Decode)},
}

// detect gives the content type of an image by its first bytes, whatever its sender called it, and "" for all else.
func detect(source []byte) string {
	if len(source) > 12 && string(source[4:8]) == "ftyp" {
		if brand := string(source[8:12]); brand == "avif" || brand == "avis" {
			return "image/avif"
		}
	}
	t, _, _ := strings.Cut(http.DetectContentType(source), ";")
	switch t {
	case "image/jpeg", "image/png", webP, "image/gif", "image/bmp", "image/x-icon":
		return t
	case "text/xml", "text/plain", "text/html": // by the comment or doctype that it begins with
		if isSVG(source) {
			return svg
		}
	}
	return ""
}

// isAnimated reports whether an image moves, which a decoder of single images would take from it.
func isAnimated(kind string, source []byte) bool {
	switch kind {
	case webP:
		return len(source) > 20 && string(source[12:16]) == "VP8X" && source[20]&2 != 0
	case "image/png": // its control chunk stands before the first pixels
		before, _, _ := bytes.Cut(source, []byte("IDAT"))
		return bytes.Contains(before, []byte("acTL"))
	}
	return false
}

// encode writes an image as WebP if it may be, else in the format it came in. What came as WebP becomes PNG if something shines through,
// else JPEG.
func (o *Optimizer) encode(kind string, img image.Image, quality int, acceptsWebP bool) (*Image, error) {
	if acceptsWebP && slices.Contains(o.config.Formats, webP) {
		kind = webP
	} else if kind == webP {
		kind = "image/jpeg"
		if opaque, ok := img.(interface{ Opaque() bool }); ok && !opaque.Opaque() {
			kind = "image/png"
		}
	}
	body, err := Encode(img, kind, quality)
	return &Image{kind, body}, err
}
