package preview

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// TestCompressedIsTheSame decodes what each kind of output sends, and asks again with the ETag of every form.
func TestCompressedIsTheSame(t *testing.T) {
	s, _ := open(t, "compress", Options{})
	for _, target := range []string{"/big.css", "/page", "/large/20000", "/missing"} {
		plain := ask(s, "GET", target)
		for _, accept := range []string{"br", "gzip"} {
			w := ask(s, "GET", target, "Accept-Encoding: "+accept)
			if got := w.Header().Get("Content-Encoding"); got != accept {
				t.Errorf("%s: encoded as %q, want %q", target, got, accept)
			}
			if w.Body.Len() >= plain.Body.Len() {
				t.Errorf("%s: %s made %d bytes of %d", target, accept, w.Body.Len(), plain.Body.Len())
			}
			if got := decode(t, accept, w.Body); !bytes.Equal(got, plain.Body.Bytes()) {
				t.Errorf("%s: %s decodes to something else", target, accept)
			}
			for _, etag := range []string{plain.Header().Get("Etag"), w.Header().Get("Etag")} {
				if etag == "" {
					continue
				}
				again := ask(s, "GET", target, "Accept-Encoding: "+accept, "If-None-Match: "+etag)
				if again.Code != http.StatusNotModified || again.Header().Get("Etag") != w.Header().Get("Etag") {
					t.Errorf("%s: with %s: %d, etag %s", target, etag, again.Code, again.Header().Get("Etag"))
				}
				if again.Header().Get("Vary") != "Accept-Encoding" {
					t.Errorf("%s: 304 without Vary", target)
				}
			}
		}
	}
}

func decode(t *testing.T, coding string, body io.Reader) []byte {
	t.Helper()
	r := io.Reader(brotli.NewReader(body))
	if coding == "gzip" {
		var err error
		if r, err = gzip.NewReader(body); err != nil {
			t.Fatal(err)
		}
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestIncompressible sends what would only grow as it is.
func TestIncompressible(t *testing.T) {
	c := newCompressor()
	noise := make([]byte, minCompressed)
	for i := range noise {
		noise[i] = byte(i * i * 31 >> 3)
	}
	once, err := encode("br", noise)
	if err != nil {
		t.Fatal(err)
	}
	if twice := c.compress("gzip", once); twice != nil {
		t.Errorf("%d compressed bytes became %d", len(once), len(twice))
	}
}
