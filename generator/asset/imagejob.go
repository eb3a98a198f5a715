package asset

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/draw"

	"github.com/isrgen/isrgen/buildoutput/images"
)

// job is what is to be done with an image. Width and height are those of the result, before it is turned.
type job struct {
	action        string
	width, height int
	anchor        string // where to crop
	turn          int    // degrees, counter-clockwise: 0, 90, 180 or 270
	kind          string // of the result
	quality       int
	background    color.NRGBA
	scaler        draw.Scaler
}

var (
	imageSize    = regexp.MustCompile(`^(\d*)x(\d*)$`)
	imageNumber  = regexp.MustCompile(`^([qr])(\d+)$`)
	imageKinds   = map[string]string{"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
	imageActions = []string{"resize", "fit", "fill", "crop"}
	imageAnchors = map[string][2]int{"topleft": {0, 0}, "top": {1, 0}, "topright": {2, 0}, "left": {0, 1}, "center": {1, 1}, "right": {2, 1},
		"bottomleft": {0, 2}, "bottom": {1, 2}, "bottomright": {2, 2}}
	imageScalers = map[string]draw.Scaler{"box": kernel(0.5, func(float64) float64 { return 1 }), "linear": draw.BiLinear, "nearestneighbor": draw.NearestNeighbor,
		"catmullrom": draw.CatmullRom, "lanczos": kernel(3, lanczos)}
	imageHints = []string{"photo", "picture", "drawing", "icon", "text"}
)

func kernel(support float64, at func(float64) float64) draw.Scaler {
	return &draw.Kernel{Support: support, At: at}
}

func lanczos(t float64) float64 {
	if t == 0 {
		return 1
	}
	x := math.Pi * t
	return 3 * math.Sin(x) * math.Sin(x/3) / (x * x)
}

// smart is the anchor where there is most to see.
const smart = "smart"

// defaultImageQuality is Hugo's.
const defaultImageQuality = 75

// parseJob reads words such as "600x400 webp q80 Center", in any order.
func parseJob(action, words string, header *images.Header) (*job, error) {
	j := &job{action: action, anchor: smart, kind: header.Kind, quality: defaultImageQuality,
		background: color.NRGBA{255, 255, 255, 255}, scaler: imageScalers["box"]}
	if _, written := imageExtensions[j.kind]; !written {
		j.kind = "image/png"
	}
	for _, word := range strings.Fields(strings.ToLower(words)) {
		if j.action == "process" && slices.Contains(imageActions, word) {
			j.action = word
			continue
		}
		if err := j.word(word); err != nil {
			return nil, fmt.Errorf("%s %q: %w", action, words, err)
		}
	}
	if err := j.settle(header); err != nil {
		return nil, fmt.Errorf("%s %q: %w", action, words, err)
	}
	return j, nil
}

func (j *job) word(word string) error {
	if m := imageSize.FindStringSubmatch(word); m != nil {
		j.width, _ = strconv.Atoi(m[1])
		j.height, _ = strconv.Atoi(m[2])
		if j.width > mostSide || j.height > mostSide || len(m[1]) > 5 || len(m[2]) > 5 {
			return fmt.Errorf("%s is too large", word)
		}
		return nil
	}
	if m := imageNumber.FindStringSubmatch(word); m != nil {
		number, _ := strconv.Atoi(m[2])
		switch {
		case m[1] == "q" && number >= 1 && number <= 100:
			j.quality = number
		case m[1] == "r" && number%90 == 0:
			j.turn = number % 360
		default:
			return fmt.Errorf("%s cannot be: a quality is from q1 to q100, and a rotation r90, r180 or r270", word)
		}
		return nil
	}
	if kind, ok := imageKinds[word]; ok {
		j.kind = kind
		return nil
	}
	if scaler, ok := imageScalers[word]; ok {
		j.scaler = scaler
		return nil
	}
	if _, ok := imageAnchors[word]; ok || word == smart {
		j.anchor = word
		return nil
	}
	if digits, ok := strings.CutPrefix(word, "#"); ok {
		return j.colour(digits)
	}
	if slices.Contains(imageHints, word) {
		return fmt.Errorf("hints such as %s are not known: leave it out", word)
	}
	return fmt.Errorf("%s is not known: write a size such as 600x400, a format, q80, r90, Center, Lanczos or #ffffff", word)
}

// colour reads a colour such as fff or ffffff, for what shines through a JPEG.
func (j *job) colour(digits string) error {
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return fmt.Errorf("#%s is no colour", digits)
	}
	j.background = color.NRGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
	return nil
}

// settle fills in the size that was not said.
func (j *job) settle(header *images.Header) error {
	w, h := header.Width, header.Height
	if j.turn == 90 || j.turn == 270 {
		w, h = h, w
	}
	switch {
	case j.action == "process":
		if j.width+j.height > 0 {
			return fmt.Errorf("a size needs a word before it: resize, fit, fill or crop")
		}
		j.width, j.height = w, h
	case j.action == "resize":
		if j.width == 0 && j.height == 0 {
			return fmt.Errorf("it needs a size, such as 600x or x400")
		}
		if j.width == 0 {
			j.width = scaled(w, j.height, h)
		}
		if j.height == 0 {
			j.height = scaled(h, j.width, w)
		}
	case j.width == 0 || j.height == 0:
		return fmt.Errorf("it needs a width and a height, such as 600x400")
	case j.action == "fit":
		if w <= j.width && h <= j.height {
			j.width, j.height = w, h
		} else if w*j.height > h*j.width {
			j.height = scaled(h, j.width, w)
		} else {
			j.width = scaled(w, j.height, h)
		}
	case j.action == "crop":
		j.width, j.height = min(j.width, w), min(j.height, h)
	}
	return nil
}

// scaled is n·to/from, rounded, and at least 1.
func scaled(n, to, from int) int { return max(1, (n*to+from/2)/from) }

// do does the job.
func (j *job) do(img image.Image) image.Image {
	img = turned(img, j.turn)
	size := img.Bounds().Size()
	part := img.Bounds()
	switch j.action {
	case "crop":
		part = j.part(img, j.width, j.height)
	case "fill":
		w, h := size.X, scaled(size.X, j.height, j.width)
		if h > size.Y {
			w, h = scaled(size.Y, j.width, j.height), size.Y
		}
		part = j.part(img, min(w, size.X), min(h, size.Y))
	}
	to := image.Rect(0, 0, j.width, j.height)
	if part == img.Bounds() && part.Size() == to.Size() {
		return img
	}
	result := image.NewNRGBA(to)
	if part.Size() == to.Size() {
		draw.Draw(result, to, img, part.Min, draw.Src)
	} else {
		j.scaler.Scale(result, to, img, part, draw.Src, nil)
	}
	return result
}

// part is the part of an image with a size, by the anchor.
func (j *job) part(img image.Image, width, height int) image.Rectangle {
	b := img.Bounds()
	free := image.Point{b.Dx() - width, b.Dy() - height}
	if j.anchor == smart {
		return image.Rectangle{Max: image.Point{width, height}}.Add(b.Min).Add(busiest(img, width, height))
	}
	at := imageAnchors[j.anchor]
	from := b.Min.Add(image.Point{free.X * at[0] / 2, free.Y * at[1] / 2})
	return image.Rectangle{from, from.Add(image.Point{width, height})}
}
