package main

import (
	"fmt"
	"io"
	"time"

	"github.com/isrgen/isrgen/generator"
)

// A build that takes longer than a second says on a terminal how far it is.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
)

// showProgress keeps one line of a terminal up to date until the function that it returns is called, which removes the line.
// Nothing is written where styles are not shown.
func showProgress(w io.Writer, p *generator.Progress) (stop func()) {
	if !styled(w) {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		started := time.Now()
		wait := time.NewTimer(progressAfter)
		defer wait.Stop()
		shown := false
		for {
			select {
			case <-end:
				if shown {
					io.WriteString(w, clearLine)
				}
				return
			case <-wait.C:
				io.WriteString(w, clearLine+progressLine(p, time.Since(started)))
				shown = true
				wait.Reset(progressEvery)
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

const clearLine = "\r\x1b[K"

// progressLine says what a build is doing, such as "rendering and writing: 4200 of 10117 pages (1.3s)".
func progressLine(p *generator.Progress, since time.Duration) string {
	phase, done, total := p.Now()
	counted := ""
	if total > 0 {
		counted = fmt.Sprintf(": %d of %s", done, count(int(total), "page"))
	}
	return fmt.Sprintf("%s%s (%.1fs)", phase, counted, since.Seconds())
}
