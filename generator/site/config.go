package site

import (
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// ConfigFile is the name of a site's configuration, in the site's directory.
const ConfigFile = "isrgen.yaml"

// Config is a site's isrgen.yaml.
type Config struct {
	Title        string `json:"title"`
	Description  string `json:"description,omitempty"`
	BaseURL      string `json:"baseURL,omitempty"` // scheme and host, without a slash at the end
	LanguageCode string `json:"languageCode"`

	// Languages are those of a site that has several, by weight. DefaultLanguage is the key of the one whose addresses begin with
	// nothing, and which files are in that say nothing of it. Language is the one that this is the configuration for; see [Config.In].
	Languages       []Language `json:"languages,omitempty"`
	DefaultLanguage string     `json:"defaultLanguage,omitempty"`
	Language        Language   `json:"-"`

	// TrailingSlash makes /posts/hello/ the address of a page, and /posts/hello a redirect to it; false turns
	// that round.
	TrailingSlash bool `json:"trailingSlash"`

	// Taxonomies are the front matter keys whose values group pages.
	Taxonomies []string `json:"taxonomies"`

	Copyright string `json:"copyright,omitempty"`

	// Cascade is what all pages get that say nothing else.
	Cascade []content.Cascade `json:"-"`

	// Dates say where the dates of pages come from. GitInfo has the history of the content looked at.
	Dates   content.Dates `json:"-"`
	GitInfo bool          `json:"-"`

	Params map[string]any `json:"params,omitempty"`

	// NotFound is how long an address without a page stays so in the cache.
	NotFound content.Revalidate `json:"notFound"`

	// Minify leaves out of pages what nobody sees.
	Minify bool `json:"minify,omitempty"`

	// Selection comes from the command line and not from the file.
	Selection Selection `json:"selection"`
	Markup    Markup    `json:"markup,omitzero"`

	// ListTitles are those of lists that no author gave one.
	ListTitles ListTitles `json:"listTitles,omitzero"`

	Permalinks Permalinks `json:"permalinks,omitzero"`
	Pagination Pagination `json:"pagination,omitzero"`

	// BrokenLinks is what the build does about links that lead to nothing.
	BrokenLinks BrokenLinks `json:"-"`

	// Outputs are the forms of pages besides HTML. RSSLimit is how many pages a feed has at most; 0 is all.
	Outputs   Outputs         `json:"-"`
	Forms     map[Output]Form `json:"forms,omitempty"` // the author's own, and those that he changed
	RSSLimit  int             `json:"rssLimit,omitempty"`
	NoSitemap bool            `json:"-"`
	NoRSS     bool            `json:"-"`
	RobotsTXT bool            `json:"-"`

	// Search says that home has what a script of the pages searches in.
	Search bool `json:"search,omitempty"`

	// Timeout is how long the build may render a page. For a function, the platform says it.
	Timeout time.Duration `json:"-"`

	// Related is which pages are related to each other.
	Related Related `json:"-"`

	// Menus are those of the configuration; SectionPagesMenu is one that gets all sections besides.
	Menus            []content.MenuItem `json:"-"`
	SectionPagesMenu string             `json:"-"`

	// Services are accounts that layouts put into pages.
	Services Services `json:"services,omitzero"`

	// ImageSizes and ImageQualities are what the platform's image service may be asked for.
	ImageSizes     []int `json:"imageSizes,omitempty"`
	ImageQualities []int `json:"imageQualities,omitempty"`

	// KeptAssets says of how many builds before this one the output has the files with a fingerprint.
	KeptAssets int `json:"-"`

	// Architecture of the functions' machines: x86_64 or arm64.
	Architecture string `json:"-"`

	suffixes map[string]string // extensions of the author's own media types
	settle   []func()          // what is to be done when all of the configuration was read

	Defaults content.ISR `json:"-"`
	Rules    []Rule      `json:"-"`
}

// Rule gives an `isr:` block to the pages whose path matches a doublestar pattern.
type Rule struct {
	Match string
	ISR   content.ISR

	regexp string // of Match
}

// notFoundSeconds is long enough to spare the function, and short enough for a page that was written to appear.
const notFoundSeconds = 60

// ReadConfig reads the configuration of the site at the root of fsys. A file that is missing or cannot be read is a fault of
// the author's; what can be read is returned in any case. Each of further gives keys that another package decodes: those which a
// function has no use for.
func ReadConfig(fsys fs.FS, diags *diagnostic.List, further ...func(*strictyaml.Document) strictyaml.Fields) *Config {
	c := &Config{LanguageCode: "en", TrailingSlash: true, Taxonomies: []string{"categories", "tags"}, Architecture: "x86_64",
		NotFound: notFoundSeconds, Outputs: defaultOutputs(), Related: defaultRelated(), Timeout: longestRender, KeptAssets: defaultKeptAssets}
	if info, err := fs.Stat(fsys, ConfigFile); err == nil && !info.Mode().IsRegular() {
		diags.Add(content.Irregular(ConfigFile)) // a named pipe would be waited for without end
		return c
	}
	text, err := fs.ReadFile(fsys, ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		diags.Add(diagnostic.Diagnostic{File: ConfigFile, Message: "there is no such file here",
			Advice: "run isrgen in the directory of a site, or name it with -s; `title: My site` is enough to begin with"})
		return c
	}
	if err != nil {
		diags.Add(content.Unreadable(ConfigFile, err))
		return c
	}
	if !content.CheckUTF8(ConfigFile, text, diags) {
		return c
	}
	d := &strictyaml.Document{File: ConfigFile, Text: text, Diagnostics: diags}
	inSubdir := false
	fields := strictyaml.Fields{
		"title":         d.String(&c.Title),
		"description":   d.String(&c.Description),
		"baseURL":       decodeBaseURL(d, &c.BaseURL),
		"languageCode":  d.String(&c.LanguageCode),
		"trailingSlash": d.Bool(&c.TrailingSlash),
		"taxonomies":    decodeTaxonomies(d, &c.Taxonomies),
		"architecture":  decodeArchitecture(d, &c.Architecture),
		"params":        d.Map(&c.Params),
		"copyright":     d.String(&c.Copyright),
		"markup":        decodeMarkup(d, &c.Markup),
		"menus":         decodeMenus(d, &c.Menus),
		"permalinks":    decodePermalinks(d, &c.Permalinks),
		"pagination":    decodePagination(d, &c.Pagination),
		"outputs":       decodeOutputs(d, c),
		"outputFormats": decodeForms(d, c),
		"mediaTypes":    decodeMediaTypes(d, &c.suffixes),
		"services":      decodeServices(d, c),
		"disableKinds":  decodeDisableKinds(d, c),
		"assets":        decodeAssets(d, c),
		"minify":        d.Bool(&c.Minify),

		"enableRobotsTXT":      d.Bool(&c.RobotsTXT),
		"pluralizeListTitles":  d.Bool(&c.ListTitles.Pluralize),
		"capitalizeListTitles": d.Bool(&c.ListTitles.Capitalize),

		"onBrokenLinks": decodeBrokenLinks(d, &c.BrokenLinks),

		"sectionPagesMenu": d.String(&c.SectionPagesMenu),
		"timeout":          decodeTimeout(d, &c.Timeout),
		"related":          decodeRelated(d, &c.Related),
		"cascade":          content.DecodeCascade(d, &c.Cascade),
		"frontmatter":      content.DecodeDates(d, &c.Dates),
		"enableGitInfo":    d.Bool(&c.GitInfo),
		"languages":        decodeLanguages(d, &c.Languages),

		"defaultContentLanguage":         d.String(&c.DefaultLanguage),
		"defaultContentLanguageInSubdir": d.Bool(&inSubdir),
		"isr": func(n *yaml.Node) {
			d.Fields(n, "isr", strictyaml.Fields{
				"defaults": content.DecodeISR(d, &c.Defaults), "rules": decodeRules(d, &c.Rules),
				"notFound": func(n *yaml.Node) {
					d.Fields(n, "notFound", strictyaml.Fields{"revalidate": content.DecodeRevalidate(d, &c.NotFound)})
				},
			})
		},
	}
	for _, more := range further {
		maps.Copy(fields, more(d))
	}
	d.Mapping("the configuration", fields)
	for i := range c.settle { // forms before the outputs that name them
		c.settle[i]()
	}
	c.settle = nil
	c.settleLanguages(d, inSubdir)
	if c.GitInfo && c.Dates.Lastmod == nil {
		c.Dates.Lastmod = []string{content.FromGit, content.FromDefault} // as in Hugo
	}
	return c
}

// longestRender is far more than a page takes. Hugo has 60 seconds as well.
const longestRender = time.Minute

func decodeTimeout(d *strictyaml.Document, into *time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		limit, err := time.ParseDuration(n.Value)
		if seconds, isNumber := strconv.Atoi(n.Value); isNumber == nil {
			limit, err = time.Duration(seconds)*time.Second, nil
		}
		if err != nil || limit < time.Millisecond || limit > time.Hour {
			d.Errorf(n, "write a time such as 60s", "timeout cannot be %q", n.Value)
			return
		}
		*into = limit
	}
}

