package migration

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// carryMarkup carries how Markdown becomes HTML. What Hugo does by default and isrgen does not is set.
func (h *hugo) carryMarkup(c *config) {
	c.set(scalar("!!bool", "false"), "markup", "headingAnchors")
	h.carryTypographer(c)
	h.carryHighlight(c)
	h.carryPassthrough(c)
}

func (h *hugo) carryTypographer(c *config) {
	key, value := h.settings.take("markup", "goldmark", "extensions", "typographer")
	if value != nil && value.Kind == yaml.MappingNode {
		if _, disabled := pair(value, "disable"); isTrue(disabled) {
			value = scalar("!!bool", "false")
		} else if len(value.Content) > 0 {
			h.leave(h.settings.files[key], key.Line, "markup.goldmark.extensions.typographer: isrgen has the characters of English", "turn it off with markup.typographer: false, or keep these")
		}
	}
	if value == nil || text(value) != "false" {
		c.set(scalar("!!bool", "true"), "markup", "typographer")
	}
}

func (h *hugo) carryHighlight(c *config) {
	const at = "markup.highlight."
	if key, fences := h.settings.take("markup", "highlight", "codeFences"); text(fences) == "false" {
		c.carry(key, at+"codeFences", scalar("!!bool", "false"), "markup", "highlight")
		return
	}
	if key, style := h.settings.take("markup", "highlight", "style"); key != nil {
		c.carry(key, at+"style", style, "markup", "highlight", "style")
	}
	_, table := h.settings.take("markup", "highlight", "lineNumbersInTable")
	if key, numbers := h.settings.take("markup", "highlight", "lineNos"); isTrue(numbers) {
		how := "table"
		if text(table) == "false" {
			how = "inline"
		}
		c.carry(key, at+"lineNos", scalar("!!str", how), "markup", "highlight", "lineNumbers")
	}
	h.settings.take("markup", "highlight", "noClasses") // classes are all that isrgen makes
}

func (h *hugo) carryPassthrough(c *config) {
	_, all := h.settings.take("markup", "goldmark", "extensions", "passthrough")
	_, enabled := pair(all, "enable")
	_, delimiters := pair(all, "delimiters")
	if !isTrue(enabled) || delimiters == nil {
		return
	}
	for i := 0; i+1 < len(delimiters.Content); i += 2 {
		key, value := delimiters.Content[i], delimiters.Content[i+1]
		if len(value.Content) > 0 {
			c.carry(key, "markup.goldmark.extensions.passthrough."+key.Value, value, "markup", "passthrough", strings.ToLower(key.Value))
		}
	}
}

// quietSettings mean nothing in isrgen, and need nothing: how Hugo builds, serves and keeps its files, and what isrgen always does.
var quietSettings = map[string]bool{
	"build": true, "buildfuture": true, "buildexpired": true, "builddrafts": true, "caches": true, "cachedir": true, "cleandestinationdir": true,
	"deployment": true, "environment": true, "ignorecache": true, "ignorelogs": true, "ignoreerrors": true, "loglevel": true,
	"minify": true, "minifyoutput": true, "nobuildlock": true, "nochmod": true, "notimes": true, "printi18nwarnings": true,
	"printpathwarnings": true, "publishdir": true, "resourcedir": true, "rendersegments": true, "segments": true, "security": true, "server": true,
	"templatemetrics": true, "templatemetricshints": true, "watch": true, "newcontenteditor": true, "themesdir": true,
	"assetdir": true, "disablelivereload": true, "disablefastrender": true, "disablehugogeneratorinject": true,
	"footnoteanchorprefix": true, "footnotereturnlinkcontents": true, "pygmentsusesclasses": true, "pygmentsuseclasses": true, "pygmentscodefences": true,
	"verbose": true, "debug": true, "disablekinds": true, "_merge": true, "i18ndir": true,
}

// adviceFor says what to do for settings of Hugo that have no meaning in isrgen.
var adviceFor = map[string]string{
	"author":                 "put it under params, and read .Site.Params.author",
	"canonifyurls":           "let layouts use absURL",
	"disablealiases":         "aliases are redirects here, and cost nothing",
	"disablepathtolower":     "addresses are in small letters: give pages a url of their own where the old address had capitals",
	"enableinlineshortcodes": "make files of the shortcodes",
	"hascjklanguage":         "words of Chinese, Japanese and Korean are counted by spaces",
	"imaging":                "see what isrgen makes of images",
	"mediatypes":             "write the files into static/",
	"outputformats":          "write the files into static/, or choose from html, rss, atom, jsonfeed and json",
	"reflinkserrorlevel":     "a link to nothing is an error",
	"relativeurls":           "links from the root work wherever a deployment is",
	"removepathaccents":      "give pages a slug",
	"sitemap":                "write sitemap into front matter",
	"timezone":               "write dates with their offset",
	"titlecasestyle":         "write titles as they are to be shown",
	"uglyurls":               "addresses end with a slash, or with `trailingSlash: false` with nothing: write the old ones as aliases",
	"markup":                 "see the keys of markup in the README",
	"services":               "put what the layouts need under params",
	"privacy":                "put what the layouts need under params",
	"permalinks":             "give the pages a url of their own",
}

func (h *hugo) leaveSetting(key *yaml.Node, name string) {
	first, _, _ := strings.Cut(strings.ToLower(name), ".")
	if quietSettings[first] {
		return
	}
	h.leave(h.settings.files[key], key.Line, name+" has no meaning in isrgen", orElse(adviceFor[first], "remove it, or put what layouts read under params"))
}
