package migration

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/render"
)

func TestWords(t *testing.T) {
	words, err := Words("{{ $x := .Site.Params.a.B }}\n{{ with (strings.ToUpper .Title) | where }}{{ site.Home.Permalink }}{{ end }}\n{{ define \"a\" }}{{ range $i, $p := .Pages }}{{ $p.Nope.Other }}{{ nothing.At 1 }}{{ end }}{{ end }}")
	var got, unknown []string
	vocabulary := render.NewVocabulary()
	for _, word := range words {
		got = append(got, fmt.Sprintf("%d%s", word.Line, word.Name))
		if !word.Known(&vocabulary) {
			unknown = append(unknown, word.Name)
		}
	}
	if want := "1.Params 1.Site 2.Home 2.Permalink 2.Title 2site 2strings.ToUpper 2where 3.Nope 3.Other 3.Pages 3nothing.At"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("%q (%v), want %q", strings.Join(got, " "), err, want)
	}
	if want := ".Nope .Other nothing.At"; strings.Join(unknown, " ") != want {
		t.Errorf("unknown are %q, want %q", unknown, want)
	}
	if _, err := Words("{{ if }}"); err == nil {
		t.Error("this is no template")
	}
}

func TestAddressesOfSitemaps(t *testing.T) {
	var server *httptest.Server
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host is asked") }))
	defer elsewhere.Close()
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sitemap.xml":
			fmt.Fprintf(w, "<sitemapindex><sitemap><loc>%s/1.xml</loc></sitemap></sitemapindex>", server.URL)
		case "/1.xml":
			fmt.Fprint(w, "<urlset><url><loc>https://example.com</loc></url><url><loc> https://example.com/%C3%A4/?x </loc></url></urlset>")
		case "/endless.xml":
			fmt.Fprintf(w, "<sitemapindex><sitemap><loc>%s/endless.xml</loc></sitemap></sitemapindex>", server.URL)
		case "/foreign.xml":
			fmt.Fprintf(w, "<sitemapindex><sitemap><loc>%s/1.xml</loc></sitemap></sitemapindex>", elsewhere.URL)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	addresses, err := Addresses(t.Context(), server.URL+"/sitemap.xml")
	if err != nil || strings.Join(addresses, " ") != "/ /ä/" {
		t.Errorf("%q (%v)", addresses, err)
	}
	for name, want := range map[string]string{"endless": "more than 1000 sitemaps", "foreign": "on another host", "none": "404"} {
		if _, err := Addresses(t.Context(), server.URL+"/"+name+".xml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	c := Compare([]string{"/a/", "/b", "/c/index.html", "/d/"}, []string{"/", "/a", "/b/", "/c/"})
	if c.Found != 3 || !slices.Equal(c.Missing, []string{"/d/"}) {
		t.Errorf("%+v", c)
	}
}

// TestStrangeSites has what nobody writes: it is reported, and harms nobody.
func TestStrangeSites(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*%c, ", i-1), 10))
	}
	write("hugo.yaml", "title: Site\ncontentDir: ../../etc\ntheme: ../../etc\nparams: {deep: 1}\n")
	write("config/_default/params.yaml", bomb)
	write("layouts/page.html", "{{ .Title }}")
	write("i18n/en.yaml", "- id: a\n  translation: A\n")
	if err := errors.Join(os.Symlink(secret, filepath.Join(dir, "layouts/secret.html")), os.Mkdir(filepath.Join(dir, "static"), 0o755)); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(filepath.Join(dir, "static/large.bin"))
	if err == nil {
		err = errors.Join(large.Truncate(largestFile+1), large.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	report, err := Hugo(Options{From: dir, To: to})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, d := range report.Left {
		said.WriteString(d.String() + "\n")
	}
	for _, want := range []string{"config/_default/params.yaml: ", "is outside of the site", "the theme etc is not in", "layouts/secret.html: warning: the link leads out", "static/large.bin: warning: is not copied"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("nothing says %q in\n%s", want, said.String())
		}
	}
	for _, name := range []string{"layouts/secret.html", "static/large.bin"} {
		if _, err := os.Lstat(filepath.Join(to, name)); err == nil {
			t.Errorf("%s is copied", name)
		}
	}
	if text, err := os.ReadFile(filepath.Join(to, "i18n/en.yaml")); err != nil || string(text) != "a: A\n" {
		t.Errorf("texts are %q (%v)", text, err)
	}

	// A link in the new site leads nowhere either.
	if err := errors.Join(os.Remove(filepath.Join(to, "isrgen.yaml")), os.Symlink(secret, filepath.Join(to, "isrgen.yaml"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Hugo(Options{From: dir, To: to}); !errors.Is(err, ErrExists) {
		t.Errorf("a link is written over: %v", err)
	}
	if _, err := Hugo(Options{From: dir, To: to, Force: true}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "secret" {
		t.Errorf("what a link leads to is %q (%v)", text, err)
	}
}
