package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/pflag"
)

// profiles are files in which the program notes what it spends its time and memory on, for Go's own tools to read. Empty names are
// for no file.
type profiles struct{ cpu, memory, trace string }

func (p *profiles) flags(flags *pflag.FlagSet) {
	flags.StringVar(&p.cpu, "cpuprofile", "", "write a profile of the processors' time to this `file`, for go tool pprof")
	flags.StringVar(&p.memory, "memprofile", "", "write a profile of the memory that was allocated to this `file`, for go tool pprof")
	flags.StringVar(&p.trace, "trace", "", "write a trace of the execution to this `file`, for go tool trace")
}

// during writes the profiles of some work.
func (p *profiles) during(work func() error) (err error) {
	var files []*os.File
	create := func(name string, begin func(*os.File) error) {
		if name == "" || err != nil {
			return
		}
		var f *os.File
		if f, err = os.Create(name); err == nil {
			files = append(files, f)
			err = begin(f)
		}
	}
	create(p.cpu, func(f *os.File) error { return pprof.StartCPUProfile(f) })
	create(p.trace, func(f *os.File) error { return trace.Start(f) })
	var memory *os.File
	create(p.memory, func(f *os.File) error { memory = f; return nil })
	var failed error
	if err == nil {
		failed = work()
	}
	pprof.StopCPUProfile()
	trace.Stop()
	if memory != nil {
		runtime.GC() // so that what is alive is counted as it is now
		err = errors.Join(err, pprof.Lookup("allocs").WriteTo(memory, 0))
	}
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	if failed == nil && err != nil {
		return failure{err}
	}
	return failed
}
