package preview

import (
	"io/fs"
	"syscall"
	"time"
)

// changed is when a file last changed in any way. Unlike the time of its content, nobody can set it.
func changed(info fs.FileInfo) time.Time {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(stat.Ctim.Unix())
	}
	return info.ModTime()
}
