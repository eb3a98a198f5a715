package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// sample is what one run of a program took.
type sample struct {
	wall, cpu time.Duration // cpu is the processors' time, which other programs on the machine disturb less
	peak      int64         // most memory, in bytes, as the system counted it
}

// measure runs a program to its end. What was written before is written out first, so that it does not slow this run down.
func measure(program string, args ...string) (sample, error) {
	syscall.Sync()
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	started := time.Now()
	err := cmd.Run()
	wall := time.Since(started)
	if err != nil {
		return sample{}, fmt.Errorf("%v: %w\n%s", cmd.Args, err, said.Bytes())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return sample{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

// series are the runs of one program, one for each turn.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// over divides two series turn by turn.
func (s series) over(other series) series {
	ratios := make(series, min(len(s), len(other)))
	for i := range ratios {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// measured are the turns of several programs, by name.
type measured struct {
	wall, cpu, peak map[string]series
}

func newMeasured() measured {
	return measured{map[string]series{}, map[string]series{}, map[string]series{}}
}

// add runs a program and notes under a name what it took.
func (m measured) add(name, program string, args ...string) error {
	s, err := measure(program, args...)
	if err != nil {
		return err
	}
	m.wall[name] = append(m.wall[name], s.wall.Seconds())
	m.cpu[name] = append(m.cpu[name], s.cpu.Seconds())
	m.peak[name] = append(m.peak[name], float64(s.peak)/(1<<20))
	fmt.Fprintf(os.Stderr, "  %-22s %8.2f s %8.2f s of processors %8.0f MB\n", name, s.wall.Seconds(), s.cpu.Seconds(), float64(s.peak)/(1<<20))
	return nil
}
