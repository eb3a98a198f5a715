package preview

import "embed"

//go:embed inspector
var inspectorPages embed.FS
