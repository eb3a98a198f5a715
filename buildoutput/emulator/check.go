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
func (e *Emulator) check(name, dir string, config *buildoutput.FunctionConfig) error {
	switch config.Runtime {
	case buildoutput.RuntimeProvided:
		return checkExecutable(name, dir, bootstrap, config)
	case buildoutput.RuntimeExecutable:
		if err := checkExecutable(name, dir, config.Handler, config); err != nil || !sharesPort(config) {
			return err
		}
		if err := e.port.available(); err != nil {
			return newError(name, PortTaken, "%v", err)
		}
		return nil
	}
	engine, ok := engineOf(config)
	if !ok {
		return newError(name, Unsupported, "this preview does not run functions of the runtime %q, and everything else works: deploy to try this one", config.Runtime)
	}
	if _, err := e.engines[engine](); err != nil {
		return newError(name, Unsupported, "%v", err)
	}
	return checkHandler(name, config)
}

// sharesPort reports whether an executable function listens on the same port as others, rather than on one that it is told.
func sharesPort(config *buildoutput.FunctionConfig) bool {
	return config.Runtime == buildoutput.RuntimeExecutable && config.RuntimeLanguage != "rust"
}

// checkHandler finds out whether the file that a config names can be in the function. Whether it is there is only known
// once the files of a filePathMap are.
func checkHandler(name string, config *buildoutput.FunctionConfig) error {
	file := config.Handler
	if config.Runtime == buildoutput.RuntimeEdge {
		file = config.Entrypoint
	}
	if !filepath.IsLocal(filepath.FromSlash(file)) {
		return newError(name, ExitedAtStart, "the config names %q to start, want the path of a file inside the function", file)
	}
	return nil
}

func checkExecutable(name, dir, start string, config *buildoutput.FunctionConfig) error {
	if runtime.GOOS != "linux" {
		return newError(name, WrongPlatform, "the function is a Linux executable and this is %s: run the preview on Linux, for example in a container", runtime.GOOS)
	}
	if !filepath.IsLocal(filepath.FromSlash(start)) {
		return newError(name, ExitedAtStart, "the config names %q to start, want the path of a file inside the function", start)
	}
	if _, elsewhere := config.FilePathMap[start]; elsewhere {
		return nil
	}
	file := filepath.Join(dir, filepath.FromSlash(start))
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newError(name, ExitedAtStart, "there is no file named %s, which the runtime %s starts", start, config.Runtime)
	case err != nil:
		return newError(name, ExitedAtStart, "%v", err)
	case info.Mode()&0o111 == 0:
		return newError(name, ExitedAtStart, "%s is not executable (mode %04o)", start, info.Mode().Perm())
	}
	arch := config.Architecture
	if arch == "" {
		arch = machine(file)
	}
	if want, ok := architectures[arch]; ok && want != runtime.GOARCH {
		return newError(name, WrongPlatform, "the function is for %s and this machine is %s: build it for this architecture to preview it", arch, runtime.GOARCH)
	}
	if m := machine(file); m != "" && arch != "" && m != arch {
		return newError(name, WrongPlatform, "%s is an executable for %s, but the function's config says %s", start, m, arch)
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
