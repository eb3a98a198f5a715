package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/source"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// read decodes the webhooks of a configuration.
func read(t *testing.T, text string) (*Config, *diagnostic.List) {
	t.Helper()
	var diags diagnostic.List
	var c Config
	d := &strictyaml.Document{File: "isrgen.yaml", Text: []byte(text), Diagnostics: &diags}
	d.Mapping("configuration", c.Fields(d))
	return &c, &diags
}

// TestGitHubSignature is the example of GitHub's documentation.
//
// Source: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
func TestGitHubSignature(t *testing.T) {
	c, _ := read(t, "webhooks: {docs: {type: github, source: docs, secretEnv: S}}")
	h := c.Hooks[0]
	const secret, signature = "It's a Secret to Everybody", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if err := h.Verify(signature, secret, []byte("Hello, World!")); err != nil || h.Header != "X-Hub-Signature-256" {
		t.Errorf("%s: %v", h.Header, err)
	}
	for _, wrong := range []string{"", "sha256=", signature[:len(signature)-2], strings.Replace(signature, "7", "8", 1), "sha1=aa", "x"} {
		if err := h.Verify(wrong, secret, []byte("Hello, World!")); !errors.Is(err, ErrSignature) {
			t.Errorf("%q is taken: %v", wrong, err)
		}
	}
	mac := hmac.New(sha256.New, nil)
	if err := h.Verify(hex.EncodeToString(mac.Sum(nil)), "", nil); !errors.Is(err, ErrSignature) {
		t.Errorf("without a secret, anybody can sign: %v", err)
	}
}

const push = `{"ref": "refs/heads/main", "repository": {"default_branch": "main"}, "commits": [
 {"added": ["docs/new.md", "docs/picture.png"], "modified": ["docs/deep/a.md", "README.md"], "removed": ["docs/old.md"]},
 {"added": [], "modified": ["docs/new.md", "docsother/x.md"], "removed": []}]}`

func TestItems(t *testing.T) {
	for _, test := range []struct{ config, event, body, want string }{
		{"{type: github, source: s, secretEnv: S, directory: /docs/}", "push", push, "deep/a new old"},
		{"{type: github, source: s, secretEnv: S}", "push", push, "README docs/deep/a docs/new docs/old docsother/x"},
		{"{type: github, source: s, secretEnv: S, branch: live}", "push", push, ""},
		{"{type: github, source: s, secretEnv: S, branch: live}", "push", strings.Replace(push, "refs/heads/main", "refs/heads/live", 1),
			"README docs/deep/a docs/new docs/old docsother/x"},
		{"{type: github, source: s, secretEnv: S}", "ping", `{"zen": "x"}`, ""},
		{"{type: github, source: s, secretEnv: S}", "push", `[`, "!"},
		{"{source: s, secretEnv: S, keys: [entry.slug]}", "", `{"entry": {"slug": "a"}}`, "a"},
		{"{source: s, secretEnv: S, keys: [slugs, old.slug]}", "", `{"slugs": ["b", "a", "b"], "old": {"slug": 7}}`, "7 a b"},
		{"{source: s, secretEnv: S, keys: [items.slug]}", "", `{"items": [{"slug": "x"}, {"slug": "y"}]}`, "x y"},
		{"{source: s, secretEnv: S, keys: [entry.slug]}", "", `{"event": "ping"}`, ""},
		{"{source: s, secretEnv: S, keys: [entry.slug]}", "", `slug=a`, "!"},
	} {
		c, diags := read(t, "webhooks: {h: "+test.config+"}")
		if diags.Errors() > 0 {
			t.Fatal(diags.Sorted())
		}
		items, err := c.Hooks[0].Items(test.event, []byte(test.body))
		if got := strings.Join(items, " "); got != strings.TrimSuffix(test.want, "!") || (err != nil) != (test.want == "!") {
			t.Errorf("%s, %s: %s, %v; want %s", test.config, test.body, got, err, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	sources := []*source.Settings{{Type: "json"}}
	sources[0].Name = "s"
	for config, want := range map[string]string{
		"{source: t, secretEnv: S, keys: [a]}":                "is about the source t, which is not in sources:",
		"{source: s, secretEnv: S, type: github}":             "is no Markdown in a repository",
		"{source: s, secretEnv: S, keys: [a]}":                "this build has no bypass token",
		"{source: s, secretEnv: S, keys: [a], directory: x}":  "have no meaning for type generic",
		"{source: s, secretEnv: S, keys: [a], type: gitlab}":  `cannot be "gitlab"`,
		"{source: s, secretEnv: S, keys: [a], header: 'X Y'}": "not the name of a header",
		"{source: s, secretEnv: S, keys: [a], secret: x}":     "unknown key",
		"[a]": "unknown key",
		"{source: s, secretEnv: S, keys: [a], header: X-Webhook-Signed }": "this build has no bypass token",
	} {
		c, diags := read(t, "webhooks: {h: "+config+"}")
		c.Check(sources, false, diags)
		found := ""
		for _, d := range diags.Sorted() {
			found += d.String() + "\n"
		}
		if want != "unknown key" && !strings.Contains(found, want) || found == "" {
			t.Errorf("%s: %s; want %s", config, found, want)
		}
	}
}

// FuzzItems holds that any message is read or refused.
func FuzzItems(f *testing.F) {
	f.Add("push", []byte(push))
	f.Add("", []byte(`{"a": [{"b": ["x", 1, null]}]}`))
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		for _, h := range []*Hook{{Type: typeGitHub}, {Type: typeGeneric, Keys: []string{"a.b", "a.0.b"}}} {
			if items, err := h.Items(event, body); err != nil && items != nil {
				t.Errorf("%v and %v", items, err)
			}
		}
	})
}
