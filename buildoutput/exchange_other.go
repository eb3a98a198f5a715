//go:build !linux && !darwin

package buildoutput

import "errors"

// exchange fails: this system has no such step.
func exchange(a, b string) error { return errors.ErrUnsupported }
