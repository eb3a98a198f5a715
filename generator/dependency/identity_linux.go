package dependency

import "syscall"

func identify(name string) Identity {
	var s syscall.Stat_t
	if err := syscall.Lstat(name, &s); err != nil || s.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return Identity{}
	}
	return Identity{s.Size, s.Ino, s.Mtim.Nano(), s.Ctim.Nano()}
}
