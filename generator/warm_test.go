package generator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/isrgen/isrgen/generator/dependency"
)

// TestWarmBuildIsClean edits a site at random, again and again, and builds it over what the last build left: the output must be that
// of a clean build, byte for byte. Meanwhile the time goes on, pages appear and vanish, and outputs and caches are damaged.
// The number of edits is that of TestAffectedIsTrue.
func TestWarmBuildIsClean(t *testing.T) {
	t.Parallel()
	edits, _ := strconv.Atoi(cmp.Or(os.Getenv(editsEnv), "40"))
	random := rand.New(rand.NewSource(8))
	var kept, rendered int
	for done := 0; done < edits; done += 20 { // after so many edits a site has grown strange
		k, r := warmBuilds(t, random, min(20, edits-done))
		kept, rendered = kept+k, rendered+r
	}
	t.Logf("%d edits, %d pages kept, %d rendered", edits, kept, rendered)
	if kept < rendered/4 { // many edits are of what most pages show
		t.Errorf("only %d pages were kept, and %d rendered", kept, rendered)
	}
}

// warmBuilds makes a site, edits it so often, and counts the pages that were kept and rendered.
func warmBuilds(t *testing.T, random *rand.Rand, edits int) (kept, rendered int) {
	t.Helper()
	e, source, output, cache := newScheduledSite(random), t.TempDir(), filepath.Join(t.TempDir(), "output"), filepath.Join(t.TempDir(), "cache")
	warm := Options{Source: source, Destination: output, Cache: cache, Clock: clock, Bootstrap: standIn}
	what, sound := "nothing", e
	for range edits {
		e.replace(t, source)
		clean := warm
		clean.Destination, clean.Cache = filepath.Join(t.TempDir(), "output"), ""
		report, err := Build(t.Context(), warm)
		_, cleanErr := Build(t.Context(), clean)
		if !errors.Is(err, cleanErr) {
			t.Fatalf("after %s: the warm build says %v, the clean one %v", what, err, cleanErr)
		}
		if err == nil {
			kept += report.Totals.Kept
			rendered += report.Totals.Static + report.Totals.ISR - report.Totals.Kept
			sameTrees(t, what, fingerprints(t, output), fingerprints(t, clean.Destination))
		}
		if t.Failed() {
			t.FailNow()
		}
		if err == nil {
			sound = e.clone()
		}
		e = sound.clone() // what broke the site is taken back
		if what = "nothing"; random.Intn(5) > 0 {
			what = e.edit(random)
		}
		if random.Intn(3) == 0 {
			hours := []time.Duration{time.Second, time.Hour, 30 * time.Hour}[random.Intn(3)]
			warm.Clock = warm.Clock.Add(hours)
			what += fmt.Sprintf(" and %s later", hours)
		}
		if random.Intn(6) == 0 {
			what += " and damage to " + damage(t, random, output, cache)
		}
	}
	return kept, rendered
}

// newScheduledSite is a site whose pages also depend on the time, in each way that there is.
func newScheduledSite(random *rand.Rand) *editedSite {
	e := newEditedSite(random)
	e.files["layouts/wide.html"] += `{{ now }}`
	for i, name := range slices.Sorted(maps.Keys(e.docs)) {
		when := clock.Add(time.Duration(random.Intn(200)) * time.Hour).Format(time.RFC3339)
		switch i % 7 {
		case 1:
			e.docs[name]["publishDate"] = when
		case 3:
			e.docs[name]["expiryDate"] = when
		case 5:
			if filepath.Base(name) != "_index.md" {
				e.docs[name]["layout"] = "wide"
			}
		}
	}
	return e
}

// replace writes the site in the place of what is there.
func (e *editedSite) replace(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	e.write(t, dir, nil) // what is on the network is asked for by each build
}

func sameTrees(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("after %s: %s is not what a clean build makes", what, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("after %s: a clean build does not make %s", what, name)
		}
	}
}

// damage changes a file of the output or of the cache, and says which.
func damage(t *testing.T, random *rand.Rand, output, cache string) string {
	t.Helper()
	name := filepath.Join(cache, dependency.RecordFile)
	if random.Intn(2) == 0 {
		pages, err := filepath.Glob(filepath.Join(output, "static", "*", "*", "index.html"))
		if err != nil || len(pages) == 0 {
			t.Fatal(pages, err)
		}
		name = pages[random.Intn(len(pages))]
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return "nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	switch random.Intn(3) {
	case 0:
		text = text[:random.Intn(len(text))]
	case 1:
		text[random.Intn(len(text))] ^= 1 << random.Intn(8)
	default:
		text = append(text, "more"...)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(name)
}

// A page is not kept for another program, nor if somebody says so.
func TestNothingIsKept(t *testing.T) {
	dir := t.TempDir()
	o := Options{Source: filepath.Join("..", "testdata", "golden", "minimal", "site"), Destination: filepath.Join(dir, "output"),
		Cache: filepath.Join(dir, "cache"), Clock: clock, Bootstrap: standIn}
	kept := func() int {
		t.Helper()
		report, err := Build(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return report.Totals.Kept
	}
	if first, second := kept(), kept(); first != 0 || second == 0 {
		t.Errorf("the first build keeps %d pages, the second %d", first, second)
	}
	o.IgnoreCache = true
	if n := kept(); n != 0 {
		t.Errorf("%d pages are kept though the cache is to be ignored", n)
	}
	o.IgnoreCache = false
	record, err := dependency.Load(o.Cache)
	if err != nil {
		t.Fatal(err)
	}
	record.Program = "another"
	if err := errors.Join(record.Save(o.Cache), os.Remove(filepath.Join(o.Cache, "glance.gob"))); err != nil {
		t.Fatal(err)
	}
	if n := kept(); n != 0 {
		t.Errorf("%d pages of another program are kept", n)
	}
}
