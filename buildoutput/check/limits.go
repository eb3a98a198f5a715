package check

import (
	"fmt"
	"path"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/buildoutput"
)

// Plan is one of the platform's plans.
type Plan string

// The plans.
const (
	Hobby      Plan = "hobby"
	Pro        Plan = "pro"
	Enterprise Plan = "enterprise"
)

// Plans are all plans, the smallest first.
var Plans = []Plan{Hobby, Pro, Enterprise}

// planLimits are the limits that differ between plans. 0 is none. The figures are those of the documentation of autumn 2026:
// the platform raises them now and then.
//
// Source: the platform's documentation, "Limits", "Functions: Limits" and "Configuring maximum duration".
type planLimits struct {
	functions   int // real ones: links are not counted
	maxDuration int // seconds
	memory      int // MB
	crons       int
}

var limitsOf = map[Plan]planLimits{
	Hobby:      {functions: 12, maxDuration: 300, memory: 2048, crons: 100},
	Pro:        {maxDuration: 800, memory: 4096, crons: 100},
	Enterprise: {maxDuration: 800, memory: 4096, crons: 100},
}

// Limits of every plan.
const (
	maxRoutes       = 2048              // of config.json
	MaxFunctionSize = 250 * 1000 * 1000 // bytes of a function, before compression
	maxFallback     = 10 * 1000 * 1000  // bytes
	maxUploads      = 15000             // files of a deploy by the CLI without --archive
)

// nearLimit is the part of a limit, in percent, from which on it is worth a warning.
const nearLimit = 80

// limit compares a count with a limit. Beyond it is an error if the user named the plan that it belongs to.
func (c *checker) limit(file string, at jsontext.Pointer, planned bool, n, most int, what string) {
	switch {
	case most == 0:
	case n > most && planned:
		c.add(Error, Limit, file, at, fmt.Sprintf("%s: %d, the limit of the %s plan is %d", what, n, c.opts.Plan, most))
	case n > most:
		c.warn(Limit, file, at, "%s: %d, the limit is %d", what, n, most)
	case n*100 >= most*nearLimit:
		c.warn(NearLimit, file, at, "%s: %d, which is %d %% of the limit of %d", what, n, n*100/most, most)
	}
}

// limits checks the limits of the plan and those of every plan, but for the upload.
func (c *checker) limits() {
	plan := limitsOf[c.opts.Plan]
	c.limit("", "", true, len(c.real), plan.functions, "functions")
	c.limit(configFile, pointer("crons"), true, len(c.out.Config.Crons), plan.crons, "cron jobs")
	c.limit(configFile, pointer("routes"), false, len(c.out.Config.Routes), maxRoutes, "routes")
	for _, fn := range c.real {
		config := functionConfig(fn.path)
		c.limit(config, pointer("maxDuration"), true, fn.Config.MaxDuration.Seconds, plan.maxDuration, "seconds of maxDuration")
		c.limit(config, pointer("memory"), true, fn.Config.Memory, plan.memory, "MB of memory")
		c.limit(fn.path, "", false, functionSize(fn.Function), MaxFunctionSize, "bytes in the function")
	}
	for outputPath, prerender := range c.out.Prerenders {
		if prerender.Fallback != nil && prerender.Config.Fallback != nil {
			file := path.Join(path.Dir(prerenderConfig(outputPath)), prerender.Config.Fallback.Path)
			c.limit(file, "", false, int(prerender.Fallback.Size), maxFallback, "bytes in the fallback")
		}
	}
}

// FunctionSize says how full a function is.
type FunctionSize struct {
	Function string `json:"function"` // its directory
	Bytes    int    `json:"bytes"`    // of its files
	Limit    int    `json:"limit"`    // what the platform takes, before compression
}

// Percent is the part of the limit that is used.
func (s FunctionSize) Percent() float64 { return 100 * float64(s.Bytes) / float64(s.Limit) }

func (c *checker) functionSizes() []FunctionSize {
	sizes := make([]FunctionSize, len(c.real))
	for i, fn := range c.real {
		sizes[i] = FunctionSize{fn.path, functionSize(fn.Function), MaxFunctionSize}
	}
	return sizes
}

func functionSize(fn *buildoutput.Function) int {
	size := 0
	for _, file := range fn.Files {
		size += int(file.Size)
	}
	return size
}

// uploadLimits checks how many files a deploy uploads: the platform's CLI sends each, links too.
func (c *checker) uploadLimits(tree *tree) {
	n := len(tree.files) + len(tree.links)
	before := len(c.findings)
	c.limit("", "", c.opts.Plan != "", n, maxUploads, "files to upload")
	for i := range c.findings[before:] {
		c.findings[before+i].Advice = "deploy with vercel deploy --prebuilt --archive=tgz, which uploads a few large files instead, or defer more pages"
	}
}
