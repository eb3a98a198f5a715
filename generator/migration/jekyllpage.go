package migration

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// jekyllPage is a text of Jekyll: lines of front matter, and what is behind them.
type jekyllPage struct {
	name   string
	matter *yaml.Node
	lines  []string // of front matter, to which those of isrgen are added
	body   []byte
	first  int // line of the body
}

// readPage reads a file that begins with front matter; nil for one that does not, which Jekyll copies as it is.
func (j *jekyll) readPage(name string) *jekyllPage {
	text, _, err := j.site.text(name)
	if err != nil || !bytes.HasPrefix(text, []byte("---")) {
		return nil
	}
	rest, ok := bytes.CutPrefix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("---\n"))
	matter, body, closed := bytes.Cut(append([]byte("\n"), rest...), []byte("\n---"))
	if !ok || !closed {
		return nil
	}
	_, body, _ = bytes.Cut(body, []byte("\n"))
	p := &jekyllPage{name: name, body: body, matter: mapping()}
	p.first = bytes.Count(matter, []byte("\n")) + 3
	var diags diagnostic.List
	document := &strictyaml.Document{File: name, Text: bytes.TrimPrefix(matter, []byte("\n")), LinesBefore: 1, Diagnostics: &diags}
	if read := document.Node(); read != nil && read.Kind == yaml.MappingNode {
		budget := 100_000
		p.matter = plain(read, &budget)
	}
	for _, d := range diags.Sorted() {
		j.diags.Add(d)
	}
	for line := range strings.Lines(string(bytes.TrimPrefix(matter, []byte("\n")))) {
		p.lines = append(p.lines, strings.TrimRight(line, "\n"))
	}
	return p
}

// has says whether front matter has a key.
func (p *jekyllPage) has(key string) bool {
	name, _ := pair(p.matter, key)
	return name != nil
}

func (p *jekyllPage) get(key string) string {
	_, value := pair(p.matter, key)
	return text(value)
}

// put adds a line of front matter, unless the key is there.
func (p *jekyllPage) put(key, value string) {
	if !p.has(key) {
		p.lines = append(p.lines, key+": "+value)
	}
}

