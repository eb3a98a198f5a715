package preview

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

// serveStatic answers with a file. One that stands for an error or another status of a route is sent whole, and for an error
// to any method: a route that refuses a method has such a page to say so.
func (x *exchange) serveStatic(file staticFile) error {
	refuses := x.failing || x.decision.Status >= http.StatusBadRequest
	if !refuses && x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		return methodNotAllowed()
	}
	f, err := x.deployment.root.Open(file.path)
	if err != nil {
		return fmt.Errorf("static file: %w", err)
	}
	defer f.Close()
	etag, err := x.deployment.etag(file.path, f)
	if err != nil {
		return fmt.Errorf("static file %s: %w", file.path, err)
	}
	x.from(isr.Hit, "", x.server.clock.now().Sub(x.deployment.started))
	own := http.Header{"Content-Type": {file.contentType}, "Etag": {etag}}
	for name := range own {
		if x.decision.Header.Get(name) != "" {
			delete(own, name)
		}
	}
	x.headers(own)
	if status := x.decision.Status; status != 0 && status != http.StatusOK {
		body, err := io.ReadAll(f)
		if err != nil {
			return fmt.Errorf("static file %s: %w", file.path, err)
		}
		x.w.Header().Del("Etag")
		x.write(status, body)
		return nil
	}
	return x.sendFile(f)
}

// sendFile sends a file after headers. One that is to be compressed is read whole; of all others ranges can be asked for.
func (x *exchange) sendFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := x.w.Header()
	if contentCoding(h, x.r.Header, info.Size()) == "" || x.r.Header.Get("If-Match") != "" {
		http.ServeContent(x.w, x.r, "", time.Time{}, f)
		return nil
	}
	if matches(x.r.Header.Get("If-None-Match"), h.Get("Etag")) {
		weaken(h)
		x.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	x.write(http.StatusOK, body)
	return nil
}

// tag is the ETag of a file as long as it stays as it is.
type tag struct {
	size    int64
	changed time.Time
	value   string
}

// etag gives the strong ETag of an open file: a hash of its content, computed once.
func (d *deployment) etag(path string, f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if known, ok := d.tags.Load(path); ok {
		t := known.(*tag)
		if t.size == info.Size() && t.changed.Equal(info.ModTime()) {
			return t.value, nil
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	value := `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`
	d.tags.Store(path, &tag{info.Size(), info.ModTime(), value})
	return value, nil
}
