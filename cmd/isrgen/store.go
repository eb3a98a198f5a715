package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/isr/redis"
)

const storeMemory = "memory"

// openStore opens what --store names: a directory, memory, or the URL of a Redis server. By default it is a directory beside the output;
// where that cannot be used, because it is read only or another preview has it, entries stay in memory.
func openStore(name, stateDir string, log *slog.Logger) (isr.Store, error) {
	switch {
	case name == storeMemory:
		return &isr.Memory{}, nil
	case strings.Contains(name, "://"):
		return redis.Open(name)
	case name != "":
		return isr.OpenDisk(name, 0)
	}
	store, err := isr.OpenDisk(filepath.Join(stateDir, "entries"), 0)
	switch {
	case errors.Is(err, isr.ErrInUse):
		log.Warn("another preview serves this output: the pages that this one generates stay in memory")
	case err != nil:
		log.Warn("generated pages stay in memory", "err", err)
	default:
		return store, nil
	}
	return &isr.Memory{}, nil
}

// stateDir is where a preview keeps what it needs the next time: beside the output, where a build does not replace it.
func stateDir(output string) (string, error) {
	absolute, err := filepath.Abs(output)
	if err != nil {
		return "", err
	}
	parent, base := filepath.Split(absolute)
	if parent == absolute {
		return "", fmt.Errorf("%s cannot be an output", output)
	}
	return filepath.Join(parent, "."+base+".isrgen-preview"), nil
}
