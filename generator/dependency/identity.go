package dependency

import "time"

// Identity tells a file from what it may become, without reading it: whoever writes to it, or puts another in its place, changes one of
// these. The zero value is a file of which that is not known.
type Identity struct {
	Size     int64
	Inode    uint64
	Modified int64 // nanoseconds of Unix time
	Changed  int64 // the same, of the file or of what is known of it; nobody can set it back
}

// Linked says whether a name is another one of the file, made since. The link itself counts as a change.
func (i Identity) Linked(name string) bool {
	now := identify(name)
	return now.Size == i.Size && now.Inode == i.Inode && now.Modified == i.Modified
}

// settled is how old a change must be for the next one to have another time: the clock of files ticks a hundred times a second or more.
const settled = 20 * time.Millisecond

// Identify gives the identity of a file. That of one which changed just now is not known: it could change again at the same time.
func Identify(name string) Identity {
	identity := identify(name)
	if time.Now().UnixNano()-max(identity.Changed, identity.Modified) < int64(settled) {
		return Identity{}
	}
	return identity
}
