package isr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr/timeline"
)

// TestModel runs random timelines against the cache and against model, which knows nothing of goroutines, stores and
// flights. A failure prints the timeline up to the difference, ready to be put into testdata/timeline.
func TestModel(t *testing.T) {
	const timelines, steps = 1000, 100
	for seed := range uint64(timelines) {
		synctest.Test(t, func(t *testing.T) { runRandom(t, seed, steps) })
		if t.Failed() {
			return
		}
	}
}

func runRandom(t *testing.T, seed uint64, steps int) {
	r := rand.New(rand.NewPCG(seed, 1))
	w, m := newWorld(t), newModel()
	defer w.close()
	var lines []string
	say := func(line string) []string {
		lines = append(lines, line)
		return strings.Fields(line)
	}
	for _, page := range m.declare(r) {
		w.step(say(page))
	}
	w.step(say("REGIONS " + strings.Join(modelRegions, " ")))
	w.open()
	m.began = time.Now()
	m.started = m.began
	for range steps {
		line := m.choose(r)
		say(line)
		moment := m.began.Add(m.passes(line))
		want := m.step(moment, lineWords(line))
		got, err := timeline.Do(w, line)
		if err != nil || got != want {
			t.Errorf("seed %d: %v\n%s -> %s\n\tgot  %s", seed, err, strings.Join(lines, "\n"), want, got)
			return
		}
		if want != "" {
			lines[len(lines)-1] += " -> " + want
		}
	}
}

// passes adds up the time that has passed with the line's own.
func (m *model) passes(line string) time.Duration {
	if text, _, ok := strings.Cut(line, " "); ok && strings.HasPrefix(text, "+") {
		d, _ := time.ParseDuration(text[1:])
		m.passed += d
	}
	return m.passed
}

// lineWords are the words of a line without the time in front.
func lineWords(line string) []string {
	words := strings.Fields(line)
	if strings.HasPrefix(words[0], "+") {
		words = words[1:]
	}
	return words
}

// model is the cache as a table: what a reader of the package comment would expect. Its renders take no time.
type model struct {
	pages   map[string]*modelPage
	entries map[string]*modelEntry // by path and query
	seen    map[string]bool        // never-expiring fallbacks that were served, by region and key
	renders map[string]int
	began   time.Time
	started time.Time // when the cache was last opened
	passed  time.Duration
	total   int
}

type modelPage struct {
	lifetime time.Duration // negative: never ends
	fallback bool
	group    int
	limit    time.Duration
	query    bool

	// What the function does.
	fails  bool
	status int
	sends  time.Duration // s-maxage, negative for none
}

type modelEntry struct {
	version   int
	status    int
	generated time.Time
	lifetime  time.Duration
	retry     time.Time
}

func newModel() *model {
	return &model{pages: map[string]*modelPage{}, entries: map[string]*modelEntry{}, seen: map[string]bool{}, renders: map[string]int{}}
}

var modelRegions = []string{"iad1", "fra1", "hnd1"}

var modelPaths = []string{"/a", "/b", "/c", "/d"}

// declare makes up pages and gives their lines.
func (m *model) declare(r *rand.Rand) (lines []string) {
	for _, path := range modelPaths {
		p := &modelPage{status: 200, sends: -1, lifetime: -1}
		line := "PAGE " + path
		if r.IntN(4) == 0 {
			line += " never"
		} else {
			p.lifetime = time.Duration(r.IntN(90)) * time.Second
			line += fmt.Sprintf(" %ds", int(p.lifetime.Seconds()))
		}
		if p.fallback = r.IntN(2) == 0; p.fallback {
			line += " fallback"
		}
		if p.group = r.IntN(3); p.group > 0 {
			line += fmt.Sprintf(" group=%d", p.group)
		}
		if r.IntN(4) == 0 {
			p.limit = 200 * time.Second
			line += " limit=200"
		}
		p.query = r.IntN(2) == 0
		if line += " query="; p.query {
			line += "q"
		}
		m.pages[path] = p
		lines = append(lines, line)
	}
	return lines
}

