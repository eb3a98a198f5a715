package routing

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestEngines shows which engine runs a source: plain text needs none, Go's regexp what it means the same by.
func TestEngines(t *testing.T) {
	for src, want := range map[string]string{
		"/about":                           "text",
		"^/about/us$":                      "text",
		`/a\.b`:                            "text",
		"/(.*)":                            "linear",
		"/blog/(?<slug>[^/]+)(?:/)?":       "linear",
		"^/rest(/[^]*)?/?$":                "linear",
		`/(\d+)-\w+`:                       "linear",
		"^(?!/api).*$":                     "pcre",
		`/(a)\1`:                           "pcre",
		"/a++b":                            "pcre",
		"/((?:a|b*)*)c":                    "pcre", // a loop over nothing: submatches might differ
		"/(?:a*)*c":                        "linear",
		"/x{1,2000}":                       "pcre", // more than Go's regexp repeats
		`/((?!index$).*?)(?:/)?`:           "pcre",
		`/(?:[^/]+/pages|pages|chunks)/.+`: "linear",
	} {
		p, err := compilePattern(src, true, true)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got := "text"
		switch {
		case p.linear != nil:
			got = "linear"
		case p.pcre != nil:
			got = "pcre"
		}
		if got != want {
			t.Errorf("%s runs on %s, want %s", src, got, want)
		}
	}
}

func TestPrefix(t *testing.T) {
	for src, want := range map[string]string{
		"/about":                   "/about",
		"/Blog/(.*)":               "/blog/",
		"(?<r>/isr/.*)":            "/isr/",
		"/(?:en|fr)/x":             "/",
		"/a(?:bc|bd)":              "/a",
		"/a|/b":                    "",
		"/ab?c":                    "/a",
		"/ab+c":                    "/ab",
		"/ab{0,2}c":                "/a",
		"/(?:docs)?/x":             "/",
		"(/docs)?/x":               "",
		"/(a(b|c))":                "/a",
		"/(?!api)x":                "/",
		"/x(?i:y)z":                "/x",
		`/\Qa.b\E.*`:               "/a.b",
		"/é":                       "/%c3%a9",
		"/_next/static/(?:a|b)/.+": "/_next/static/",
		".*":                       "",
	} {
		p, err := compilePattern(src, true, true)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if p.prefix != want {
			t.Errorf("prefix of %s is %q, want %q", src, p.prefix, want)
		}
	}
}

func TestMatchTimesOut(t *testing.T) {
	p, err := compilePattern("/(a+)+(?!x)b", true, true)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, ok, err := p.match(&subject{text: "/" + strings.Repeat("a", 60)}, false)
	if ok || err == nil {
		t.Errorf("got %v, %v, want a timeout", ok, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("gave up after %v", took)
	}
}

// FuzzEngines compares the engines with one another, and the translation with Go's own reading of the source where that can
// read it: wherever two engines run a source, they agree about every path and every group.
func FuzzEngines(f *testing.F) {
	for _, src := range []string{
		"/(.*)", "/blog/(?P<slug>[^/]+)(?:/)?", `/(\d+)-(\w*)`, "/a|/b", "/(a|b*)*c", "/(x?)(y??)z{1,2}", `/[\w\-.]+`, "/[^a-c]+(?:/|$)",
		`/(a)(b)?\.(c|d|)`, "/((a)|b)+", "/é(.*)", `/(?:(?:a)?b)?`, "^/[[:alpha:]]+$", `/\x41[\x42-\x44]`, "/(?i:a)B", "(/x)?(/y)?", "/()",
	} {
		for _, path := range []string{"/", "/a", "/blog/x/", "/12-ab", "/abc", "/aabbc", "/B", "/x/y", "/AC", "/yzz"} {
			f.Add(src, path, true)
		}
	}
	f.Fuzz(func(t *testing.T, src, path string, fold bool) {
		if len(src) > 60 || len(path) > 40 {
			return
		}
		path = normalizePath(path)
		p, err := compilePattern(src, true, fold)
		if err != nil {
			return
		}
		s := &subject{text: path}
		groups, ok, err := p.match(s, true)
		if err != nil {
			return
		}
		if _, plain, err := p.match(s, false); err == nil && plain != ok {
			t.Fatalf("%q %q: %v with groups, %v without", src, path, ok, plain)
		}
		if ok && len(groups) != p.groups+1 && !p.exact {
			t.Fatalf("%q: %d groups, want %d", src, len(groups)-1, p.groups)
		}
		if p.linear == nil && !p.exact {
			return
		}
		other := forceBacktracking(t, src, fold)
		if other == nil {
			return
		}
		want, wantOK, err := other.match(&subject{text: path}, true)
		if err != nil {
			return
		}
		if ok != wantOK || ok && strings.Join(groups, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("%q on %q: %v %q, but regexp2 says %v %q", src, path, ok, groups, wantOK, want)
		}
	})
}

// forceBacktracking compiles a source for regexp2 whatever it is.
func forceBacktracking(t *testing.T, src string, fold bool) *pattern {
	t.Helper()
	p, err := compilePattern(anchor(src)+"(?!never)", true, fold)
	if err != nil || p.pcre == nil {
		return nil
	}
	return p
}

// TestTranslationKeepsGoSources checks that what Go's regexp can read means the same after translation.
func TestTranslationKeepsGoSources(t *testing.T) {
	sources := []string{
		"/(.*)", "/blog/(?P<slug>[^/]+)", "/[a-z]+", `/[^\d]`, "/a{2}", "/a{2,}?b", "/(?:a|b)c?", `/\w+\.html`, "/[[:digit:]]+", `/\bx\b`,
	}
	paths := []string{"/", "/a", "/aa", "/aab", "/ab", "/blog/x", "/x", "/12", "/x.html", "/bc", "/Z"}
	for _, src := range sources {
		want := regexp.MustCompile("^" + src + "$")
		got, err := compilePattern(src, true, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			groups, _, _ := got.match(&subject{text: path}, true)
			if strings.Join(groups, "|") != strings.Join(want.FindStringSubmatch(path), "|") {
				t.Errorf("%s on %s: got %q, want %q", src, path, groups, want.FindStringSubmatch(path))
			}
		}
	}
}