// without takes away a key of front matter whose value is on its line.
func (p *jekyllPage) without(key string) {
	p.lines = slices.DeleteFunc(p.lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
}

func (p *jekyllPage) text() []byte {
	return []byte("---\n" + strings.Join(p.lines, "\n") + "\n---\n" + string(p.body))
}

var postName = regexp.MustCompile(`^(\d{2,4})-(\d{1,2})-(\d{1,2})-(.+)\.(md|markdown|mkdown|mkdn|mkd)$`)

// carryPost takes over a post, whose date is in its name, or a draft.
func (j *jekyll) carryPost(name string, draft bool) {
	parts := postName.FindStringSubmatch(path.Base(name))
	slug, date := strings.TrimSuffix(path.Base(name), path.Ext(name)), ""
	switch {
	case parts != nil:
		slug, date = parts[4], fmt.Sprintf("%s-%02s-%02s", parts[1], parts[2], parts[3])
	case !draft || path.Ext(name) != ".md" && path.Ext(name) != ".markdown":
		j.leave(name, 0, "this is no post in Markdown", "write it in Markdown, as content/posts/NAME.md")
		return
	}
	p := j.readPage(name)
	if p == nil {
		j.leave(name, 1, "this has no front matter that can be read", "write it between two lines of ---")
		return
	}
	j.date(p, date)
	p.put("slug", quoted(slug))
	if draft {
		p.put("draft", "true")
	}
	j.settle(p)
	if date != "" && !p.has("permalink") {
		j.address(p, date, slug)
	}
	j.reportLiquid(p)
	into := path.Join(content.Dir, "posts", strings.TrimSuffix(path.Base(name), path.Ext(name))+".md")
	if j.add(into, file{text: p.text()}) {
		j.count(name, into)
	} else {
		j.leave(name, 0, "is not carried: another post has the same name", "give it another name")
	}
}

// date gives a post the date of its name, unless it says another, which counts then for its address too.
func (j *jekyll) date(p *jekyllPage, date string) {
	if date != "" {
		p.put("date", date)
	}
}

// settle gives the keys of Jekyll's front matter a form that isrgen reads.
func (j *jekyll) settle(p *jekyllPage) {
	p.without("layout") // there is none of that name
	for _, key := range []string{"category", "tag"} {
		plural := map[string]string{"category": "categories", "tag": "tags"}[key]
		if value := p.get(key); value != "" {
			p.without(key)
			p.put(plural, "["+quoted(value)+"]")
		}
	}
	for _, key := range []string{"categories", "tags"} {
		if words := strings.Fields(p.get(key)); len(words) > 1 { // a text with spaces is a list
			p.without(key)
			for i, word := range words {
				words[i] = quoted(word)
			}
			p.lines = append(p.lines, key+": ["+strings.Join(words, ", ")+"]")
		}
	}
	if p.has("permalink") {
		j.explicit(p, p.get("permalink"))
	}
}

// explicit gives a page the address that it names, and an alias where that ends in a way that isrgen has not.
func (j *jekyll) explicit(p *jekyllPage, address string) {
	p.without("permalink")
	plain := "/" + strings.Trim(strings.TrimSuffix(strings.TrimSuffix(address, ".html"), ":output_ext"), "/")
	p.put("url", quoted(plain))
	if strings.HasSuffix(address, ".html") {
		p.alias("/" + strings.TrimPrefix(address, "/"))
	}
}

func (p *jekyllPage) alias(address string) {
	if p.has("redirect_from") {
		p.lines = append(p.lines, "aliases: "+list(append(texts(second(pair(p.matter, "redirect_from"))), address)))
		p.drop("redirect_from")
		return
	}
	p.put("aliases", list([]string{address}))
}

func second(_, value *yaml.Node) *yaml.Node { return value }

// drop takes away a key of front matter with all lines of its value.
func (p *jekyllPage) drop(key string) {
	inside := false
	p.lines = slices.DeleteFunc(p.lines, func(line string) bool {
		inside = strings.HasPrefix(line, key+":") || inside && (line == "" || strings.ContainsRune(" -\t", rune(line[0])))
		return inside
	})
}

func list(all []string) string {
	for i, text := range all {
		all[i] = quoted(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// quoted is a text as YAML, on one line.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(text) + `"`
}

// address gives a post the address that it had, where the pattern of the configuration does not.
func (j *jekyll) address(p *jekyllPage, date, slug string) {
	at, err := strictyaml.ParseTime(orElse(p.get("date"), date))
	if err != nil {
		return // isrgen says so of the post
	}
	if own := p.get("slug"); own != "" {
		slug = own
	}
	var categories []string
	for _, key := range []string{"category", "categories"} {
		for _, name := range texts(second(pair(p.matter, key))) {
			categories = append(categories, strings.Fields(name)...)
		}
	}
	for i, name := range categories {
		categories[i] = strings.ToLower(name)
	}
	old := path.Clean("/" + fillPermalink(j.permalink, at, slug, strings.Join(categories, "/")))
	if strings.HasSuffix(old, ".html") {
		p.alias(old)
	}
	if strings.Contains(j.permalink, ":categories") && len(categories) > 0 || strings.ToLower(old) != old {
		p.put("url", quoted(strings.TrimSuffix(old, ".html")))
	}
}

// fillPermalink gives a pattern of Jekyll the values of a post.
func fillPermalink(pattern string, at time.Time, slug, categories string) string {
	_, week := at.ISOWeek()
	return permalinkPart.ReplaceAllStringFunc(pattern, func(part string) string {
		switch part {
		case ":categories":
			return categories
		case ":title", ":slug":
			return slug
		case ":output_ext":
			return ".html"
		case ":week":
			return fmt.Sprintf("%02d", week)
		}
		if layout := permalinkLayouts[part]; layout != "" {
			return at.Format(layout)
		}
		return part
	})
}

// permalinkLayouts are the parts of Jekyll's patterns that are of the date.
var permalinkLayouts = map[string]string{":year": "2006", ":short_year": "06", ":month": "01", ":i_month": "1", ":short_month": "Jan", ":long_month": "January",
	":day": "02", ":i_day": "2", ":y_day": "002", ":short_day": "Mon", ":long_day": "Monday", ":hour": "15", ":minute": "04", ":second": "05"}

// carryPage takes over a page in Markdown, or a file that visitors get as it is.
func (j *jekyll) carryPage(name, into, old string) {
	end := path.Ext(name)
	markdown := slices.Contains([]string{".md", ".markdown", ".mkdown", ".mkdn", ".mkd"}, end)
	p := j.readPage(name)
	switch {
	case p == nil && strings.HasPrefix(name, "_"):
		j.leave(name, 0, "this has no front matter, and is not carried", "give it front matter, or move it to static/")
		return
	case p == nil:
		j.copy(name, path.Join("static", into))
		return
	case !markdown:
		j.leave(name, 1, "is made with Liquid, and not carried", "write a layout for the page, or copy it to static/ if it has no Liquid")
		return
	}
	base := strings.TrimSuffix(into, end)
	if !p.has("permalink") && path.Base(base) != "index" {
		p.alias(strings.TrimSuffix(old, end) + ".html")
	}
	j.settle(p)
	j.reportLiquid(p)
	if path.Base(base) == "index" {
		base = path.Join(path.Dir(base), "_index")
	}
	into = path.Join(content.Dir, base+".md")
	if j.add(into, file{text: p.text()}) {
		j.count(name, into)
	}
}

var liquid = regexp.MustCompile(`\{%-?\s*(\w+)|\{\{`)

// reportLiquid reports the lines of a page with Liquid, which isrgen shows as they are.
func (j *jekyll) reportLiquid(p *jekyllPage) {
	number := p.first
	for line := range bytes.Lines(p.body) {
		if tag := liquid.FindSubmatch(line); tag != nil {
			advice := "write it in Markdown, or with a shortcode"
			switch string(tag[1]) {
			case "highlight", "endhighlight":
				advice = "write the code between two lines of ```"
			case "post_url", "link":
				advice = "write the address, or a ref"
			case "raw", "endraw":
				advice = "remove it: nothing in braces is replaced"
			}
			j.leave(p.name, number, "Liquid is not carried: "+strings.TrimSpace(string(bytes.TrimSpace(line)[:min(60, len(bytes.TrimSpace(line)))])), advice)
		}
		number++
	}
}
