package site

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// taker finds the deferral whose route takes the requests for a path, as the router does.
func taker(s *Site) func(path string) *Deferral {
	type route struct {
		rank     int
		pattern  *regexp.Regexp
		deferral *Deferral
	}
	var routes []route
	for _, deferral := range s.Deferrals {
		for _, source := range deferral.Sources {
			routes = append(routes, route{source.Rank, regexp.MustCompile("^(?:" + source.Regexp + ")/?$"), deferral})
		}
	}
	slices.SortStableFunc(routes, func(a, b route) int { return cmp.Compare(a.rank, b.rank) })
	return func(path string) *Deferral {
		for _, route := range routes {
			if route.pattern.MatchString(path) {
				return route.deferral
			}
		}
		return nil
	}
}

// checkDeferrals says how many deferred pages a site has, and fails where the request for one would not reach an entry with the
// page's own settings.
func checkDeferrals(t *testing.T, s *Site, made string) (pages int) {
	t.Helper()
	take := taker(s)
	counted := 0
	for _, deferral := range s.Deferrals {
		counted += deferral.Pages
		for _, source := range deferral.Sources {
			if len(source.Regexp) > 4080 { // a route's source has at most 4096 bytes
				t.Errorf("a source has %d bytes", len(source.Regexp))
			}
		}
	}
	for _, page := range s.Pages {
		if page.Policy.Keeping != Deferred {
			continue
		}
		pages++
		if taken := take(page.Path); taken == nil || taken.Policy.entry() != page.Policy.entry() {
			t.Errorf("%s\n%s is kept as %+v, and its requests are taken by %+v", made, page.Path, page.Policy, taken)
			return pages
		}
	}
	if counted != pages {
		t.Errorf("%s\nthe deferrals count %d pages of %d", made, counted, pages)
	}
	return pages
}

// Whatever defers a page, its requests reach an entry with its settings, and more pages with the same settings make no more
// entries.
func TestDeferrals(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	total := 0
	for range 300 {
		config, settings := randomSettings(random)
		few, faults := newSite(t, config, settings.files(1))
		if faults != "" {
			continue // two of the addresses are one
		}
		more, _ := newSite(t, config, settings.files(4))
		made := fmt.Sprintf("%s%v", config, settings)
		total += checkDeferrals(t, few, made) + checkDeferrals(t, more, made)
		if len(few.Deferrals) != len(more.Deferrals) {
			t.Errorf("%s\nfour times the pages make %d entries of %d", made, len(more.Deferrals), len(few.Deferrals))
		}
		if t.Failed() {
			return
		}
	}
	if total < 2000 {
		t.Errorf("only %d deferred pages were looked at", total)
	}
}

// settings are the front matters of a site: a file name with %d stands for several pages.
type settings map[string]string

func (s settings) files(copies int) map[string]string {
	files := map[string]string{}
	for name, text := range s {
		for i := range copies {
			file := name
			if strings.Contains(name, "%d") {
				file = fmt.Sprintf(name, i)
				text = strings.ReplaceAll(s[name], "%d", fmt.Sprint(i))
			}
			files[file] = text
		}
	}
	return files
}

