package generator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/compile"
)

// writeSite writes the files of a small site and gives its directory.
func writeSite(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildFiles builds a small site, whose functions will not be run.
func buildFiles(t *testing.T, files map[string]string) (*Report, *buildoutput.Output, error) {
	t.Helper()
	source := writeSite(t, files)
	report, err := Build(t.Context(), Options{Source: source, Clock: clock, Bootstrap: func(context.Context, compile.Program) ([]byte, error) {
		return []byte("a program"), nil
	}})
	if err != nil {
		return report, nil, err
	}
	return report, read(t, report.Destination), nil
}

// decide resolves a request, such as "POST /old Cookie: a=b", and describes the decision in one line.
func decide(t *testing.T, router *routing.Router, request string) string {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	target, header, _ := strings.Cut(rest, " ")
	path, query, _ := strings.Cut(target, "?")
	r := &routing.Request{Method: method, Host: "example.com", Path: path, RawQuery: query, Header: http.Header{}}
	if name, value, ok := strings.Cut(header, ": "); ok {
		r.Header.Set(name, value)
	}
	d := router.Resolve(r)
	words := []string{d.Kind.String()}
	switch d.Kind {
	case routing.Serve:
		words = append(words, d.Output)
	case routing.Redirect:
		words = append(words, fmt.Sprint(d.Status), d.Location)
	case routing.Proxy:
		words = append(words, d.URL)
	}
	if d.Kind == routing.Serve && d.Status != 0 {
		words = append(words, fmt.Sprint(d.Status))
	}
	if d.RouteMatches != "" {
		words = append(words, "with "+d.RouteMatches)
	}
	for _, name := range []string{"X-Rule", "X-Other", "Content-Type"} {
		if value := d.Header.Get(name); value != "" {
			words = append(words, fmt.Sprintf("{%s: %s}", name, value))
		}
	}
	return strings.Join(words, " ")
}

// small is a site with a page of each kind, whose functions are ISR or deferred.
var small = map[string]string{
	"content/about.md":         "---\ntitle: About\n---\n",
	"content/news/fresh.md":    "---\ntitle: Fresh\nisr: {revalidate: 1h}\n---\n",
	"content/words/_index.md":  "---\ntitle: Words\ncascade: {isr: {defer: true}}\nisr: {defer: false}\n---\n",
	"content/words/age.md":     "---\ntitle: Age\n---\n",
	"static/robots.txt":        "User-agent: *\n",
	"static/.well-known/a.txt": "a\n",
}

const rules = `
redirects:
  - { source: /old, destination: /about/ }
  - { source: "/blog/:slug", destination: "/news/:slug/", permanent: false }
  - { source: /form, destination: "https://forms.example/f" }
  - { source: "/vip/:x*", destination: "/about/", has: [{ type: cookie, key: vip, value: "yes" }], statusCode: 302 }
  - { source: "/.well-known/webfinger", destination: "https://social.example/.well-known/webfinger", permanent: false }
headers:
  - { source: "/(.*)", headers: [{ key: X-Rule, value: all }] }
  - { source: "/news/:path*", headers: [{ key: X-Other, value: ":path" }] }
  - { source: "/.well-known/a.txt", headers: [{ key: Content-Type, value: application/json }] }
rewrites:
  - { source: "/api/:path*", destination: "https://api.example/v1/:path*" }
  - { source: "/home", destination: "/about" }
  - { source: "/w/:word", destination: "/words/:word" }
  - { source: /find, destination: "/words/:p", has: [{ type: query, key: p }] }
  - { source: "/robots.txt", destination: "/about/" }
  - { source: "/:path*", destination: "https://old.example/:path*", has: [{ type: query, key: legacy }] }
`

// TestRulesDecideRequests builds a site with rules of all three lists, and resolves requests by its output.
func TestRulesDecideRequests(t *testing.T) {
	for policy, cases := range map[string]string{
		"true": `
			GET /old -> redirect 308 /about/
			GET /old/ -> redirect 308 /about/
			GET /old?a=1 -> redirect 308 /about/?a=1
			GET /OLD -> redirect 308 /about/
			GET /blog/fresh -> redirect 307 /news/fresh/
			GET /blog/fresh/ -> redirect 307 /news/fresh/
			GET /blog/a/b -> redirect 308 /blog/a/b/ {X-Rule: all}
			POST /form -> redirect 308 https://forms.example/f
			GET /vip/x Cookie: vip=yes -> redirect 302 /about/
			GET /vip/x/ Cookie: vip=no -> serve 404.html 404 {X-Rule: all}
			GET /about/ -> serve about/index.html {X-Rule: all}
			GET /about -> redirect 308 /about/ {X-Rule: all}
			GET /news/fresh/ -> serve news/fresh {X-Rule: all} {X-Other: fresh}
			POST /news/fresh/ -> serve 405.html 405 {X-Rule: all} {X-Other: fresh}
			GET /words/age/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage%2F {X-Rule: all}
			GET /words/age/?__isrgen_path=/about/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage%2F {X-Rule: all}
			GET /w/age/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage {X-Rule: all}
			GET /w/age/?__isrgen_path=/about/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage {X-Rule: all}
			GET /w/a%3F__isrgen_path=x/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fa%253F__isrgen_path%3Dx {X-Rule: all}
			GET /find?p=age%3F__isrgen_path=/about/ -> redirect 308 /find/?p=age%3F__isrgen_path=/about/ {X-Rule: all}
			GET /find/?p=age%3F__isrgen_path=/about/ -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage%253F__isrgen_path%3D%2Fabout%2F {X-Rule: all}
			GET /home/ -> serve about/index.html {X-Rule: all}
			POST /home/ -> serve 405.html 405 {X-Rule: all}
			GET /robots.txt -> serve robots.txt {X-Rule: all}
			GET /api/users/7/ -> proxy https://api.example/v1/users/7 {X-Rule: all}
			POST /api/users/7 -> proxy https://api.example/v1/users/7 {X-Rule: all}
			DELETE /api/users?id=7 -> proxy https://api.example/v1/users?id=7 {X-Rule: all}
			GET /.well-known/a.txt -> serve .well-known/a.txt {Content-Type: application/json}
			GET /.well-known/webfinger?resource=x -> redirect 307 https://social.example/.well-known/webfinger?resource=x
			GET /_vercel/image -> serve 404.html 404
			GET /nothing/ -> serve 404.html 404 {X-Rule: all}
			GET /about/?legacy -> serve about/index.html {X-Rule: all}
			GET /nothing/?legacy=1 -> proxy https://old.example/nothing?legacy=1 {X-Rule: all}
			GET /words/age/?legacy=1 -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage%2F {X-Rule: all}`,
		"false": `
			GET /old -> redirect 308 /about/
			GET /old/ -> redirect 308 /old {X-Rule: all}
			GET /about -> serve about/index.html {X-Rule: all}
			GET /about/ -> redirect 308 /about {X-Rule: all}
			GET /news/fresh -> serve news/fresh {X-Rule: all} {X-Other: fresh}
			GET /api/users -> proxy https://api.example/v1/users {X-Rule: all}
			GET /w/age -> serve _isrgen/words with __isrgen_path=%2Fwords%2Fage {X-Rule: all}`,
	} {
		t.Run("trailingSlash="+policy, func(t *testing.T) {
			files := map[string]string{"isrgen.yaml": "title: Small\ntrailingSlash: " + policy + rules}
			for name, text := range small {
				files[name] = text
			}
			_, out, err := buildFiles(t, files)
			if err != nil {
				t.Fatal(err)
			}
			resolveAll(t, out, cases)
		})
	}
}

// resolveAll resolves requests and compares the decisions: one line "request -> decision" each.
func resolveAll(t *testing.T, out *buildoutput.Output, cases string) {
	t.Helper()
	router, problems := routing.New(&out.Config, outputs(out))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for line := range strings.Lines(cases) {
		request, want, ok := strings.Cut(strings.TrimSpace(line), " -> ")
		if !ok {
			continue
		}
		if got := decide(t, router, request); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", request, got, want)
		}
	}
}

