package generator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// editedSource is the source of an edited site. Its items are in lists, terms and neighbourhoods with pages of the site.
const editedSource = `sources:
  items:
    list: { url: "ITEMS/items", items: items }
    item: { url: "ITEMS/items/{slug}" }
    path: /items/[slug]
    fields: { title: title, date: date, tags: tags, description: description, body: body }
    isr: { revalidate: 1h }
    prerender: newest 6
    retries: 0
`

// editedHost has the items of the versions of a site, each at an address of its own. Its lists leave the texts out.
type editedHost struct {
	url string
	mu  sync.Mutex
	all map[string]map[string]map[string]string // by version
}

func newEditedHost(t *testing.T) *editedHost {
	h := &editedHost{all: map[string]map[string]map[string]string{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// put keeps the items of a version, and returns their address.
func (h *editedHost) put(dir string, items map[string]map[string]string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[versionOf(dir)] = maps.Clone(items)
	return h.url + "/" + versionOf(dir)
}

func (h *editedHost) forget(dir string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, versionOf(dir))
}

func versionOf(dir string) string {
	return strings.ReplaceAll(strings.Trim(filepath.ToSlash(dir), "/"), "/", "-")
}

// ServeHTTP answers for /VERSION/items and /VERSION/items/SLUG.
func (h *editedHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	version, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/items")
	items := h.all[version]
	item := func(slug string, list bool) map[string]any {
		all := map[string]any{"slug": slug}
		for key, value := range items[slug] {
			switch {
			case key == "tags":
				all[key] = strings.Fields(value)
			case key != "body" || !list:
				all[key] = value
			}
		}
		if list {
			all["body"] = ""
		}
		return all
	}
	if slug := strings.TrimPrefix(rest, "/"); slug != "" {
		if items[slug] == nil {
			http.NotFound(w, r)
			return
		}
		json.NewEncoder(w).Encode(item(slug, false))
		return
	}
	list := []any{}
	for _, slug := range slices.Sorted(maps.Keys(items)) {
		list = append(list, item(slug, true))
	}
	json.NewEncoder(w).Encode(map[string]any{"items": list})
}

func (e *editedSite) addItem(random *rand.Rand) string {
	e.next++
	slug := fmt.Sprintf("item-%d", e.next)
	e.items[slug] = map[string]string{"title": "Item " + strconv.Itoa(e.next), "date": fmt.Sprintf("2026-01-%02d", 1+random.Intn(28)),
		"tags": []string{"", "bread", "bread rye", "only-items"}[random.Intn(4)], "description": "About it.", "body": "What is *known*."}
	return slug
}

// editItem changes one thing of the source.
func (e *editedSite) editItem(random *rand.Rand, kind int, again string) string {
	slug := pick(random, e.items, "")
	item := e.items[slug]
	switch kind {
	case 0:
		item["body"] = "Nothing of " + again + " is *known*."
		return "itembody of " + slug
	case 1:
		item["title"] += " " + again
		return "itemtitle of " + slug
	case 2:
		item["tags"] = []string{"", "oven", "bread new-" + again}[random.Intn(3)]
		return "itemtags of " + slug
	case 3:
		item["date"] = fmt.Sprintf("2026-02-%02d", 1+random.Intn(28))
		return "itemdate of " + slug
	case 4:
		if len(e.items) > 1 {
			delete(e.items, slug)
		}
		return "itemdelete " + slug
	default:
		return "itemadd " + e.addItem(random)
	}
}
