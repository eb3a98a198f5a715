package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// image does something with an image. What the words of a specification mean is known where it is done.
func (r *Resource) image(action string, options any) (*Resource, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	return r.set.derive(Operation{Kind: OpImage, Name: action, Options: string(text)}, r)
}

// Resize scales an image to a size such as "600x", "x400" or "600x400", perhaps with a format, a quality and more behind it.
func (r *Resource) Resize(words string) (*Resource, error) { return r.image("resize", words) }

// Fit scales an image down until it fits into a size.
func (r *Resource) Fit(words string) (*Resource, error) { return r.image("fit", words) }

// Fill scales and crops an image so that it has a size.
func (r *Resource) Fill(words string) (*Resource, error) { return r.image("fill", words) }

// Crop cuts a size out of an image.
func (r *Resource) Crop(words string) (*Resource, error) { return r.image("crop", words) }

// Process does what the first word says: resize, fit, fill or crop; without such a word it changes the format.
func (r *Resource) Process(words string) (*Resource, error) { return r.image("process", words) }

// Filter applies filters to an image, one after the other.
func (r *Resource) Filter(filters ...any) (*Resource, error) {
	var all []ImageFilter
	for _, given := range filters {
		switch v := given.(type) {
		case ImageFilter:
			all = append(all, v)
		case []any:
			for _, item := range v {
				filter, ok := item.(ImageFilter)
				if !ok {
					return nil, fmt.Errorf("Filter takes filters such as images.Grayscale, not %T", item)
				}
				all = append(all, filter)
			}
		default:
			return nil, fmt.Errorf("Filter takes filters such as images.Grayscale, not %T", given)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("Filter takes filters such as images.Grayscale")
	}
	return r.image("filter", all)
}

// Width is that of an image.
func (r *Resource) Width() (int, error) {
	width, _, err := r.size()
	return width, err
}

// Height is that of an image.
func (r *Resource) Height() (int, error) {
	_, height, err := r.size()
	return height, err
}

func (r *Resource) size() (width, height int, err error) {
	if err := r.settle(); err != nil {
		return 0, 0, err
	}
	if r.asset.Width == 0 {
		return 0, 0, fmt.Errorf("%s is no image whose size is known", r.Name)
	}
	return r.asset.Width, r.asset.Height, nil
}

// Exif are the EXIF data of a photograph.
type Exif struct {
	Date      time.Time // when it was taken, as if in UTC; zero if it does not say so
	Lat, Long float64   // where, in degrees; both 0 if it does not say so
	Tags      map[string]any
}

// Exif are the EXIF data of an image, nil for one that has none.
func (r *Resource) Exif() (*Exif, error) {
	read, err := r.set.derive(Operation{Kind: OpExif}, r)
	if err != nil {
		return nil, err
	}
	text, err := read.bytes()
	if err != nil {
		return nil, err
	}
	exif := &Exif{}
	if err := json.Unmarshal(text, exif); err != nil || len(exif.Tags) == 0 {
		return nil, err
	}
	return exif, nil
}

// ImageFilter is something that is done with the colours of an image.
type ImageFilter struct {
	Name string
	Args []float64 `json:",omitempty"`
}

// imagesNamespace makes filters, and addresses of the platform's image service.
type imagesNamespace struct{ t *templates }

// Grayscale takes the colours away.
func (imagesNamespace) Grayscale() ImageFilter { return ImageFilter{Name: "grayscale"} }

// Invert turns the colours round.
func (imagesNamespace) Invert() ImageFilter { return ImageFilter{Name: "invert"} }

// Brightness makes an image darker or lighter, from -100 to 100.
func (imagesNamespace) Brightness(percent any) (ImageFilter, error) {
	return filterOf("brightness", -100, 100, percent)
}

// Contrast makes less or more of the differences, from -100 to 100.
func (imagesNamespace) Contrast(percent any) (ImageFilter, error) {
	return filterOf("contrast", -100, 100, percent)
}

// Gamma makes an image darker (below 1) or lighter.
func (imagesNamespace) Gamma(gamma any) (ImageFilter, error) {
	return filterOf("gamma", 0.01, 10, gamma)
}

// GaussianBlur blurs an image.
func (imagesNamespace) GaussianBlur(sigma any) (ImageFilter, error) {
	return filterOf("blur", 0.1, 100, sigma)
}

func filterOf(name string, least, most float64, arg any) (ImageFilter, error) {
	n, err := castNamespace{}.ToFloat(arg)
	if err != nil {
		return ImageFilter{}, err
	}
	if n < least || n > most {
		return ImageFilter{}, fmt.Errorf("images: %s must be from %v to %v, not %v", name, least, most, n)
	}
	return ImageFilter{name, []float64{n}}, nil
}

// defaultQuality is that of the platform's own components.
const defaultQuality = 75

// Optimized is the address at which the platform scales an image when somebody asks for it. It takes the image, a resource or an address,
// one of the widths in `images.sizes`, and perhaps a quality.
func (n imagesNamespace) Optimized(image any, width int, quality ...int) (string, error) {
	address := toString(image)
	if r, ok := image.(*Resource); ok {
		var err error
		if r == nil {
			return "", errors.New("images.Optimized: there is no such resource")
		}
		if address, err = r.RelPermalink(); err != nil {
			return "", err
		}
	}
	config := n.t.site.Config()
	if len(config.ImageSizes) == 0 {
		return "", errors.New("images.Optimized: the site has no `images` in isrgen.yaml, so that the platform would refuse the address")
	}
	if !slices.Contains(config.ImageSizes, width) {
		return "", fmt.Errorf("images.Optimized: %d is not among the `images.sizes` of isrgen.yaml, %v", width, config.ImageSizes)
	}
	q := defaultQuality
	if len(quality) > 0 {
		q = quality[0]
	} else if len(config.ImageQualities) > 0 && !slices.Contains(config.ImageQualities, q) {
		q = config.ImageQualities[0]
	}
	if q < 1 || q > 100 || len(config.ImageQualities) > 0 && !slices.Contains(config.ImageQualities, q) {
		return "", fmt.Errorf("images.Optimized: the quality %d is not among the `images.qualities` of isrgen.yaml, %v", q, config.ImageQualities)
	}
	return "/_vercel/image?url=" + url.QueryEscape(address) + "&w=" + strconv.Itoa(width) + "&q=" + strconv.Itoa(q), nil
}

// Optimized is images.Optimized of the resource.
func (r *Resource) Optimized(width int, quality ...int) (string, error) {
	return imagesNamespace{r.set}.Optimized(r, width, quality...)
}
