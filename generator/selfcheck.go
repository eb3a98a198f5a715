package generator

import (
	"errors"
	"fmt"
	"path"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/check"
	"github.com/isrgen/isrgen/generator/diagnostic"
)

// checkOutput checks what was staged, with the sizes that its files have, as `isrgen check` does. What the platform would do
// otherwise than the author means is a warning; what it would refuse is isrgen's own fault, and the previous output stays.
func (b *build) checkOutput() error {
	measure(b.plan.output, b.sizes)
	var refused []error
	for _, f := range check.Output(b.plan.output, check.Options{}) {
		if f.Severity == check.Error {
			refused = append(refused, errors.New(f.String()))
			continue
		}
		b.diags.Add(diagnostic.Diagnostic{
			Severity: diagnostic.Warning,
			File:     path.Join("(output)", f.File),
			Message:  fmt.Sprintf("%s [%s]", f.Message, f.Code),
			Advice:   f.Advice + "; else " + f.Effect,
		})
	}
	if len(refused) > 0 {
		return fmt.Errorf("the platform would refuse this output, which is a fault of isrgen: please report it: %w", errors.Join(refused...))
	}
	return nil
}

// measure notes the sizes of an output's files, by their path in its directory.
func measure(out *buildoutput.Output, sizes map[string]int64) {
	for outputPath, fn := range out.Functions {
		for name, file := range fn.Files {
			file.Size = sizes[path.Join("functions", outputPath+".func", name)]
			fn.Files[name] = file
		}
	}
	for outputPath, prerender := range out.Prerenders {
		if prerender.Fallback != nil {
			prerender.Fallback.Size = sizes[path.Join("functions", path.Dir(outputPath), prerender.Config.Fallback.Path)]
		}
	}
}
