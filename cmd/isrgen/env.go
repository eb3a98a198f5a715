package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/go-envparse"
)

// readEnv reads a file of environment variables; without a name there are none. Its errors never hold a value, which may be
// a secret.
func readEnv(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--env-file: %w", err)
	}
	defer file.Close()
	env, err := envparse.Parse(file)
	var fault *envparse.ParseError
	if errors.As(err, &fault) {
		return nil, fmt.Errorf("%s:%d: %w: want KEY=VALUE, KEY='VALUE' or KEY=\"VALUE\" on one line", name, fault.Line, fault.Err)
	}
	return env, err
}
