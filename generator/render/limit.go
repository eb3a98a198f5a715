package render

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// mostBytes is how much a page, or a partial of it, may write: far more than anybody reads, and less than a machine has.
const mostBytes = 64 << 20

var (
	errTooLarge = fmt.Errorf("this writes more than %d MB: look for a loop without an end", mostBytes>>20)
	errTooLong  = errors.New("the time for this page is over")
)

// bounded is a buffer that takes no more than a page may have, and nothing once the time for it is over.
type bounded struct {
	*bytes.Buffer
	over *atomic.Bool
}

// Write writes, or says why not, which ends the template.
func (b bounded) Write(p []byte) (int, error) {
	if b.over.Load() {
		return 0, errTooLong
	}
	if b.Len()+len(p) > mostBytes {
		return 0, errTooLarge
	}
	return b.Buffer.Write(p)
}

// execute runs the layout of the page within a limit of time, 0 for none. A template cannot be stopped where it writes nothing: it is left
// alone then, and the set with it.
func (t *templates) execute(into *bytes.Buffer, limit time.Duration) error {
	if limit == 0 {
		return t.entry.execute(bounded{into, &t.over}, t.page)
	}
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- fmt.Errorf("panic: %v", p)
			}
		}()
		ended <- t.entry.execute(bounded{into, &t.over}, t.page)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	began := time.Now()
	for {
		select {
		case err := <-ended:
			return err
		case <-timer.C:
		}
		if left := limit - time.Since(began) + t.atWork.total(); left > 0 {
			timer.Reset(left)
			continue
		}
		t.over.Store(true)
		return &Error{File: t.renderer.layouts[t.key.layout].File, Page: t.page.path,
			Message: fmt.Sprintf("the page takes longer than %v to render", limit),
			Advice:  "look for loops in loops in this layout and what it uses; if the page needs the time, set `timeout` in isrgen.yaml"}
	}
}

// work is the time that was spent on files for a page: an image may take seconds, and is made once. It does not count for the limit.
type work struct {
	mu    sync.Mutex
	spent time.Duration
	since time.Time // zero while nothing is done
}

// begin notes that something is done from now on, and end that it was.
func (w *work) begin() (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.spent += time.Since(w.since)
		w.since = time.Time{}
	}
}

func (w *work) total() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() {
		return w.spent
	}
	return w.spent + time.Since(w.since)
}
