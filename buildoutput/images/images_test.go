package images

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

func newOptimizer(t testing.TB, config *buildoutput.Images) *Optimizer {
	t.Helper()
	o, problems := New(config)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return o
}

func TestParse(t *testing.T) {
	none, some := "", "?v=1"
	o := newOptimizer(t, &buildoutput.Images{
		Sizes:     []int{16, 640},
		Qualities: []int{50, 75},
		Domains:   []string{"Img.example.com"},
		RemotePatterns: []buildoutput.ImagePattern{
			{Protocol: "https", Hostname: `^(?:^(?:(?!\.)[^/]*?)\.cdn\.example)$`, Port: "", Pathname: `^/pictures/.*$`},
			{Protocol: "http:", Hostname: "ports.example", Port: "8080", Search: &some},
		},
		LocalPatterns: []buildoutput.ImagePattern{{Pathname: `^/assets/.*$`, Search: &none}, {Pathname: `^/versioned/.*$`, Search: &some}},
	})
	for _, test := range []struct{ query, want string }{
		{"url=/assets/a.png&w=640&q=75", "/assets/a.png 640 75"},
		{"url=/assets/a%20b.png&w=16&q=50", "/assets/a%20b.png 16 50"},
		{"url=/assets/a.png%3Fv=1&w=640&q=75", "localPatterns"},
		{"url=/versioned/a.png%3Fv=1&w=640&q=75", "/versioned/a.png?v=1 640 75"},
		{"url=/ASSETS/a.png&w=640&q=75", "localPatterns"},
		{"url=/other/a.png&w=640&q=75", "localPatterns"},
		{"url=/assets/../other/a.png&w=640&q=75", "localPatterns"},
		{"url=/assets/%252e%252e/other/a.png&w=640&q=75", "localPatterns"},
		{"url=/matched&w=640&q=75", "localPatterns"},
		{"url=//img.example.com/a.png&w=640&q=75", "neither a path"},
		{"url=/%5Cimg.example.com/a.png&w=640&q=75", "neither a path"},
		{"url=a.png&w=640&q=75", "neither a path"},
		{"url=javascript:alert(1)&w=640&q=75", "neither a path"},
		{"url=file:///etc/passwd&w=640&q=75", "neither a path"},
		{"url=https://user@img.example.com/a.png&w=640&q=75", "neither a path"},
		{"url=https://img.example.com/a.png&w=640&q=75", "https://img.example.com/a.png 640 75"},
		{"url=https://img.example.com.evil/a.png&w=640&q=75", "images.domains"},
		{"url=https://a.cdn.example/pictures/a.png&w=640&q=75", "https://a.cdn.example/pictures/a.png 640 75"},
		{"url=http://a.cdn.example/pictures/a.png&w=640&q=75", "images.domains"},
		{"url=https://.cdn.example/pictures/a.png&w=640&q=75", "images.domains"},
		{"url=https://a.cdn.example/pictures/../a.png&w=640&q=75", "images.domains"},
		{"url=https://a.cdn.example/a.png&w=640&q=75", "images.domains"},
		{"url=http://ports.example:8080/a.png%3Fv=1&w=640&q=75", "http://ports.example:8080/a.png?v=1 640 75"},
		{"url=http://ports.example/a.png%3Fv=1&w=640&q=75", "images.domains"},
		{"url=http://ports.example:8080/a.png&w=640&q=75", "images.domains"},
		{"url=/assets/a.png&w=641&q=75", "w: 641 is not among images.sizes [16 640]"},
		{"url=/assets/a.png&w=0640&q=75", "w: \"0640\""},
		{"url=/assets/a.png&w=640&q=76", "q: 76 is not among"},
		{"url=/assets/a.png&w=640&q=0", "q: 0 is not between"},
		{"url=/assets/a.png&w=640", "q: wanted once"},
		{"url=/assets/a.png&q=75", "w: wanted once"},
		{"w=640&q=75", "url: wanted once"},
		{"url=/assets/a&url=/assets/b&w=640&q=75", "url: wanted once"},
		{"url=/assets/" + strings.Repeat("a", maxURL) + "&w=640&q=75", "url: "},
	} {
		query, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		req, err := o.Parse(query)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(req.URL, " ", req.Width, " ", req.Quality)
		}
		if !strings.HasPrefix(got, test.want) && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %s, want %s", test.query, got, test.want)
		}
	}
}

