package source

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
)

// Cache keeps answers of sources on disk, so that a build asks whether they changed instead of for all of them. It holds no
// credentials. What cannot be read or written is as if it were not there: the source is asked.
type Cache struct{ dir string }

// NewCache keeps answers in a directory, which is made when it is needed.
func NewCache(dir string) *Cache { return &Cache{dir} }

// cached is one answer.
type cached struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
	Link         string `json:"link,omitempty"`
	Body         []byte `json:"body"`
}

// file is where the answer to a request is. Another credential may get another answer, but has the same ETag only for the same.
func (c *Cache) file(req *http.Request) string {
	sum := sha256.Sum256([]byte(req.URL.String()))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:16])+".json")
}

func (c *Cache) load(req *http.Request) *cached {
	if c == nil {
		return nil
	}
	text, err := os.ReadFile(c.file(req))
	if err != nil {
		return nil
	}
	entry := &cached{}
	if json.Unmarshal(text, entry) != nil {
		return nil
	}
	return entry
}

// condition makes a request conditional if there is an answer, and returns that one's body.
func (c *Cache) condition(req *http.Request) []byte {
	entry := c.load(req)
	if entry == nil {
		return nil
	}
	if entry.ETag != "" {
		req.Header.Set("If-None-Match", entry.ETag)
	}
	if entry.LastModified != "" {
		req.Header.Set("If-Modified-Since", entry.LastModified)
	}
	return entry.Body
}

// keep stores an answer that says how to ask whether it changed.
func (c *Cache) keep(req *http.Request, resp *http.Response, body []byte) {
	entry := cached{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified"), Link: resp.Header.Get("Link"), Body: body}
	if c == nil || entry.ETag == "" && entry.LastModified == "" || resp.Request.URL.Host != req.URL.Host {
		return
	}
	text, err := json.Marshal(entry)
	if err != nil || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	file := c.file(req)
	temporary, err := os.CreateTemp(c.dir, "new-*")
	if err != nil {
		return
	}
	_, err = temporary.Write(text)
	if temporary.Close() != nil || err != nil || os.Rename(temporary.Name(), file) != nil {
		os.Remove(temporary.Name())
	}
}

// link is the header Link of an answer, which one that says "not modified" may lack.
func (c *Cache) link(req *http.Request, resp *http.Response) string {
	if link := resp.Header.Get("Link"); link != "" || resp.StatusCode != http.StatusNotModified {
		return link
	}
	if entry := c.load(req); entry != nil {
		return entry.Link
	}
	return ""
}
