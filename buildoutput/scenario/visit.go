package scenario

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// visit is a request as a step describes it.
type visit struct {
	method, path, region, cookie, host string
}

// isVisit reports whether a step's first word is a method.
func isVisit(verb string) bool {
	switch verb {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodOptions:
		return true
	}
	return false
}

// parseVisit reads the words of a step that is about a page.
func parseVisit(words []string) (v visit, err error) {
	v.method = words[0]
	if len(words) < 2 || !strings.HasPrefix(words[1], "/") {
		return v, fmt.Errorf("%s needs a path that begins with a slash", words[0])
	}
	v.path = words[1]
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "region":
			v.region = value
		case "cookie":
			v.cookie = value
		case "host":
			v.host = value
		default:
			return v, fmt.Errorf("%q says nothing about a visit: write region=, cookie= or host=", word)
		}
	}
	return v, nil
}

// versions numbers the bodies that were seen of each address.
type versions struct {
	mu   sync.Mutex
	seen map[string]map[[sha256.Size]byte]int
}

func (v *versions) of(address string, body []byte) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[string]map[[sha256.Size]byte]int{}
	}
	if v.seen[address] == nil {
		v.seen[address] = map[[sha256.Size]byte]int{}
	}
	sum := sha256.Sum256(body)
	known := v.seen[address]
	if known[sum] == 0 {
		known[sum] = len(known) + 1
	}
	return known[sum]
}

// outcome gives the words that a response is described by.
func (v *versions) outcome(method, address string, status int, header http.Header, body []byte) string {
	words := []string{header.Get("X-Vercel-Cache")}
	if words[0] == "" {
		words[0] = "-"
	}
	if status != http.StatusOK {
		words = append(words, strconv.Itoa(status))
	}
	if method != http.MethodHead && len(body) > 0 {
		words = append(words, fmt.Sprintf("v%d", v.of(address, body)))
	}
	for _, shown := range []struct{ name, prefix string }{{"X-Isrgen-Reason", ""}, {"Location", "location="}, {"X-Vercel-Error", "error="}} {
		if value := header.Get(shown.name); value != "" {
			words = append(words, shown.prefix+value)
		}
	}
	if age := header.Get("Age"); age != "" {
		words = append(words, "age="+age+"s")
	}
	return strings.Join(words, " ")
}
