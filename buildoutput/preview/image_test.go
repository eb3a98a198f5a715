package preview

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// photo is a PNG of some size.
func photo(t *testing.T, w, h int) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 3)
	}
	img.SetNRGBA(0, 0, color.NRGBA{})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func imagePath(source string, w, q int) string {
	return fmt.Sprintf("/_vercel/image?url=%s&w=%d&q=%d", url.QueryEscape(source), w, q)
}

func imageFiles(t *testing.T, members string) []archiveFile {
	return []archiveFile{
		{"config.json", `{"version": 3, "images": {"sizes": [16, 64]` + members + `}, "routes": [{"src": "/photo", "dest": "/dir/a photo.png"}]}`},
		{"static/dir/a photo.png", photo(t, 64, 32)},
		{"static/drawing.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`},
		{"static/text.png", `text`},
	}
}

// TestImage serves an image of the deployment: scaled, remembered, and asked for again with its ETag.
func TestImage(t *testing.T) {
	s := serve(t, Options{}, imageFiles(t, "")...)
	for _, source := range []string{"/dir/a%20photo.png", "/photo", "/dir/a%20photo.png?v=1"} {
		target := imagePath(source, 16, 75)
		w := ask(s, "GET", target, "Accept: image/*")
		if w.Code != 200 || w.Header().Get("X-Vercel-Cache") != "MISS" {
			t.Fatalf("%s: %d %s %s", source, w.Code, w.Header().Get("X-Vercel-Cache"), w.Body)
		}
		size, err := png.DecodeConfig(bytes.NewReader(w.Body.Bytes()))
		if err != nil || size.Width != 16 || size.Height != 8 {
			t.Errorf("%s: %d×%d, %v", source, size.Width, size.Height, err)
		}
		name := map[bool]string{true: "photo.png", false: "aphoto.png"}[source == "/photo"]
		for header, want := range map[string]string{
			"Content-Type": "image/png", "Vary": "Accept", "Content-Security-Policy": defaultImagePolicy,
			"Cache-Control": defaultCacheControl, "Content-Disposition": `inline; filename="` + name + `"`,
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s %q, want %q", source, header, got, want)
			}
		}
		again := ask(s, "GET", target)
		if again.Header().Get("X-Vercel-Cache") != "HIT" || !bytes.Equal(again.Body.Bytes(), w.Body.Bytes()) {
			t.Errorf("%s: the second time %s", source, again.Header().Get("X-Vercel-Cache"))
		}
		if have := ask(s, "GET", target, "If-None-Match: "+w.Header().Get("Etag")); have.Code != 304 || have.Body.Len() != 0 {
			t.Errorf("%s: with its ETag %d", source, have.Code)
		}
		if head := ask(s, "HEAD", target); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
			t.Errorf("%s: HEAD %d", source, head.Code)
		}
	}
}

func TestImageConfig(t *testing.T) {
	s := serve(t, Options{}, imageFiles(t, `, "minimumCacheTTL": 0, "dangerouslyAllowSVG": true, "contentDispositionType": "attachment",
		"contentSecurityPolicy": "sandbox", "localPatterns": [{"pathname": "^/dir/.*$"}, {"pathname": "^/drawing.svg$"}]`)...)
	for range 2 {
		if w := ask(s, "GET", imagePath("/dir/a%20photo.png", 16, 75)); w.Header().Get("X-Vercel-Cache") != "MISS" {
			t.Errorf("kept for 0 seconds: %s", w.Header().Get("X-Vercel-Cache"))
		}
	}
	w := ask(s, "GET", imagePath("/drawing.svg", 16, 75))
	h := w.Header()
	if w.Code != 200 || h.Get("Content-Type") != "image/svg+xml" || h.Get("Content-Security-Policy") != "sandbox" ||
		h.Get("Content-Disposition") != `attachment; filename="drawing.svg"` {
		t.Errorf("SVG: %d %v", w.Code, h)
	}
	if w := ask(s, "GET", imagePath("/photo", 16, 75)); w.Code != 400 {
		t.Errorf("outside localPatterns: %d", w.Code)
	}
}

func TestImageFailures(t *testing.T) {
	s := serve(t, Options{}, imageFiles(t, "")...)
	for _, test := range []struct {
		method, target string
		status         int
		code           string
	}{
		{"GET", "/_vercel/image", 400, codeImageRequest},
		{"GET", imagePath("/photo", 17, 75), 400, codeImageRequest},
		{"GET", imagePath("/photo", 16, 101), 400, codeImageRequest},
		{"GET", "/_vercel/image?url=%zz", 400, codeImageRequest},
		{"GET", imagePath("/text.png", 16, 75), 400, codeImageRequest},
		{"GET", imagePath("/drawing.svg", 16, 75), 400, codeImageRequest},
		{"GET", imagePath("/missing.png", 16, 75), 502, codeImageInternal},
		{"GET", imagePath(imagePath("/photo", 16, 75), 16, 75), 400, codeImageRequest},
		{"GET", imagePath("/../../etc/passwd", 16, 75), 502, codeImageInternal},
		{"GET", imagePath("/_vercel/../_vercel/image", 16, 75), 502, codeImageInternal},
		{"GET", imagePath("https://example.com/a.png", 16, 75), 400, codeImageRequest},
		{"POST", imagePath("/photo", 16, 75), 405, codeMethod},
	} {
		w := ask(s, test.method, test.target)
		if w.Code != test.status || w.Header().Get("X-Vercel-Error") != test.code {
			t.Errorf("%s %s: %d %s, want %d %s", test.method, test.target, w.Code, w.Header().Get("X-Vercel-Error"), test.status, test.code)
		}
	}
	without := serve(t, Options{}, archiveFile{"config.json", `{"version": 3}`})
	if w := ask(without, "GET", imagePath("/photo", 16, 75)); w.Code != 404 || w.Header().Get("X-Vercel-Error") != codeNotFound {
		t.Errorf("without images in the config: %d", w.Code)
	}
}

