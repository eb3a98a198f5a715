package asset

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/images"
	"github.com/isrgen/isrgen/generator/render"
)

// newSite writes the files of a site and makes a store for it.
func newSite(t *testing.T, files map[string]string, cache *Cache) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(text), mode)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return New(Options{Context: t.Context(), Site: dir, Files: root.FS(), Cache: cache,
		Beside: func(address string) (string, bool) { return "content/" + address, true }}), dir
}

func file(name string) render.Operation { return render.Operation{Kind: render.OpFile, Name: name} }

// then does an operation with what came of another.
func then(kind, name, options string, on ...render.Operation) render.Operation {
	op := render.Operation{Kind: kind, Name: name, Options: options}
	for _, input := range on {
		op.Inputs = append(op.Inputs, input.Key())
	}
	return op
}

// asked does operations and returns what came of the last.
func asked(s *Store, ops ...render.Operation) (asset *render.Asset, content []byte, err error) {
	for _, op := range ops {
		if asset, err = s.Make(op); err != nil {
			return nil, nil, err
		}
	}
	content, err = s.Use(ops[len(ops)-1], render.ReadContent)
	return asset, content, err
}

func TestBundle(t *testing.T) {
	files := map[string]string{
		"assets/js/main.ts":             `import { a } from "./a"; import b from "lib/b"; import c from "pkg"; import * as p from "@params"; console.log(a as number, b, c, p.x, JSON_)`,
		"assets/js/a/index.ts":          `export const a: number = 41 + 1`,
		"assets/lib/b.js":               `export default "of lib"`,
		"node_modules/pkg/package.json": `{"main": "m.js"}`,
		"node_modules/pkg/m.js":         `module.exports = "of npm"`,
		"assets/view.jsx":               `console.log(<p>text</p>)`,
		"assets/main.css":               `@import "parts/base.css"; a { background: url("/a.png") url(dot.svg) url(none.png) }`,
		"assets/parts/base.css":         `b { color: red }`,
		"assets/dot.svg":                `<svg/>`,
		"assets/style.js":               `import "./main.css"`,
		"content/post/app.js":           `import "./part.js"`,
		"content/post/part.js":          `console.log("beside")`,
	}
	s, _ := newSite(t, files, nil)
	for _, test := range []struct {
		kind, name, options, path string
		want                      []string
	}{
		{render.OpScript, "assets/js/main.ts", `{"params": {"x": "given"}, "defines": {"JSON_": 7}}`, "js/main.js", []string{"41 + 1", "of lib", "of npm", "given", "7"}},
		{render.OpScript, "assets/view.jsx", `{"jsxfactory": "h", "targetpath": "v.js", "minify": true, "format": "esm"}`, "v.js", []string{`console.log(h("p",null,"text"));`}},
		{render.OpScript, "assets/view.jsx", `{"jsx": "automatic", "externals": ["react/jsx-runtime"], "format": "esm", "target": "es2020"}`, "view.js", []string{`from "react/jsx-runtime"`}},
		{render.OpScript, "assets/lib/b.js", `{"sourcemap": "inline", "target": ["chrome100", "firefox100"]}`, "lib/b.js", []string{"//# sourceMappingURL=data:"}},
		{render.OpStyle, "assets/main.css", `{}`, "main.css", []string{"color: red", "url(/a.png)", "url(data:image/svg+xml,", "url(none.png)"}},
		{render.OpScript, "/post/app.js", `{}`, "post/app.js", []string{"beside"}},
	} {
		asset, content, err := asked(s, file(test.name), then(test.kind, "", test.options, file(test.name)))
		if err != nil || asset.Path != test.path {
			t.Errorf("%s %s: %v, %v", test.name, test.options, asset, err)
		}
		for _, want := range test.want {
			if !strings.Contains(strings.ReplaceAll(string(content), `"`, `'`), strings.ReplaceAll(want, `"`, `'`)) {
				t.Errorf("%s %s: no %s in\n%s", test.name, test.options, want, content)
			}
		}
	}
	asset, err := s.Make(then(render.OpScript, "", `{"params": {"x": "given"}, "defines": {"JSON_": 7}}`, file("assets/js/main.ts")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"assets/js/main.ts", "assets/js/a.ts", "assets/js/a/index.ts", "assets/lib/b.js", "node_modules/pkg/m.js"} {
		if !strings.Contains(strings.Join(asset.Reads, " "), want) {
			t.Errorf("%s is not among what was read: %v", want, asset.Reads)
		}
	}
}

// TestFaults says what is wrong with files and options, and where.
func TestFaults(t *testing.T) {
	files := map[string]string{
		"isrgen.yaml":       "title: Secret\n",
		"assets/up.js":      `import x from "../isrgen.yaml"`,
		"assets/above.js":   `import x from "/../isrgen.yaml"`,
		"assets/syntax.ts":  "let a = 1;\nlet b: = ä;\n",
		"assets/none.css":   `@import "./none-there.css";`,
		"assets/style.js":   `import "./fine.css"`,
		"assets/fine.css":   `a{}`,
		"assets/strange.js": `import "./a.strange"`,
		"assets/a.strange":  `x`,
		"assets/a.scss":     `$a: 1; b { c: $a }`,
		"assets/json.json":  `{"a": }`,
	}
	s, _ := newSite(t, files, nil)
	for _, test := range []struct{ kind, name, input, options, want string }{
		{render.OpScript, "", "assets/up.js", `{}`, "assets/up.js:1:15: there is no file isrgen.yaml in the site"},
		{render.OpScript, "", "assets/above.js", `{}`, "assets/above.js:1:15: there is no file"},
		{render.OpScript, "", "assets/syntax.ts", `{}`, "assets/syntax.ts:2:8:"},
		{render.OpStyle, "", "assets/none.css", `{}`, "assets/none.css:1:9: there is no file assets/none-there.css"},
		{render.OpScript, "", "assets/style.js", `{}`, "the script imports a style sheet"},
		{render.OpScript, "", "assets/strange.js", `{}`, "name a loader for .strange"},
		{render.OpScript, "", "assets/fine.css", `{"sourcemap": "linked"}`, `sourceMap cannot be "linked": write inline, none`},
		{render.OpScript, "", "assets/fine.css", `{"formt": "esm"}`, `unknown field "formt"`},
		{render.OpScript, "", "assets/fine.css", `{"target": "es1999"}`, "target cannot be"},
		{render.OpSass, "", "assets/a.scss", `{}`, "assets/a.scss:0:0: there is no Sass in this site"},
		{render.OpSass, "", "assets/a.scss", `{"transpiler": "libsass"}`, "transpiler cannot be"},
		{render.OpSass, "", "assets/a.scss", `{"outputstyle": "nested"}`, "outputStyle cannot be"},
		{render.OpMinify, "", "assets/a.strange", "", "application/octet-stream cannot be minified"},
		{render.OpFingerprint, "crc32", "assets/a.strange", "", `there is no hash "crc32"`},
		{render.OpImage, "resize", "assets/a.strange", `"10x"`, "assets/a.strange:0:0: this cannot be worked on as an image"},
	} {
		_, _, err := asked(s, file(test.input), then(test.kind, test.name, test.options, file(test.input)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s of %s %s: %v, want %s", test.kind, test.input, test.options, err, test.want)
		}
	}
	if asset, err := s.Make(file("assets/../isrgen.yaml")); err != nil || asset.Path != "" {
		t.Errorf("a file outside of assets is %v, %v", asset, err)
	}
}

// TestSass runs the program that a site has: here one that shows what it is given.
func TestSass(t *testing.T) {
	s, _ := newSite(t, map[string]string{
		"assets/css/a.scss":      "b { c: d }",
		"assets/css/wrong.scss":  "wrong",
		"node_modules/.bin/sass": "#!/bin/sh\ntext=$(cat)\nif [ \"$text\" = wrong ]; then printf 'Error: expected \"{\".\\n  ,\\n1 | wrong\\n  - 1:6  root stylesheet\\n' >&2; exit 65; fi\necho \"/* $* $SASS_SECRET */ $text\"\n",
	}, nil)
	t.Setenv("SASS_SECRET", "secret")
	in := file("assets/css/a.scss")
	asset, content, err := asked(s, in, then(render.OpSass, "", `{"outputstyle": "compressed"}`, in))
	if err != nil || asset.Path != "css/a.css" || asset.MediaType != "text/css" {
		t.Fatal(asset, err)
	}
	if text := string(content); !strings.Contains(text, "--style=compressed") || !strings.Contains(text, "b { c: d }") ||
		!strings.Contains(text, "--load-path=assets/css") || strings.Contains(text, "secret") {
		t.Errorf("the program was given %s", content)
	}
	in = file("assets/css/wrong.scss")
	if _, _, err = asked(s, in, then(render.OpSass, "", `{}`, in)); err == nil || !strings.Contains(err.Error(), `expected "{"`) {
		t.Error(err)
	}
}

// TestCache takes results from the cache while what they are made of is the same, and from nowhere else.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"assets/a.js": `import "./b"`, "assets/b.js": `console.log(1)`}
	in, op := file("assets/a.js"), then(render.OpScript, "", `{}`, file("assets/a.js"))
	s, _ := newSite(t, files, NewCache(dir))
	_, first, err := asked(s, in, op)
	if err != nil {
		t.Fatal(err)
	}
	blobs, _ := filepath.Glob(filepath.Join(dir, "blob", "*"))
	made, _ := filepath.Glob(filepath.Join(dir, "made", "*"))
	if len(blobs) != 1 || len(made) != 1 {
		t.Fatal(blobs, made)
	}
	for _, spoil := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(blobs[0], []byte("damage"), 0o644) },
		func() error { return os.WriteFile(made[0], []byte("damage"), 0o644) },
		func() error { return os.Remove(blobs[0]) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		s, _ := newSite(t, files, NewCache(dir))
		if _, again, err := asked(s, in, op); err != nil || !bytes.Equal(again, first) {
			t.Errorf("%s, %v", again, err)
		}
	}
	// That it is taken from there shows when the cache says something else of the same.
	lie := []byte("lie")
	entry := cached{Asset: render.Asset{Path: "a.js", Sum: render.Sum(lie)}, Reads: map[string]string{"assets/b.js": render.Sum([]byte(files["assets/b.js"]))}}
	body, _ := json.Marshal(entry)
	NewCache(dir).putBlob(entry.Asset.Sum, lie)
	if err := os.WriteFile(made[0], append([]byte(render.Sum(body)+"\n"), body...), 0o644); err != nil {
		t.Fatal(err)
	}
	s, _ = newSite(t, files, NewCache(dir))
	if _, taken, err := asked(s, in, op); err != nil || string(taken) != "lie" {
		t.Errorf("not from the cache: %s, %v", taken, err)
	}
	files["assets/b.js"] = `console.log(2)` // which is no input, but is imported
	s, _ = newSite(t, files, NewCache(dir))
	if _, other, err := asked(s, in, op); err != nil || !strings.Contains(string(other), "console.log(2)") {
		t.Errorf("%s, %v", other, err)
	}
}

