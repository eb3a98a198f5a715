package preview

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// retryBroken is how long a directory that could not be read is left alone, unless its config changes.
const retryBroken = time.Second

// lookEvery is how long a look at the directory counts. Looking takes two calls of the system, which would be a third of the
// work for a page that is in memory. A request that begins this long after an exchange is answered by the new output.
const lookEvery = time.Millisecond

// state tells one content of the output directory from another: a build either exchanges the directory, as the generator
// does, or writes a new config.json into it, as other tools do. Requests look, so that nothing has to watch. One that finds its
// file gone looks again, whenever the last look was.
type state struct {
	dir, config fs.FileInfo // nil where there is none
}

func stateAt(dir string) state {
	var s state
	s.dir, _ = os.Stat(dir)
	s.config, _ = os.Stat(filepath.Join(dir, "config.json"))
	return s
}

func stateOf(root *os.Root) state {
	var s state
	s.dir, _ = root.Stat(".")
	s.config, _ = root.Stat("config.json")
	return s
}

// same reports whether two looks were at the same content. The root of the deployment being served keeps its directory's
// identity from being given to another one.
func (s state) same(other state) bool {
	if s.config == nil || other.config == nil {
		return s.config == nil && other.config == nil
	}
	return os.SameFile(s.dir, other.dir) && os.SameFile(s.config, other.config) &&
		s.config.Size() == other.config.Size() && s.config.ModTime().Equal(other.config.ModTime())
}

// broken is a state of the directory that could not be loaded.
type broken struct {
	state
	message string
	tried   time.Time
}

// acquire gives the deployment for a request that begins now, which must release it: the one of what is in the directory, or
// the last one that could be read.
func (s *Server) acquire(now time.Time) *deployment {
	if at := now.Sub(s.started); at-time.Duration(s.looked.Load()) >= lookEvery {
		s.Refresh()
		s.looked.Store(int64(at))
	}
	return s.present()
}

// present gives the deployment being served, which the caller must release.
func (s *Server) present() *deployment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.deployment.users.Add(1)
	return s.deployment
}

// Refresh loads what has come into the directory, as requests do by themselves within a millisecond. Requests that begin
// meanwhile wait: the files of the deployment before are about to vanish.
func (s *Server) Refresh() {
	if s.upToDate() {
		return
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.upToDate() {
		return
	}
	now := stateAt(s.dir)
	d, err := s.load()
	if err != nil {
		if s.broken == nil || s.broken.message != err.Error() {
			s.log.Error("the new output cannot be served, the previous one still is", "err", err)
		}
		s.setBroken(&broken{now, err.Error(), time.Now()})
		return
	}
	if s.replace(d) {
		s.log.Info("new output", "dir", s.dir, "deployment", d.id)
		s.keep(d)
		return
	}
	close(d.kept)
	d.close(s.draining)
}

func (s *Server) upToDate() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := stateAt(s.dir)
	if s.closed || now.same(s.deployment.state) {
		return true
	}
	return s.broken != nil && now.same(s.broken.state) && time.Since(s.broken.tried) < retryBroken
}

// load makes a deployment of the directory.
func (s *Server) load() (*deployment, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	at := stateOf(root) // before it is read: a change while it is read is a change
	d, err := newDeployment(root, s, "")
	if err != nil {
		root.Close()
		return nil, err
	}
	d.state = at
	return d, nil
}

func (s *Server) setBroken(b *broken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = b
}

// replace puts a deployment in place of the one being served, which ends when its last request has. A closed server keeps
// what it had.
func (s *Server) replace(d *deployment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	old := s.deployment
	s.deployment, s.broken = d, nil
	s.retiring.Go(func() {
		if err := old.retire(s.draining); err != nil {
			s.log.Warn("the previous output did not end well", "err", err)
		}
	})
	return true
}

// retire waits for the requests of a deployment and ends it. When ctx ends first, they are cut off.
func (d *deployment) retire(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		d.users.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return d.close(ctx)
}

// close ends a deployment that nobody uses any more, once the archive has its output. When ctx ends, the archive stops too.
func (d *deployment) close(ctx context.Context) error {
	err := errors.Join(d.cache.Close(ctx), d.emulator.Close(ctx))
	<-d.kept
	return errors.Join(err, d.root.Close())
}

// moveOn gives the exchange the present deployment if that is another one, and reports whether it is.
func (x *exchange) moveOn() bool {
	x.server.Refresh()
	d := x.server.present()
	if d == x.deployment {
		d.users.Done()
		return false
	}
	x.deployment.users.Done()
	x.deployment = d
	return true
}
