package migration

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/directory"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// Hugo brings a site of Hugo over: its configuration, and its directories over those of its themes.
func Hugo(o Options) (*Report, error) {
	m, from, err := begin(o)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	h := &hugo{migration: m, site: tree{fs: from}, settings: newSettings()}
	if err := h.readConfig(); err != nil {
		return nil, err
	}
	closeThemes, err := h.openThemes()
	if err != nil {
		return nil, err
	}
	defer closeThemes()
	h.chooseLanguage()
	h.copyDirectories()
	if err := h.writeConfig(); err != nil {
		return nil, err
	}
	return m.finish()
}

// hugo is a site of Hugo that is brought over.
type hugo struct {
	*migration
	site     tree
	themes   []tree // the first goes before the others
	settings *settings
	language string // that the site begins with

	languages *yaml.Node // nil for one language
	content   []byte     // all texts, nil until somebody looks into them
}

// configNames are those that a configuration of Hugo may have, without their ends, the best first.
var configNames = []string{"hugo", "config"}

// readConfig reads the configuration of the site: what is for production goes before what is for all, and that before the file.
func (h *hugo) readConfig() error {
	found := false
	for _, dir := range []string{"config/production", "config/_default"} {
		found = h.readConfigDirectory(h.site, dir) || found
	}
	found = h.readConfigFile(h.site, "") || found
	if !found {
		return fmt.Errorf("%s: %w: Hugo has hugo.toml, hugo.yaml, hugo.json, config.* or config/_default/", h.From, ErrNoSite)
	}
	return nil
}

// readConfigFile reads the first of the files that a configuration may be in.
func (h *hugo) readConfigFile(from tree, dir string, below ...string) bool {
	for _, name := range configNames {
		for _, end := range []string{".toml", ".yaml", ".yml", ".json"} {
			if h.settings.read(from, path.Join(dir, name+end), below, &h.diags) {
				return true
			}
		}
	}
	return false
}

// readConfigDirectory reads a directory with a file for each part of the configuration: menus.en.toml is menus of languages.en.
func (h *hugo) readConfigDirectory(from tree, dir string) bool {
	entries, err := fs.ReadDir(from.fs, dir)
	if err != nil {
		return false
	}
	found := h.readConfigFile(from, dir)
	for _, entry := range entries {
		end := path.Ext(entry.Name())
		if _, known := languages[end]; !known || entry.IsDir() {
			continue
		}
		key, language, _ := strings.Cut(strings.TrimSuffix(entry.Name(), end), ".")
		below := []string{key}
		if language != "" {
			below = []string{"languages", language, key}
		}
		if key != "hugo" && key != "config" {
			found = h.settings.read(from, path.Join(dir, entry.Name()), below, &h.diags) || found
		}
	}
	return found
}

// openThemes opens the directories of the themes, and reads the parameters that they come with.
func (h *hugo) openThemes() (closing func(), err error) {
	dirs := h.Themes
	_, themesDir := h.settings.take("themesDir")
	base := filepath.Join(h.From, filepath.FromSlash(orElse(text(themesDir), "themes")))
	key, named := h.settings.take("theme")
	for _, name := range texts(named) {
		if !h.given(name) {
			dirs = append(dirs, filepath.Join(base, path.Base(name)))
		}
	}
	h.leaveModules()
	var open []*directory.Directory
	closing = func() {
		for _, d := range open {
			d.Close()
		}
	}
	for i, dir := range dirs {
		opened, err := directory.Open(dir)
		if err != nil && i < len(h.Themes) {
			closing()
			return nil, fmt.Errorf("the theme: %w", err)
		}
		if err != nil {
			h.leave(h.settings.files[key], key.Line, "the theme "+filepath.Base(dir)+" is not in "+filepath.ToSlash(base), "get it, and import again, or name where it is with --theme")
			continue
		}
		open = append(open, opened)
		theme := tree{fs: opened, shown: filepath.ToSlash(dir)}
		h.themes = append(h.themes, theme)
		h.readTheme(theme)
	}
	return closing, nil
}

