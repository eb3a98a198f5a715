// Package timeline runs the lives of pages in an ISR cache, written as text, and holds what happens against what is written there.
//
//	# A page that expires after a minute.
//	GET /a -> MISS v1
//	+59s GET /a -> HIT
//	+1s 50x GET /a -> STALE 1 render
//	& GET /b -> MISS
//
// A line is a step, with the time since the line before in front of it and what it leads to behind the arrow; # begins a comment.
// Behind the arrow stand words that the outcome must have, or "1 render" for what the step cost; without an arrow nothing is
// checked. 50x does a step fifty times at once, and is about what the outcomes have in common; & goes on without waiting for
// the outcome. What the steps are is up to the [World].
package timeline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// World is where steps happen. Step is called from several goroutines at once.
type World interface {
	// Pause lets time pass and everything happen that is due at its end.
	Pause(d time.Duration) error

	// Step does what the words of a line say. The outcome is what a visitor sees of it, empty where there is no visitor.
	Step(words []string) (outcome string, err error)

	// Together does n visits so that each has begun before any of them ends.
	Together(n int, visit func(i int))

	// Settle waits until everything has happened that is not waiting for time to pass.
	Settle()

	// Renders counts how often a function was asked for a page so far.
	Renders() int
}

// Mismatch is a line whose outcome is not what is written there.
type Mismatch struct {
	Line int    // from 1
	Text string // the line as it is written
	Got  string // the outcome
}

// String gives the line and the outcome below each other.
func (m Mismatch) String() string { return fmt.Sprintf("%d: %s\n\tgot  %s", m.Line, m.Text, m.Got) }

// StepError is a line that could not be done at all.
type StepError struct {
	Line int
	Err  error
}

// Error gives the line's number and what is wrong.
func (e *StepError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives what is wrong.
func (e *StepError) Unwrap() error { return e.Err }

// Run runs the lines in a world and gives the mismatches. It stops at the first line that cannot be done, which is a
// [*StepError].
func Run(world World, lines []string) ([]Mismatch, error) {
	var mismatches []Mismatch
	err := run(world, lines, func(i int, step, want, got string) {
		if !Satisfies(got, want) {
			mismatches = append(mismatches, Mismatch{i + 1, lines[i], got})
		}
	})
	slices.SortStableFunc(mismatches, func(a, b Mismatch) int { return a.Line - b.Line })
	return mismatches, err
}

// Update runs the lines and rewrites in place what is written behind the arrows and is not so. A step with an outcome gets an
// arrow.
func Update(world World, lines []string) error {
	return run(world, lines, func(i int, step, want, got string) {
		if got != "" && (want == "" || !Satisfies(got, want)) {
			lines[i] = strings.TrimRight(step, " ") + " -> " + shorten(got, want)
		}
	})
}

// Do runs a single line, whatever is behind its arrow, and gives the whole outcome, the number of renders included.
func Do(world World, line string) (outcome string, err error) {
	r := runner{world}
	words, err := r.pause(split(line))
	if err != nil || len(words) == 0 {
		return "", err
	}
	return r.counted(words)
}

// run does every line and reports its outcome.
func run(world World, lines []string, report func(i int, step, want, got string)) error {
	type pending struct {
		line int
		got  string
		err  error
	}
	var visits sync.WaitGroup
	var later []*pending
	r := runner{world}
	tell := func(i int, got string) {
		step, want, _ := strings.Cut(lines[i], "->")
		report(i, step, strings.TrimSpace(want), got)
	}
	for i, line := range lines {
		words, err := r.pause(split(line))
		if err != nil {
			return &StepError{i + 1, err}
		}
		if len(words) == 0 {
			continue
		}
		if words[0] == "&" {
			p := &pending{line: i}
			visits.Go(func() { p.got, p.err = r.step(words[1:]) })
			world.Settle()
			later = append(later, p)
			continue
		}
		got, err := r.counted(words)
		if err != nil {
			return &StepError{i + 1, err}
		}
		tell(i, got)
	}
	visits.Wait()
	for _, p := range later {
		if p.err != nil {
			return &StepError{p.line + 1, p.err}
		}
		tell(p.line, p.got)
	}
	return nil
}

// split gives the words of a line before the arrow and the comment.
func split(line string) []string {
	step, _, _ := strings.Cut(line, "->")
	if comment := strings.Index(step, "#"); comment == 0 || comment > 0 && step[comment-1] == ' ' {
		step = step[:comment]
	}
	return strings.Fields(step)
}

type runner struct{ world World }

// pause lets the time in front of a step pass.
func (r runner) pause(words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	text, ok := strings.CutPrefix(words[0], "+")
	if !ok {
		return words, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return nil, fmt.Errorf("%q is not a time that can pass: write +59s or +1h30m", words[0])
	}
	return words[1:], r.world.Pause(d)
}

// counted does a step, waits until nothing moves any more, and gives the outcome with the number of renders.
func (r runner) counted(words []string) (string, error) {
	before := r.world.Renders()
	got, err := r.step(words)
	r.world.Settle()
	if got == "" || err != nil {
		return "", err
	}
	return got + " " + Plural(r.world.Renders()-before), nil
}

// Plural gives "1 render" or "2 renders".
func Plural(n int) string {
	if n == 1 {
		return "1 render"
	}
	return fmt.Sprintf("%d renders", n)
}

// step does one step, or the same one several times at once.
func (r runner) step(words []string) (string, error) {
	if len(words) == 0 {
		return "", fmt.Errorf("there is no step on this line")
	}
	text, several := strings.CutSuffix(words[0], "x")
	count, err := strconv.Atoi(text)
	if !several || err != nil || count < 1 {
		return r.world.Step(words)
	}
	outcomes := make([]string, count)
	errs := make([]error, count)
	r.world.Together(count, func(i int) { outcomes[i], errs[i] = r.world.Step(words[1:]) })
	for _, err := range errs {
		if err != nil {
			return "", err
		}
	}
	return Common(outcomes), nil
}

// Common gives the words that all outcomes have.
func Common(outcomes []string) string {
	common := strings.Fields(outcomes[0])
	for _, outcome := range outcomes {
		words := strings.Fields(outcome)
		common = slices.DeleteFunc(common, func(word string) bool { return !slices.Contains(words, word) })
	}
	return strings.Join(common, " ")
}

var renderCount = regexp.MustCompile(`\b\d+ renders?\b`)

// Satisfies reports whether every word of want is in an outcome. "1 render" is one word. A step without an outcome satisfies
// only what wants nothing.
func Satisfies(got, want string) bool {
	if n := renderCount.FindString(want); n != "" {
		if renderCount.FindString(got) != n {
			return false
		}
		want = renderCount.ReplaceAllString(want, "")
	}
	words := strings.Fields(renderCount.ReplaceAllString(got, ""))
	for _, word := range strings.Fields(want) {
		if !slices.Contains(words, word) {
			return false
		}
	}
	return true
}

// shorten leaves of an outcome what is usually written, and what the old expectation was about.
func shorten(got, want string) string {
	if !renderCount.MatchString(want) {
		got = renderCount.ReplaceAllString(got, "")
	}
	words := slices.DeleteFunc(strings.Fields(got), func(word string) bool {
		return strings.HasPrefix(word, "age=") && !strings.Contains(want, "age=")
	})
	return strings.Join(words, " ")
}