// TestRemoteImage needs both the config's and the options' leave, for each redirect too.
func TestRemoteImage(t *testing.T) {
	picture := photo(t, 32, 32)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" {
			t.Error("the host learns of the visitor")
		}
		switch r.URL.Path {
		case "/allowed/a.png":
			w.Header().Set("Cache-Control", "max-age=100")
			fmt.Fprint(w, picture)
		case "/allowed/once":
			http.Redirect(w, r, "/allowed/a.png", http.StatusFound)
		case "/allowed/out":
			http.Redirect(w, r, "/other/a.png", http.StatusFound)
		case "/allowed/on":
			http.Redirect(w, r, "/allowed/on", http.StatusFound)
		case "/allowed/elsewhere":
			http.Redirect(w, r, strings.Replace("http://"+r.Host, "127.0.0.1", "localhost", 1)+"/allowed/a.png", http.StatusFound)
		case "/allowed/secret":
			w.WriteHeader(http.StatusForbidden)
		case "/allowed/text":
			fmt.Fprint(w, "text")
		default:
			http.NotFound(w, r)
		}
	}))
	defer host.Close()
	files := imageFiles(t, `, "minimumCacheTTL": 0, "domains": ["localhost"], "remotePatterns": [{"hostname": "^127\\.0\\.0\\.1$", "pathname": "^/allowed/.*$"}]`)
	s := serve(t, Options{AllowExternal: []string{"127.0.0.1"}}, files...)
	for _, test := range []struct {
		path   string
		status int
		code   string
	}{
		{"/allowed/a.png", 200, ""},
		{"/allowed/once", 200, ""},
		{"/allowed/out", 502, codeImageExternal},
		{"/allowed/on", 502, codeImageRedirects},
		{"/allowed/elsewhere", 502, codeNotAllowed},
		{"/allowed/secret", 502, codeImageUnauthorized},
		{"/allowed/text", 502, codeImageInvalid},
		{"/allowed/missing", 502, codeImageExternal},
		{"/other/a.png", 400, codeImageRequest},
	} {
		w := ask(s, "GET", imagePath(host.URL+test.path, 16, 75), "Cookie: a=1", "Authorization: b")
		if w.Code != test.status || w.Header().Get("X-Vercel-Error") != test.code {
			t.Errorf("%s: %d %s, want %d %s: %s", test.path, w.Code, w.Header().Get("X-Vercel-Error"), test.status, test.code, w.Body)
		}
	}
	if w := ask(s, "GET", imagePath(host.URL+"/allowed/a.png", 16, 75)); w.Header().Get("X-Vercel-Cache") != "HIT" {
		t.Errorf("kept as long as its host says: %s", w.Header().Get("X-Vercel-Cache"))
	}
	for code, allow := range map[string][]string{codeNotAllowed: nil, codePrivate: {AnyHost}} {
		strict := serve(t, Options{AllowExternal: allow}, files...)
		if w := ask(strict, "GET", imagePath(host.URL+"/allowed/a.png", 16, 75)); w.Header().Get("X-Vercel-Error") != code {
			t.Errorf("%q: %d %s", allow, w.Code, w.Header().Get("X-Vercel-Error"))
		}
	}
}

// TestImageOnce makes an image once for all who want it at the same time.
func TestImageOnce(t *testing.T) {
	s := serve(t, Options{}, imageFiles(t, "")...)
	var all sync.WaitGroup
	var mu sync.Mutex
	reasons := map[string]int{}
	for range 20 {
		all.Go(func() {
			w := ask(s, "GET", imagePath("/photo", 64, 75))
			mu.Lock()
			defer mu.Unlock()
			reasons[w.Header().Get("X-Vercel-Cache")+w.Header().Get("X-Isrgen-Reason")]++
		})
	}
	all.Wait()
	if reasons["MISScold"] != 1 || reasons["MISScold"]+reasons["MISScollapsed"]+reasons["HIT"] != 20 {
		t.Errorf("%v", reasons)
	}
}

// TestImageBrokenOff has a source that a route leads to on another host, which closes the connection too early.
func TestImageBrokenOff(t *testing.T) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "\x89PNG")
	}))
	defer host.Close()
	s := serve(t, Options{AllowExternal: []string{"127.0.0.1"}}, archiveFile{"config.json",
		`{"version": 3, "images": {"sizes": [16]}, "routes": [{"src": "/via/(.*)", "dest": "` + host.URL + `/$1"}]}`})
	front := httptest.NewServer(s)
	defer front.Close()
	resp, err := http.Get(front.URL + imagePath("/via/a.png", 16, 75))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 502 || resp.Header.Get("X-Vercel-Error") != codeImageInternal {
		t.Errorf("%s %s", resp.Status, resp.Header.Get("X-Vercel-Error"))
	}
}
