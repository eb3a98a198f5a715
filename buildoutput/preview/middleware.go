package preview

import (
	"errors"

	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// codeMiddlewareTimeout is the platform's code for a middleware that does not answer.
//
// Source: the platform's documentation, "Errors".
const codeMiddlewareTimeout = "MIDDLEWARE_INVOCATION_TIMEOUT"

// middleware asks a middleware, which is a function like any other, for what routing is to do with the visitor's request.
func (x *exchange) middleware(output string, r *routing.Request) (*routing.MiddlewareResponse, error) {
	resp, err := x.askMiddleware(output, r)
	if err != nil {
		x.broken = err
		return nil, err
	}
	return &routing.MiddlewareResponse{Status: resp.Status, Header: resp.Header, Body: resp.Body}, nil
}

// askMiddleware invokes it. That it is a function was seen to when the output was read.
func (x *exchange) askMiddleware(output string, r *routing.Request) (*emulator.Response, error) {
	body, err := x.readBody()
	if err != nil {
		return nil, err
	}
	return x.deployment.emulator.Invoke(x.r.Context(), output, x.deployment.outputs.functions[output], &emulator.Request{
		Method: x.r.Method,
		Host:   r.Host,
		Path:   withQuery(r.Path, r.RawQuery),
		Header: x.forwarded(r.Header),
		Body:   body,

		Middleware: true,
	})
}

// routingFailure is the failure of a request that routing ended. What a middleware failed with says more.
func (x *exchange) routingFailure() error {
	d := x.decision
	if d.Err != routing.ErrMiddlewareFailed || x.broken == nil {
		return &failure{d.Status, d.Err, ""}
	}
	var e *emulator.Error
	switch {
	case !errors.As(x.broken, &e):
		return x.broken
	case e.Kind == emulator.TimedOut:
		return &failure{e.Status(), codeMiddlewareTimeout, e.Detail}
	case e.Code() == emulator.CodeUnsupported || e.Code() == emulator.CodePortTaken:
		return &failure{d.Status, e.Code(), e.Detail}
	}
	return &failure{d.Status, d.Err, e.Detail}
}
