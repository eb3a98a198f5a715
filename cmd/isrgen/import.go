package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/migration"
)

func newImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Bring a site of another generator over",
		Long: `Import reads the site of another generator and writes one of isrgen: the configuration, and the directories that both have. It says
what was carried and what was not, each with its place, and what to do about it.`,
		Example: `  isrgen import hugo ../blog my-site
  isrgen import jekyll ../blog my-site --sitemap ../blog/_site`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(
		newImportOf("hugo", "Bring a site of Hugo over", `Hugo writes isrgen.yaml from the configuration of a site of Hugo, and copies its content, layouts, static files, data,
assets, archetypes and texts in other languages, over those of its themes. Themes are looked for in themes/; those that are modules,
or somewhere else, are named with --theme.`, `  isrgen import hugo ../blog my-site
  isrgen import hugo . --theme ../themes/ananke --sitemap public`, migration.Hugo),
		newImportOf("jekyll", "Bring a site of Jekyll over", `Jekyll writes isrgen.yaml from _config.yml, and takes over posts, drafts, pages, collections, data and files. Posts keep their
addresses: those that ended with .html lead to the new ones. Layouts and Liquid are reported and not carried.`,
			`  isrgen import jekyll ../blog my-site --sitemap ../blog/_site`, migration.Jekyll))
	return cmd
}

type importFlags struct {
	options migration.Options
	sitemap string
	asJSON  bool
}

func newImportOf(name, short, long, example string, run func(migration.Options) (*migration.Report, error)) *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   name + " DIR [DESTINATION]",
		Short: short,
		Long: long + `

The new site is written to DESTINATION, by default the working directory, which may be DIR. Nothing is written where files are that
are not the same, unless --force is given.

With --sitemap, the addresses of the old site, from its sitemap.xml (a file or an address) or from the HTML files of the directory
that it was built to, are compared with those that isrgen would build. The exit code is 1 if one is missing.`,
		Example: example,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.options.From = args[0]
			flags.options.To = append(args[1:], ".")[0]
			return flags.run(cmd, run)
		},
	}
	cmd.Flags().BoolVar(&flags.options.Force, "force", false, "write over files that are there")
	cmd.Flags().StringVar(&flags.sitemap, "sitemap", "", "compare with the addresses of the old site: a sitemap's `FILE`, its address, or the directory of the built site")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print the report as JSON")
	if name == "hugo" {
		cmd.Flags().StringArrayVar(&flags.options.Themes, "theme", nil, "`directory` of a theme; repeat it for several, the first goes before the others")
	}
	return cmd
}

// importReport is what --json prints.
type importReport struct {
	*migration.Report
	Addresses *migration.Comparison `json:"addresses,omitempty"`
}

func (f *importFlags) run(cmd *cobra.Command, bring func(migration.Options) (*migration.Report, error)) error {
	report, err := bring(f.options)
	if err != nil {
		return failure{err}
	}
	whole := importReport{Report: report}
	if f.sitemap != "" {
		if whole.Addresses, err = f.compare(cmd); err != nil {
			return err
		}
	}
	if f.asJSON {
		err = printJSON(cmd, whole)
	} else {
		err = f.print(cmd.OutOrStdout(), whole)
	}
	if err != nil {
		return failure{err}
	}
	if whole.Addresses != nil && len(whole.Addresses.Missing) > 0 {
		return errReported
	}
	return nil
}

// compare looks for the addresses of the old site among those of the new one.
func (f *importFlags) compare(cmd *cobra.Command) (*migration.Comparison, error) {
	old, err := migration.Addresses(cmd.Context(), f.sitemap)
	if err != nil {
		return nil, failure{err}
	}
	addresses, diagnostics, err := generator.Addresses(cmd.Context(), generator.Options{Source: f.options.To})
	switch {
	case errors.Is(err, generator.ErrSite):
		printDiagnostics(cmd.ErrOrStderr(), diagnostics)
		return nil, errReported
	case err != nil:
		return nil, failure{err}
	}
	return migration.Compare(old, addresses), nil
}

func (f *importFlags) print(w io.Writer, report importReport) error {
	for _, c := range report.Carried {
		place := c.File
		if c.Line > 0 {
			place = fmt.Sprintf("%s:%d", c.File, c.Line)
		}
		fmt.Fprintf(w, "%s: %s → %s\n", place, c.Key, c.As)
	}
	for _, d := range report.Directories {
		fmt.Fprintf(w, "%s → %s: %s\n", d.From, d.To, count(d.Files, "file"))
	}
	printDiagnostics(w, report.Left)
	if a := report.Addresses; a != nil {
		for _, address := range a.Missing {
			fmt.Fprintln(w, paint(w, red, "missing: "+address))
		}
		fmt.Fprintf(w, "%d of %d addresses of the old site are in the new one\n", a.Found, a.Found+len(a.Missing))
	}
	_, err := fmt.Fprintf(w, "%s → %s: %s written, %s carried, %d to look at\n", paint(w, bold, "Imported"), f.options.To, count(report.Written, "file"),
		count(len(report.Carried), "setting"), len(report.Left))
	return err
}