func TestProblems(t *testing.T) {
	_, problems := New(&buildoutput.Images{
		Formats:        []string{"image/avif", "image/webp"},
		RemotePatterns: []buildoutput.ImagePattern{{Hostname: "**.example.com"}, {Hostname: "a", Pathname: "("}},
	})
	text := fmt.Sprint(problems)
	for _, want := range []string{"images.remotePatterns[0].hostname", "images.remotePatterns[1].pathname", "images.formats[0]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// picture is an image whose four quarters are red, green, blue and white, from the top left on, with noise to make it large.
func picture(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := []color.NRGBA{{230, 20, 20, 255}, {20, 230, 20, 255}, {20, 20, 230, 255}, {230, 230, 230, 255}}[y*2/h*2+x*2/w]
			c.R += uint8((x*7 + y*13) % 20)
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asJPEG encodes an image, with an EXIF segment that has an orientation unless it is 0.
func asJPEG(t testing.TB, img image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if orientation == 0 {
		return b.Bytes()
	}
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	exif = binary.BigEndian.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte{0xff, 0xd8}, segment...), exif...), b.Bytes()[2:]...)
}

func optimize(t *testing.T, config *buildoutput.Images, source []byte, width int, accept string) (*Image, error) {
	t.Helper()
	return newOptimizer(t, config).Optimize(context.Background(), source, &Request{Width: width, Quality: 75}, AcceptsWebP(accept))
}

// TestScale gives images the width that was asked for and keeps their shape, but enlarges none.
func TestScale(t *testing.T) {
	for _, test := range []struct{ w, h, width, wantW, wantH int }{
		{400, 200, 100, 100, 50}, {400, 200, 400, 400, 200}, {400, 200, 640, 400, 200}, {400, 1, 16, 16, 1}, {300, 200, 100, 100, 67},
	} {
		for kind, source := range map[string][]byte{
			"image/png": asPNG(t, picture(test.w, test.h)), "image/jpeg": asJPEG(t, picture(test.w, test.h), 0),
		} {
			img, err := optimize(t, &buildoutput.Images{}, source, test.width, "")
			if err != nil {
				t.Fatal(err)
			}
			size, _, err := image.DecodeConfig(bytes.NewReader(img.Body))
			if err != nil || img.ContentType != kind || size.Width != test.wantW || size.Height != test.wantH {
				t.Errorf("%s %v: %s %d×%d, %v", kind, test, img.ContentType, size.Width, size.Height, err)
			}
			if len(img.Body) > len(source) {
				t.Errorf("%s %v: %d bytes became %d", kind, test, len(source), len(img.Body))
			}
		}
	}
}

// TestOrientation turns images upright: the corners come out in the order that the standard gives for each orientation.
func TestOrientation(t *testing.T) {
	for orientation, corners := range []string{1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB"} {
		if orientation == 0 {
			continue
		}
		for _, width := range []int{10, 640} {
			img, err := optimize(t, &buildoutput.Images{}, asJPEG(t, picture(80, 40), uint16(orientation)), width, "")
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := jpeg.Decode(bytes.NewReader(img.Body))
			if err != nil {
				t.Fatal(err)
			}
			size := decoded.Bounds().Size()
			if wide := size.X > size.Y; wide != (orientation < 5) {
				t.Errorf("orientation %d: %v", orientation, size)
			}
			if width == 10 && size.X != 10 {
				t.Errorf("orientation %d: %d wide", orientation, size.X)
			}
			got := ""
			for _, at := range []image.Point{{1, 1}, {size.X - 2, 1}, {1, size.Y - 2}, {size.X - 2, size.Y - 2}} {
				got += colour(decoded.At(at.X, at.Y))
			}
			if got != corners {
				t.Errorf("orientation %d, width %d: corners %s, want %s", orientation, width, got, corners)
			}
		}
	}
}

func colour(c color.Color) string {
	r, g, b, _ := c.RGBA()
	switch {
	case r > 0x8000 && g > 0x8000:
		return "W"
	case r > g && r > b:
		return "R"
	case g > b:
		return "G"
	}
	return "B"
}

const (
	losslessWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
	lossyWebP    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
)

