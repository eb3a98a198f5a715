package check

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput"
)

const prerenderSuffix = ".prerender-config.json"

// prerenderConfig is the config of a prerender, by its output path.
func prerenderConfig(outputPath string) string {
	return path.Join("functions", outputPath+prerenderSuffix)
}

// prerenders checks the ISR routes.
func (c *checker) prerenders() {
	tokens := map[int]string{} // by group, of the member that comes first
	for _, outputPath := range slices.Sorted(maps.Keys(c.out.Prerenders)) {
		config := &c.out.Prerenders[outputPath].Config
		file := prerenderConfig(outputPath)
		if config.Expiration == nil {
			c.warn(ExpirationAbsent, file, "", "there is no expiration")
		}
		if config.Group == 0 {
			continue
		}
		switch first, known := tokens[config.Group]; {
		case !known:
			tokens[config.Group] = config.BypassToken
		case first != config.BypassToken:
			c.warn(GroupTokens, file, pointer("bypassToken"), "the token is not that of the other members of group %d", config.Group)
		}
	}
}

// orphans finds prerender configs that the reader does not look at: without a function, or beside an edge function.
func (c *checker) orphans(tree *tree) {
	for _, file := range tree.files {
		name, ok := strings.CutSuffix(file.path, prerenderSuffix)
		outputPath, below := strings.CutPrefix(name, "functions/")
		_, _, inside := cutFunction(file.path)
		if !ok || !below || inside || c.out.Prerenders[outputPath] != nil {
			continue
		}
		switch fn := c.out.Functions[outputPath]; {
		case fn == nil:
			c.warn(OrphanPrerender, file.path, "", "there is no function %s.func", name)
		case fn.Config.Runtime == buildoutput.RuntimeEdge:
			c.warn(OrphanPrerender, file.path, "", "%s.func is an edge function, which cannot be prerendered", name)
		}
	}
}
