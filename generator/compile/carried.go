//go:build carry_bootstrap

package compile

import _ "embed"

//go:embed carried/bootstrap_amd64
var bootstrapAMD64 []byte

//go:embed carried/bootstrap_arm64
var bootstrapARM64 []byte

// carried returns the executable that is part of this program.
func carried(arch string) []byte {
	if arch == "arm64" {
		return bootstrapARM64
	}
	return bootstrapAMD64
}
