package generator

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"

	"github.com/isrgen/isrgen/generator/asset"
)

// generations are the files with hashes in their names that the last builds published, the newest first. A page that a cache still has
// names those of the build that it was made by.
type generations struct {
	file string // empty where nothing is remembered
	all  []map[string]string
	new  bool
}

// generationsFile is where they are remembered, in the directory of the cache.
const generationsFile = "published.json"

// mostGenerations are remembered, whatever the configuration says: it may want more of them one day.
const mostGenerations = 101

// begin adds those of this build, unless the last one had the same.
func (g *generations) begin(dir string, files asset.Files) {
	now := map[string]string{}
	for name, file := range files {
		if hashedPath.MatchString(name) {
			now[name] = file.Sum
		}
	}
	*g = generations{}
	if dir != "" {
		g.file = filepath.Join(dir, generationsFile)
		if text, err := os.ReadFile(g.file); err == nil && json.Unmarshal(text, &g.all) != nil {
			g.all = nil // it is damaged
		}
	}
	if len(g.all) == 0 || !maps.Equal(g.all[0], now) {
		g.all, g.new = append([]map[string]string{now}, g.all...), true
	}
	g.all = g.all[:min(len(g.all), mostGenerations)]
}

// kept are the files of a number of builds before this one, by path, with their sums.
func (g *generations) kept(builds int) map[string]string {
	kept := map[string]string{}
	for _, before := range g.all[1:min(len(g.all), builds+1)] {
		for name, sum := range before {
			if _, newer := kept[name]; !newer && g.all[0][name] == "" && hashedPath.MatchString(name) {
				kept[name] = sum
			}
		}
	}
	return kept
}

// save remembers them, now that the output is in its place.
func (g *generations) save() error {
	if g.file == "" || !g.new {
		return nil
	}
	text, err := json.Marshal(g.all)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(g.file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(g.file+".new", text, 0o644)
	}
	if err == nil {
		err = os.Rename(g.file+".new", g.file)
	}
	return err
}
