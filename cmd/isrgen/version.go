package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of isrgen, and of the Go that compiled it",
		Example: "  isrgen version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "isrgen %s %s/%s %s\n", generator.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	}
}
