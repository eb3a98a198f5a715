package dependency

import "time"

// glanceFile is the name of the file that a [Glance] is kept in.
const glanceFile = "glance.gob"

// Glance is what a build leaves for the next one to see at a glance that nothing is to be done: the site and the output are, file by
// file, what they were. There is none where more than the files of the site has a part in pages. It holds for builds from its clock on.
type Glance struct {
	Key    []byte // a hash of what else the output depends on, such as the options of the build
	Clock  time.Time
	Site   Fingerprint
	Output Fingerprint
	Marks  []string // of the output
	Report []byte   // of the build
}

// Save writes a glance into a directory.
func (g *Glance) Save(dir string) error { return save(dir, glanceFile, g) }

// LoadGlance reads the glance in a directory. The error is [ErrNoRecord] where there is none.
func LoadGlance(dir string) (*Glance, error) {
	var g Glance
	if err := load(dir, glanceFile, &g); err != nil {
		return nil, err
	}
	return &g, nil
}
