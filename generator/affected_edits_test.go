package generator

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/site"
)

// editedSite is a site in memory: its files, and its documents apart.
type editedSite struct {
	files map[string]string
	docs  map[string]map[string]string // front matter and "body" by file
	items map[string]map[string]string // of a source on the network
	next  int
}

// newEditedSite makes a site of some fifty documents, in sections of all kinds, with layouts that show other pages in every way
// that there is.
func newEditedSite(random *rand.Rand) *editedSite {
	e := &editedSite{docs: map[string]map[string]string{}, items: map[string]map[string]string{}, files: map[string]string{
		"isrgen.yaml":    "title: Edited\nbaseURL: https://example.com\n" + editedSource + "isr:\n  rules:\n    - {match: /archive/**, defer: true, revalidate: 1h}\n    - {match: /posts/**, revalidate: 10m}\n",
		"data/site.yaml": "motto: First\n", "data/people/ana.yaml": "name: Ana\nrole: Baker\n", "data/people/ben.yaml": "name: Ben\n",
		"static/robots.txt": "User-agent: *\n", "static/img/a.svg": "<svg/>\n",
		"content/posts/trip/photo.txt":   "a photo\n",
		"layouts/_partials/person.html":  `{{ with index .Site.Data.people (default "ana" .Params.author) }}<b>{{ .name }}</b>{{ end }}`,
		"layouts/_partials/motto.html":   `{{ .Site.Data.site.motto }}`,
		"layouts/_partials/latest.html":  `{{ range first 3 .Site.RegularPages }}<i>{{ .LinkTitle }} {{ .Description }}</i>{{ end }}`,
		"layouts/_partials/unused.html":  `nobody calls this`,
		"layouts/_partials/related.html": `{{ range .GetTerms "tags" }}<u>{{ .Title }}: {{ range .Pages }}{{ .Title }},{{ end }}</u>{{ end }}`,
		"layouts/page.html":              `{{ define "main" }}<h1 id="{{ .Permalink }}">{{ .Title }}</h1>{{ .Content }}{{ partial "person.html" . }}{{ partial "related.html" . }}{{ with .Next }}{{ .LinkTitle }}{{ end }}{{ with .Prev }}{{ .Title }}{{ end }}{{ end }}`,
		"layouts/wide.html":              `{{ define "main" }}{{ .Title }}{{ range .Ancestors }}<{{ .Title }}>{{ end }}{{ range .Parent.Pages }}{{ .Weight }}{{ end }}{{ end }}`,
		"layouts/home.html":              `{{ define "main" }}{{ partial "motto.html" . }}{{ partial "latest.html" . }}{{ range .Site.Sections }}{{ .Title }}{{ len .RegularPagesRecursive }}{{ end }}{{ with index .RegularPagesRecursive 0 }}{{ .Content }}{{ end }}{{ end }}`,
	}}
	e.docs["content/_index.md"] = map[string]string{"title": "Home", "body": "Welcome."}
	for _, section := range []string{"posts", "notes", "archive"} {
		e.docs["content/"+section+"/_index.md"] = map[string]string{"title": section, "body": "All " + section + "."}
		for range 12 {
			e.add(random, section)
		}
	}
	e.docs["content/posts/trip/index.md"] = map[string]string{"title": "A trip", "date": "2026-01-09", "body": "See [it](photo.txt)."}
	for range 5 {
		e.add(random, "notes/deep")
	}
	for range 10 {
		e.addItem(random)
	}
	return e
}

func (e *editedSite) add(random *rand.Rand, section string) string {
	e.next++
	name := fmt.Sprintf("content/%s/doc-%d.md", section, e.next)
	e.docs[name] = map[string]string{
		"title": fmt.Sprintf("Document %d", e.next), "body": fmt.Sprintf("Text %d of *something*.", e.next),
		"date": fmt.Sprintf("2026-01-%02d", 1+random.Intn(28)), "tags": randomTags(random), "description": "About " + strconv.Itoa(random.Intn(9)),
	}
	return name
}

func randomTags(random *rand.Rand) string {
	tags := []string{"bread", "rye", "oven"}
	return "[" + strings.Join(tags[random.Intn(3):], ", ") + "]"
}

func (e *editedSite) clone() *editedSite {
	c := &editedSite{files: maps.Clone(e.files), docs: map[string]map[string]string{}, items: map[string]map[string]string{}, next: e.next}
	for name, item := range e.items {
		c.items[name] = maps.Clone(item)
	}
	for name, doc := range e.docs {
		c.docs[name] = maps.Clone(doc)
	}
	return c
}

