package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/manifest"
)

// cacheDir is where the builds of a site remember what its pages were made from.
func cacheDir(source string) string { return filepath.Join(source, ".isrgen", "cache") }

func newAffected() *cobra.Command {
	var options generator.AffectedOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "affected [FILE|SOURCE:ITEM]...",
		Short: "List the addresses that a change of files makes different",
		Long: `Affected compares the site with its last build, or with a revision of git, and lists the addresses at which visitors would see
something else: pages that were edited, and lists, terms and neighbours that show them. Pages are rendered to be sure. What a
deferred page was is known from the output of the last build. If that is gone, the page is listed, as (perhaps), if anything that it
reads has changed.

With files, by their path in the site, it lists the addresses that read them, edited or not; with an item of a source on the
network, those that show it. Static pages that show it are not listed: they change with the next build.`,
		Example: `  isrgen affected
  isrgen affected --since origin/main
  isrgen affected data/authors/ana.yaml layouts/_partials/author.html
  isrgen affected products:42`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && options.Since != "" {
				return errors.New("files ask who reads them, --since asks what changed: use one of the two")
			}
			options.Files = args
			changes, err := affected(cmd, options)
			if err != nil {
				return err
			}
			if asJSON {
				return printChangesJSON(cmd, changes)
			}
			printChanges(cmd, changes)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Source, "source", "s", "", "`directory` of the site (default: the working directory)")
	flags.StringVar(&options.Since, "since", "", "compare with a `revision` of git, and not with the last build")
	flags.BoolVar(&asJSON, "json", false, "print the addresses as JSON")
	return cmd
}

// affected finds the changes, and prints what is wrong with the site.
func affected(cmd *cobra.Command, options generator.AffectedOptions) ([]dependency.Change, error) {
	options.Cache = cacheDir(options.Source)
	changes, diagnostics, err := generator.Affected(cmd.Context(), options)
	printDiagnostics(cmd.ErrOrStderr(), diagnostics)
	switch {
	case errors.Is(err, generator.ErrSite):
		return nil, errReported
	case errors.Is(err, dependency.ErrNoRecord):
		return nil, failure{fmt.Errorf("%w: run `isrgen build` first, or compare with a revision: --since HEAD", err)}
	case err != nil:
		return nil, failure{err}
	}
	return changes, nil
}

// signs are those of a change in a list.
var signs = map[string]string{dependency.Added: "+", dependency.Removed: "-", dependency.Changed: "~", dependency.Reads: "~"}

func printChanges(cmd *cobra.Command, changes []dependency.Change) {
	for _, change := range changes {
		line := signs[change.Change] + " " + change.Path
		if !change.Certain && change.Change == dependency.Changed {
			line += " (perhaps)"
		}
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
}

func printChangesJSON(cmd *cobra.Command, changes []dependency.Change) error {
	if changes == nil {
		changes = []dependency.Change{}
	}
	if err := printJSON(cmd, map[string]any{"changes": changes}); err != nil {
		return failure{err}
	}
	return nil
}

// changedPages are those of some pages of an output that are to be regenerated after a change. What was removed went with the
// deployment.
func changedPages(changes []dependency.Change, pages []manifest.Page) []manifest.Page {
	changed := map[string]bool{}
	for _, change := range changes {
		changed[change.Path] = change.Change != dependency.Removed
	}
	var chosen []manifest.Page
	for _, page := range pages {
		if changed[page.Path] {
			chosen = append(chosen, page)
		}
	}
	return chosen
}
