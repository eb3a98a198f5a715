package preview

import (
	"context"
	"errors"
	"fmt"
)

// keep copies the output of a deployment into the archive while it is served, since the next build removes it. The deployment's root
// stays open until that is done.
func (s *Server) keep(d *deployment) {
	s.retiring.Go(func() {
		defer close(d.kept)
		err := s.archive.keep(s.draining, d.id, d.root)
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Warn("the output is not kept: it will not be possible to go back to it", "deployment", d.id, "err", err)
		}
	})
}

// WaitKept waits until the output that is served can be gone back to, or is known not to be kept.
func (s *Server) WaitKept(ctx context.Context) error {
	s.mu.RLock()
	kept := s.deployment.kept
	s.mu.RUnlock()
	select {
	case <-kept:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Deployments lists the outputs that the server can serve, the last first.
func (s *Server) Deployments() ([]Deployment, error) {
	s.mu.RLock()
	current := Deployment{ID: s.deployment.id, Since: s.deployment.started, Current: true}
	s.mu.RUnlock()
	list, err := s.archive.list()
	found := false
	for i := range list {
		if list[i].ID == current.ID {
			list[i].Current, found = true, true
		}
	}
	if !found {
		list = append([]Deployment{current}, list...)
	}
	return list, err
}

// Promote serves a deployment that is kept, from the next request on: with the entries which were generated while it was served. It
// stays until another one is promoted or a new build comes. The error is [ErrNoDeployment] for an unknown id.
func (s *Server) Promote(id string) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	s.mu.RLock()
	current := s.deployment.id
	s.mu.RUnlock()
	if id == current {
		return nil
	}
	at := stateAt(s.dir)
	root, err := s.archive.open(id)
	if err != nil {
		return err
	}
	d, err := newDeployment(root, s, id)
	if err != nil {
		root.Close()
		return fmt.Errorf("deployment %s: %w", id, err)
	}
	close(d.kept)
	d.state = at // what is in the directory now is not served; what comes next is
	if !s.replace(d) {
		return errors.Join(errors.New("the server is closed"), d.close(s.draining))
	}
	s.log.Info("promoted", "deployment", d.id)
	return nil
}

// Rollback serves the deployment that was first served before the current one.
func (s *Server) Rollback() (id string, err error) {
	list, err := s.Deployments()
	if err != nil {
		return "", err
	}
	for i, d := range list {
		if d.Current && i+1 < len(list) {
			return list[i+1].ID, s.Promote(list[i+1].ID)
		}
	}
	return "", fmt.Errorf("there is no deployment before this one: %w", ErrNoDeployment)
}
