// Package check tells before a deploy what the platform would say after it. It looks at any Build Output directory, made by
// isrgen or not.
//
// An error is what the platform's own reader refuses, with the verdict of [buildoutput.Read], or a limit of a plan that was
// named. Everything else that will not do what its author meant is a warning: the reader takes it, and nobody says more.
//
//	check.go     Dir and Output: the way in      finding.go   what was found, and what each code means
//	routes.go    config.json's routes            members.go   members that nobody reads, and overrides
//	functions.go programs and their machines     prerenders.go  the ISR side
//	files.go     the directory as it is uploaded  limits.go    plans
//
// Files are read where their bytes matter, in pieces: a large output does not have to fit into memory.
package check

import (
	"cmp"
	"io/fs"
	"path"
	"slices"

	"github.com/isrgen/isrgen/buildoutput"
)

// Options say what to check besides the rules that hold for everybody. The zero value checks those alone.
type Options struct {
	// Plan is the platform's plan whose limits are errors. Empty means none: only the limits that every plan has count.
	Plan Plan
}

// Dir checks the Build Output at the root of fsys, which should not lead out of its root, as the file system of an [os.Root]
// does not. Where the platform's reader refuses it, that is all there is to say until it does not. The error is the machine's,
// such as a file that cannot be read. Beside what was found it says how full the functions are.
func Dir(fsys fs.FS, opts Options) ([]Finding, []FunctionSize, error) {
	c := &checker{opts: opts, fsys: fsys}
	out, err := buildoutput.Read(fsys)
	if err != nil {
		err = c.refused(err)
		return c.sorted(), nil, err
	}
	for _, ignored := range out.Ignored {
		c.fault(Warning, Ignored, ignored)
	}
	c.out = out
	c.output()
	if err := c.directory(); err != nil {
		return nil, nil, err
	}
	return c.sorted(), c.functionSizes(), nil
}

// Output checks an output that may not be written yet: all that needs no directory, and what the platform's reader would refuse.
// Findings have no lines.
func Output(out *buildoutput.Output, opts Options) []Finding {
	c := &checker{opts: opts, out: out}
	c.refused(out.Validate()) // which gives faults and nothing else
	c.output()
	return c.sorted()
}

// checker looks at one output.
type checker struct {
	opts     Options
	fsys     fs.FS // nil for an output that is not written
	out      *buildoutput.Output
	static   map[string]string // static outputs
	real     []realFunction    // functions that are no links
	findings []Finding
	texts    map[string][]byte // of JSON files in which something was found
}

// output checks what the model of an output says.
func (c *checker) output() {
	c.static, c.real = c.out.StaticOutputs(), realFunctions(c.out)
	c.routes()
	c.members()
	c.overrides()
	c.names()
	c.functions()
	c.prerenders()
	c.limits()
}

// directory checks what only the files say.
func (c *checker) directory() error {
	tree, err := c.walk()
	if err != nil {
		return err
	}
	c.links(tree)
	c.orphans(tree)
	c.builds()
	c.uploadLimits(tree)
	if err := c.programs(); err != nil {
		return err
	}
	if err := c.twins(tree); err != nil {
		return err
	}
	return c.secrets(tree)
}

// sorted gives what was found, by file and place, with the places in JSON files as lines and columns.
func (c *checker) sorted() []Finding {
	for i := range c.findings {
		c.place(&c.findings[i])
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(c.findings)
}

const configFile = "config.json"

// functionConfig is the config of a function, by its directory in the output.
func functionConfig(dir string) string { return path.Join(dir, ".vc-config.json") }
