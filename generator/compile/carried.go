//go:build carry_bootstrap

package compile

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
)

//go:embed carried/*.gz
var programs embed.FS

// carried returns an executable that is part of this program, compressed.
func carried(name string) ([]byte, error) {
	packed, err := programs.ReadFile("carried/" + name + ".gz")
	if err != nil {
		return nil, fmt.Errorf("this isrgen should carry the functions: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
