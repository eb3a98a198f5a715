package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
)

// tokenVariable names the environment variable with the bypass token. A flag would show it to everybody on the machine.
const tokenVariable = "ISRGEN_BYPASS_TOKEN"

func newBuild() *cobra.Command {
	var options generator.Options
	var clock string
	var asJSON, timings bool
	var profiles profiles
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Render the site into a Vercel Build Output",
		Long: `Build reads isrgen.yaml, content/, data/, static/, assets/ and layouts/ and writes a Vercel Build Output. The output takes the
place of the previous one only when all went well.

Pages can be regenerated on demand if ` + tokenVariable + ` holds a token of 32 characters or more, the same for each build.`,
		Example: `  isrgen build
  isrgen build -s mysite -d /tmp/output
  ` + tokenVariable + `=$(openssl rand -hex 32) isrgen build`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("build takes no arguments: name the site's directory with -s %s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readClock(clock, &options.Clock); err != nil {
				return err
			}
			options.BypassToken, options.Cache = os.Getenv(tokenVariable), cacheDir(options.Source)
			return profiles.during(func() error { return build(cmd, options, asJSON, timings) })
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Source, "source", "s", "", "`directory` of the site (default: the working directory)")
	flags.StringVarP(&options.Destination, "destination", "d", "", "`directory` of the output (default: .vercel/output in the site)")
	flags.BoolVarP(&options.Drafts, "buildDrafts", "D", false, "include drafts")
	flags.BoolVarP(&options.Future, "buildFuture", "F", false, "include pages before their publishDate")
	flags.BoolVarP(&options.Expired, "buildExpired", "E", false, "include pages after their expiryDate")
	flags.BoolVar(&options.Minify, "minify", false, "leave out of pages what nobody sees: comments, and white space in a row")
	flags.StringVar(&clock, "clock", "", "the `time` that pages see, such as 2026-01-31T12:00:00Z (default: now)")
	flags.BoolVar(&options.IgnoreCache, "ignoreCache", false, "render every page, also those that nothing changed for since the last build")
	flags.BoolVar(&options.TemplateMetrics, "templateMetrics", false, "print how long layouts took")
	flags.BoolVar(&options.PrintUnusedTemplates, "printUnusedTemplates", false, "warn of layouts that no page was rendered with")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	flags.BoolVar(&timings, "timings", false, "print what took the time")
	profiles.flags(flags)
	return cmd
}

func readClock(text string, into *time.Time) error {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("--clock %q is not a time: write it as 2026-01-31T12:00:00Z", text)
	}
	*into = t
	return nil
}

func build(cmd *cobra.Command, options generator.Options, asJSON, timings bool) error {
	giveRoom()
	options.Progress = &generator.Progress{}
	stop := showProgress(cmd.ErrOrStderr(), options.Progress)
	report, err := generator.Build(cmd.Context(), options)
	stop()
	if asJSON {
		if err := printJSON(cmd, report); err != nil {
			return failure{err}
		}
	} else {
		printDiagnostics(cmd.ErrOrStderr(), report.Diagnostics)
	}
	switch {
	case errors.Is(err, generator.ErrSite):
		if !asJSON {
			fmt.Fprintf(cmd.ErrOrStderr(), "\n%s. The previous output, if any, is as it was.\n", faults(report.Diagnostics))
		}
		return errReported
	case errors.Is(err, context.Canceled):
		return failure{errors.New("interrupted: the previous output, if any, is as it was")}
	case err != nil:
		return failure{err}
	case !asJSON:
		printReport(cmd.OutOrStdout(), report)
		if timings {
			printTimings(cmd.OutOrStdout(), report)
		}
	}
	return nil
}

func printJSON(cmd *cobra.Command, value any) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
