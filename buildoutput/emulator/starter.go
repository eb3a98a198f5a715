package emulator

import (
	"os/exec"
	"runtime"
	"sync"
)

// starter starts processes from one operating system thread that lives until close. The kernel kills a process with
// Pdeathsig when the thread that started it ends, not when the program does, and Go ends threads as it likes.
type starter struct {
	once   sync.Once
	starts chan start
	thread sync.WaitGroup
}

type start struct {
	cmd *exec.Cmd
	err chan error
}

func (s *starter) start(cmd *exec.Cmd) error {
	s.once.Do(func() {
		s.starts = make(chan start)
		s.thread.Go(func() {
			runtime.LockOSThread()
			for start := range s.starts {
				start.err <- start.cmd.Start()
			}
		})
	})
	request := start{cmd, make(chan error)}
	s.starts <- request
	return <-request.err
}

// close ends the thread. No process may be left and none may be started any more.
func (s *starter) close() {
	s.once.Do(func() {})
	if s.starts != nil {
		close(s.starts)
	}
	s.thread.Wait()
}