// A deferral of the whole site is asked after the rewrites: before them it would take every request.
func TestRewritesComeBeforeDeferralOfEverything(t *testing.T) {
	_, out, err := buildFiles(t, map[string]string{
		"isrgen.yaml": `title: Small
isr: { defaults: { defer: true } }
rewrites:
  - { source: "/api/:path*", destination: "https://api.example/:path*" }
`,
		"content/about.md": "---\ntitle: About\n---\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	resolveAll(t, out, `
		GET /api/users/ -> proxy https://api.example/users
		GET /about/ -> serve _isrgen/site with __isrgen_path=%2Fabout%2F`)
}

// What a site says about the deployment as a whole stands in config.json and in the function's configuration.
func TestDeploymentSettingsAreWritten(t *testing.T) {
	files := map[string]string{"isrgen.yaml": `title: Small
regions: [fra1, iad1]
maxDuration: 30
memory: 512
crons:
  - { path: /news/fresh/, schedule: "0 5 * * *" }
images:
  sizes: [320]
  minimumCacheTTL: 60
`}
	for name, text := range small {
		files[name] = text
	}
	_, out, err := buildFiles(t, files)
	if err != nil {
		t.Fatal(err)
	}
	function := out.Functions[renderFunction].Config
	if !slices.Equal(function.Regions, []string{"fra1", "iad1"}) || function.MaxDuration.Seconds != 30 || function.Memory != 512 {
		t.Errorf("the function has regions %v, maxDuration %v, memory %d", function.Regions, function.MaxDuration, function.Memory)
	}
	if crons := out.Config.Crons; len(crons) != 1 || crons[0].Path != "/news/fresh/" || crons[0].Schedule != "0 5 * * *" {
		t.Errorf("config.json has crons %v", crons)
	}
	if images := out.Config.Images; images == nil || !slices.Equal(images.Sizes, []int{320}) || *images.MinimumCacheTTL != 60 {
		t.Errorf("config.json has images %+v", images)
	}
}

// A rule at the address of a page is worth a warning, and a fault in a rule fails the build at its place.
func TestRulesAgainstPages(t *testing.T) {
	for _, c := range []struct{ rules, want string }{
		{"redirects: [{ source: /about, destination: / }]",
			"isrgen.yaml:2:13: warning: this rule hides the page /about/, which nobody will see"},
		{"redirects: [{ source: /ABOUT/, destination: / }]",
			"isrgen.yaml:2:13: warning: this rule hides the page /about/, which nobody will see"},
		{"redirects: [{ source: /tags, destination: / }]",
			"isrgen.yaml:2:13: warning: this rule hides the page /tags/, which nobody will see"},
		{"rewrites: [{ source: /words/age/, destination: / }]",
			"isrgen.yaml:2:12: warning: this rule is never used, since there is a page /words/age/"},
		{"isr: {defaults: {defer: true}}\nrewrites: [{ source: /about, destination: / }]",
			"isrgen.yaml:3:12: warning: this rule hides the page /about/, which nobody will see"},
		{"redirects: [{ source: /about, destination: /, has: [{ type: cookie, key: a }] }]", ""},
		{"redirects: [{ source: \"/about/:x\", destination: / }]", ""},
		{"headers: [{ source: /about, headers: [{ key: a, value: b }] }]", ""},
		{"trailingSlash: false\nredirects: [{ source: /about/, destination: /words }]", ""},
		{"trailingSlash: false\nredirects: [{ source: /about, destination: /words }]",
			"isrgen.yaml:3:13: warning: this rule hides the page /about, which nobody will see"},
		{"redirects: [{ source: /a/*, destination: / }]",
			`isrgen.yaml:2:23: source: "/a/*" is not a pattern: * after nothing that it could repeat: write (.*) for any text, or \* for the character`},
	} {
		files := map[string]string{"isrgen.yaml": "title: Small\n" + c.rules + "\n"}
		for name, text := range small {
			files[name] = text
		}
		files["content/about.md"] = "---\ntitle: About\ntags: [a]\n---\n"
		report, _, err := buildFiles(t, files)
		if failed := !strings.Contains(c.want, "warning"); errors.Is(err, ErrSite) != (failed && c.want != "") {
			t.Errorf("%s: the build ends with %v", c.rules, err)
		}
		var got []string
		for _, d := range report.Diagnostics {
			got = append(got, d.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.rules, strings.Join(got, "\n       "), c.want)
		}
	}
}
