package buildoutput

import (
	"debug/elf"
	"io"
)

// ProgramArchitecture gives the architecture that an executable is for: [ArchAMD64] or [ArchARM64], for other machines the name
// that ELF has for them. It is empty for what is not in ELF, such as a script.
func ProgramArchitecture(program io.ReaderAt) string {
	f, err := elf.NewFile(program)
	if err != nil {
		return ""
	}
	defer f.Close()
	switch f.Machine {
	case elf.EM_X86_64:
		return ArchAMD64
	case elf.EM_AARCH64:
		return ArchARM64
	default:
		return f.Machine.String()
	}
}
