// Package deployment reads what isrgen.yaml says about the deployment as a whole and not about pages: the routing rules of the
// site's author, images, crons, and the machines that functions run on.
package deployment

import (
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Settings are the keys of isrgen.yaml that this package decodes. The zero value is what a site without them has.
type Settings struct {
	Redirects []Rule
	Headers   []Rule
	Rewrites  []Rule

	Images *buildoutput.Images
	Crons  []buildoutput.Cron

	// For functions: where they run, how long one invocation may take, and their memory in MB. The platform has defaults.
	Regions     []string
	MaxDuration buildoutput.MaxDuration
	Memory      int

	// FunctionSize is how large functions may be, in MB; 0 is what the platform takes.
	FunctionSize int
}

// Rule is one entry of redirects, headers or rewrites.
type Rule struct {
	// Source is the pattern as it was written.
	Source string

	// Route is what the entry compiles to, by the rules of the platform's tools.
	Route buildoutput.Route

	// Place has the file, line, column and excerpt of the entry, for what is found out later.
	Place diagnostic.Diagnostic
}

// Fields gives the decoders of the settings.
func (s *Settings) Fields(d *strictyaml.Document) strictyaml.Fields {
	return strictyaml.Fields{
		"redirects":    decodeRedirects(d, &s.Redirects),
		"headers":      decodeHeaders(d, &s.Headers),
		"rewrites":     decodeRewrites(d, &s.Rewrites),
		"images":       decodeImages(d, &s.Images),
		"crons":        decodeCrons(d, &s.Crons),
		"regions":      decodeRegions(d, &s.Regions),
		"maxDuration":  decodeMaxDuration(d, &s.MaxDuration),
		"memory":       decodeMemory(d, &s.Memory),
		"functionSize": decodeIn(d, &s.FunctionSize, "functionSize", 12, 10000, "write megabytes, 12 to 10000: a function has a program of nearly 10"),
	}
}

// region is the form of the platform's names of regions: the code of an airport and a number.
var region = regexp.MustCompile(`^[a-z]{3}[0-9]$`)

func decodeRegions(d *strictyaml.Document, into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var names []string
		d.Strings(&names)(n)
		for _, name := range names {
			if !region.MatchString(name) {
				d.Errorf(n, "write names such as [iad1, fra1]; the platform's documentation lists them", "%q is not the name of a region", name)
				return
			}
		}
		*into = names
	}
}

const longestDuration = 900 // seconds, on any of the platform's plans

func decodeMaxDuration(d *strictyaml.Document, into *buildoutput.MaxDuration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Value == "max" {
			into.Max = true
			return
		}
		decodeIn(d, &into.Seconds, "maxDuration", 1, longestDuration, "write seconds, 1 to 900, or max for what your plan allows")(n)
	}
}

func decodeMemory(d *strictyaml.Document, into *int) func(*yaml.Node) {
	return decodeIn(d, into, "memory", 128, 10240, "write megabytes, 128 to 10240")
}

// decodeIn decodes a whole number between two others.
func decodeIn(d *strictyaml.Document, into *int, what string, least, most int, advice string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		number, errors := 0, d.Diagnostics.Errors()
		d.Int(&number)(n)
		switch {
		case d.Diagnostics.Errors() > errors || n.Tag == "!!null":
		case number < least || number > most:
			d.Errorf(n, advice, "%s cannot be %d", what, number)
		default:
			*into = number
		}
	}
}
