package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/isrgen/isrgen/buildoutput/preview"
	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Addresses of the server's own.
const (
	devEvents = "/__isrgen/dev/events"
	devScript = "/__isrgen/dev/client.js"
)

//go:embed dev.js
var devClient []byte

// devServer answers requests for the pages of a site under work, and tells browsers when it changed.
type devServer struct {
	dev      *generator.Dev
	loopback bool // nobody but this machine can reach it
	quiet    bool
	stderr   io.Writer
	began    string // tells one run of the server from another

	mu      sync.Mutex
	failure string        // of the last reload
	changed chan struct{} // closed by the next reload
}

func newDevServer(dev *generator.Dev, loopback, quiet bool, stderr io.Writer) *devServer {
	return &devServer{dev: dev, loopback: loopback, quiet: quiet, stderr: stderr,
		began: strconv.FormatInt(time.Now().UnixNano(), 36), changed: make(chan struct{})}
}

// devState is what browsers are told.
type devState struct {
	Version string                  `json:"version"`
	Faults  []diagnostic.Diagnostic `json:"faults"`
}

func (s *devServer) state() devState {
	faults, version := s.dev.Faults()
	state := devState{Version: fmt.Sprint(s.began, "-", version), Faults: faults}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != "" {
		state.Faults = append([]diagnostic.Diagnostic{{Severity: diagnostic.Error, File: "isrgen", Message: s.failure}}, faults...)
	}
	return state
}

// reload reads the site again and tells those who look at it.
func (s *devServer) reload(ctx context.Context, changed []string) {
	began := time.Now()
	err := s.dev.Reload(ctx, changed...)
	s.mu.Lock()
	s.failure = ""
	if err != nil {
		s.failure = err.Error()
	}
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	what := "the site"
	if len(changed) > 0 {
		what = changed[0]
	}
	if more := len(changed) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	fmt.Fprintf(s.stderr, "%s changed: read in %v\n", printable(what), time.Since(began).Round(100*time.Microsecond))
	printDiagnostics(s.stderr, s.state().Faults)
}

// ServeHTTP answers a request.
func (s *devServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case s.loopback && !preview.IsThisMachine(r.Host):
		// A page elsewhere could have its name lead here, and read what is not published.
		http.Error(w, "This server answers to the names of this machine alone. Use --bind to serve others.", http.StatusMisdirectedRequest)
	case r.URL.Path == devEvents:
		s.events(w, r)
	case r.URL.Path == devScript:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(devClient)
	default:
		s.page(w, r)
	}
}

// events tells the state, and then each new one, as server-sent events.
func (s *devServer) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		text, err := json.Marshal(s.state())
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (s *devServer) page(w http.ResponseWriter, r *http.Request) {
	version := s.state().Version // before the page: one that is older than the next is loaded again
	response, err := s.dev.Respond(r.Context(), r)
	if errors.Is(err, generator.ErrNotRead) {
		response = &generator.DevResponse{Status: http.StatusInternalServerError, Header: http.Header{}, Faults: s.state().Faults}
	} else if err != nil {
		response = &generator.DevResponse{Status: http.StatusInternalServerError, Header: http.Header{},
			Faults: []diagnostic.Diagnostic{{Severity: diagnostic.Error, File: r.URL.Path, Message: err.Error()}}}
	}
	if len(response.Faults) > 0 {
		printDiagnostics(s.stderr, response.Faults)
		response.Header.Set("Content-Type", "text/html; charset=utf-8")
		response.Body = faultPage(response.Faults)
	}
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Cache-Control", "no-store")
	if !s.quiet && strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		response.Body = withScript(response.Body, version)
	}
	w.WriteHeader(response.Status)
	w.Write(response.Body)
}

var faultTemplate = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>This page cannot be rendered</title>
<body data-faults="{{.JSON}}">
<noscript>{{range .Faults}}<pre>{{.}}
{{.Excerpt}}
{{.Advice}}</pre>{{end}}</noscript>
</body></html>
`))

// faultPage is what stands in the place of a page that cannot be rendered.
func faultPage(faults []diagnostic.Diagnostic) []byte {
	text, err := json.Marshal(faults)
	if err != nil {
		text = []byte("[]")
	}
	var b bytes.Buffer
	faultTemplate.Execute(&b, struct {
		JSON   string
		Faults []diagnostic.Diagnostic
	}{string(text), faults})
	return b.Bytes()
}

// withScript adds to a page what loads it again.
func withScript(page []byte, version string) []byte {
	script := `<script src="` + devScript + `?v=` + version + `" async></script>`
	at := bytes.LastIndex(page, []byte("</body>"))
	if at < 0 {
		at = len(page)
	}
	return bytes.Join([][]byte{page[:at], []byte(script), page[at:]}, nil)
}
