package preview

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// renderer is what the ISR cache asks for responses: the functions of a deployment and the fallbacks beside them.
type renderer struct {
	server     *Server
	deployment *deployment
}

// Render asks a function for the page of a key. What the function sees depends on nothing that differs between two visits
// with this key, except for the headers that the config's allowHeader names.
//
// Source: the platform's documentation, "Build Output API: Primitives", passQuery and allowQuery; for the path and
// x-now-route-matches, what the adapters of Nitro, SvelteKit and Astro rely on.
func (r *renderer) Render(ctx context.Context, req *isr.Request) (*isr.Response, error) {
	out := r.deployment.outputs
	output := req.Key.Output
	r.server.gate.RLock()
	r.server.gate.RUnlock()
	if _, down := r.server.down.Load(output); down {
		return nil, errDown
	}
	request := &emulator.Request{
		Method: http.MethodGet,
		Host:   r.server.host(req.Key.Domain),
		Path:   functionPath(output),
		Header: r.header(req),
	}
	if config := &out.prerenders[output].Config; config.PassQuery {
		request.Path = withQuery(request.Path, req.Key.Query)
	} else if req.Matches != "" {
		request.Header.Set("X-Now-Route-Matches", req.Matches)
	}
	resp, err := r.deployment.emulator.Invoke(ctx, output, out.functions[output], request)
	if err != nil {
		return nil, err
	}
	r.server.log.Info("render", "key", req.Key, "status", resp.Status, "bytes", len(resp.Body), "cold", resp.Cold, "duration", resp.Duration)
	return &isr.Response{Status: resp.Status, Header: resp.Header, Body: resp.Body}, nil
}

// errDown is the failure of a function that was taken down by hand.
var errDown = errors.New("the function was taken down in this preview")

func (r *renderer) header(req *isr.Request) http.Header {
	h := http.Header{}
	for name, values := range req.Header {
		h[name] = values
	}
	id := req.Invocation
	if id == "" {
		id = r.server.newID(req.Region, time.Now())
	}
	platformHeader(h, id, r.server.origin.Scheme, r.server.host(req.Key.Domain), "127.0.0.1")
	matched := req.MatchedPath
	if matched == "" {
		matched = functionPath(req.Key.Output)
	}
	h.Set("X-Matched-Path", matched)
	return h
}

// functionPath is the path which a prerender function sees: that of its output, whatever the visitor asked for.
func functionPath(output string) string {
	if output == "index" {
		return "/"
	}
	return "/" + output
}

// Fallback reads the response that the build prepared for an output. Its content type is the config's, else the one of the
// file's extension.
func (r *renderer) Fallback(output string) (*isr.Response, error) {
	p := r.deployment.outputs.prerenders[output]
	if p.Fallback == nil {
		return nil, nil
	}
	var body bytes.Buffer
	if _, err := p.Fallback.Content.WriteTo(&body); err != nil {
		return nil, err
	}
	resp := &isr.Response{Status: http.StatusOK, Header: http.Header{}, Body: body.Bytes()}
	resp.Header.Set("Content-Type", buildoutput.ContentType(p.Fallback.Path))
	if t := p.Config.Fallback.ContentType; t != "" {
		resp.Header.Set("Content-Type", t)
	}
	for name, value := range p.Config.InitialHeaders {
		resp.Header.Set(name, value)
	}
	if p.Config.InitialStatus != 0 {
		resp.Status = p.Config.InitialStatus
	}
	return resp, nil
}
