package buildoutput

import "golang.org/x/sys/unix"

// exchange swaps two directories in one step. It fails where either is missing or the file system cannot do it.
func exchange(a, b string) error {
	return unix.RenamexNp(a, b, unix.RENAME_SWAP)
}
