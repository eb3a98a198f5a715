package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/isrgen/isrgen/generator"
)

// What is no terminal gets no progress: a log would be full of it.
func TestProgressIsForTerminals(t *testing.T) {
	var log bytes.Buffer
	showProgress(&log, &generator.Progress{})()
	if log.Len() > 0 {
		t.Errorf("%q", log.String())
	}
}

func TestProgressLine(t *testing.T) {
	if got, want := progressLine(&generator.Progress{}, 1500*time.Millisecond), " (1.5s)"; got != want {
		t.Errorf("before the first phase %q, want %q", got, want)
	}
	var p generator.Progress
	_, err := generator.Build(t.Context(), generator.Options{Source: "../../testdata/golden/minimal/site", Destination: t.TempDir() + "/output", Progress: &p})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := progressLine(&p, 2*time.Second), "remembering what pages read (2.0s)"; got != want {
		t.Errorf("at the end %q, want %q", got, want)
	}
}
