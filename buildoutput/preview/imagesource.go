package preview

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	maxImageSource    = 64 << 20 // bytes
	maxImageRedirects = 3
)

// localImage asks the deployment itself, as a visitor whom it knows nothing about.
func (x *exchange) localImage(ctx context.Context, u *url.URL) (source []byte, header http.Header, err error) {
	if imagePaths[u.Path] {
		return nil, nil, &failure{http.StatusBadRequest, codeImageRequest, "url: an optimised image is no source"}
	}
	r := (&http.Request{
		Method: http.MethodGet, URL: u, RequestURI: u.RequestURI(), Host: x.r.Host, RemoteAddr: x.r.RemoteAddr,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Accept": {"image/*"}}, Body: http.NoBody,
	}).WithContext(ctx)
	w := &memory{header: http.Header{}}
	defer func() {
		if v := recover(); v == http.ErrAbortHandler { // a proxied response broke off
			err = &failure{http.StatusBadGateway, codeImageInternal, u.Path + ": the response broke off"}
		} else if v != nil {
			panic(v)
		}
	}()
	inner := newExchange(x.server, x.deployment, w, r, time.Now())
	if err := inner.answer(); err != nil {
		return nil, nil, &failure{http.StatusBadGateway, codeImageInternal, fmt.Sprintf("%s: %v", u.Path, err)}
	}
	if inner.w.status != http.StatusOK {
		return nil, nil, &failure{http.StatusBadGateway, codeImageInternal, fmt.Sprintf("%s: the deployment answered with %d", u.Path, inner.w.status)}
	}
	if w.body.Len() > maxImageSource {
		return nil, nil, &failure{http.StatusBadRequest, codeImageRequest, tooLarge(u)}
	}
	return w.body.Bytes(), w.header, nil
}

func tooLarge(u *url.URL) string {
	return fmt.Sprintf("%s has more than %d bytes", withoutQuery(u), maxImageSource)
}

// memory is a response that is kept, up to one byte more than a source may have.
type memory struct {
	header http.Header
	body   bytes.Buffer
}

func (m *memory) Header() http.Header { return m.header }
func (m *memory) WriteHeader(int)     {}
func (m *memory) Write(b []byte) (int, error) {
	if room := maxImageSource + 1 - m.body.Len(); len(b) > room {
		m.body.Write(b[:room])
		return room, io.ErrShortWrite
	}
	return m.body.Write(b)
}

// remoteImage asks another host. Redirects are followed to what the config and the options allow.
func (x *exchange) remoteImage(ctx context.Context, u *url.URL) ([]byte, http.Header, error) {
	if err := x.server.external.permit(u); err != nil {
		return nil, nil, err
	}
	client := &http.Client{Transport: x.server.external.transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxImageRedirects {
			return &failure{http.StatusBadGateway, codeImageRedirects, withoutQuery(u)}
		}
		if err := x.deployment.images.optimizer.Allowed(r.URL); err != nil {
			return &failure{http.StatusBadGateway, codeImageExternal, "a redirect: " + err.Error()}
		}
		return x.server.external.permit(r.URL)
	}}
	req := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Accept": {"image/*"}}}).WithContext(ctx)
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, imageFailure(err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, nil, &failure{http.StatusBadGateway, codeImageUnauthorized, fmt.Sprintf("%s answered with %s", withoutQuery(u), resp.Status)}
	default:
		return nil, nil, &failure{http.StatusBadGateway, codeImageExternal, fmt.Sprintf("%s answered with %s", withoutQuery(u), resp.Status)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxImageSource+1))
	if err != nil {
		return nil, nil, imageFailure(err)
	}
	if len(body) > maxImageSource {
		return nil, nil, &failure{http.StatusBadGateway, codeImageInvalid, tooLarge(u)}
	}
	return body, resp.Header, nil
}

// imageFailure gives a transport's error the code for images, unless the host may not be asked at all.
func imageFailure(err error) *failure {
	f := externalFailure(err)
	if f.code == codeConnection || f.code == codeExternal || f.code == codeHandshake {
		f.code = codeImageExternal
	}
	return f
}
