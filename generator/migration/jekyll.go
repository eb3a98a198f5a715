package migration

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/site"
)

// Jekyll brings a site of Jekyll over: its configuration, posts, drafts, pages, collections, data and files.
func Jekyll(o Options) (*Report, error) {
	m, from, err := begin(o)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	j := &jekyll{migration: m, site: tree{fs: from}, settings: newSettings(), copied: map[[2]string]int{}}
	found := false
	for _, name := range []string{"_config.yml", "_config.yaml", "_config.toml"} {
		found = found || j.settings.read(j.site, name, nil, &j.diags)
	}
	if !found {
		return nil, fmt.Errorf("%s: %w: Jekyll has _config.yml", o.From, ErrNoSite)
	}
	c := &config{root: mapping(), m: m, from: j.settings}
	j.carrySettings(c)
	if err := j.walk(); err != nil {
		return nil, err
	}
	j.settings.left(func(key *yaml.Node, name string) { j.leaveSetting(c, key, name) })
	text, err := configText(c.root, "")
	if err != nil {
		return nil, err
	}
	j.files[site.ConfigFile] = file{text: text}
	j.countDirectories()
	return m.finish()
}

// jekyll is a site of Jekyll that is brought over.
type jekyll struct {
	*migration
	site        tree
	settings    *settings
	permalink   string // the pattern of posts
	collections []string
	copied      map[[2]string]int // files, by the directories they are from and go to
	parts       map[string]int    // layouts and the like that were left, by their directory
}

// permalinkStyles are the names that Jekyll has for patterns.
//
// Source: Jekyll's documentation of permalinks.
var permalinkStyles = map[string]string{
	"date":     "/:categories/:year/:month/:day/:title.html",
	"pretty":   "/:categories/:year/:month/:day/:title/",
	"ordinal":  "/:categories/:year/:y_day/:title.html",
	"none":     "/:categories/:title.html",
	"weekdate": "/:categories/:year/W:week/:short_day/:title.html",
}

func (j *jekyll) carrySettings(c *config) {
	for _, same := range []struct{ jekyll, as string }{{"title", "title"}, {"description", "description"}, {"lang", "languageCode"}} {
		if key, value := j.settings.take(same.jekyll); key != nil && !isNull(value) {
			c.carry(key, same.jekyll, value, same.as)
		}
	}
	if key, value := j.settings.take("url"); text(value) != "" {
		c.carry(key, "url", scalar("!!str", strings.TrimSuffix(text(value), "/")), "baseURL")
	}
	if key, value := j.settings.take("baseurl"); strings.Trim(text(value), "/") != "" {
		j.leave(j.settings.files[key], key.Line, "the site is below "+text(value)+": a deployment is at the root of its domain", "write links from the root")
	}
	if key, value := j.settings.take("paginate"); text(value) != "" {
		c.carry(key, "paginate", value, "pagination", "pagerSize")
	}
	key, value := j.settings.take("permalink")
	j.permalink = orElse(text(value), "date")
	if pattern, named := permalinkStyles[j.permalink]; named {
		j.permalink = pattern
	}
	j.carryPermalink(c, key)
	_, collections := j.settings.take("collections")
	j.readCollections(c, collections)
	c.set(scalar("!!bool", "true"), "markup", "typographer") // as kramdown does
	c.set(scalar("!!bool", "true"), "markup", "unsafe")
}

// permalinkParts are the parts of Jekyll's patterns, and isrgen's names for them.
var permalinkParts = map[string]string{":year": ":year", ":month": ":month", ":day": ":day", ":y_day": ":yearday", ":title": ":slug", ":slug": ":slug", ":long_month": ":monthname",
	":long_day": ":weekdayname"}

var permalinkPart = regexp.MustCompile(`:[a-z_]+`)

// carryPermalink has posts that are written from now on get addresses like those of the old ones. Each old one keeps its own.
func (j *jekyll) carryPermalink(c *config, key *yaml.Node) {
	pattern := strings.TrimSuffix(strings.ReplaceAll(j.permalink, "/:categories", ""), ".html")
	pattern = strings.TrimSuffix(pattern, ":output_ext")
	known := true
	pattern = permalinkPart.ReplaceAllStringFunc(pattern, func(part string) string {
		known = known && permalinkParts[part] != ""
		return permalinkParts[part]
	})
	if !known {
		j.leave("_config.yml", lineOf(key), "permalink: isrgen has no pattern for "+j.permalink, "the posts that there are have their addresses; write permalinks for those to come")
		return
	}
	value := scalar("!!str", pattern)
	if key == nil {
		c.set(value, "permalinks", "page", "posts")
		return
	}
	c.carry(key, "permalink", value, "permalinks", "page", "posts")
}

func lineOf(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	return n.Line
}

