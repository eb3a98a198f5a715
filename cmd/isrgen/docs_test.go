package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

// TestDocumentation builds the documentation, whose broken links are errors, and reads pages of each kind in a preview of it.
func TestDocumentation(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	t.Parallel()
	source := t.TempDir()
	if err := os.CopyFS(source, os.DirFS(docsSite)); err != nil {
		t.Fatal(err)
	}
	report := buildForThisMachine(t, source)
	for _, d := range report.Diagnostics {
		t.Errorf("the build says: %s", d)
	}
	kinds := map[site.Keeping]int{}
	for _, route := range report.Routes {
		kinds[route.Kind]++
	}
	if kinds[site.Static] == 0 || kinds[site.ISR] == 0 || report.Totals.Deferred == 0 {
		t.Errorf("the documentation does not show all kinds of pages: %v, %d deferred", kinds, report.Totals.Deferred)
	}
	address := startPreview(t, report.Destination)
	for _, test := range []struct{ path, cache, text string }{
		{"/reference/configuration/", "", "<code>isr.rules[].match</code>"},
		{"/reference/commands/build/", "", "--buildDrafts"},
		{"/reference/functions/", "", "<code>strings.ToUpper TEXT</code>"},
		{"/guide/isr/", "PRERENDER", "<h1>Three kinds of page</h1>"},
		{"/reference/findings/orphan-prerender/", "MISS", "there is no ISR route"},
	} {
		response, body := fetchText(t, address+test.path)
		if response.StatusCode != http.StatusOK || !strings.Contains(body, test.text) {
			t.Errorf("%s: %s, without %q", test.path, response.Status, test.text)
		}
		if cache := response.Header.Get("X-Vercel-Cache"); test.cache != "" && cache != test.cache {
			t.Errorf("%s: %s, want %s", test.path, cache, test.cache)
		}
	}
	searchLeads(t, address)
}

// searchLeads follows what the search knows.
func searchLeads(t *testing.T, address string) {
	t.Helper()
	_, index := fetchText(t, address+"/search.json")
	var entries []struct{ Title, URL, Text string }
	if err := json.Unmarshal([]byte(index), &entries); err != nil || len(entries) < 40 {
		t.Fatalf("/search.json has %d entries: %v", len(entries), err)
	}
	for _, entry := range entries {
		if response, _ := fetchText(t, address+entry.URL); response.StatusCode != http.StatusOK {
			t.Errorf("the search leads to %s: %s", entry.URL, response.Status)
		}
		if deferred := strings.HasPrefix(entry.URL, "/reference/findings/"); deferred != (entry.Text == "") {
			t.Errorf("the search has %d bytes of the text of %s", len(entry.Text), entry.URL)
		}
	}
}

// fetchText is the response of an address, and its text.
func fetchText(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}
