package links

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// host is another site, which notes what it is asked.
type host struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	open     int
	most     int // requests at the same time
}

func newHost(t *testing.T) *host {
	h := &host{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.Method + " " + r.URL.RequestURI()
		h.mu.Lock()
		h.requests = append(h.requests, asked)
		before := strings.Count("\n"+strings.Join(h.requests, "\n")+"\n", "\n"+asked+"\n")
		h.open++
		h.most = max(h.most, h.open)
		h.mu.Unlock()
		defer func() {
			h.mu.Lock()
			h.open--
			h.mu.Unlock()
		}()
		switch path := r.URL.Path; {
		case path == "/moved":
			http.Redirect(w, r, "/ok", http.StatusMovedPermanently)
		case path == "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case path == "/gone":
			w.WriteHeader(http.StatusGone)
		case path == "/no-head" && r.Method == http.MethodHead:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case path == "/broken", path == "/waking" && before == 1:
			w.WriteHeader(http.StatusInternalServerError)
		case path == "/busy":
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case path == "/later":
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case path == "/slow":
			<-r.Context().Done()
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *host) asked(what string) int {
	n := 0
	for _, request := range h.requests {
		if request == what {
			n++
		}
	}
	return n
}

// pageWith is an output with one page of links.
func pageWith(addresses ...string) fstest.MapFS {
	text := "<!doctype html>\n"
	for _, address := range addresses {
		text += fmt.Sprintf("<p><a href=%q>x</a>\n", address)
	}
	return fstest.MapFS{"static/index.html": {Data: []byte(text)}}
}

// impatient are options for tests.
func impatient() Options {
	return Options{Pause: time.Millisecond, Timeout: 5 * time.Second, AllowPrivate: true}
}

func TestAnswers(t *testing.T) {
	h := newHost(t)
	for _, test := range []struct {
		path     string
		message  string   // empty where nothing is wrong
		requests []string // HEAD and GET of the path
	}{
		{"/ok", "", []string{"HEAD"}},
		{"/moved", "", []string{"HEAD"}},
		{"/no-head", "", []string{"HEAD", "GET"}},
		{"/waking", "", []string{"HEAD", "GET", "HEAD"}},
		{"/gone", "410 Gone", []string{"HEAD", "GET"}},
		{"/broken", "500 Internal Server Error", []string{"HEAD", "GET", "HEAD", "GET", "HEAD", "GET"}},
		{"/busy", "429 Too Many Requests", []string{"HEAD", "HEAD", "HEAD"}},
	} {
		h.requests = nil
		report, err := Check(t.Context(), pageWith(h.URL+test.path), impatient())
		if err != nil {
			t.Fatal(err)
		}
		message := ""
		for _, finding := range report.Findings {
			message = finding.Message
		}
		if message != test.message {
			t.Errorf("%s: %q, want %q", test.path, message, test.message)
		}
		var methods []string
		for _, request := range h.requests {
			if method, path, _ := strings.Cut(request, " "); path == test.path {
				methods = append(methods, method)
			}
		}
		if !slices.Equal(methods, test.requests) {
			t.Errorf("%s: %q, want %q", test.path, methods, test.requests)
		}
	}
}

// TestPoliteness has many links to one host, which says that it is busy.
func TestPoliteness(t *testing.T) {
	h, other := newHost(t), newHost(t)
	options := impatient()
	options.Pause = 20 * time.Millisecond
	var addresses []string
	for i := range 5 {
		addresses = append(addresses, fmt.Sprintf("%s/ok?%d", h.URL, i), fmt.Sprintf("%s/ok?%d", other.URL, i))
	}
	began := time.Now()
	report, err := Check(t.Context(), pageWith(addresses...), options)
	if err != nil || len(report.Findings) > 0 || report.Addresses != 10 || report.Hosts != 2 || report.Requests != 10 {
		t.Fatalf("%+v, %v", report, err)
	}
	if took := time.Since(began); took < 4*options.Pause {
		t.Errorf("five requests to one host took %v", took)
	}
	if h.most > 1 || other.most > 1 {
		t.Errorf("%d and %d requests to one host at the same time", h.most, other.most)
	}
	began = time.Now()
	options.Retries = 1
	if _, err := Check(t.Context(), pageWith(h.URL+"/later"), options); err != nil || h.asked("HEAD /later") != 2 || time.Since(began) < time.Second {
		t.Errorf("asked %d times in %v: %v", h.asked("HEAD /later"), time.Since(began), err)
	}
}

func TestNoAnswer(t *testing.T) {
	h, closed := newHost(t), httptest.NewServer(nil)
	closed.Close()
	options := impatient()
	options.Timeout, options.Retries = 100*time.Millisecond, -1
	for address, want := range map[string]string{
		"http://name.invalid/": "there is no host name.invalid",
		closed.URL + "/":       "connection refused",
		h.URL + "/slow":        "no answer in time",
		h.URL + "/circle":      "more than 10 redirects",
	} {
		report, err := Check(t.Context(), pageWith(address), options)
		if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Message, want) {
			t.Errorf("%s: %+v, %v, want %q", address, report, err, want)
		}
	}
}

// TestPrivate has a link to this machine, in some of the ways that lead there.
func TestPrivate(t *testing.T) {
	h := newHost(t)
	options := impatient()
	options.AllowPrivate = false
	_, port, _ := strings.Cut(strings.TrimPrefix(h.URL, "http://"), ":")
	output := pageWith(h.URL+"/ok", "http://localhost:"+port+"/ok", "http://[::ffff:127.0.0.1]:"+port+"/ok", "http://2130706433:"+port+"/ok")
	report, err := Check(t.Context(), output, options)
	if err != nil || len(report.Findings) != 4 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, finding := range report.Findings[:3] {
		if !strings.Contains(finding.Message, "inside a network") {
			t.Errorf("%+v", finding)
		}
	}
	if len(h.requests) > 0 {
		t.Errorf("the host was asked: %q", h.requests)
	}
}

func TestPages(t *testing.T) {
	h := newHost(t)
	output := fstest.MapFS{
		"static/index.html": {Data: []byte("<link rel=canonical href=https://own.example/>\n<a href='https://own.example/none'>own</a> <a href=/a>in</a>\n" +
			"<a href=\"" + h.URL + "/gone#part\">one</a><a href='mailto:a@example.com'>mail</a>\n<link rel=preconnect href=" + h.URL + "/hint>")},
		"functions/posts.prerender-fallback.html": {Data: []byte("<!-- <a href='" + h.URL + "/comment'> -->\n\n  <img src=" + h.URL + "/gone>")},
		"functions/api.func/page.html":            {Data: []byte("<a href='" + h.URL + "/function'>")},
		"static/feed.xml":                         {Data: []byte("<a href='" + h.URL + "/feed'>")},
		"static/not.html":                         {Data: []byte("<a href='http:///x'><a href='https://skip.example/a/b?c=d'>")},
	}
	options := impatient()
	options.Exclude = []string{"https://skip.example/**", "*.invalid"}
	report, err := Check(t.Context(), output, options)
	if err != nil || report.Pages != 3 || len(report.Findings) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	want := []Place{{"functions/posts.prerender-fallback.html", 3, 3}, {"static/index.html", 3, 1}}
	if got := report.Findings[0]; got.URL != h.URL+"/gone" || !reflect.DeepEqual(got.Places, want) {
		t.Errorf("%+v, want %v", got, want)
	}
	if h.asked("HEAD /gone") != 1 || len(h.requests) != 2 {
		t.Errorf("the host was asked %q", h.requests)
	}
}

func TestInterrupted(t *testing.T) {
	h := newHost(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, pageWith(h.URL+"/ok", h.URL+"/gone"), impatient()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
