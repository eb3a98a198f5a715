//go:build !linux

package preview

import (
	"io/fs"
	"time"
)

// changed is when the content of a file last changed.
func changed(info fs.FileInfo) time.Time { return info.ModTime() }
