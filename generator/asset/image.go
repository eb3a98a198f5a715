package asset

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"path"
	"strings"

	"golang.org/x/image/draw"

	"github.com/isrgen/isrgen/buildoutput/images"
	"github.com/isrgen/isrgen/generator/render"
)

// Bounds of an image that is decoded, and of all that are decoded at once: a camera's largest, and no bomb.
const (
	mostPixels = 120_000_000
	mostSide   = 30_000
)

// image scales, crops, filters or converts an image.
func (s *Store) image(op render.Operation, input *made, content []byte) (*result, error) {
	source := sourceOf(input.asset)
	header, err := images.ReadHeader(content)
	if err != nil {
		return nil, &render.Error{File: source, Message: "this cannot be worked on as an image: " + err.Error(), Advice: "use JPEG, PNG, WebP, GIF, BMP or TIFF"}
	}
	if header.Animated {
		return nil, &render.Error{File: source, Message: "this image moves, and would stand still afterwards", Advice: "publish it as it is, with .RelPermalink"}
	}
	if header.Width < 1 || header.Height < 1 || header.Width > mostSide || header.Height > mostSide || header.Width*header.Height > mostPixels {
		return nil, &render.Error{File: source, Advice: "make it smaller first",
			Message: fmt.Sprintf("this image has %d × %d pixels; at most %d megapixels are worked on", header.Width, header.Height, mostPixels/1_000_000)}
	}
	job, filters, err := imageJob(op, header)
	if err != nil {
		return nil, err
	}
	if job.width*job.height > mostPixels {
		return nil, fmt.Errorf("%s: the result would have %d × %d pixels", op.Name, job.width, job.height)
	}
	pixels := min(int64(header.Width)*int64(header.Height)+int64(job.width)*int64(job.height), mostPixels)
	if err := s.pixels.Acquire(s.options.Context, pixels); err != nil {
		return nil, err
	}
	defer s.pixels.Release(pixels)
	decoded, err := images.Decode(content)
	if err != nil {
		return nil, &render.Error{File: source, Message: "this image is damaged: " + err.Error(), Advice: "replace it"}
	}
	done := job.do(decoded)
	for _, filter := range filters {
		done = filtered(done, filter)
	}
	if job.kind == "image/jpeg" {
		done = onBackground(done, job.background)
	}
	encoded, err := images.Encode(done, job.kind, job.quality)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.Name, err)
	}
	size := done.Bounds().Size()
	return &result{content: encoded, asset: &render.Asset{Path: imagePath(op, input.asset, job.kind), MediaType: job.kind, Width: size.X, Height: size.Y}}, nil
}

// imageJob reads what an operation says.
func imageJob(op render.Operation, header *images.Header) (*job, []render.ImageFilter, error) {
	if op.Name == "filter" {
		var filters []render.ImageFilter
		if err := json.Unmarshal([]byte(op.Options), &filters); err != nil {
			return nil, nil, err
		}
		job, err := parseJob("process", "", header)
		return job, filters, err
	}
	var words string
	if err := json.Unmarshal([]byte(op.Options), &words); err != nil {
		return nil, nil, err
	}
	job, err := parseJob(op.Name, words, header)
	return job, nil, err
}

// imageExtensions are those of the formats that are written.
var imageExtensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}

// imagePath is where an image is published: beside the one that it is made of, with what tells it from others in its name.
func imagePath(op render.Operation, of *render.Asset, kind string) string {
	extension := path.Ext(of.Path)
	base := strings.TrimSuffix(of.Path, extension)
	if kind != of.MediaType {
		extension = imageExtensions[kind]
	}
	if i := strings.LastIndex(base, "_hu_"); i >= 0 && len(base) == i+4+imageDigits {
		base = base[:i]
	}
	return base + "_hu_" + render.Sum([]byte(of.Sum + "\n" + op.Name + "\n" + op.Options))[:imageDigits] + extension
}

const imageDigits = 16

// onBackground puts an image that something shines through on a colour.
func onBackground(img image.Image, background color.Color) image.Image {
	if opaque, ok := img.(interface{ Opaque() bool }); ok && opaque.Opaque() {
		return img
	}
	flat := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(flat, flat.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
	return flat
}
