//go:build !linux

package directory

import "os"

const hasFastWay = false

func readBeneath(*os.File, string) ([]byte, bool) { return nil, false }