// given says whether a theme is among those that the user named.
func (h *hugo) given(name string) bool {
	for _, dir := range h.Themes {
		if filepath.Base(filepath.Clean(dir)) == path.Base(name) {
			return true
		}
	}
	return false
}

// readTheme puts the parameters that a theme comes with below those of the site; other settings of themes do not count in Hugo.
func (h *hugo) readTheme(theme tree) {
	own := h.settings
	h.settings = newSettings()
	h.readConfigDirectory(theme, "config/_default")
	h.readConfigFile(theme, "")
	read := h.settings
	h.settings = own
	if key, params := read.get("params"); params != nil {
		alone := mapping()
		alone.Content = append(alone.Content, key, params)
		merge(own.root, alone)
		for n, file := range read.files {
			own.files[n] = file
		}
	}
}

// leaveModules reports the modules that nobody gave a directory for.
func (h *hugo) leaveModules() {
	_, imports := h.settings.get("module", "imports")
	if imports == nil {
		return
	}
	for _, item := range imports.Content {
		key, module := pair(item, "path")
		if name := text(module); name != "" && !h.given(name) {
			h.leave(h.settings.files[key], key.Line, "the module "+name+" is not imported", "get its files, and name their directory with --theme")
		}
	}
	h.settings.take("module")
}

// component is a directory that sites and themes of Hugo have, and the key that gives it another name.
type component struct{ dir, key string }

// copyDirectories copies those of the site over those of the themes.
func (h *hugo) copyDirectories() {
	h.copyLanguages() // before layouts, of which some are left out that no text asks for
	for _, c := range []component{{"content", "contentDir"}, {"layouts", "layoutDir"}, {"static", "staticDir"}, {"data", "dataDir"},
		{"assets", "assetDir"}, {"archetypes", "archetypeDir"}} {
		_, named := h.settings.take(c.key)
		names := texts(named)
		if names == nil {
			names = []string{c.dir}
		}
		for i := range names { // of several, the last goes before the others
			name := path.Clean(strings.TrimPrefix(filepath.ToSlash(names[len(names)-1-i]), "/"))
			h.copyComponent(h.site, name, c.dir)
		}
		for _, theme := range h.themes {
			if c.dir != "content" {
				h.copyComponent(theme, c.dir, c.dir)
			}
		}
	}
	h.copyTranslations()
	h.leaveMounts()
}

func (h *hugo) copyComponent(from tree, dir, to string) {
	if !fs.ValidPath(dir) {
		h.leave(path.Join(from.shown, dir), 0, "is outside of the site", "copy it into the site")
		return
	}
	switch to {
	case "content":
		h.copyDirectory(from, dir, to, h.contentName)
	case "layouts": // a layout may have two names, of which one is older
		h.copyDirectory(from, dir, to, render.LayoutName)
	default:
		h.copyDirectory(from, dir, to, nil)
	}
	if to == "layouts" {
		h.checkLayouts(from, dir)
	}
}

// leaveMounts reports directories that Hugo puts in other places.
func (h *hugo) leaveMounts() {
	key, mounts := h.settings.get("module", "mounts")
	if mounts == nil {
		return
	}
	for _, item := range mounts.Content {
		_, from := pair(item, "source")
		_, to := pair(item, "target")
		if text(from) != text(to) {
			h.leave(h.settings.files[key], item.Line, "the mount of "+text(from)+" at "+text(to)+" is not carried", "copy the directory there")
		}
	}
}

// writeConfig makes the new configuration.
func (h *hugo) writeConfig() error {
	c := &config{root: mapping(), m: h.migration, from: h.settings}
	h.carrySettings(c)
	for _, problem := range problemsOf(c.root) {
		h.leave(site.ConfigFile, problem.Line, problem.Message, problem.Advice)
	}
	text, err := configText(c.root, "")
	h.files[site.ConfigFile] = file{text: text}
	return err
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}
