//go:build !unix

package buildoutput

// lock does nothing: this system cannot lock a directory.
func lock(string) (unlock func(), err error) { return func() {}, nil }
