//go:build !linux

package emulator

import (
	"os"
	"syscall"
)

// Only functions of Node.js run here, as [Emulator.Check] sees to. The kernel is of less help than Linux: what a
// function starts is not ended with it.

func ownGroup() *syscall.SysProcAttr { return nil }

func terminate(p *os.Process) { p.Signal(syscall.SIGTERM) }

func killGroup(int) {}

func awaitExit(int) {}

// alive cannot know: a connection to the function will tell.
func alive(int) bool { return true }
