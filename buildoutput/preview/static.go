package preview

import (
	"fmt"
	"net/http"
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
	content, err := x.deployment.open(file.path, x.began)
	if err != nil {
		return fmt.Errorf("static file %s: %w", file.path, err)
	}
	defer content.close()
	x.from(isr.Hit, "", x.server.clock.now().Sub(x.deployment.started))
	own := http.Header{"Content-Type": {file.contentType}, "Etag": {content.etag}}
	for name := range own {
		if x.decision.Header.Get(name) != "" {
			delete(own, name)
		}
	}
	x.headers(own)
	if status := x.decision.Status; status != 0 && status != http.StatusOK {
		body, err := content.all()
		if err != nil {
			return fmt.Errorf("static file %s: %w", file.path, err)
		}
		x.w.Header().Del("Etag")
		x.write(status, body)
		return nil
	}
	return x.sendFile(content)
}

// sendFile sends a file after headers. One that is to be compressed is read whole; of all others ranges can be asked for.
func (x *exchange) sendFile(content content) error {
	h, visitor := x.w.Header(), x.r.Header
	coding := contentCoding(h, visitor, content.info.Size())
	whole := visitor.Get("If-None-Match") == "" && visitor.Get("Range") == "" && content.body != nil
	switch {
	case visitor.Get("If-Match") != "" || coding == "" && !whole:
		http.ServeContent(x.w, x.r, "", time.Time{}, content.reader())
		return nil
	case coding == "":
		h.Set("Accept-Ranges", "bytes")
	case matches(visitor.Get("If-None-Match"), h.Get("Etag")):
		weaken(h)
		x.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := content.all()
	if err != nil {
		return err
	}
	x.send(http.StatusOK, coding, body)
	return nil
}
