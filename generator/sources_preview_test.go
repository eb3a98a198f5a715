package generator

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/preview"
	"github.com/isrgen/isrgen/generator/cmstest"
)

// visitor asks a preview.
type visitor struct {
	t   *testing.T
	url string
}

// visit starts a preview of what was built, with variables for the functions.
func visit(t *testing.T, b *build, env map[string]string) visitor {
	t.Helper()
	server, err := preview.New(b.Destination, preview.Options{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.Close()
		server.Close(context.Background())
	})
	return visitor{t, web.URL}
}

// get returns status, x-vercel-cache and body of a page; the token asks for a new one.
func (v visitor) get(path, token string) (status int, cache, body string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("x-prerender-revalidate", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("x-vercel-cache"), string(text)
}

// until asks for a page again and again until it holds a text.
func (v visitor) until(path, text string) {
	v.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the clock is that of the functions
		status, cache, body := v.get(path, "")
		if strings.Contains(body, text) {
			return
		}
		if time.Now().After(end) {
			v.t.Fatalf("%s does not become %q: %d %s\n%s", path, text, status, cache, body)
		}
	}
}

// While the preview runs, pages and lists follow what happens in the CMS, by time and by token. While the CMS fails, visitors get
// the last good page, and no error is kept.
func TestSourcesBehindPreview(t *testing.T) {
	t.Setenv("CMS_TOKEN", secret)
	cms := cmstest.New(t, shopItems...)
	cms.Token = secret
	files := shopFiles(cms)
	delete(files, "content/data.md") // which asks without the credential
	for _, times := range [][2]string{{"HOST", "localhost"}, {"revalidate: 1h }\n    prerender", "revalidate: 1s }\n    prerender"}, {"revalidate: 30", "revalidate: 1s"}, {"retries: 1", "retries: 0"}} {
		files["isrgen.yaml"] = strings.ReplaceAll(files["isrgen.yaml"], times[0], times[1])
	}
	b := buildSite(t, Options{Source: writeSite(t, files), BypassToken: goldenToken})
	v := visit(t, b, map[string]string{"CMS_TOKEN": secret})

	if status, cache, _ := v.get("/products/mug/", ""); status != 200 || cache != "MISS" {
		t.Errorf("a deferred page is %d %s at first", status, cache)
	}
	if status, cache, _ := v.get("/products/pan/", ""); status != 200 || cache != "PRERENDER" {
		t.Errorf("a page of the build is %d %s at first", status, cache)
	}
	pan := shopItems[1]
	pan.Name = "Second pan"
	cms.Put(t, pan)
	v.until("/products/pan/", "Second pan")
	if _, _, body := v.get("/products/", ""); strings.Contains(body, "Second pan") {
		t.Error("the list was regenerated before its time")
	}
	if _, cache, body := v.get("/products/", goldenToken); cache != "REVALIDATED" || !strings.Contains(body, "Second pan") {
		t.Errorf("asked for with the token the list is %s\n%s", cache, body)
	}

	for _, fault := range []cmstest.Fault{cmstest.Down, cmstest.Slow, cmstest.Broken, cmstest.Malformed, cmstest.Empty, cmstest.Large} {
		cms.Fail(fault)
		for _, path := range []string{"/products/pan/", "/products/mug/", "/products/"} {
			status, cache, body := v.get(path, goldenToken)
			if status != 200 || cache != "STALE" || strings.Contains(body, secret) {
				t.Errorf("%s: %s is %d %s", fault, path, status, cache)
			}
			if status, _, _ := v.get(path, ""); status != 200 {
				t.Errorf("%s: the next visitor gets %d for %s", fault, status, path)
			}
		}
		if status, _, _ := v.get("/products/chair/", ""); status != 500 && status != 502 {
			t.Errorf("%s: a page that nobody saw is %d", fault, status)
		}
	}
	cms.Fail(cmstest.Sound)
	if status, cache, _ := v.get("/products/chair/", ""); status != 200 || cache != "MISS" {
		t.Errorf("after the faults a page that nobody saw is %d %s", status, cache)
	}
	if _, cache, _ := v.get("/products/mug/", goldenToken); cache != "REVALIDATED" {
		t.Errorf("after the faults a page is %s", cache)
	}

	cms.Fail(cmstest.Missing) // for a moment, everything is gone
	if status, _, _ := v.get("/products/mug/", goldenToken); status != 404 {
		t.Errorf("a page that is gone is %d", status)
	}
	cms.Fail(cmstest.Sound)
	v.until("/products/mug/", "Mug")
	cms.Delete(t, "mug")
	v.until("/products/mug/", "Page not found")
	cms.Put(t, cmstest.Item{Slug: "cup", Name: "Cup"})
	v.until("/products/cup/", "Cup")
}