// BrokenLinks is what the build does about links that lead to nothing.
type BrokenLinks string

// What it can do.
const (
	WarnOfLinks BrokenLinks = ""
	RefuseLinks BrokenLinks = "error"
	IgnoreLinks BrokenLinks = "ignore"
)

func decodeBrokenLinks(d *strictyaml.Document, into *BrokenLinks) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case "warning":
			*into = WarnOfLinks
		case string(RefuseLinks), string(IgnoreLinks):
			*into = BrokenLinks(n.Value)
		default:
			d.Errorf(n, "write error, warning or ignore", "onBrokenLinks cannot be %q", n.Value)
		}
	}
}

// decodeDisableKinds decodes what the build leaves out.
func decodeDisableKinds(d *strictyaml.Document, c *Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var kinds []string
		d.Strings(&kinds)(n)
		for _, kind := range kinds {
			switch strings.ToLower(kind) {
			case "sitemap":
				c.NoSitemap = true
			case "rss":
				c.NoRSS = true
			case "robotstxt": // which nobody gets who does not ask
			default:
				d.Errorf(n, "write some of rss and sitemap; for no taxonomies, `taxonomies: []`", "disableKinds: isrgen makes no %s that it could leave out", kind)
			}
		}
	}
}

func decodeBaseURL(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var text string
		d.String(&text)(n)
		if text == "" {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			d.Errorf(n, "write it as https://example.com", "baseURL %q is not a web address", text)
			return
		}
		if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			d.Errorf(n, "write scheme and host only; a deployment is served from the root of its domain",
				"baseURL %q has more than a scheme and a host", text)
			return
		}
		*into = u.Scheme + "://" + u.Host
	}
}

