package generator

import (
	"sync/atomic"
	"time"
)

// Timing is how long one phase of a build took.
type Timing struct {
	Phase    string        `json:"phase"`
	Duration time.Duration `json:"durationNs"`

	// Work is the time of all cores together in a phase that runs on several; 0 for other phases.
	Work time.Duration `json:"workNs,omitempty"`
}

// Progress is how far a build came. Whoever starts a build may make one and look at it from another goroutine meanwhile.
type Progress struct {
	phase       atomic.Pointer[string]
	done, total atomic.Int64
}

// Now returns the phase that the build is in, and how many of its pages are done; total is 0 in a phase that does not count.
func (p *Progress) Now() (phase string, done, total int64) {
	if name := p.phase.Load(); name != nil {
		phase = *name
	}
	return phase, p.done.Load(), p.total.Load()
}

// stopwatch times the phases of a build, one after the other, and keeps its progress.
type stopwatch struct {
	progress *Progress
	timings  []Timing
	began    time.Time
	work     atomic.Int64
}

// begin ends the phase before, if any, and begins one that handles so many pages; 0 if it does not count them.
func (s *stopwatch) begin(phase string, pages int) {
	s.end()
	s.began = time.Now()
	s.timings = append(s.timings, Timing{Phase: phase})
	s.progress.done.Store(0)
	s.progress.total.Store(int64(pages))
	s.progress.phase.Store(&phase)
}

// page notes that work on a page is done, which began at a time.
func (s *stopwatch) page(began time.Time) {
	s.work.Add(int64(time.Since(began)))
	s.progress.done.Add(1)
}

// end ends the last phase.
func (s *stopwatch) end() {
	if s.began.IsZero() {
		return
	}
	last := &s.timings[len(s.timings)-1]
	last.Duration = time.Since(s.began)
	last.Work = time.Duration(s.work.Swap(0))
	s.began = time.Time{}
}
