package generator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A push to a repository has the pages regenerated of the files in it, as GitHub's messages name them, and those that show them.
func TestGitHubWebhook(t *testing.T) {
	remote := &files{texts: map[string]string{
		"/files.txt": "a.md\ndeep/b.md\nc.md\n", "/raw/a.md": "---\ntags: [old]\n---\nFirst.\n", "/raw/deep/b.md": "Second.\n", "/raw/c.md": "Third.\n",
	}}
	host := httptest.NewServer(remote)
	t.Cleanup(host.Close)
	source := writeSite(t, map[string]string{
		"isrgen.yaml": strings.ReplaceAll(native(`title: Docs
sources:
  docs: { type: markdown, manifest: { url: URL/files.txt }, base: URL/raw/, path: "/docs/[...path]", isr: { revalidate: 1d }, retries: 0 }
webhooks:
  repository: { type: github, source: docs, secretEnv: HOOK_SECRET, directory: content }
isr: { rules: [ { match: "/tags/**", revalidate: 1d }, { match: "/docs/", revalidate: 1d }, { match: /own/, revalidate: 1d } ] }
`), "URL", host.URL),
		"content/own.md":       "---\ntags: [old]\n---\nNothing of the repository.\n",
		"layouts/page.html":    "{{ .Title }} {{ .Content }}",
		"layouts/section.html": "{{ range .Pages }}{{ .RelPermalink }} {{ .WordCount }} {{ end }}",
		"layouts/term.html":    "{{ range .Pages }}{{ .RelPermalink }} {{ end }}",
	})
	t.Setenv("HOOK_SECRET", secret)
	b := buildSite(t, Options{Source: source, BypassToken: goldenToken})
	noSecret(t, b.Destination)
	v := visit(t, b, map[string]string{"HOOK_SECRET": secret, "ISRGEN_BYPASS_TOKEN": goldenToken})

	remote.set("/raw/a.md", "---\ntags: [new]\n---\nFirst, edited.\n")
	remote.set("/raw/new.md", "Fourth.\n")
	remote.set("/raw/c.md", "")
	remote.set("/files.txt", "a.md\ndeep/b.md\nnew.md\n")
	const push = `{"ref": "refs/heads/main", "repository": {"default_branch": "main"}, "commits": [
{"added": ["content/new.md"], "modified": ["content/a.md", "content/logo.svg", "LICENSE"], "removed": ["content/c.md"]}]}`
	status, report := v.message("/_webhooks/repository", push, secret)
	for _, want := range []string{`"/docs/a/","ok":true,"status":200`, `"/docs/c/","ok":true,"gone":true,"status":404`, `"/docs/new/","ok":true,"status":200`,
		`"/docs/","ok":true`, `"/tags/old/","ok":true`} {
		if status != 200 || !strings.Contains(report, want) {
			t.Errorf("%d, without %s: %s", status, want, report)
		}
	}
	for _, other := range []string{"/docs/deep/b/", "/own/"} {
		if strings.Contains(report, other) {
			t.Errorf("%s was regenerated: %s", other, report)
		}
	}
	for path, want := range map[string]string{"/docs/a/": "edited", "/docs/new/": "Fourth", "/docs/": "/docs/new/", "/tags/old/": "/own/"} {
		if _, cache, body := v.get(path, ""); cache != "HIT" || !strings.Contains(body, want) {
			t.Errorf("%s is %s\n%s", path, cache, body)
		}
	}
	if _, _, body := v.get("/tags/old/", ""); strings.Contains(body, "/docs/a/") {
		t.Errorf("a term that a page lost still has it:\n%s", body)
	}
	if status, report := v.message("/_webhooks/repository", push, "guessed"); status != 401 {
		t.Errorf("a message that is not signed is answered with %d: %s", status, report)
	}
}

// message sends a message as GitHub does.
func (v visitor) message(path, body, secret string) (status int, report string) {
	v.t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("X-GitHub-Event", "push")
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
