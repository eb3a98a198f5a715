package emulator

import (
	"os"
	"syscall"
	"unsafe"
)

// ownGroup makes a process the leader of a group, so that what it starts can be ended with it, and ends it should the
// preview die without a chance to.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func terminate(p *os.Process) { p.Signal(syscall.SIGTERM) }

// killGroup ends what a process left behind. The process must not have been waited for, because its id, which is the
// group's, could belong to another one afterwards.
func killGroup(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }

// awaitExit returns when a child has ended, and leaves it to be waited for.
func awaitExit(pid int) { waitID(pid, 0) }

// alive reports whether a child has not ended. The news of its end may still be on its way then.
func alive(pid int) bool {
	ended, err := waitID(pid, syscall.WNOHANG)
	return err == nil && !ended
}

// waitID asks the kernel whether a child has ended and leaves it to be waited for.
func waitID(pid, options int) (ended bool, err error) {
	const pPID = 1
	var info [32]int32 // siginfo_t, 128 bytes; the first is 0 as long as there is nothing to say
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pPID, uintptr(pid), uintptr(unsafe.Pointer(&info)),
			uintptr(options|syscall.WEXITED|syscall.WNOWAIT), 0, 0)
		switch errno {
		case 0:
			return info[0] != 0, nil
		case syscall.EINTR:
		default:
			return false, errno
		}
	}
}