// readCollections finds the collections that have pages.
func (j *jekyll) readCollections(c *config, all *yaml.Node) {
	if all == nil || all.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(all.Content); i += 2 {
		key, value := all.Content[i], all.Content[i+1]
		if _, output := pair(value, "output"); key.Value == "posts" || !isTrue(output) {
			if key.Value != "posts" {
				j.leave(j.settings.files[key], key.Line, "the collection "+key.Value+" has no pages, and is not carried", "make data of it: data/"+key.Value+".yaml")
			}
			continue
		}
		j.collections = append(j.collections, key.Value)
		if _, pattern := pair(value, "permalink"); pattern != nil {
			j.leave(j.settings.files[key], key.Line, "the permalink of the collection "+key.Value+" is not carried", "write permalinks, or the url of its pages")
		}
	}
}

// jekyllsOwn mean nothing in isrgen, and need nothing.
var jekyllsOwn = []string{"source", "destination", "markdown", "kramdown", "exclude", "include", "keep_files", "safe", "future", "unpublished", "show_drafts", "incremental",
	"livereload", "port", "host", "watch", "quiet", "verbose", "encoding", "markdown_ext", "profile", "strict_front_matter", "lsi", "limit_posts", "whitelist", "sass",
	"liquid", "rdiscount", "redcarpet", "collections_dir", "plugins_dir", "layouts_dir", "data_dir", "includes_dir", "timezone", "defaults", "highlighter", "plugins", "gems", "theme", "remote_theme", "paginate_path"}

// jekyllAdvice says what to do for those that change the site.
var jekyllAdvice = map[string]string{
	"defaults": "write cascade into the _index.md of sections", "plugins": "isrgen has feeds, sitemaps, aliases and pagination of its own", "gems": "isrgen has feeds, sitemaps, aliases and pagination of its own",
	"theme": "isrgen begins with its own theme: write layouts, or import one of Hugo's", "remote_theme": "isrgen begins with its own theme: write layouts, or import one of Hugo's",
	"timezone": "write dates with their offset", "paginate_path": "write pagination.path",
}

// leaveSetting carries the author's own keys as parameters, and reports those of Jekyll.
func (j *jekyll) leaveSetting(c *config, key *yaml.Node, name string) {
	first, _, _ := strings.Cut(name, ".")
	_, value := j.settings.get(strings.Split(name, ".")...)
	if advice, known := jekyllAdvice[first]; known {
		j.leave(j.settings.files[key], key.Line, name+" is not carried", advice)
	} else if !slices.Contains(jekyllsOwn, first) && !isNull(value) {
		c.carry(key, name, value, "params", key.Value)
	}
}

// walk goes through the files of the site.
func (j *jekyll) walk() error {
	_, exclude := j.settings.get("exclude")
	_, destination := j.settings.get("destination")
	excluded := append(texts(exclude), strings.Trim(orElse(text(destination), "_site"), "./"), "vendor", "node_modules", "Gemfile", "Gemfile.lock", "README.md", "LICENSE",
		"_config.yml", "_config.yaml", "_config.toml", site.ConfigFile)
	j.parts = map[string]int{}
	names, err := j.site.files(".", &j.diags)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(excluded, func(pattern string) bool { return matches(strings.Trim(pattern, "/"), name) }) {
			j.carryFile(name)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(j.parts)) {
		j.leave(dir, 0, fmt.Sprintf("what is here is not carried (files: %d)", j.parts[dir]), "layouts, parts of them and Sass are written anew: the README says how")
	}
	return nil
}

// matches says whether a pattern names a file or a directory above it.
func matches(pattern, name string) bool {
	for at := name; at != "."; at = path.Dir(at) {
		if ok, err := path.Match(pattern, at); pattern == at || err == nil && ok {
			return true
		}
	}
	return false
}

// carryFile takes one file over, to where isrgen looks for it.
func (j *jekyll) carryFile(name string) {
	first, rest, nested := strings.Cut(name, "/")
	switch {
	case nested && strings.Contains("/"+name, "/_posts/"):
		j.carryPost(name, false)
	case nested && first == "_drafts":
		j.carryPost(name, true)
	case nested && first == "_data":
		j.copy(name, path.Join("data", rest))
	case nested && slices.Contains(j.collections, strings.TrimPrefix(first, "_")) && first[0] == '_':
		j.carryPage(name, path.Join(first[1:], rest), "/"+path.Join(first[1:], rest))
	case first[0] == '_':
		if _, reported := j.settings.get("collections", first[1:]); reported == nil {
			j.parts[first]++
		}
	default:
		j.carryPage(name, name, "/"+name)
	}
}

// copy plans a copy of a file, and counts it.
func (j *jekyll) copy(name, into string) {
	if j.add(into, file{from: j.site, name: name}) {
		j.count(name, into)
	}
}

func (j *jekyll) count(name, into string) {
	from, _, nested := strings.Cut(name, "/")
	if !nested {
		from = "."
	}
	to, _, _ := strings.Cut(into, "/")
	j.copied[[2]string{from, to}]++
}

func (j *jekyll) countDirectories() {
	for pair, n := range j.copied {
		j.Directories = append(j.Directories, Directory{From: pair[0], To: pair[1], Files: n})
	}
	slices.SortFunc(j.Directories, func(a, b Directory) int { return strings.Compare(a.From+" "+a.To, b.From+" "+b.To) })
}