func webPOf(t testing.TB, text string) []byte {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestKinds shows what becomes of each kind of source.
func TestKinds(t *testing.T) {
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 50, 50), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	still := asPNG(t, picture(50, 50))
	apng := bytes.Replace(still, []byte("IDAT"), []byte("acTLIDAT"), 1)
	avif := []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf")
	drawing := []byte(`<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>`)
	wanted := buildoutput.Images{Formats: []string{"image/webp"}}
	for _, test := range []struct {
		name   string
		source []byte
		accept string
		config buildoutput.Images
		want   string // content type, "=" if the bytes are the source's
	}{
		{"gif", moving.Bytes(), "", buildoutput.Images{}, "image/gif="},
		{"apng", apng, "", buildoutput.Images{}, "image/png="},
		{"avif", avif, "", buildoutput.Images{}, "image/avif="},
		{"webp", webPOf(t, lossyWebP), "image/avif,image/webp,*/*", buildoutput.Images{}, "image/webp="},
		{"webp for who does not read it", webPOf(t, lossyWebP), "image/png", buildoutput.Images{}, "image/jpeg"},
		{"transparent webp for who does not read it", webPOf(t, losslessWebP), "image/png", buildoutput.Images{}, "image/png"},
		{"webp is wanted", still, "image/avif,image/webp,*/*", wanted, "image/webp"},
		{"webp of a jpeg", asJPEG(t, picture(50, 50), 0), "image/webp;q=0.8", wanted, "image/webp"},
		{"webp of a webp that cannot be smaller", webPOf(t, lossyWebP), "image/webp", wanted, "image/webp="},
		{"webp for who does not name it", still, "image/*,*/*;q=0.8", wanted, "image/png"},
		{"webp for who refuses it", still, "image/webp;q=0", wanted, "image/png"},
		{"webp of what moves", moving.Bytes(), "image/webp", wanted, "image/gif="},
		{"svg", drawing, "", buildoutput.Images{}, "SVG"},
		{"svg allowed", drawing, "", buildoutput.Images{DangerouslyAllowSVG: true}, "image/svg+xml="},
		{"html", []byte("<html><svg/></html>"), "", buildoutput.Images{DangerouslyAllowSVG: true}, "text/html"},
		{"text", []byte("hello"), "", buildoutput.Images{}, "text/plain"},
		{"nothing", nil, "", buildoutput.Images{}, "text/plain"},
		{"cut off", still[:len(still)/2], "", buildoutput.Images{}, "not enough pixel data"},
	} {
		img, err := optimize(t, &test.config, test.source, 16, test.accept)
		if err != nil {
			if !errors.Is(err, ErrNotImage) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %s", test.name, err, test.want)
			}
			continue
		}
		got := img.ContentType
		if bytes.Equal(img.Body, test.source) {
			got += "="
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestWebP looks at what is written: the picture is there, what shines through does, and a photograph takes less than as JPEG.
func TestWebP(t *testing.T) {
	photo := picture(400, 200)
	for i := range 400 {
		photo.SetNRGBA(i%20, i/20, color.NRGBA{})
	}
	config := &buildoutput.Images{Formats: []string{"image/avif", "image/webp"}}
	o, _ := New(config)
	var sizes []int
	for _, accepts := range []bool{true, false} {
		img, err := o.Optimize(context.Background(), asJPEG(t, photo, 0), &Request{Width: 200, Quality: 75}, accepts)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(img.Body))
	}
	if sizes[0] >= sizes[1] {
		t.Errorf("%d bytes, and %d as JPEG", sizes[0], sizes[1])
	}
	img, err := o.Optimize(context.Background(), asPNG(t, photo), &Request{Width: 200, Quality: 100}, true)
	if err != nil {
		t.Fatal(err)
	}
	decoded, kind, err := image.Decode(bytes.NewReader(img.Body))
	if err != nil || kind != "webp" || decoded.Bounds().Dx() != 200 || decoded.Bounds().Dy() != 100 {
		t.Fatalf("%s, %v", kind, err)
	}
	got := ""
	for _, at := range []image.Point{{20, 20}, {190, 9}, {9, 90}, {190, 90}} {
		got += colour(decoded.At(at.X, at.Y))
	}
	if _, _, _, alpha := decoded.At(2, 2).RGBA(); got != "RGBW" || alpha != 0 {
		t.Errorf("the corners are %s, and what was transparent has %d", got, alpha)
	}
}

// TestBomb refuses by its header a source that would take gigabytes to decode.
func TestBomb(t *testing.T) {
	bomb := asPNG(t, picture(1, 1))
	binary.BigEndian.PutUint32(bomb[16:], 100_000)
	binary.BigEndian.PutUint32(bomb[20:], 100_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	_, err := optimize(t, &buildoutput.Images{}, bomb, 16, "")
	if !errors.Is(err, ErrNotImage) || !strings.Contains(err.Error(), "100000 × 100000 pixels") {
		t.Error(err)
	}
}

// FuzzOptimize takes any bytes for an image: it gives an image or an error, and never one wider than was asked for.
func FuzzOptimize(f *testing.F) {
	f.Add(asPNG(f, picture(20, 10)))
	f.Add(asJPEG(f, picture(20, 10), 6))
	f.Add(webPOf(f, lossyWebP))
	f.Add(webPOf(f, losslessWebP))
	o := newOptimizer(f, &buildoutput.Images{DangerouslyAllowSVG: true})
	f.Fuzz(func(t *testing.T, source []byte) {
		if format, ok := formats[detect(source)]; ok {
			if size, err := format.size(bytes.NewReader(source)); err == nil && size.Width*size.Height > 1<<20 {
				t.Skip("slow")
			}
		}
		img, err := o.Optimize(context.Background(), source, &Request{Width: 16, Quality: 75}, false)
		if err != nil || bytes.Equal(img.Body, source) {
			return
		}
		size, _, err := image.DecodeConfig(bytes.NewReader(img.Body))
		if err != nil || size.Width > 16 {
			t.Errorf("%s, %d wide, %v", img.ContentType, size.Width, err)
		}
	})
}
