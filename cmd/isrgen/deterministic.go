package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isrgen/isrgen/generator"
)

// deterministicFlags say which site is to be rendered twice.
type deterministicFlags struct {
	wanted  bool
	clock   string
	options generator.Options
}

func (f *deterministicFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.wanted, "deterministic", false, "render every page of the site twice, and compare")
	flags.StringVarP(&f.options.Source, "source", "s", "", "with --deterministic: `directory` of the site (default: the working directory)")
	flags.StringVar(&f.clock, "clock", "", "with --deterministic: the `time` of the first render, such as 2026-01-31T12:00:00Z (default: now)")
}

func (f *deterministicFlags) run(cmd *cobra.Command, asJSON bool) error {
	if err := readClock(f.clock, &f.options.Clock); err != nil {
		return err
	}
	found, err := generator.CheckDeterminism(cmd.Context(), f.options, elsewhere)
	switch {
	case errors.Is(err, generator.ErrSite):
		printDiagnostics(cmd.ErrOrStderr(), found.Diagnostics)
		return errReported
	case err != nil:
		return failure{err}
	case asJSON:
		if err := printJSON(cmd, found); err != nil {
			return failure{err}
		}
	default:
		printDiagnostics(cmd.ErrOrStderr(), found.Diagnostics)
		fmt.Fprintln(cmd.OutOrStdout(), summary(found))
	}
	if found.Differ > 0 {
		return errReported
	}
	return nil
}

func summary(found *generator.Determinism) string {
	text := fmt.Sprintf("Rendered %s twice: ", count(found.Pages, "page"))
	if found.Differ == 0 {
		text += "the same bytes"
	} else {
		text += fmt.Sprintf("%d of them not the same", found.Differ)
	}
	if found.Unasked > 0 {
		text += fmt.Sprintf(" (%s of sources left out)", count(found.Unasked, "deferred page"))
	}
	return text
}

// elsewhere makes of this process one on another machine, as far as a program can tell. Variables of sources keep their values.
func elsewhere() error {
	time.Local = time.FixedZone("Elsewhere", -(9*60+30)*60)
	for name, value := range map[string]string{"TZ": "Pacific/Marquesas", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "HOME": "/nowhere", "USER": "somebody", "CI": "1"} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return os.Chdir(os.TempDir())
}
