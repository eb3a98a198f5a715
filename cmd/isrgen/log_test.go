package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestLogText shows the lines that people watch.
func TestLogText(t *testing.T) {
	var b bytes.Buffer
	log, err := newLogger(&b, logText, slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("request", "method", "GET", "path", "/blog/two", "status", 200, "cache", "MISS", "reason", "cold",
		"output", "blog/[slug]", "route", 2, "src", "/blog/(?<slug>[^/]+)", "duration", 33123456*time.Nanosecond)
	log.Info("request", "method", "DELETE", "path", "/", "status", 405, "cache", "MISS", "code", "INVALID_REQUEST_METHOD",
		"duration", 123*time.Microsecond, "err", errors.New("only GET and HEAD"))
	log.Error("request", "method", "GET", "path", "/api", "status", 500, "cache", "MISS", "output", "api", "function", "cold",
		"code", "FUNCTION_INVOCATION_FAILED", "duration", 2345*time.Millisecond, "err", errors.New("exit status 7\n\tat main\x1b[2J\n"))
	log.Info("request", "method", "GET", "path", "/\x1b[2J", "status", 404, "cache", "MISS", "duration", time.Millisecond)
	log.Info("render", "key", "localhost/blog/two", "status", 200, "bytes", 10, "cold", true, "duration", 30*time.Millisecond)
	log.Info("function output", "function", "api", "stream", "stdout", "text", "hello")
	log.Warn("function cannot run here", "err", errors.New("api: no such runtime"))
	log.With("a", 1).Info("new output", "dir", "/out")
	log.Debug("nothing")
	want := strings.TrimPrefix(`
200 GET    MISS cold            33.1ms  /blog/two → blog/[slug], route 2 /blog/(?<slug>[^/]+)
405 DELETE MISS                  120µs  /  INVALID_REQUEST_METHOD
500 GET    MISS                  2.35s  /api → api cold  FUNCTION_INVOCATION_FAILED
    exit status 7
    "  at main\x1b[2J"
404 GET    MISS                    1ms  "/\x1b[2J"
200 render cold                   30ms  localhost/blog/two
    api │ hello
warning: function cannot run here: api: no such runtime
new output a=1 dir=/out
`, "\n")
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestLogFormat(t *testing.T) {
	if _, err := newLogger(nil, "xml", slog.LevelInfo); err == nil || !strings.Contains(err.Error(), "xml") {
		t.Error(err)
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"http://localhost:3000/api/cron": "http://localhost:3000/api/cron",
		"/a?b=1&c":                       "'/a?b=1&c'",
		"/it's$(x)":                      `'/it'\''s$(x)'`,
	} {
		if got := shellWord(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
