// Package cmstest is a small content management system for tests: a web server with a database file, whose items can be
// created, changed, deleted and renamed, and which can be made to fail in the ways that such systems do.
package cmstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// Item is one entry of the database.
type Item struct {
	Slug        string   `json:"slug"`
	Name        string   `json:"name"`
	Price       float64  `json:"price"`
	Published   string   `json:"published_at,omitempty"`
	Available   string   `json:"available_from,omitempty"`
	Gone        string   `json:"gone_at,omitempty"`
	Draft       bool     `json:"draft,omitempty"`
	Tags        []Tag    `json:"tags,omitempty"`
	Description string   `json:"description"`
	Images      []string `json:"images,omitempty"`
}

// Tag is a term of an item.
type Tag struct {
	Name string `json:"name"`
}

// Fault is a way to fail.
type Fault string

// The faults.
const (
	Sound     Fault = ""
	Down      Fault = "down"      // the connection breaks off
	Slow      Fault = "slow"      // no answer within a second
	Broken    Fault = "broken"    // status 500, with the credential in the text
	Malformed Fault = "malformed" // half of the JSON
	Empty     Fault = "empty"     // another object than it should be
	Missing   Fault = "missing"   // 404 for everything
	Large     Fault = "large"     // more than anybody wants
	Cached    Fault = "cached"    // a cache on the way answers, with Age
)

// Request is one that came in.
type Request struct {
	Path   string // with the query
	Header http.Header
	Status int
}

// CMS is the system. It may be used by several goroutines.
type CMS struct {
	URL   string
	Token string // what requests must bring, empty for nothing

	server *httptest.Server
	db     *bbolt.DB

	mu       sync.Mutex
	fault    Fault
	requests []Request
}

var bucket = []byte("items")

// New starts a CMS with a database in a directory of the test, and stops it with the test.
func New(t testing.TB, items ...Item) *CMS {
	t.Helper()
	c, err := Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.Put(t, items...)
	return c
}

// Start starts a CMS with a database in a directory. It must be closed.
func Start(dir string) (*CMS, error) { return StartAt(dir, "127.0.0.1:0") }

// StartAt starts a CMS at an address.
func StartAt(dir, address string) (*CMS, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	db, err := bbolt.Open(filepath.Join(dir, "cms.db"), 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	c := &CMS{db: db}
	if err := c.Store(); err != nil {
		return nil, errors.Join(err, db.Close(), listener.Close())
	}
	c.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(c.serve)}}
	c.server.Start()
	c.URL = c.server.URL
	return c, nil
}

// Close stops the CMS.
func (c *CMS) Close() {
	c.server.CloseClientConnections()
	c.server.Close()
	c.db.Close()
}

// Put is Store for a test.
func (c *CMS) Put(t testing.TB, items ...Item) {
	t.Helper()
	if err := c.Store(items...); err != nil {
		t.Fatal(err)
	}
}

// Store creates items, or changes those that are there.
func (c *CMS) Store(items ...Item) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		for _, item := range items {
			text, marshalErr := json.Marshal(item)
			err = errors.Join(err, marshalErr, b.Put([]byte(item.Slug), text))
		}
		return err
	})
}

// Delete is Remove for a test.
func (c *CMS) Delete(t testing.TB, slugs ...string) {
	t.Helper()
	if err := c.Remove(slugs...); err != nil {
		t.Fatal(err)
	}
}

// Remove deletes items.
func (c *CMS) Remove(slugs ...string) error {
	return c.db.Update(func(tx *bbolt.Tx) (err error) {
		for _, slug := range slugs {
			err = errors.Join(err, tx.Bucket(bucket).Delete([]byte(slug)))
		}
		return err
	})
}

// Fail makes all requests from now on fail in a way, until [Sound].
func (c *CMS) Fail(fault Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = fault
}

// Requests returns those that came since the last call.
func (c *CMS) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.requests
	c.requests = nil
	return all
}

func (c *CMS) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == controlPath {
		c.control(w, r)
		return
	}
	recorder := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	c.mu.Lock()
	fault := c.fault
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.requests = append(c.requests, Request{r.URL.RequestURI(), r.Header, recorder.status})
	}()
	if c.Token != "" && r.Header.Get("Authorization") != "Bearer "+c.Token {
		http.Error(recorder, "who are you?", http.StatusUnauthorized)
		return
	}
	if c.failed(recorder, r, fault) {
		return
	}
	value, err := c.answer(r)
	if err != nil {
		http.Error(recorder, err.Error(), http.StatusNotFound)
		return
	}
	text, _ := json.Marshal(value)
	etag := fmt.Sprintf(`"%x"`, hash(text))
	recorder.Header().Set("ETag", etag)
	recorder.Header().Set("Content-Type", "application/json")
	if r.Header.Get("If-None-Match") == etag {
		recorder.WriteHeader(http.StatusNotModified)
		return
	}
	recorder.Write(text)
}

// failed answers with a fault, if there is one.
func (c *CMS) failed(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	switch fault {
	case Down:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-r.Context().Done():
		case <-time.After(3 * time.Second):
		}
	case Broken:
		http.Error(w, "no database for "+r.Header.Get("Authorization"), http.StatusInternalServerError)
	case Malformed:
		fmt.Fprint(w, `{"data": {"slug": "a", "name": "Half`)
	case Empty:
		fmt.Fprint(w, `{"message": "try again later"}`)
	case Missing:
		http.NotFound(w, r)
	case Large:
		fmt.Fprint(w, `{"data": "`, strings.Repeat("x", 11<<20), `"}`)
	case Cached:
		w.Header().Set("Age", "120")
		return false
	default:
		return false
	}
	return true
}

// answer reads what a request is for: /items?page=N&per=N, /items/SLUG, or /files.
func (c *CMS) answer(r *http.Request) (value any, err error) {
	err = c.db.View(func(tx *bbolt.Tx) error {
		items := tx.Bucket(bucket)
		if slug, ok := strings.CutPrefix(r.URL.Path, "/items/"); ok {
			text := items.Get([]byte(slug))
			if text == nil {
				return errors.New("no such item")
			}
			value = map[string]any{"data": json.RawMessage(strings.Clone(string(text)))}
			return nil
		}
		if r.URL.Path != "/items" {
			return errors.New("no such address")
		}
		value = page(items, r)
		return nil
	})
	return value, err
}

// page is one page of the list of items.
func page(items *bbolt.Bucket, r *http.Request) map[string]any {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	per, _ := strconv.Atoi(r.URL.Query().Get("per"))
	number, per = max(number, 1), max(per, 1)
	if r.URL.Query().Get("per") == "" {
		per = 100
	}
	all := []json.RawMessage{}
	n := 0
	items.ForEach(func(_, text []byte) error {
		if n++; n > (number-1)*per && n <= number*per {
			all = append(all, json.RawMessage(strings.Clone(string(text))))
		}
		return nil
	})
	return map[string]any{"data": map[string]any{"items": all}, "meta": map[string]any{"pages": (n + per - 1) / per, "total": n}}
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status and sends it.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func hash(text []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