// choose makes up a step.
func (m *model) choose(r *rand.Rand) string {
	line := ""
	if r.IntN(2) == 0 {
		line = fmt.Sprintf("+%ds ", []int{1, 10, 29, 30, 31, 60, 90, 250}[r.IntN(8)])
	}
	path := modelPaths[r.IntN(len(modelPaths))]
	region := " region=" + modelRegions[r.IntN(len(modelRegions))]
	query := []string{"", "?q=1", "?q=2", "?x=1"}[r.IntN(4)]
	switch n := r.IntN(40); {
	case n < 22:
		return line + "GET " + path + query + region
	case n < 24:
		return line + "HEAD " + path + query + region
	case n < 26:
		return line + "5x GET " + path + query + region
	case n < 29:
		return line + "REVALIDATE " + path + query + region
	case n < 30:
		return line + "BYPASS " + path + query + region
	case n < 31 && r.IntN(2) == 0:
		return line + "RESTART"
	case n < 31:
		return line + "GET " + path + query + " token=wrong cookie=wrong"
	case n < 33:
		return line + "FAIL " + path
	case n < 35:
		return line + "STATUS " + path + fmt.Sprintf(" %d", []int{200, 404, 500, 308, 201}[r.IntN(5)])
	case n < 37:
		return line + "SENDS " + path + fmt.Sprintf(" Cache-Control: s-maxage=%d", r.IntN(100))
	default:
		return line + "OK " + path
	}
}

// step gives the outcome that a step must have.
func (m *model) step(now time.Time, fields []string) string {
	times := 1
	if n, ok := strings.CutSuffix(fields[0], "x"); ok {
		fmt.Sscan(n, &times)
		fields = fields[1:]
	}
	if fields[0] == "RESTART" { // regions forget, the store does not
		m.seen, m.started = map[string]bool{}, now
		return ""
	}
	path, query, _ := strings.Cut(fields[1], "?")
	p := m.pages[path]
	switch fields[0] {
	case "FAIL":
		p.fails = true
		return ""
	case "STATUS":
		fmt.Sscan(fields[2], &p.status)
		return ""
	case "SENDS":
		var n int
		fmt.Sscanf(fields[3], "s-maxage=%d", &n)
		p.sends = time.Duration(n) * time.Second
		return ""
	case "OK":
		p.fails, p.status, p.sends = false, 200, -1
		return ""
	case "BYPASS":
		return "BYPASS draft draft_mode 0 renders"
	}
	if !p.query || !strings.HasPrefix(query, "q=") {
		query = ""
	}
	before := m.total
	var outcomes []string
	if fields[0] == "REVALIDATE" {
		outcomes = append(outcomes, m.revalidate(now, path, query))
	} else {
		region := modelRegions[0]
		for _, word := range fields[2:] {
			if name, ok := strings.CutPrefix(word, "region="); ok {
				region = name
			}
		}
		outcomes = m.visits(now, path, query, region, times)
	}
	return fmt.Sprintf("%s %s", timeline.Common(outcomes), timeline.Plural(m.total-before))
}

// visits gives the outcomes of ordinary visits at the same moment: all of them see what is there before a render ends.
func (m *model) visits(now time.Time, path, query, region string, times int) (outcomes []string) {
	p, key := m.pages[path], path+"?"+query
	e := m.entries[key]
	due := e != nil && (e.retry.IsZero() || !now.Before(e.retry))
	switch {
	case e == nil && p.fallback && p.lifetime < 0:
		for range times {
			status := "PRERENDER"
			if m.seen[region+key] {
				status = "HIT"
			}
			m.seen[region+key] = true
			outcomes = append(outcomes, m.describe(status, m.fallback(path), "", now))
		}
	case e == nil && p.fallback:
		outcomes = m.repeat(m.describe("PRERENDER", m.fallback(path), "", now), times)
		m.render(now, path, query, true)
	case e == nil, due && p.limit > 0 && now.Sub(e.generated) >= p.limit && (!e.retry.IsZero() || !fresh(e, now)):
		outcomes = m.missed(now, path, query, times)
	case e.retry.IsZero() && fresh(e, now):
		outcomes = m.repeat(m.describe("HIT", e, "", now), times)
	default:
		reason := "stale_time"
		if !e.retry.IsZero() {
			reason = "stale_error"
		}
		outcomes = m.repeat(m.describe("STALE", e, reason, now), times)
		if due {
			m.render(now, path, query, true)
		}
	}
	return outcomes
}

