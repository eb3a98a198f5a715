package emulator

import (
	"bytes"
	"sync"
)

// maxLine is where a line that does not end is cut.
const maxLine = 64 * 1024

// lineWriter is the standard output or error of a process: it hands on complete lines.
type lineWriter struct {
	emit func(text string)

	mu      sync.Mutex
	partial []byte
}

// Write never fails.
func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(b)
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			w.partial = append(w.partial, b...)
			for len(w.partial) >= maxLine {
				w.emit(string(w.partial[:maxLine]))
				w.partial = append(w.partial[:0], w.partial[maxLine:]...)
			}
			break
		}
		w.emit(string(bytes.TrimSuffix(append(w.partial, b[:end]...), []byte("\r"))))
		w.partial = w.partial[:0]
		b = b[end+1:]
	}
	return n, nil
}

// flush hands on a last line without an end.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.partial) > 0 {
		w.emit(string(w.partial))
		w.partial = nil
	}
}
