package images

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"

	webpencoder "github.com/gen2brain/webp"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Header is what an image says of itself before it is decoded.
type Header struct {
	Kind          string // the content type
	Width, Height int    // as it is shown, when it is turned as its EXIF data say
	Animated      bool
}

// stills are further formats that [Decode] reads. [Optimizer.Optimize] passes them on as they are.
var stills = map[string]struct {
	size   func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}{
	"image/gif":  {reading(gif.DecodeConfig), reading(gif.Decode)},
	"image/bmp":  {reading(bmp.DecodeConfig), reading(bmp.Decode)},
	"image/tiff": {reading(tiff.DecodeConfig), reading(tiff.Decode)},
}

// kindOf is detect for whoever works on an image that is his own.
func kindOf(source []byte) string {
	if bytes.HasPrefix(source, []byte("II*\x00")) || bytes.HasPrefix(source, []byte("MM\x00*")) {
		return "image/tiff"
	}
	return detect(source)
}

// ReadHeader reads the first bytes of an image. What is none, or of a format that is not decoded, is [ErrNotImage].
func ReadHeader(source []byte) (*Header, error) {
	kind := kindOf(source)
	format, ok := formats[kind]
	if !ok {
		if format, ok = stills[kind]; !ok {
			return nil, fmt.Errorf("%w: it begins like %s", ErrNotImage, http.DetectContentType(source))
		}
	}
	size, err := format.size(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotImage, err)
	}
	h := &Header{Kind: kind, Width: size.Width, Height: size.Height, Animated: isAnimated(kind, source)}
	if kind == "image/gif" {
		h.Animated = bytes.Count(source, []byte("\x00\x21\xf9\x04")) > 1
	}
	if onSide(orientation(kind, source)) {
		h.Width, h.Height = h.Height, h.Width
	}
	return h, nil
}

// Decode decodes an image, and turns it the way its EXIF data say. Whoever calls it knows from [ReadHeader] that there is room for it.
func Decode(source []byte) (image.Image, error) {
	kind := kindOf(source)
	format, ok := formats[kind]
	if !ok {
		if format, ok = stills[kind]; !ok {
			return nil, ErrNotImage
		}
	}
	decoded, err := format.decode(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotImage, err)
	}
	return turn(decoded, orientation(kind, source)), nil
}

// Encode writes an image as JPEG, PNG, GIF or WebP. The quality is from 1 to 100, and counts for JPEG and WebP.
func Encode(img image.Image, kind string, quality int) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch kind {
	case webP:
		err = webpencoder.Encode(&b, img, webpencoder.Options{Quality: quality, Method: webpencoder.DefaultMethod})
	case "image/png":
		err = png.Encode(&b, img)
	case "image/gif":
		err = gif.Encode(&b, img, nil)
	case "image/jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	default:
		err = fmt.Errorf("%s is not written: only jpeg, png, gif and webp", kind)
	}
	return b.Bytes(), err
}
