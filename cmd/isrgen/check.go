package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/check"
)

func newCheck() *cobra.Command {
	var plan string
	var deterministic deterministicFlags
	var links linkFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Find what would go wrong with a Build Output on the platform",
		Long: `Check reads a Build Output directory, by default .vercel/output, whoever made it, and reports what the platform would refuse
(errors) and what it would take without doing what was meant (warnings). With --plan, what is over a limit of that plan is an
error too. Nothing is sent anywhere, unless you ask for --links.

With --deterministic it looks at the site and not at its output: every page is rendered twice, in another order, at a later time, in
another environment and working directory, and must be the same bytes. A regeneration that changes nothing costs nothing.

With --links it asks the other sites that the output's pages lead to whether what is linked is there, each address once and each host
politely, and reports what is gone. Pages that wait for their first visitor are not in the output, and neither are their links.

The exit code is 1 if there is an error, or a link that leads to nothing.`,
		Example: `  isrgen check
  isrgen check ../shop/.vercel/output --plan hobby
  isrgen check --deterministic
  isrgen check --links --exclude 'https://intranet.example.com/**'
  isrgen check --json | jq '.findings[].code'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := links.unused(cmd.Flags()); err != nil {
				return err
			}
			if deterministic.wanted {
				if len(args) > 0 || plan != "" || links.wanted {
					return errors.New("--deterministic is for a site, which has no plan: name its directory with -s")
				}
				return deterministic.run(cmd, asJSON)
			}
			dir := filepath.Join(".vercel", "output")
			if len(args) == 1 {
				dir = args[0]
			}
			if links.wanted {
				return links.run(cmd, dir, plan, asJSON)
			}
			if plan != "" && !slices.Contains(check.Plans, check.Plan(plan)) {
				return fmt.Errorf("--plan %q is not a plan: write hobby, pro or enterprise", plan)
			}
			return checkDir(cmd, dir, check.Options{Plan: check.Plan(plan)}, asJSON)
		},
	}
	cmd.Flags().StringVar(&plan, "plan", "", "the `plan` whose limits count: hobby, pro or enterprise")
	deterministic.add(cmd.Flags())
	links.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// checkReport is what --json prints.
type checkReport struct {
	Directory string          `json:"directory"`
	Errors    int             `json:"errors"`
	Warnings  int             `json:"warnings"`
	Findings  []check.Finding `json:"findings"`

	// Functions are those that are no links, with how full they are.
	Functions []check.FunctionSize `json:"functions"`
}

func checkDir(cmd *cobra.Command, dir string, options check.Options, asJSON bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return failure{noOutput(err)}
	}
	defer root.Close()
	findings, sizes, err := check.Dir(root.FS(), options)
	if err != nil {
		return failure{err}
	}
	report := checkReport{Directory: dir, Findings: append([]check.Finding{}, findings...),
		Functions: append([]check.FunctionSize{}, sizes...)}
	for _, finding := range findings {
		if finding.Severity == check.Error {
			report.Errors++
		} else {
			report.Warnings++
		}
	}
	if asJSON {
		err = printJSON(cmd, report)
	} else {
		err = printFindings(cmd.OutOrStdout(), report)
	}
	if err != nil {
		return failure{err}
	}
	if report.Errors > 0 {
		return errReported
	}
	return nil
}

func printFindings(w io.Writer, report checkReport) error {
	var b strings.Builder
	for _, f := range report.Findings {
		colour := red
		if f.Severity == check.Warning {
			colour = yellow
		}
		fmt.Fprintf(&b, "%s %s\n", paint(w, colour, f.String()), paint(w, dim, "["+string(f.Code)+"]"))
		fmt.Fprintf(&b, "  what happens: %s\n", f.Effect)
		fmt.Fprintf(&b, "  %s\n", paint(w, dim, "→ "+f.Advice+" (source: "+f.Source+")"))
	}
	if len(report.Findings) == 0 {
		fmt.Fprintf(&b, "%s: nothing to complain about\n", report.Directory)
	} else {
		fmt.Fprintf(&b, "\n%s: %s, %s\n", report.Directory, count(report.Errors, "error"), count(report.Warnings, "warning"))
	}
	if most := slices.MaxFunc(append(report.Functions, check.FunctionSize{}), func(a, b check.FunctionSize) int {
		return cmp.Compare(a.Bytes, b.Bytes)
	}); most.Bytes > 0 {
		fmt.Fprintf(&b, "%s holds %s, which is %.1f %% of what a function may\n", most.Function, size(int64(most.Bytes)), most.Percent())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