func picture(t *testing.T, w, h int, encode func(*bytes.Buffer, image.Image) error) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 128, 255})
		}
	}
	for i := range min(w, h) / 4 { // something to see, on the right below
		img.SetNRGBA(w-1-2*(i%4), h-1-i, color.NRGBA{255, 255, 255, 255})
	}
	var b bytes.Buffer
	if err := encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asPNG(b *bytes.Buffer, img image.Image) error { return png.Encode(b, img) }

// asTurnedJPEG says that it is to be shown turned by 90 degrees.
func asTurnedJPEG(b *bytes.Buffer, img image.Image) error {
	var plain bytes.Buffer
	err := jpeg.Encode(&plain, img, nil)
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02" + // two tags: Orientation, a short that is 6, and ModifyDate, 20 bytes at 38
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + "\x01\x32\x00\x02\x00\x00\x00\x14\x00\x00\x00\x26" + "\x00\x00\x00\x00" +
		"2026:01:31 12:00:00\x00")
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(exif)+2))
	b.Write(append(append(segment, exif...), plain.Bytes()[2:]...))
	return err
}

func TestImages(t *testing.T) {
	s, _ := newSite(t, map[string]string{"assets/wide.png": picture(t, 80, 40, asPNG), "assets/turned.jpg": picture(t, 80, 40, asTurnedJPEG)}, nil)
	for _, test := range []struct {
		name, action, words, kind string
		width, height             int
	}{
		{"wide.png", "resize", "20x", "image/png", 20, 10},
		{"wide.png", "resize", "x20", "image/png", 40, 20},
		{"wide.png", "resize", "160x10", "image/png", 160, 10},
		{"wide.png", "resize", "20x r90", "image/png", 20, 40},
		{"wide.png", "resize", "20x Lanczos webp q50", "image/webp", 20, 10},
		{"wide.png", "resize", "20x jpg #fff", "image/jpeg", 20, 10},
		{"wide.png", "fit", "20x20", "image/png", 20, 10},
		{"wide.png", "fit", "200x200", "image/png", 80, 40},
		{"wide.png", "fill", "20x20 TopLeft", "image/png", 20, 20},
		{"wide.png", "fill", "100x100", "image/png", 100, 100},
		{"wide.png", "crop", "30x10 Right", "image/png", 30, 10},
		{"wide.png", "crop", "300x10", "image/png", 80, 10},
		{"wide.png", "process", "resize 10x gif", "image/gif", 10, 5},
		{"wide.png", "process", "webp", "image/webp", 80, 40},
		{"turned.jpg", "resize", "20x", "image/jpeg", 20, 40},
	} {
		in := file("assets/" + test.name)
		options, _ := json.Marshal(test.words)
		asset, content, err := asked(s, in, then(render.OpImage, test.action, string(options), in))
		if err != nil {
			t.Errorf("%s %s: %v", test.action, test.words, err)
			continue
		}
		header, err := images.ReadHeader(content)
		if err != nil || header.Kind != test.kind || header.Width != test.width || header.Height != test.height || asset.Width != test.width || asset.Height != test.height {
			t.Errorf("%s %s: %+v, %+v, %v", test.action, test.words, header, asset, err)
		}
	}
	if asset, err := s.Make(file("assets/turned.jpg")); err != nil || asset.Width != 40 || asset.Height != 80 {
		t.Errorf("the photograph is not shown upright: %+v, %v", asset, err)
	}
	for words, want := range map[string]string{"": "needs a size", "20": "20 is not known", "20x q0": "q0 cannot be", "20x r45": "r45", "99999x": "too large",
		"20x #ggg": "no colour", "20x photo": "hints", "30000x30000": "the result would have"} {
		options, _ := json.Marshal(words)
		if _, err := s.Make(then(render.OpImage, "resize", string(options), file("assets/wide.png"))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("resize %q: %v, want %s", words, err, want)
		}
	}
}

