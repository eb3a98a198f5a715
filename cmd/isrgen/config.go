package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
)

func newConfig() *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration as it counts",
		Long: `Config prints the configuration of a site with the defaults of what it does not set, as YAML that could be the site's own. Behind
what the site sets stands where. With --json, "config" is the configuration, and "from" has the places by key.

Values that look like secrets are hidden. Those of environment variables are not read.`,
		Example: `  isrgen config
  isrgen config --json | jq .config.markup`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, diagnostics, err := generator.ReadSettings(generator.Options{Source: source})
			printDiagnostics(cmd.ErrOrStderr(), diagnostics)
			switch {
			case errors.Is(err, generator.ErrSite):
				return errReported
			case err != nil:
				return failure{err}
			}
			if len(settings.Hidden) > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "Hidden: %s. Secrets belong into environment variables.\n", strings.Join(settings.Hidden, ", "))
			}
			if asJSON {
				err = printJSON(cmd, settings)
			} else {
				var text []byte
				if text, err = settings.YAML(); err == nil {
					_, err = cmd.OutOrStdout().Write(text)
				}
			}
			if err != nil {
				return failure{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&source, "source", "s", ".", "`directory` of the site")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
