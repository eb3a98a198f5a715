package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// run runs a command of the shell in the scenario's directory: what pages are made of changes by others than visitors. It must not
// fail.
func run(ctx context.Context, dir string, words []string) error {
	if len(words) == 0 {
		return errors.New("RUN needs a command")
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.Join(words, " "))
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("RUN %s: %w\n%s", strings.Join(words, " "), err, bytes.TrimSpace(output))
	}
	return nil
}