// TestExif gives what a photograph says of itself, of what is damaged or none nothing.
func TestExif(t *testing.T) {
	photo := picture(t, 8, 8, asTurnedJPEG)
	s, _ := newSite(t, map[string]string{"assets/a.jpg": photo, "assets/b.jpg": photo[:30], "assets/c.txt": "text"}, nil)
	for name, want := range map[string]string{"a.jpg": `{"date":"2026-01-31T12:00:00Z","tags":{"ModifyDate":"2026:01:31 12:00:00","Orientation":6}}`, "b.jpg": `{}`, "c.txt": `{}`} {
		in := file("assets/" + name)
		if _, content, err := asked(s, in, then(render.OpExif, "", "", in)); err != nil || string(content) != want {
			t.Errorf("%s: %s, %v", name, content, err)
		}
	}
}

// TestBomb refuses by its header an image that would take gigabytes to decode, and one that moves.
func TestBomb(t *testing.T) {
	bomb := []byte(picture(t, 8, 8, asPNG))
	binary.BigEndian.PutUint32(bomb[16:], 50_000)
	binary.BigEndian.PutUint32(bomb[20:], 50_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 5, 5), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	s, _ := newSite(t, map[string]string{"assets/bomb.png": string(bomb), "assets/moving.gif": moving.String()}, nil)
	for name, want := range map[string]string{"assets/bomb.png": "assets/bomb.png:0:0: this image has 50000 × 50000 pixels", "assets/moving.gif": "this image moves"} {
		_, _, err := asked(s, file(name), then(render.OpImage, "resize", `"10x"`, file(name)))
		if fault := (*render.Error)(nil); !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFilters looks at what becomes of a colour, and at where a smart crop goes.
func TestFilters(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.SetNRGBA(0, 0, color.NRGBA{200, 100, 50, 255})
	for _, test := range []struct {
		filter render.ImageFilter
		want   color.NRGBA
	}{
		{render.ImageFilter{Name: "grayscale"}, color.NRGBA{124, 124, 124, 255}},
		{render.ImageFilter{Name: "invert"}, color.NRGBA{55, 155, 205, 255}},
		{render.ImageFilter{Name: "brightness", Args: []float64{20}}, color.NRGBA{251, 151, 101, 255}},
		{render.ImageFilter{Name: "contrast", Args: []float64{-100}}, color.NRGBA{128, 128, 128, 255}},
		{render.ImageFilter{Name: "gamma", Args: []float64{1}}, color.NRGBA{200, 100, 50, 255}},
		{render.ImageFilter{Name: "blur", Args: []float64{2}}, color.NRGBA{200, 100, 50, 255}},
	} {
		if got := filtered(img, test.filter).At(0, 0); got != test.want {
			t.Errorf("%s: %v, want %v", test.filter.Name, got, test.want)
		}
	}
	flat := image.NewNRGBA(image.Rect(0, 0, 100, 40))
	for i := range 100 * 40 {
		flat.SetNRGBA(i%100, i/100, color.NRGBA{90, 90, 90, 255})
	}
	if at := busiest(flat, 40, 40); at != (image.Point{30, 0}) {
		t.Errorf("of nothing the middle is at %v", at)
	}
	for i := range 40 {
		flat.SetNRGBA(85+i%3*2, i, color.NRGBA{255, 255, 255, 255})
	}
	if at := busiest(flat, 40, 40); at.X < 46 || at.Y != 0 {
		t.Errorf("the stripe is not in the part at %v", at)
	}
	if x, y := turned(flat, 90).Bounds().Dx(), turned(flat, 270).At(39-5, 85); x != 40 || y != flat.At(85, 5) {
		t.Errorf("turned it is %d wide, and has %v", x, y)
	}
}

// TestPrune removes what is old and was not used.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	ask := func(c *Cache, text string) {
		t.Helper()
		s, _ := newSite(t, map[string]string{"assets/a.css": text}, c)
		if _, _, err := asked(s, file("assets/a.css"), then(render.OpMinify, "", "", file("assets/a.css"))); err != nil {
			t.Fatal(err)
		}
	}
	files := func() int {
		all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	first := NewCache(dir)
	ask(first, "a { b: c }")
	ask(first, "a { b: d }")
	second := NewCache(dir)
	ask(second, "a { b: d }")
	for _, step := range []struct {
		since time.Time
		want  int
	}{{time.Now().Add(-time.Hour), 4}, {time.Now().Add(time.Hour), 2}} {
		if err := second.Prune(step.since); err != nil || files() != step.want {
			t.Errorf("%d files are left, want %d; %v", files(), step.want, err)
		}
	}
	ask(NewCache(dir), "a { b: c }") // is made again
	if files() != 4 {
		t.Errorf("%d files", files())
	}
}
