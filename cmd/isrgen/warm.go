package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/refresh"
	"github.com/isrgen/isrgen/generator/manifest"
)

func newWarm() *cobra.Command {
	var flags deploymentFlags
	var rate float64
	cmd := &cobra.Command{
		Use:   "warm [PATH|PATTERN|FILE|-]... --url URL",
		Short: "Fill the cache of a deployment by reading its pages",
		Long: `Warm reads pages of a deployment as a visitor would, so that the next visitor does not wait for their render. Without names it
reads all pages that are not static. It fills the region that answers here, and the durable cache behind all regions.`,
		Example: `  isrgen warm --url https://www.example.com
  isrgen warm '/archive/**' -j 2 --rate 10 --url https://www.example.com`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rate < 0 {
				return fmt.Errorf("--rate %v: write how many pages may be begun in a second", rate)
			}
			return warm(cmd, args, flags, rate)
		},
	}
	flags.add(cmd)
	cmd.Flags().Float64Var(&rate, "rate", 0, "at most this `number` of pages a second (default: no limit)")
	return cmd
}

func warm(cmd *cobra.Command, args []string, flags deploymentFlags, rate float64) error {
	_, pages, err := flags.pages(cmd, args)
	if err != nil {
		return err
	}
	all := len(pages)
	pages = slices.DeleteFunc(pages, func(page manifest.Page) bool { return page.Fallback == manifest.NotFound })
	if n := all - len(pages); n > 0 && !flags.asJSON {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s left out: with fallback: not-found, visitors get a page after `isrgen revalidate` asked for it\n", count(n, "page"))
	}
	targets := make([]refresh.Target, len(pages))
	for i, page := range pages {
		targets[i] = refresh.Target{Path: page.Path, Transient: page.Transient}
	}
	if flags.dryRun {
		return showPaths(cmd, pages, flags.asJSON)
	}
	client, err := flags.client("")
	if err != nil {
		return err
	}
	client.Rate = rate
	shown := newProgress(cmd, len(targets))
	began := time.Now()
	results := client.Warm(cmd.Context(), targets, shown.add)
	shown.end()
	run := &refreshed{verb: "Read", URL: flags.url, Results: results, Duration: time.Since(began), statuses: true}
	run.count(len(targets))
	return run.print(cmd, flags.asJSON)
}

func showPaths(cmd *cobra.Command, pages []manifest.Page, asJSON bool) error {
	if asJSON {
		return printJSON(cmd, map[string]any{"pages": pages})
	}
	for _, page := range pages {
		fmt.Fprintln(cmd.OutOrStdout(), page.Path)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "\n%s would be read.\n", count(len(pages), "page"))
	return nil
}
