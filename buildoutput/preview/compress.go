package preview

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/maypok86/otter/v2"
)

// Bodies of these sizes in bytes are compressed: smaller ones gain nothing, and larger ones are not held in memory.
const (
	minCompressed = 1 << 10
	maxCompressed = 16 << 20
)

// compressedMemory bounds the compressed bodies that are remembered, in bytes.
const compressedMemory = 64 << 20

// brotliQuality is what a CDN uses on the fly.
const brotliQuality = 5

// compressible are the content types that the platform compresses.
//
// Source: the platform's documentation, "Vercel CDN Compression".
var compressible = map[string]bool{
	"application/atom+xml": true, "application/geo+json": true, "application/javascript": true, "application/json": true,
	"application/ld+json": true, "application/manifest+json": true, "application/rdf+xml": true,
	"application/rss+xml": true, "application/tar": true, "application/vnd.ms-fontobject": true,
	"application/wasm": true, "application/x-web-app-manifest+json": true, "application/xhtml+xml": true,
	"application/xml": true, "font/otf": true, "font/ttf": true, "image/bmp": true, "image/svg+xml": true,
	"text/cache-manifest": true, "text/calendar": true, "text/css": true, "text/dns": true, "text/html": true,
	"text/javascript": true, "text/markdown": true, "text/plain": true, "text/vcard": true,
	"text/vnd.rim.location.xloc": true, "text/vtt": true, "text/x-component": true, "text/x-cross-domain-policy": true,
	"text/xml": true,
}

// contentCoding chooses how a response of this size is to be encoded, by its headers and the visitor's: "br", "gzip", or ""
// for not at all. Where that depends on the visitor, the response varies by Accept-Encoding.
func contentCoding(response, visitor http.Header, size int64) string {
	t, _, _ := strings.Cut(response.Get("Content-Type"), ";")
	if !compressible[strings.ToLower(strings.TrimSpace(t))] || size < minCompressed || size > maxCompressed ||
		response.Get("Content-Encoding") != "" || response.Get("Content-Range") != "" ||
		strings.Contains(strings.ToLower(response.Get("Cache-Control")), "no-transform") {
		return ""
	}
	addVary(response, "Accept-Encoding")
	if visitor.Get("Range") != "" {
		return ""
	}
	return acceptedCoding(visitor.Values("Accept-Encoding"))
}

// acceptedCoding gives the better of br and gzip by the quality that a visitor assigns, and br where they are alike.
func acceptedCoding(accept []string) string {
	br, gzip, others := -1.0, -1.0, 0.0 // below zero where it is not named
	for _, field := range accept {
		for item := range strings.SplitSeq(field, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			q := 1.0
			if _, value, ok := strings.Cut(parameters, "="); ok {
				q, _ = strconv.ParseFloat(strings.TrimSpace(value), 64)
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "br":
				br = q
			case "gzip":
				gzip = q
			case "*":
				others = q
			}
		}
	}
	if br < 0 {
		br = others
	}
	if gzip < 0 {
		gzip = others
	}
	switch {
	case br > 0 && br >= gzip:
		return "br"
	case gzip > 0:
		return "gzip"
	}
	return ""
}

func addVary(h http.Header, name string) {
	for _, value := range h.Values("Vary") {
		names := strings.Split(strings.ReplaceAll(value, " ", ""), ",")
		if slices.ContainsFunc(names, func(n string) bool { return n == "*" || strings.EqualFold(n, name) }) {
			return
		}
	}
	h.Add("Vary", name)
}

// weaken makes an ETag say that the bytes may differ though the content does not: one of the plain body serves for its
// compressed forms too, and If-None-Match compares weakly.
func weaken(h http.Header) {
	if etag := h.Get("Etag"); etag != "" && !strings.HasPrefix(etag, "W/") {
		h.Set("Etag", "W/"+etag)
	}
}

// compressor compresses bodies and remembers the results, whose least useful ones it forgets. It may be used by many
// goroutines at once; those that want the same body wait for one.
type compressor struct {
	seed  maphash.Seed
	known *otter.Cache[compressedKey, []byte]
}

// compressedKey tells bodies apart by their content, so that it does not matter what an ETag says or when it changed.
type compressedKey struct {
	coding string
	size   int
	hash   uint64
}

func newCompressor() *compressor {
	return &compressor{
		seed: maphash.MakeSeed(),
		known: otter.Must(&otter.Options[compressedKey, []byte]{
			MaximumWeight: compressedMemory,
			Weigher:       func(_ compressedKey, body []byte) uint32 { return uint32(len(body)) + 256 },
		}),
	}
}

// compress gives the encoded body, nil if that is not smaller.
func (c *compressor) compress(coding string, body []byte) []byte {
	key := compressedKey{coding, len(body), maphash.Bytes(c.seed, body)}
	encoded, err := c.known.Get(context.Background(), key, otter.LoaderFunc[compressedKey, []byte](
		func(context.Context, compressedKey) ([]byte, error) { return encode(coding, body) }))
	if err != nil || len(encoded) >= len(body) {
		return nil
	}
	return encoded
}

func encode(coding string, body []byte) ([]byte, error) {
	var b bytes.Buffer
	var w io.WriteCloser
	if coding == "br" {
		w = brotli.NewWriterLevel(&b, brotliQuality)
	} else {
		w = gzip.NewWriter(&b)
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
