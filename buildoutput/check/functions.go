package check

import (
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/buildoutput"
)

// realFunction is a function that is no link, with its directory in the output.
type realFunction struct {
	*buildoutput.Function
	outputPath, path string
}

// realFunctions are the functions of the output that are no links, sorted.
func realFunctions(out *buildoutput.Output) []realFunction {
	var list []realFunction
	for _, outputPath := range slices.Sorted(maps.Keys(out.Functions)) {
		if fn := out.Functions[outputPath]; fn.Link == "" {
			list = append(list, realFunction{fn, outputPath, path.Join("functions", outputPath+".func")})
		}
	}
	return list
}

// functions checks the configs of functions and that what they name is there.
func (c *checker) functions() {
	for _, fn := range c.real {
		config := functionConfig(fn.path)
		entry := fn.entry()
		if entry == "" {
			continue
		}
		file, ok := fn.Files[entry]
		_, mapped := fn.Config.FilePathMap[entry]
		if !ok && !mapped {
			c.warn(EntryAbsent, config, entryPointer(fn.Config.Runtime), "there is no file %q in the function", entry)
		}
		if !fn.native() {
			continue
		}
		if ok && file.Mode&0o111 == 0 {
			c.warn(NotExecutable, path.Join(fn.path, entry), "", "the program is not executable (mode %04o)", file.Mode.Perm())
		}
		if fn.Config.Architecture == "" {
			c.warn(ArchitectureAbsent, config, "", "there is no architecture, and the function is a program")
		}
	}
}

// native reports whether the function is an executable for one kind of machine.
func (fn realFunction) native() bool {
	return fn.Config.Runtime == buildoutput.RuntimeProvided || fn.Config.Runtime == buildoutput.RuntimeExecutable
}

// entry is the file that the platform starts, empty where that is not known: a handler of Python or Ruby names a function in a
// file.
func (fn realFunction) entry() string {
	switch runtime := fn.Config.Runtime; {
	case runtime == buildoutput.RuntimeProvided:
		return "bootstrap"
	case runtime == buildoutput.RuntimeEdge:
		return path.Clean(fn.Config.Entrypoint)
	case runtime == buildoutput.RuntimeExecutable, strings.HasPrefix(runtime, "nodejs") && fn.Config.LauncherType != "":
		return path.Clean(fn.Config.Handler)
	default:
		return ""
	}
}

func entryPointer(runtime string) jsontext.Pointer {
	switch runtime {
	case buildoutput.RuntimeEdge:
		return pointer("entrypoint")
	default:
		return pointer("handler")
	}
}

// programs looks into the executables for the machine that they are for.
func (c *checker) programs() error {
	for _, fn := range c.real {
		if !fn.native() {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(fn.Files)) {
			file := fn.Files[name]
			if !file.Mode.IsRegular() || file.Mode&0o111 == 0 && name != fn.entry() {
				continue
			}
			machine, err := c.machine(file.Path)
			if err != nil {
				return err
			}
			if want := fn.Config.Architecture; machine != "" && want != "" && machine != want {
				c.warn(Architecture, path.Join(fn.path, name), "", "the program is for %s, and the function's config says %s", machine, want)
			}
		}
	}
	return nil
}

// machine gives the architecture of an executable file, nothing for a script.
func (c *checker) machine(name string) (string, error) {
	f, err := c.fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return "", nil
	}
	return buildoutput.ProgramArchitecture(at), nil
}