var taxonomyName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_-]*$`) })

// ownKeys are the front matter keys that no taxonomy can be named after.
var ownKeys = []string{"title", "linktitle", "date", "lastmod", "draft", "publishdate", "expirydate", "description", "summary", "slug", "url", "aliases", "weight",
	"layout", "type", "taxonomies", "published", "menus", "menu", "params", "isr", "cascade"}

func decodeTaxonomies(d *strictyaml.Document, into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var names []string
		d.Strings(&names)(n)
		for _, name := range names {
			switch {
			case !taxonomyName().MatchString(name):
				d.Errorf(n, "use small letters, digits and hyphens, such as tags", "%q cannot be the name of a taxonomy", name)
				return
			case slices.Contains(ownKeys, name):
				d.Errorf(n, "choose another name", "taxonomy %q has the name of a front matter key", name)
				return
			}
		}
		slices.Sort(names)
		*into = slices.Compact(names)
	}
}

func decodeArchitecture(d *strictyaml.Document, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Value != "x86_64" && n.Value != "arm64" {
			d.Errorf(n, "write x86_64 or arm64", "architecture cannot be %q", n.Value)
			return
		}
		*into = n.Value
	}
}

func decodeRules(d *strictyaml.Document, into *[]Rule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			d.Errorf(n, "write a list, each item with `match:` and settings", "isr.rules must be a list")
			return
		}
		for _, item := range n.Content {
			var rule Rule
			rule.ISR.Place = content.Place{File: d.File, Line: d.LinesBefore + item.Line, Column: item.Column}
			fields := content.ISRFields(d, &rule.ISR)
			given := false
			fields["match"] = func(n *yaml.Node) {
				given = true
				decodePattern(d, &rule)(n)
			}
			d.Fields(item, "a rule", fields)
			if !given {
				d.Errorf(item, "add a line such as `match: /posts/**`", "this rule has no match")
			}
			if rule.Match != "" {
				*into = append(*into, rule)
			}
		}
	}
}

func decodePattern(d *strictyaml.Document, into *Rule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		pattern := n.Value
		advice := "write a path such as /posts/**, where * is any part of a name and ** any number of directories"
		switch {
		case !strings.HasPrefix(pattern, "/"):
			d.Errorf(n, advice, "match %q does not begin with /", pattern)
		case !doublestar.ValidatePattern(pattern):
			d.Errorf(n, advice, "match %q is not a pattern", pattern)
		default:
			expression, err := patternRegexp(pattern)
			if err != nil {
				d.Errorf(n, advice, "match %q: %v", pattern, err)
				return
			}
			into.Match, into.regexp = pattern, expression
		}
	}
}

// rule returns the first rule that matches a page's path, or an empty one, and its index, or -1.
func (c *Config) rule(pagePath string) (content.ISR, int) {
	name := trimSlash(pagePath)
	for i, rule := range c.Rules {
		if ok, _ := doublestar.Match(trimSlash(rule.Match), name); ok {
			return rule.ISR, i
		}
	}
	return content.ISR{}, -1
}

func trimSlash(p string) string {
	if len(p) > 1 {
		return strings.TrimSuffix(p, "/")
	}
	return p
}

var (
	errPattern = errors.New("only *, **, ?, [abc], [!abc] and {a,b} can be used")
	errStars   = errors.New("** must be a whole part of the path, between slashes or at the end")
	errSlashes = errors.New("no address holds //")
)
