package preview

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 15 s it still does not hold that %s", what)
		}
	}
}

// page is a visit to the cached page of a release: its status in the cache and its bytes.
func page(t *testing.T, s http.Handler, headers ...string) (cache, body string) {
	t.Helper()
	w := ask(s, "GET", "/cached", headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Header().Get("X-Vercel-Cache"), w.Body.String()
}

func kept(t *testing.T, s *Server, n int) []Deployment {
	t.Helper()
	var list []Deployment
	eventually(t, "the outputs are kept", func() bool {
		var err error
		if list, err = s.archive.list(); err != nil {
			t.Fatal(err)
		}
		return len(list) >= n
	})
	return list
}

// TestRollback: going back to the deployment before is instant and loses none of the pages that were generated while it was served, in
// this process and in the next one; a new build starts from its own.
func TestRollback(t *testing.T) {
	store, err := isr.OpenDisk(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	archived := t.TempDir()
	opts := Options{Store: store, Deployments: archived}
	s, dir := released(t, opts)
	cache, first := page(t, s)
	if cache != "MISS" {
		t.Fatalf("the first visit is %s", cache)
	}
	kept(t, s, 1)

	deploy(t, release(t, 2), dir)
	cache, second := page(t, s)
	if cache != "MISS" || second == first {
		t.Errorf("the new build begins with %s %s", cache, second)
	}
	list := kept(t, s, 2)

	id, err := s.Rollback()
	if err != nil || id != list[1].ID {
		t.Fatalf("back to %s, %v, want %s", id, err, list[1].ID)
	}
	if cache, body := page(t, s); cache != "HIT" || body != first {
		t.Errorf("after the rollback: %s, the page is the one before: %v", cache, body == first)
	}
	for path, want := range map[string]int{"/a": 200, "/only-1": 200, "/only-2": 404} {
		if w := ask(s, "GET", path); w.Code != want {
			t.Errorf("after the rollback %s is %d", path, w.Code)
		}
	}
	if _, err := s.Rollback(); !errors.Is(err, ErrNoDeployment) {
		t.Errorf("back beyond the first: %v", err)
	}
	if err := s.Promote(list[0].ID); err != nil {
		t.Fatal(err)
	}
	if cache, body := page(t, s); cache != "HIT" || body != second {
		t.Errorf("forwards again: %s, the page is the second: %v", cache, body == second)
	}
	for _, id := range []string{"", "..", "none", list[0].ID + "/../" + list[1].ID} {
		if err := s.Promote(id); !errors.Is(err, ErrNoDeployment) {
			t.Errorf("promoting %q: %v", id, err)
		}
	}

	deploy(t, release(t, 3), dir)
	if w := ask(s, "GET", "/a"); w.Body.String() != "3" {
		t.Errorf("a new build after a promotion is not served: %s", w.Body)
	}

	// The next process.
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again, err := New(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(context.Background())
	if err := again.Promote(list[1].ID); err != nil {
		t.Fatal(err)
	}
	if cache, body := page(t, again); cache != "HIT" || body != first {
		t.Errorf("after a restart: %s, the page is the first: %v", cache, body == first)
	}
}

func TestArchiveIsBounded(t *testing.T) {
	if os.Getenv("CI") == "" && testing.Short() {
		t.Skip("many builds")
	}
	s, dir := released(t, Options{Deployments: t.TempDir()})
	for n := 2; n < mostKept+3; n++ {
		deploy(t, release(t, n), dir)
		ask(s, "GET", "/a")
		eventually(t, "the output is kept", func() bool {
			_, err := os.Stat(s.archive.path(s.deployment.id, archivedOutput))
			return err == nil
		})
	}
	list, err := s.Deployments()
	if err != nil || len(list) != mostKept || !list[0].Current {
		t.Errorf("%d deployments, %v: %v", len(list), err, list)
	}
	left, err := filepath.Glob(filepath.Join(s.archive.dir, "*", archiveTemp+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestRegions: each region has a memory of its own over one store, and is named in x-vercel-id.
func TestRegions(t *testing.T) {
	s, _ := released(t, Options{Regions: []isr.Region{{Name: "iad1"}, {Name: "fra1", Latency: time.Millisecond}}})
	for i, visit := range []struct{ header, region, cache string }{
		{"Host: localhost:3000", "iad1", "MISS"},
		{"Host: fra1.localhost:3000", "fra1", "HIT"},
		{RegionHeader + ": fra1", "fra1", "HIT"},
		{RegionHeader + ": none", "iad1", "HIT"},
		{"Host: none.localhost:3000", "iad1", "MISS"}, // a domain of its own
	} {
		w := ask(s, "GET", "/cached", visit.header)
		if got := w.Header().Get("X-Vercel-Cache"); got != visit.cache {
			t.Errorf("visit %d with %s: %s, want %s", i, visit.header, got, visit.cache)
		}
		if id := w.Header().Get("X-Vercel-Id"); !strings.HasPrefix(id, visit.region+"::iad1::") {
			t.Errorf("visit %d with %s: the id is %s", i, visit.header, id)
		}
	}
}

// TestLinkFileOfAnExchangedOutput has another output in the place of the one that is kept, and then none: what is kept is the file that
// was served.
func TestLinkFileOfAnExchangedOutput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "output")
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "a"), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	move := func(to string) {
		t.Helper()
		if err := os.Rename(dir, to); err != nil {
			t.Fatal(err)
		}
	}
	write("served")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	move(dir + ".old")
	write("another")
	for _, place := range []string{"another output", "nothing"} {
		to := filepath.Join(t.TempDir(), "a")
		if err := linkFile(root, "a", to); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(to); err != nil || string(got) != "served" {
			t.Errorf("with %s in its place: kept %q, %v", place, got, err)
		}
		if place != "nothing" {
			move(dir + ".new")
		}
	}
}