// write writes the site, without its source on the network if that has no host.
func (e *editedSite) write(t *testing.T, dir string, host *editedHost) {
	t.Helper()
	all := maps.Clone(e.files)
	if host != nil {
		all[site.ConfigFile] = strings.ReplaceAll(all[site.ConfigFile], "ITEMS", host.put(dir, e.items))
	} else {
		all[site.ConfigFile] = strings.Replace(all[site.ConfigFile], editedSource, "", 1)
	}
	for name, doc := range e.docs {
		text := "---\n"
		for _, key := range slices.Sorted(maps.Keys(doc)) {
			if key != "body" && doc[key] != "" {
				text += key + ": " + doc[key] + "\n"
			}
		}
		all[name] = text + "---\n" + doc["body"] + "\n"
	}
	for name, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), fs.FileMode(0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// pick chooses a key that begins with a prefix.
func pick[V any](random *rand.Rand, from map[string]V, prefix string) string {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(from)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
	return keys[random.Intn(len(keys))]
}

// edit changes one thing and says which, the kind of edit in the first word.
func (e *editedSite) edit(random *rand.Rand) string {
	name := pick(random, e.docs, "content/")
	doc := e.docs[name]
	again := strconv.Itoa(random.Intn(1000))
	switch kind := random.Intn(30); kind {
	case 24, 25, 26, 27, 28, 29:
		return e.editItem(random, kind-24, again)
	case 0:
		doc["body"] = "Text " + again + " of *something*." // with as many words
		return "words of " + name
	case 1, 2:
		doc["body"] += " More " + again + "."
		return "body of " + name
	case 3:
		doc["title"] += " " + again
		return "title of " + name
	case 4:
		doc["date"] = fmt.Sprintf("2026-02-%02d", 1+random.Intn(28))
		return "date of " + name
	case 5:
		doc["tags"] = randomTags(random)
		return "tags of " + name
	case 6:
		doc["tags"] = "[new-" + again + "]"
		return "newtag of " + name
	case 7:
		doc["weight"] = strconv.Itoa(1 + random.Intn(5))
		return "weight of " + name
	case 8:
		doc["description"] = "About " + again
		return "description of " + name
	case 9:
		doc["slug"] = "named-" + again
		return "slug of " + name
	case 10:
		doc["draft"] = "true"
		return "draft " + name
	case 11:
		doc["layout"] = "wide"
		return "layout of " + name
	case 12:
		delete(e.docs, name)
		return "delete " + name
	case 13, 14:
		return "add " + e.add(random, []string{"posts", "notes", "archive", "fresh-" + again}[random.Intn(4)])
	case 15:
		delete(e.docs, name)
		e.docs[strings.TrimSuffix(name, ".md")+"-renamed.md"] = doc
		return "rename " + name
	case 16:
		e.files["data/site.yaml"] = "motto: Number " + again + "\n"
		return "data/site.yaml"
	case 17:
		name := pick(random, e.files, "data/people/")
		e.files[name] = "name: Person " + again + "\n"
		return name
	case 18, 19:
		name := pick(random, e.files, "layouts/_partials/")
		e.files[name] += again
		return name
	case 20:
		if random.Intn(4) == 0 {
			e.files["layouts/section.html"] = "all is new: {{ .Title }} {{ len .Pages }}"
			return "newlayout"
		}
		name := pick(random, e.files, "layouts/")
		e.files[name] = strings.Replace(e.files[name], "{{", again+"{{", 1)
		return name
	case 21:
		name := pick(random, e.files, "static/")
		switch random.Intn(3) {
		case 0:
			e.files[name] += again
		case 1:
			e.files["static/new-"+again+".txt"] = again
		default:
			delete(e.files, name)
			e.files["static/robots.txt"] = "kept\n"
		}
		return "static " + name
	case 22:
		old, now := "title: ", "title: "+again+" "
		switch random.Intn(3) {
		case 0:
			old, now = "revalidate: 10m", "revalidate: 5m"
		case 1:
			old, now = "baseURL: https://", "baseURL: https://"+again+"."
		}
		e.files[site.ConfigFile] = strings.Replace(e.files[site.ConfigFile], old, now, 1)
		return "config " + now
	default:
		section := pick(random, e.docs, "content/"+[]string{"posts", "notes", "archive"}[random.Intn(3)]+"/")
		e.docs[section]["params"] = "{author: ben}"
		if strings.HasSuffix(section, "_index.md") {
			e.docs[section]["cascade"] = "{params: {author: ben}}"
		}
		return "params of " + section
	}
}
