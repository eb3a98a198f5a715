package site

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// day is midnight of a day in 2026, written as 01-31.
func day(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02", "2026-"+text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// scheduled is a site in which two pages are to come, one is to go, and one never is there.
const scheduled = "isr: {rules: [{match: /p/**, revalidate: 1h}, {match: /d/**, defer: true}]}\n"

var scheduledFiles = map[string]string{
	"p/_index.md": "",
	"p/old.md":    "---\ndate: 2026-01-01\ntags: [x]\n---\n",
	"p/going.md":  "---\ndate: 2026-01-02\nexpiryDate: 2026-03-01\n---\n",
	"p/soon.md":   "---\ndate: 2026-01-03\npublishDate: 2026-02-20\ntags: [x, y]\n---\n",
	"p/later.md":  "---\ndate: 2026-03-10\n---\n",
	"p/gone.md":   "---\ndate: 2026-01-04\nexpiryDate: 2026-02-01\n---\n",
	"p/never.md":  "---\npublishDate: 2026-05-01\nexpiryDate: 2026-04-01\n---\n",
	"s/soon.md":   "---\npublishDate: 2026-02-20\n---\n", // static
	"d/soon.md":   "---\npublishDate: 2026-02-20\n---\n", // deferred
}

// Pages and lists at any time after the build: what is there, and when that changes next.
func TestSchedule(t *testing.T) {
	s, faults := newSite(t, scheduled, scheduledFiles, func(c *Config) { c.Selection.Now = day(t, "02-10") })
	if faults != "" {
		t.Fatal(faults)
	}
	home, err := s.Page("/")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, list, want, changes string }{
		{"02-10", ListPages + "/p/", "/p/going/ /p/old/", "02-20"},
		{"02-19", ListPages + "/p/", "/p/going/ /p/old/", "02-20"},
		{"02-20", ListPages + "/p/", "/p/soon/ /p/going/ /p/old/", "03-01"},
		{"03-01", ListPages + "/p/", "/p/soon/ /p/old/", "03-10"},
		{"03-10", ListPages + "/p/", "/p/later/ /p/soon/ /p/old/", ""},
		{"02-10", ListRecursive + "/p/", "/p/going/ /p/old/", "02-20"},
		{"02-10", ListPages + "/tags/", "/tags/x/", "02-20"},
		{"02-20", ListPages + "/tags/", "/tags/x/ /tags/y/", ""},
		{"02-10", ListPages + "/tags/x/", "/p/old/", "02-20"},
		{"02-20", ListRegular, "/p/soon/ /p/going/ /p/old/ /d/soon/", "03-01"},
		{"02-10", ListPages + "/s/", "", ""},
	} {
		moment := s.At(t.Context(), day(t, c.at), home)
		got, err := moment.List(c.list)
		changes := ""
		if !moment.Changes().IsZero() {
			changes = moment.Changes().Format("01-02")
		}
		if err != nil || strings.Join(got, " ") != c.want || changes != c.changes {
			t.Errorf("on %s %s is %q until %q, %v; want %q until %q", c.at, c.list, got, changes, err, c.want, c.changes)
		}
	}
	for path, days := range map[string]string{"/p/soon/": "02-20 12-31", "/p/going/": "02-10 02-28", "/d/soon/": "02-20 12-31"} {
		from, until, _ := strings.Cut(days, " ")
		for _, at := range []string{"02-10", "02-19", "02-20", "02-28"} {
			_, err := s.At(t.Context(), day(t, at), home).Page(path)
			if there := err == nil; there != (at >= from && at <= until) || !there && !errors.Is(err, ErrNotFound) {
				t.Errorf("on %s %s: %v", at, path, err)
			}
		}
	}
	var hidden []string
	for _, page := range s.Hidden {
		hidden = append(hidden, page.Path)
	}
	if got := strings.Join(hidden, " "); got != "/p/gone/ /p/never/ /s/soon/" {
		t.Errorf("hidden are %s", got)
	}
	if soon := pageOf(t, s, "p/soon.md"); soon.Policy.Fallback != "blocking" {
		t.Errorf("a page that is to come has the fallback %q", soon.Policy.Fallback)
	}
}

// The neighbours of a page are the nearest that are there.
func TestScheduledNeighbours(t *testing.T) {
	s, _ := newSite(t, scheduled, scheduledFiles, func(c *Config) { c.Selection.Now = day(t, "02-10") })
	for at, want := range map[string]string{"02-10": "/p/going/", "02-20": "/p/going/", "03-01": "/p/soon/", "03-11": "/p/soon/"} {
		old := pageOf(t, s, "p/old.md")
		got, err := s.At(t.Context(), day(t, at), old).Nearest(old.Next, func(p *Page) string { return p.Next })
		if err != nil || got != want {
			t.Errorf("on %s the page before /p/old/ is %q, %v; want %s", at, got, err, want)
		}
	}
	last := pageOf(t, s, "p/later.md")
	if got, err := s.At(t.Context(), day(t, "03-10"), last).Nearest(last.Next, nil); got != "" || err != nil {
		t.Errorf("before the first page is %q, %v", got, err)
	}
}

// The flags of the build include what its time leaves out.
func TestSelection(t *testing.T) {
	for selection, want := range map[Selection]string{
		{}:                            "/p/going/ /p/old/",
		{Future: true}:                "/p/later/ /p/soon/ /p/going/ /p/old/ /p/never/",
		{Expired: true}:               "/p/gone/ /p/going/ /p/old/",
		{Future: true, Expired: true}: "/p/later/ /p/gone/ /p/soon/ /p/going/ /p/old/ /p/never/",
	} {
		selection.Now = day(t, "02-10")
		s, faults := newSite(t, scheduled, scheduledFiles, func(c *Config) { c.Selection = selection })
		got, err := s.At(t.Context(), selection.Now, s.Pages[0]).List(ListPages + "/p/")
		if faults != "" || err != nil || strings.Join(got, " ") != want {
			t.Errorf("with %+v the pages are %q, %v %s; want %q", selection, got, err, faults, want)
		}
	}
}

func TestHomeIsAlwaysThere(t *testing.T) {
	now := func(c *Config) { c.Selection.Now = day(t, "02-10") }
	s, faults := newSite(t, "", map[string]string{"_index.md": "---\ndate: 2026-12-31\n---\n"}, now)
	if home, err := s.At(t.Context(), day(t, "02-10"), s.Pages[0]).Page("/"); faults != "" || err != nil || !home.Holds(day(t, "02-10")) {
		t.Errorf("home is %v, %v %s", home, err, faults)
	}
	if _, faults := newSite(t, "", map[string]string{"_index.md": "---\nexpiryDate: 2026-12-31\n---\n"}, now); faults !=
		"content/_index.md: publishDate and expiryDate: home is always there" {
		t.Errorf("faults %q", faults)
	}
}

func TestSeconds(t *testing.T) {
	now := day(t, "02-10")
	for _, c := range []struct {
		most  int
		until time.Duration
		want  int
	}{{60, 0, 60}, {60, time.Hour, 60}, {60, 30 * time.Second, 30}, {60, 1500 * time.Millisecond, 2}, {60, time.Nanosecond, 1}} {
		changes := now.Add(c.until)
		if c.until == 0 {
			changes = time.Time{}
		}
		if got := Seconds(c.most, now, changes); got != c.want {
			t.Errorf("%v before a change a page is fresh for %d s, want %d", c.until, got, c.want)
		}
	}
}
