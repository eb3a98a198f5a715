package buildoutput

import (
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/go-json-experiment/json"
)

// Validate finds what the platform's reader would refuse in the output as [Output.Write] would write it, by the rules of [Read]. The
// error is of type [Faults].
func (o *Output) Validate() error {
	v := validator{out: o}
	if config := v.document(configFile, o.Config); config != nil {
		config.config()
		config.overrides(o.Static)
		config.middleware(o)
		v.faults = append(v.faults, config.faults...)
	}
	for _, outputPath := range slices.Sorted(maps.Keys(o.Functions)) {
		v.function(outputPath, o.Functions[outputPath])
	}
	for _, outputPath := range slices.Sorted(maps.Keys(o.Prerenders)) {
		v.prerender(outputPath, o.Prerenders[outputPath])
	}
	if len(v.faults) > 0 {
		return v.faults
	}
	return nil
}

type validator struct {
	out    *Output
	faults Faults
}

// document gives a file as a reader would see it, without lines: nothing is written yet.
func (v *validator) document(file string, value any) *document {
	d := &document{file: file}
	text, err := json.Marshal(value, tolerant)
	if err == nil {
		err = json.Unmarshal(text, &d.any, tolerant)
	}
	if err != nil {
		v.refuse(file, err)
		return nil
	}
	return d
}

func (v *validator) refuse(file string, err error) {
	v.faults = append(v.faults, &Fault{File: file, Err: err})
}

func (v *validator) function(outputPath string, fn *Function) {
	if fn.Link != "" {
		target := v.out.Functions[fn.Link]
		if target == nil || target.Link != "" {
			v.refuse(functionDir(outputPath), errors.New("the link does not lead to a function"))
		}
		return
	}
	if d := v.document(path.Join(functionDir(outputPath), functionConfigFile), fn.Config); d != nil {
		d.function()
		v.faults = append(v.faults, d.faults...)
	}
}

func (v *validator) prerender(outputPath string, p *Prerender) {
	file := prerenderFile(outputPath)
	fn := v.out.Functions[outputPath]
	if fn == nil {
		v.refuse(file, errors.New("there is no function beside it"))
		return
	}
	if fn.Link != "" {
		fn = v.out.Functions[fn.Link]
	}
	if fn != nil && fn.Config.Runtime == RuntimeEdge {
		v.refuse(file, errors.New("an edge function cannot be prerendered"))
	}
	if p.Config.Fallback != nil && p.Fallback == nil {
		v.refuse(file, errors.New("the fallback has no file"))
	}
	if d := v.document(file, p.Config); d != nil {
		d.obey(prerenderRules)
		v.faults = append(v.faults, d.faults...)
	}
}
