package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A build makes a lot of garbage beside little that stays. By default the collector runs when there is as much of the one as of the
// other, so that the smaller the site, the more often all of it is looked at.
const (
	roomForGarbage = 128 << 20
	mostPercent    = 3200
)

// giveRoom has the collector leave garbage alone until it fills a room that does not shrink with the site, and that grows with a
// large one. Whoever sets GOGC or GOMEMLIMIT knows better.
func giveRoom() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(mostPercent)
	adjustAfterCollection()
}

// adjustAfterCollection settles, after each collection, when the next one is: its finalizer runs once nothing refers to the object.
func adjustAfterCollection() {
	runtime.SetFinalizer(&[1]*int{}, func(*[1]*int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(collectionPercent(live[0].Value.Uint64()))
		adjustAfterCollection()
	})
}

// collectionPercent is how much garbage there may be beside so many bytes that stay, in percent of these.
func collectionPercent(live uint64) int {
	return int(min(mostPercent, max(roomForGarbage*100/max(live, 1), 75)))
}
