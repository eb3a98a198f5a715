package generator

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// TestOutputIsChecked: what `isrgen check` would warn of, the build does.
func TestOutputIsChecked(t *testing.T) {
	source := writeSite(t, map[string]string{"isrgen.yaml": "title: T\n", "static/Logo.svg": "<svg/>", "static/logo.svg": "<svg/>"})
	report, err := Build(t.Context(), Options{Source: source, Clock: clock})
	if err != nil {
		t.Fatal(err, report.Diagnostics)
	}
	if len(report.Diagnostics) != 1 {
		t.Fatalf("diagnostics are %v", report.Diagnostics)
	}
	d := report.Diagnostics[0]
	if d.Severity != diagnostic.Warning || !strings.Contains(d.Message, "[case-collision]") || !strings.Contains(d.Message, `"Logo.svg" and "logo.svg"`) {
		t.Errorf("the diagnostic is %v", d)
	}
}

// TestRefusedOutputIsNotPutInPlace: should isrgen ever make an output that the platform refuses, the one before stays.
func TestRefusedOutputIsNotPutInPlace(t *testing.T) {
	source := writeSite(t, map[string]string{"isrgen.yaml": "title: T\n"})
	destination := filepath.Join(source, "out")
	if _, err := Build(t.Context(), Options{Source: source, Destination: destination, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	before := fingerprints(t, destination)
	b, err := newBuild(Options{Source: source, Destination: destination, Clock: clock}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer b.root.Close()
	b.plan = &plan{output: &buildoutput.Output{Config: buildoutput.Config{Version: 2}}}
	if err := b.write(t.Context()); err == nil || !strings.Contains(err.Error(), "config.json: version must be 3") {
		t.Errorf("the build of a refused output says %v", err)
	}
	if after := fingerprints(t, destination); len(after) != len(before) || after["/config.json"] != before["/config.json"] {
		t.Error("the output before is gone")
	}
}
