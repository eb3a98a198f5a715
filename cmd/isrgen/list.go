package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/site"
)

func newList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Print what is in the site"}
	cmd.AddCommand(newListNext())
	for _, l := range listed {
		cmd.AddCommand(newListPages(l.selected, l.short))
	}
	return cmd
}

func newListNext() *cobra.Command {
	var options generator.Options
	var clock string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "next",
		Short: "Print which pages appear and vanish, and when",
		Long: `Next prints the pages whose publishDate or expiryDate is to come, the next change first. Pages that are regenerated change by
themselves; static ones with the first build after that time.`,
		Example: `  isrgen list next
  isrgen list next --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readClock(clock, &options.Clock); err != nil {
				return err
			}
			return listNext(cmd, options, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Source, "source", "s", "", "`directory` of the site (default: the working directory)")
	flags.BoolVarP(&options.Drafts, "buildDrafts", "D", false, "include drafts")
	flags.StringVar(&clock, "clock", "", "the `time` to look from, such as 2026-01-31T12:00:00Z (default: now)")
	flags.BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func listNext(cmd *cobra.Command, options generator.Options, asJSON bool) error {
	changes, diagnostics, err := generator.Upcoming(cmd.Context(), options)
	printDiagnostics(cmd.ErrOrStderr(), diagnostics)
	switch {
	case errors.Is(err, generator.ErrSite):
		return errReported
	case err != nil:
		return failure{err}
	case asJSON:
		err = printJSON(cmd, changes)
	default:
		err = printUpcoming(cmd.OutOrStdout(), changes)
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

// printUpcoming writes a line for each change.
func printUpcoming(w io.Writer, changes []generator.Change) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w, "No page has a publishDate or expiryDate that is to come.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, c := range changes {
		how := ""
		if c.Kind == site.Static {
			how = "   with the next build"
		}
		fmt.Fprintf(table, "%s\t%s %s\t%s%s\n", c.Time.Format(time.RFC3339), symbols[c.Kind], c.Path, c.Event, how)
	}
	return table.Flush()
}