// missed gives the outcomes of visits that wait for a render.
func (m *model) missed(now time.Time, path, query string, times int) []string {
	status, made := m.render(now, path, query, true)
	e := m.entries[path+"?"+query]
	switch {
	case made && times > 1:
		return []string{m.describe("MISS", e, "cold", now), m.describe("MISS", e, "collapsed", now)}
	case made:
		return []string{m.describe("MISS", e, "cold", now)}
	case e != nil:
		return m.repeat(m.describe("STALE", e, "stale_error", now), times)
	case status == 0:
		return []string{"MISS - error age=0s"}
	}
	return []string{fmt.Sprintf("MISS v%d %d error age=0s", m.renders[path+"?"+query], status)}
}

func (m *model) revalidate(now time.Time, path, query string) string {
	if _, made := m.render(now, path, query, true); made {
		return m.describe("REVALIDATED", m.entries[path+"?"+query], "", now)
	}
	if e := m.entries[path+"?"+query]; e != nil {
		return m.describe("STALE", e, "stale_error", now)
	}
	p := m.pages[path]
	if p.fails {
		return "MISS - error age=0s"
	}
	return fmt.Sprintf("MISS v%d %d error age=0s", m.renders[path+"?"+query], p.status)
}

func fresh(e *modelEntry, now time.Time) bool {
	return e.lifetime < 0 || now.Sub(e.generated) < e.lifetime
}

func (m *model) fallback(path string) *modelEntry {
	return &modelEntry{status: 200, generated: m.started, lifetime: m.pages[path].lifetime}
}

// render asks the function, and renews the group if that worked.
func (m *model) render(now time.Time, path, query string, group bool) (status int, made bool) {
	p, key := m.pages[path], path+"?"+query
	m.total++
	m.renders[key]++
	status = p.status
	if p.fails {
		status = 0
	}
	if !slices.Contains([]int{200, 301, 302, 307, 308, 404, 410}, status) {
		if e := m.entries[key]; e == nil && p.fallback {
			m.entries[key] = m.fallback(path)
		}
		if e := m.entries[key]; e != nil {
			e.retry = now.Add(30 * time.Second)
		}
		return status, false
	}
	e := &modelEntry{version: m.renders[key], status: status, generated: now, lifetime: p.lifetime}
	if p.sends >= 0 {
		e.lifetime = p.sends
	}
	m.entries[key] = e
	for _, other := range modelPaths {
		if group && p.group > 0 && other != path && m.pages[other].group == p.group {
			m.renderMember(now, other, query)
		}
	}
	return status, true
}

func (m *model) renderMember(now time.Time, path, query string) {
	p, e := m.pages[path], m.entries[path+"?"+query]
	switch {
	case query != "" && !p.query: // it has no page for this query
	case query == "" && p.query && e == nil: // nobody asked for it without one
	case e != nil && e.version > 0 && e.generated.Equal(now): // as new as the one that was renewed
	default:
		m.render(now, path, query, false)
	}
}

func (m *model) describe(status string, e *modelEntry, reason string, now time.Time) string {
	words := []string{status, fmt.Sprintf("v%d", e.version)}
	if e.status != 200 {
		words = append(words, fmt.Sprint(e.status))
	}
	if reason != "" {
		words = append(words, reason)
	}
	return strings.Join(append(words, "age="+now.Sub(e.generated).String()), " ")
}

func (m *model) repeat(outcome string, times int) []string {
	return slices.Repeat([]string{outcome}, times)
}