func randomSettings(random *rand.Rand) (config string, s settings) {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	block := func() string {
		var members []string
		for _, member := range []string{pick("", "defer: true", "defer: false"), pick("", "", "revalidate: 5m", "revalidate: 1h"),
			pick("", "", "group: g", "group: h"), pick("", "", "allowQuery: [q]")} {
			if member != "" {
				members = append(members, member)
			}
		}
		return "{fallback: blocking, revalidate: 1d" + strings.Join(append([]string{""}, members...), ", ") + "}"
	}
	unique := func(block string) string { // the last of two revalidate members counts
		if strings.Count(block, "revalidate") > 1 {
			return strings.Replace(block, "revalidate: 1d, ", "", 1)
		}
		return block
	}
	config = "isr:\n  defaults: " + unique(block()) + "\n  rules:\n"
	for range random.IntN(3) {
		config += "    - match: " + pick("/a/**", "/a/*/", "/**/x*/", "'/{a,c}/**'", "/日本/**", "/**") + "\n"
		for member := range strings.SplitSeq(strings.Trim(unique(block()), "{}"), ", ") {
			config += "      " + member + "\n"
		}
	}
	s = settings{}
	for _, dir := range []string{"", "a/", "a/b/", "c/", "日本/", "d.e/"} {
		if random.IntN(2) == 0 {
			s[dir+"_index.md"] = "---\ncascade: {isr: " + unique(block()) + "}\n---\n"
		}
		for _, name := range []string{"x%d", "y%d", "größe %d (new)"} {
			text := "---\n"
			if random.IntN(3) == 0 {
				text += "isr: " + unique(block()) + "\n"
			}
			if random.IntN(8) == 0 {
				text += "url: /" + pick("a", "a/b", "c", "elsewhere", "日本") + "/moved%d-" + pick("1", "2", "3") + "\n"
			}
			s[dir+name+".md"] = text + "---\n"
		}
	}
	return config, s
}

// Pages of one directory with different settings are told apart however many they are.
func TestManyDeferralsInOneDirectory(t *testing.T) {
	files := map[string]string{"p/_index.md": "---\ncascade: {isr: {defer: true}}\n---\n"}
	for i := range 3000 {
		files[fmt.Sprintf("p/a-page-of-the-first-kind-%d.md", i)] = ""
		files[fmt.Sprintf("p/one-of-another-kind-%d.md", i)] = "---\nisr: {allowQuery: [q]}\n---\n"
		files[fmt.Sprintf("q/alone-%d.md", i)] = "---\nisr: {defer: true}\n---\n"
		files[fmt.Sprintf("q/with-%d.md", i)] = "---\nisr: {defer: true, group: g}\n---\n"
	}
	s, faults := newSite(t, "", files)
	if faults != "" {
		t.Fatal(faults)
	}
	if pages := checkDeferrals(t, s, ""); pages != 12_001 || len(s.Deferrals) != 4 {
		t.Errorf("%d pages are deferred, in %d entries", pages, len(s.Deferrals))
	}
	// A directory of pages that are deferred one by one is one route.
	alone := map[string]string{}
	for i := range 3000 {
		alone[fmt.Sprintf("q/a-page-with-a-longer-name-%d.md", i)] = "---\nisr: {defer: true}\n---\n"
	}
	s, _ = newSite(t, "", alone)
	if len(s.Deferrals) != 1 || len(s.Deferrals[0].Sources) != 1 {
		t.Errorf("%d entries, with %d routes", len(s.Deferrals), len(s.Deferrals[0].Sources))
	}
}

// The names of entries are plain, and each is there once.
func TestDeferralNames(t *testing.T) {
	files := map[string]string{"日本/x.md": "---\nisr: {defer: true}\n---\n", "日本/_index.md": "---\nisr: {defer: false}\ncascade: {isr: {defer: true}}\n---\n"}
	for i := range 30 {
		files[fmt.Sprintf("a/%d.md", i)] = fmt.Sprintf("---\nisr: {defer: true, group: g%d}\n---\n", i)
		files[fmt.Sprintf("日本/%d.md", i)] = fmt.Sprintf("---\nisr: {group: g%d}\n---\n", i)
	}
	s, faults := newSite(t, "", files)
	if faults != "" || checkDeferrals(t, s, "") != 61 {
		t.Fatal(faults)
	}
	names := map[string]bool{}
	plain := regexp.MustCompile(`^[a-z0-9/_-]+$`)
	for _, deferral := range s.Deferrals {
		if names[deferral.Name] || !plain.MatchString(deferral.Name) {
			t.Errorf("the name %q is taken or not plain", deferral.Name)
		}
		names[deferral.Name] = true
	}
}
