package buildoutput

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
)

// ID tells an output that was read from every other: it is a hash of its configs and of the names, sizes, modes and times of its files,
// so that no file has to be read for it. A new build has a new one, a copy that keeps the times has the same. It has 16
// characters of 0-9 and a-f.
func (o *Output) ID() (string, error) {
	hash := sha256.New()
	if err := o.describe(hash); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

func (o *Output) describe(w io.Writer) error {
	describeJSON := func(name string, value any) error {
		text, err := marshal(value)
		fmt.Fprintf(w, "%q %s\n", name, text)
		return err
	}
	describeFile := func(name string, file File) {
		fmt.Fprintf(w, "%q %d %v %d\n", name, file.Size, file.Mode, file.Modified.UnixNano())
	}
	if err := describeJSON(configFile, o.Config); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Static)) {
		describeFile(path.Join(staticDir, name), o.Static[name])
	}
	for _, outputPath := range slices.Sorted(maps.Keys(o.Functions)) {
		fn := o.Functions[outputPath]
		if fn.Link != "" {
			fmt.Fprintf(w, "%q -> %q\n", outputPath, fn.Link)
			continue
		}
		if err := describeJSON(functionDir(outputPath), fn.Config); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(fn.Files)) {
			describeFile(path.Join(functionDir(outputPath), name), fn.Files[name])
		}
	}
	for _, outputPath := range slices.Sorted(maps.Keys(o.Prerenders)) {
		prerender := o.Prerenders[outputPath]
		if err := describeJSON(prerenderFile(outputPath), prerender.Config); err != nil {
			return err
		}
		if prerender.Fallback != nil {
			describeFile(prerenderFile(outputPath), *prerender.Fallback)
		}
	}
	return nil
}
