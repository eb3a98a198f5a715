package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// load is wrk with one thread, which is faster than any of the servers.
type load struct {
	program     string
	script      string
	connections int
	duration    time.Duration
}

// result is what the script prints. Latencies are in microseconds.
type result struct {
	Requests int
	Micros   float64
	Errors   int
	P50, P99 float64
}

const script = `function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {"Requests": %d, "Micros": %d, "Errors": %d, "P50": %f, "P99": %f}\n', summary.requests,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`

func newLoad(dir string, o options) (*load, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errors.New("wrk is not installed, and nothing else makes the load")
	}
	l := &load{program, filepath.Join(dir, "result.lua"), o.connections, o.duration}
	return l, os.WriteFile(l.script, []byte(script), 0o644)
}

// run asks for a URL, one request after the other on each connection, and fails if not all were answered with a page.
func (l *load) run(ctx context.Context, url string, duration time.Duration) (r result, err error) {
	seconds := strconv.Itoa(max(1, int(duration.Seconds()))) + "s"
	cmd := exec.CommandContext(ctx, l.program, "-t1", "-c"+strconv.Itoa(l.connections), "-d"+seconds, "-s", l.script, url)
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("wrk: %w", err)
	}
	_, text, ok := bytes.Cut(out, []byte("RESULT "))
	if !ok {
		return r, fmt.Errorf("wrk printed no result:\n%s", out)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("wrk: %w", err)
	}
	if r.Errors > 0 || r.Requests == 0 {
		return r, fmt.Errorf("%d requests, %d errors", r.Requests, r.Errors)
	}
	return r, nil
}
