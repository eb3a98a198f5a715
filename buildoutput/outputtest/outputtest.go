// Package outputtest makes Build Outputs for tests of txtar archives, which people can read and change.
//
// A file's first line may say what else than a plain file it is:
//
//	LINK TARGET     a symbolic link
//	PIPE            a named pipe
//	MODE 0755       a file with this mode; its content follows
//	ELF x86_64      the smallest program for an architecture, or arm64; executable unless a mode follows
//	SIZE 1000       a file of so many zero bytes
//
// A name that ends in a slash is a directory.
package outputtest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Unpack writes files to a new directory, which the test removes at its end.
func Unpack(t testing.TB, files []txtar.File) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Write writes files to a directory.
func Write(dir string, files []txtar.File) error {
	for _, file := range files {
		name := filepath.Join(dir, filepath.FromSlash(file.Name))
		if strings.HasSuffix(file.Name, "/") {
			if err := os.MkdirAll(name, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := write(name, file.Data); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, content []byte) error {
	first, rest, _ := bytes.Cut(content, []byte("\n"))
	kind, argument, _ := strings.Cut(string(first), " ")
	switch kind {
	case "LINK":
		return os.Symlink(argument, name)
	case "PIPE":
		return exec.Command("mkfifo", name).Run()
	case "MODE":
		mode, err := strconv.ParseUint(argument, 8, 9)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(name, rest, 0o644); err != nil {
			return err
		}
		return os.Chmod(name, fs.FileMode(mode)) // whatever the umask is
	case "ELF":
		architecture, mode, _ := strings.Cut(argument, " ")
		return writeProgram(name, architecture, mode)
	case "SIZE":
		size, err := strconv.ParseInt(argument, 10, 64)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return errors.Join(os.WriteFile(name, nil, 0o644), os.Truncate(name, size))
	default:
		return os.WriteFile(name, content, 0o644)
	}
}

func writeProgram(name, architecture, mode string) error {
	machine := elf.EM_X86_64
	if architecture == "arm64" {
		machine = elf.EM_AARCH64
	}
	var b bytes.Buffer
	err := binary.Write(&b, binary.LittleEndian, &elf.Header64{
		Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(machine),
		Version: uint32(elf.EV_CURRENT),
		Ehsize:  64,
	})
	bits := uint64(0o755)
	if mode != "" && err == nil {
		bits, err = strconv.ParseUint(mode, 8, 9)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(os.WriteFile(name, b.Bytes(), 0o644), os.Chmod(name, fs.FileMode(bits)))
}
