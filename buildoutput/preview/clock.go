package preview

import (
	"sync/atomic"
	"time"
)

// clock is the time of a preview: the real one, and what was added to it so that an hour can pass in a moment.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }
