package emulator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/isrgen/isrgen/buildoutput"
)

const bootstrap = "bootstrap"

// architectures are Go's names for those of functions.
var architectures = map[string]string{
	buildoutput.ArchAMD64: "amd64",
	buildoutput.ArchARM64: "arm64",
}

// check finds what would keep a function from running on this machine.
func check(name, dir string, config *buildoutput.FunctionConfig) error {
	if config.Runtime != buildoutput.RuntimeProvided {
		return newError(name, Unsupported, "runtime %s is not supported yet by this preview", config.Runtime)
	}
	if runtime.GOOS != "linux" {
		return newError(name, WrongPlatform, "the function is a Linux executable and this is %s: run the preview on Linux, for example in a container", runtime.GOOS)
	}
	file := filepath.Join(dir, bootstrap)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newError(name, ExitedAtStart, "there is no file named %s, which the runtime %s starts", bootstrap, config.Runtime)
	case err != nil:
		return newError(name, ExitedAtStart, "%v", err)
	case info.Mode()&0o111 == 0:
		return newError(name, ExitedAtStart, "%s is not executable (mode %04o)", bootstrap, info.Mode().Perm())
	}
	arch := config.Architecture
	if arch == "" {
		arch = machine(file)
	}
	if want, ok := architectures[arch]; ok && want != runtime.GOARCH {
		return newError(name, WrongPlatform, "the function is for %s and this machine is %s: build it for this architecture to preview it", arch, runtime.GOARCH)
	}
	if m := machine(file); m != "" && arch != "" && m != arch {
		return newError(name, WrongPlatform, "%s is an executable for %s, but the function's config says %s", bootstrap, m, arch)
	}
	return nil
}

// machine gives the architecture of an executable, empty for a script and for what cannot be read.
func machine(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	return buildoutput.ProgramArchitecture(f)
}
