package images

import (
	"bytes"
	"encoding/xml"
	"image"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// reading lets a function that takes any reader take one of bytes.
func reading[T any](decode func(io.Reader) (T, error)) func(*bytes.Reader) (T, error) {
	return func(r *bytes.Reader) (T, error) { return decode(r) }
}

// isSVG reports whether the first element of a document is an svg.
func isSVG(source []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(source))
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return false
		}
		if element, ok := token.(xml.StartElement); ok {
			return element.Name.Local == "svg"
		}
	}
}

// upright is the EXIF orientation of an image that is to be shown as it is stored.
const upright = 1

// orientation gives the EXIF orientation of an image, 1 to 8.
//
// Source: the standard JEITA CP-3451, tag 0x0112.
func orientation(kind string, source []byte) int {
	format, ok := map[string]imagemeta.ImageFormat{
		"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, webP: imagemeta.WebP,
	}[kind]
	if !ok {
		return upright
	}
	found := upright
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(source),
		ImageFormat: format,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" && tag.Namespace == "IFD0"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, ok := tag.Value.(uint16); ok && n >= 1 && n <= 8 {
				found = int(n)
			}
			return nil
		},
	})
	if err != nil { // an image without metadata, or with broken ones, is shown as it is stored
		return upright
	}
	return found
}

// onSide reports whether an orientation exchanges width and height.
func onSide(orientation int) bool { return orientation >= 5 }

// scale makes an image as wide as is wanted once it is turned, unless it is narrower, and reports whether it did.
func scale(img image.Image, orientation, width int) (image.Image, bool) {
	size := img.Bounds().Size()
	shown := size.X
	if onSide(orientation) {
		shown = size.Y
	}
	if width >= shown {
		return img, false
	}
	to := image.Rect(0, 0, max(1, (size.X*width+shown/2)/shown), max(1, (size.Y*width+shown/2)/shown))
	scaled := image.NewNRGBA(to)
	draw.CatmullRom.Scale(scaled, to, img, img.Bounds(), draw.Src, nil)
	return scaled, true
}

// turn makes an image upright.
func turn(img image.Image, orientation int) image.Image {
	if orientation == upright {
		return img
	}
	from := img.Bounds()
	w, h := float64(from.Dx()), float64(from.Dy())
	size := from.Size()
	if onSide(orientation) {
		size.X, size.Y = size.Y, size.X
	}
	// From a pixel's place in the stored image to its place in the upright one.
	moves := map[int]f64.Aff3{
		2: {-1, 0, w, 0, 1, 0},
		3: {-1, 0, w, 0, -1, h},
		4: {1, 0, 0, 0, -1, h},
		5: {0, 1, 0, 1, 0, 0},
		6: {0, -1, h, 1, 0, 0},
		7: {0, -1, h, -1, 0, w},
		8: {0, 1, 0, -1, 0, w},
	}
	turned := image.NewNRGBA(image.Rectangle{Max: size})
	draw.NearestNeighbor.Transform(turned, moves[orientation], img, from, draw.Src, nil)
	return turned
}
