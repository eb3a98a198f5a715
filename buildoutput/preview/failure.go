package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// Codes for x-vercel-error. Those that begin with ISRGEN are ours, the others are the platform's.
//
// Source: the platform's documentation, "Errors".
const (
	codeNotFound   = "NOT_FOUND"
	codeMethod     = "INVALID_REQUEST_METHOD"
	codeBadRequest = "BAD_REQUEST"
	codeInternal   = "INTERNAL_UNEXPECTED_ERROR"
)

// failure is a request that has no better answer than an error.
type failure struct {
	status int
	code   string // x-vercel-error, empty for none
	detail string // for whoever runs the preview
}

// Error gives the code and the detail.
func (f *failure) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("%d %s: %s", f.status, f.code, f.detail), ": ")
}

// statusGone is for the log: the visitor left before there was an answer.
const statusGone = 499

func methodNotAllowed() *failure {
	return &failure{http.StatusMethodNotAllowed, codeMethod, "only GET and HEAD are served here"}
}

// fail answers for everything that went wrong: with the page that the config's error phase has for the status, else with
// one of ours.
func (x *exchange) fail(err error) {
	x.err = err
	if errors.Is(err, context.Canceled) && x.r.Context().Err() != nil {
		x.w.status = statusGone
		return
	}
	f := asFailure(err)
	x.code = f.code
	if x.w.status != 0 {
		return
	}
	routed := x.decision != nil && x.decision.Kind == routing.Error
	if x.request != nil && !routed && x.errorPage(f) {
		return
	}
	x.page(f)
}

func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		if f.status < 400 || f.status > 599 {
			f = &failure{http.StatusInternalServerError, f.code, f.detail}
		}
		return f
	}
	if f, ok := failureOf(err); ok {
		return f
	}
	if errors.Is(err, isr.ErrMethod) {
		return methodNotAllowed()
	}
	return &failure{http.StatusInternalServerError, codeInternal, err.Error()}
}

// errorPage runs the error phase and reports whether it had an answer.
func (x *exchange) errorPage(f *failure) bool {
	before := *x
	x.decision = x.deployment.router.ResolveStatus(x.request, f.status)
	if x.decision.Kind == routing.Serve {
		if x.decision.Status == 0 {
			x.decision.Status = f.status
		}
		x.failing = true
		allow(x, f)
		if err := x.serve(); err == nil {
			return true
		}
	}
	*x = before
	return x.w.status != 0
}

// allow adds the header that a 405 must have to those of the routes.
func allow(x *exchange, f *failure) {
	if f.status != http.StatusMethodNotAllowed {
		return
	}
	header := x.decision.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Allow", "GET, HEAD")
	x.decision.Header = header
}

// page sends our own error page: HTML for browsers and text for everything else.
func (x *exchange) page(f *failure) {
	x.code = f.code
	own := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	if f.status == http.StatusMethodNotAllowed {
		own.Set("Allow", "GET, HEAD")
	}
	view := errorView{Status: f.status, Text: http.StatusText(f.status), Code: f.code, Detail: f.detail, ID: x.id}
	body := []byte(view.text())
	if strings.Contains(x.r.Header.Get("Accept"), "text/html") {
		var page bytes.Buffer
		if err := errorTemplate.Execute(&page, view); err == nil {
			own.Set("Content-Type", "text/html; charset=utf-8")
			body = page.Bytes()
		}
	}
	x.headers(own)
	x.write(f.status, body)
}

// errorView is what our error page shows.
type errorView struct {
	Status                 int
	Text, Code, Detail, ID string
}

func (v errorView) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", v.Status, v.Text)
	for _, line := range []string{v.Code, v.Detail, v.ID} {
		if line != "" {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

var errorTemplate = template.Must(template.New("error").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{.Status}} {{.Text}}</title>
<link rel="icon" href="data:,">
<style>
:root { --paper: #fcfcfa; --ink: #1b1f1d; --quiet: #5a625e; --tint: #f1f3ee; color-scheme: light dark }
@media (prefers-color-scheme: dark) { :root { --paper: #151817; --ink: #e2e4df; --quiet: #9ea6a1; --tint: #1f2422 } }
body { max-width: 40rem; margin: 15vh auto; padding: 0 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.2 }
code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .875rem }
pre { padding: 1rem 1.2rem; border-radius: 4px; background: var(--tint); white-space: pre-wrap }
code, pre { overflow-wrap: anywhere }
footer { margin-top: 3rem; color: var(--quiet); font-size: .875rem }
</style>
</head>
<body>
<main>
<h1>{{.Status}} {{.Text}}</h1>
{{with .Code}}<p>Code: <code>{{.}}</code></p>
{{end}}{{with .Detail}}<pre>{{.}}</pre>
{{end}}</main>
<footer><p>isrgen preview · request <code>{{.ID}}</code></p></footer>
</body>
</html>
`))
