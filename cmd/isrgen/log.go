package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// logFormats are the values of --log.
const (
	logText = "text"
	logJSON = "json"
)

// newLogger writes the lines of a preview: for people as text, for programs as JSON, one object a line.
func newLogger(w io.Writer, format string, level slog.Level) (*slog.Logger, error) {
	switch format {
	case logText:
		return slog.New(&lineHandler{out: &lines{w: w}, level: level}), nil
	case logJSON:
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: milliseconds})), nil
	}
	return nil, fmt.Errorf("--log %q: want %s or %s", format, logText, logJSON)
}

// milliseconds gives durations a unit that needs no explanation.
func milliseconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.Float64(a.Key+"Ms", float64(a.Value.Duration().Microseconds())/1000)
	}
	return a
}

// lineHandler writes one line for each record, in columns: what a person watches, without what they know, such as the
// time. It is an slog.Handler.
type lineHandler struct {
	out   *lines
	level slog.Level
	attrs []slog.Attr
}

// lines is a writer for several goroutines at once.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

// Enabled reports whether records of a level are written.
func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs gives a handler that adds attributes to each record.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append(with.attrs[:len(with.attrs):len(with.attrs)], attrs...)
	return &with
}

// WithGroup gives h: lines have no groups.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }

// Handle writes a record.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	attrs := append([]slog.Attr(nil), h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	line := h.other(r, attrs)
	switch r.Message {
	case "request":
		line = h.request(attrs)
	case "render":
		line = h.render(attrs)
	case "function output":
		line = h.output(attrs)
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := io.WriteString(h.out.w, line+"\n")
	return err
}

func (h *lineHandler) paint(code, text string) string {
	if text == "" {
		return ""
	}
	return paint(h.out.w, code, text)
}

// value gives the text of an attribute, empty if it is not there.
func value(attrs []slog.Attr, key string) string {
	for _, a := range attrs {
		if a.Key == key {
			if a.Value.Kind() == slog.KindDuration {
				return shortDuration(a.Value.Duration())
			}
			return printable(a.Value.String())
		}
	}
	return ""
}

// block gives the text of an error, which may have several lines, with those after the first indented.
func block(attrs []slog.Attr) string {
	for _, a := range attrs {
		if a.Key == "err" {
			lines := strings.Split(strings.TrimRight(a.Value.String(), "\n"), "\n")
			for i, line := range lines {
				lines[i] = printable(strings.ReplaceAll(line, "\t", "  "))
			}
			return strings.Join(lines, "\n    ")
		}
	}
	return ""
}

// printable keeps a visitor from writing to the terminal by way of a path.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// shortDuration has three digits or so.
func shortDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// request is such as
//
//	200 GET    MISS cold           33.1ms  /blog/two → blog/[slug], route 2 /blog/(?<slug>[^/]+)
func (h *lineHandler) request(attrs []slog.Attr) string {
	status := value(attrs, "status")
	cache := strings.TrimSpace(value(attrs, "cache") + " " + value(attrs, "reason"))
	line := fmt.Sprintf("%s %-6s %-18s %8s  %s", h.paint(statusColour(status), fmt.Sprintf("%3s", status)), value(attrs, "method"), cache,
		value(attrs, "duration"), value(attrs, "path"))
	return line + h.paint(dim, origin(attrs)) + h.paint(red, failureText(attrs))
}

// origin says which output and which route a response is of.
func origin(attrs []slog.Attr) string {
	text := ""
	if output := value(attrs, "output"); output != "" {
		text += " → " + output
	}
	if function := value(attrs, "function"); function != "" {
		text += " " + function
	}
	if route := value(attrs, "route"); route != "" {
		text += strings.TrimRight(", route "+route+" "+value(attrs, "src"), " ")
	}
	return text
}

// failureText is the code, and what is behind it if that is the deployment's fault or the preview's.
func failureText(attrs []slog.Attr) string {
	text := ""
	if code := value(attrs, "code"); code != "" {
		text = "  " + code
	}
	if status := value(attrs, "status"); status >= "500" {
		if err := block(attrs); err != "" {
			text += "\n    " + err
		}
	}
	return text
}

func statusColour(status string) string {
	switch {
	case status < "300":
		return green
	case status < "400":
		return cyan
	case status < "500":
		return yellow
	}
	return red
}

// render is the work behind a cached page, which no visitor may have waited for.
func (h *lineHandler) render(attrs []slog.Attr) string {
	how := "warm"
	if value(attrs, "cold") == "true" {
		how = "cold"
	}
	return h.paint(dim, fmt.Sprintf("%3s render %-18s %8s  %s", value(attrs, "status"), how, value(attrs, "duration"), value(attrs, "key")))
}

// output is what a function wrote, in its own colours if it has any.
func (h *lineHandler) output(attrs []slog.Attr) string {
	text, colour := "", dim
	for _, a := range attrs {
		if a.Key == "text" {
			text = a.Value.String()
		}
	}
	if value(attrs, "stream") == "stderr" {
		colour = yellow
	}
	return "    " + h.paint(colour, value(attrs, "function")+" │") + " " + text
}

// other is any other message, with its attributes.
func (h *lineHandler) other(r slog.Record, attrs []slog.Attr) string {
	var b strings.Builder
	switch {
	case r.Level >= slog.LevelError:
		b.WriteString(h.paint(red, "error: "))
	case r.Level >= slog.LevelWarn:
		b.WriteString(h.paint(yellow, "warning: "))
	}
	b.WriteString(r.Message)
	for _, a := range attrs {
		if a.Key == "err" {
			fmt.Fprintf(&b, ": %s", block(attrs))
			continue
		}
		fmt.Fprintf(&b, " %s=%s", a.Key, value(attrs, a.Key))
	}
	return b.String()
}
