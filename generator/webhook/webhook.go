// Package webhook knows what others send when content changed: `webhooks:` of isrgen.yaml, whether a message is from whom it says,
// and which items of a source on the network it is about.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/source"
)

// Config is `webhooks:`. Functions carry it; it names secrets, and holds none.
type Config struct {
	Hooks []*Hook `json:"hooks,omitempty"`
}

// Types of webhooks.
const (
	typeGitHub  = "github"
	typeGeneric = "generic"
)

// Hook is one entry: an address that takes messages about a source.
type Hook struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Source string `json:"source"`

	// SecretEnv is the variable with the secret that messages are signed with.
	SecretEnv string `json:"secretEnv"`

	// Header has the signature: the HMAC-SHA256 of the body in hexadecimal digits, perhaps after "sha256=".
	Header string `json:"header"`

	// Keys are the paths in the message to the names of the items, for type generic.
	Keys []string `json:"keys,omitempty"`

	// Directory is where the files of the source are in the repository, without slashes at the ends, and Branch the branch that
	// they are published from, empty for the default branch; for type github.
	Directory string `json:"directory,omitempty"`
	Branch    string `json:"branch,omitempty"`
}

// Dir begins the addresses of webhooks.
const Dir = "_webhooks"

// Path is the address of a webhook.
func (h *Hook) Path() string { return "/" + Dir + "/" + h.Name }

// ErrSignature says that a message is not signed with the secret.
var ErrSignature = errors.New("the signature is missing, or not that of the message")

// Verify checks the signature of a message. An empty secret verifies nothing.
func (h *Hook) Verify(signature, secret string, body []byte) error {
	given, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(signature), "sha256="))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if err != nil || secret == "" || !hmac.Equal(given, mac.Sum(nil)) {
		return ErrSignature
	}
	return nil
}

// Items are the names of the items that a message is about, sorted. They may be gone, or new. The event is what GitHub's header
// X-GitHub-Event says.
func (h *Hook) Items(event string, body []byte) ([]string, error) {
	if h.Type == typeGitHub {
		return h.pushed(event, body)
	}
	var names []string
	for _, key := range h.Keys {
		found, err := source.Texts(body, key)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// pushed are the Markdown files of the source that a push changed. A renamed file is one that was removed and one that was added.
//
// Source: https://docs.github.com/webhooks/webhook-events-and-payloads#push.
func (h *Hook) pushed(event string, body []byte) ([]string, error) {
	if event != "push" {
		return nil, nil // such as the ping when the webhook is made
	}
	var push struct {
		Ref        string
		Repository struct {
			DefaultBranch string `json:"default_branch"`
		}
		Commits []struct{ Added, Modified, Removed []string }
	}
	if err := json.Unmarshal(body, &push); err != nil {
		return nil, fmt.Errorf("the message is no push: %w", err)
	}
	branch := h.Branch
	if branch == "" {
		branch = push.Repository.DefaultBranch
	}
	if push.Ref != "refs/heads/"+branch {
		return nil, nil
	}
	var names []string
	for _, commit := range push.Commits {
		for _, file := range slices.Concat(commit.Added, commit.Modified, commit.Removed) {
			if h.Directory != "" {
				var inside bool
				if file, inside = strings.CutPrefix(file, h.Directory+"/"); !inside {
					continue
				}
			}
			if name, isPage := strings.CutSuffix(file, ".md"); isPage {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

const keyConfig = "webhooks"

// Pack adds the configuration to a bundle.
func (c *Config) Pack(w interface {
	Add(key string, value []byte) error
}) error {
	if len(c.Hooks) == 0 {
		return nil
	}
	return content.AddJSON(w, keyConfig, c)
}

// Open reads the configuration of a bundle.
func Open(bundle *content.Bundle) (*Config, error) {
	c := &Config{}
	if err := bundle.GetJSON(keyConfig, c); err != nil && !errors.Is(err, content.ErrNoRecord) {
		return nil, err
	}
	return c, nil
}
