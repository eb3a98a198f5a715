package render

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"path"
	"strings"
)

// Assets does what templates ask to be done with the files in assets/ and beside pages. A build does it; a function knows what the
// build did, by the keys of the operations. It may be used by several goroutines.
type Assets interface {
	// Names are the paths of the files in assets/, sorted.
	Names() ([]string, error)

	// Make gives what comes of an operation, whose inputs were made before. What the author did wrong is an [*Error], whose page may
	// be missing; what the function does not know is [ErrUnknownAsset].
	Make(op Operation) (*Asset, error)

	// Use gives the bytes of what came of an operation, or publishes it.
	Use(op Operation, use Use) ([]byte, error)
}

// Use is what becomes of an asset.
type Use int

// The uses.
const (
	Published   Use = 1 << iota // it is a file of the site
	ReadContent                 // its bytes are in a page
)

// The kinds of operations.
const (
	OpFile        = "file"   // Name is assets/…, or / and the address of a file beside a page
	OpRemote      = "remote" // Name is an address on the network
	OpText        = "text"   // Name is the path, Text the content
	OpCopy        = "copy"   // Name is the new path
	OpConcat      = "concat"
	OpFingerprint = "fingerprint" // Name is the hash
	OpMinify      = "minify"
	OpScript      = "js.Build"
	OpStyle       = "css.Build"
	OpSass        = "css.Sass"
	OpMath        = "math" // Text is a formula
	OpExif        = "exif"
	OpImage       = "image" // Name is resize, fit, fill, crop, process or filter
)

// Operation is something that is done with files. Within one version of a site, what comes of it depends on nothing else.
type Operation struct {
	Kind    string
	Name    string   `json:",omitempty"`
	Options string   `json:",omitempty"` // JSON
	Text    string   `json:",omitempty"`
	Inputs  []string `json:",omitempty"` // the keys of operations

	key string // once it is known; nothing is changed then
}

// Key names the operation.
func (o Operation) Key() string {
	if o.key != "" {
		return o.key
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // it holds nothing but texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// keyed is the operation with its key worked out.
func (o Operation) keyed() Operation {
	o.key = o.Key()
	return o
}

// Asset is what came of an operation.
type Asset struct {
	Path      string `json:"path"` // below static/, if it is published; empty for a file that there is not
	MediaType string `json:"mediaType,omitempty"`
	Sum       string `json:"sum,omitempty"` // SHA-256 of its bytes
	Integrity string `json:"integrity,omitempty"`

	// Width and Height are those of an image that is shown upright, 0 for all else.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`

	// Reads are the files of the site that went into it, sorted. A function does not need them.
	Reads []string `json:"-"`
}

// ErrUnknownAsset says that a function does not know what comes of an operation.
var ErrUnknownAsset = errors.New("the build did not do this, and a function cannot")

// MakeSmall does an operation that needs nothing but its inputs and little code, so that functions can do it too. It is false for others.
func MakeSmall(op Operation, inputs []*Asset, contents [][]byte) (asset *Asset, content []byte, ok bool, err error) {
	switch {
	case op.Kind == OpText:
		content = []byte(op.Text)
		asset = &Asset{Path: op.Name, MediaType: mediaType(op.Name)}
	case op.Kind == OpCopy && len(inputs) == 1:
		copied := *inputs[0]
		copied.Path, content = op.Name, contents[0]
		copied.MediaType = mediaType(op.Name)
		asset = &copied
	case op.Kind == OpConcat && len(inputs) > 0:
		content = concat(op.Name, contents)
		asset = &Asset{Path: op.Name, MediaType: mediaType(op.Name)}
	case op.Kind == OpFingerprint && len(inputs) == 1:
		copied := *inputs[0]
		content = contents[0]
		if asset, err = fingerprinted(&copied, op.Name, content); err != nil {
			return nil, nil, true, err
		}
	default:
		return nil, nil, false, nil
	}
	asset.Sum = Sum(content)
	return asset, content, true, nil
}

// Sum is the SHA-256 of some bytes, in hexadecimal digits.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// concat puts texts behind each other. A script may end without its last semicolon.
func concat(name string, contents [][]byte) []byte {
	between := "\n"
	if path.Ext(name) == ".js" {
		between = "\n;\n"
	}
	return bytes.Join(contents, []byte(between))
}

// fingerprinted is an asset with its hash in its name.
func fingerprinted(asset *Asset, name string, content []byte) (*Asset, error) {
	hashes := map[string]func() hash.Hash{"md5": md5.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	make, ok := hashes[name]
	if !ok {
		return nil, fmt.Errorf("fingerprint: there is no hash %q: write md5, sha256, sha384 or sha512", name)
	}
	h := make()
	h.Write(content)
	sum := h.Sum(nil)
	asset.Integrity = name + "-" + base64.StdEncoding.EncodeToString(sum)
	extension := path.Ext(asset.Path)
	asset.Path = strings.TrimSuffix(asset.Path, extension) + "." + hex.EncodeToString(sum) + extension
	return asset, nil
}

// mediaTypes are written down: package mime asks the machine it runs on.
var mediaTypes = map[string]string{
	".avif": "image/avif", ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml",
	".webp": "image/webp", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".ico": "image/vnd.microsoft.icon",
	".css": "text/css", ".scss": "text/x-scss", ".sass": "text/x-sass", ".csv": "text/csv", ".html": "text/html", ".txt": "text/plain",
	".js": "text/javascript", ".mjs": "text/javascript", ".jsx": "text/jsx", ".ts": "text/typescript", ".tsx": "text/tsx",
	".json": "application/json", ".pdf": "application/pdf", ".xml": "application/xml", ".yaml": "application/yaml", ".zip": "application/zip",
	".webmanifest": "application/manifest+json", ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav", ".mp4": "video/mp4", ".webm": "video/webm",
}

// mediaType is what the extension of a name says.
func mediaType(name string) string {
	if kind, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return kind
	}
	return "application/octet-stream"
}

// MediaTypeOf is what the extension of a name says, such as text/css.
func MediaTypeOf(name string) string { return mediaType(name) }
