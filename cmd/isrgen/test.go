package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/scenario"
)

// testFlags say what scenarios are run against.
type testFlags struct {
	options scenario.Options
	env     string
	json    bool
}

func newTest() *cobra.Command {
	var flags testFlags
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run scenarios of the cache against a Build Output",
		Long: `Test runs scenarios, which are texts with a step on each line, against a Build Output: its own functions render the pages, and time
passes in a moment. A line is a step, with the time since the line before in front of it and what it must lead to behind the arrow:

  GET /posts/hello/ -> PRERENDER
  +1h GET /posts/hello/ -> STALE 1 render
  REVALIDATE /posts/hello/ -> REVALIDATED
  FAIL /posts/hello/
  +1h GET /posts/hello/ -> STALE

The other steps are HEAD, POST, DRAFT, IF-GENERATED, OK, PURGE, DELETE, REGIONS, DOWN, UP, RESTART, DEPLOY, ROLLBACK and
RUN, which runs a command of the shell, such as one that edits content; 50x in front of a
step does it fifty times at once, & does not wait for its outcome. Functions see the real time.

With --url, scenarios in which no time passes are run against a deployment, with the token in ` + tokenVariable + `.

The exit code is 1 if an outcome differs.`,
		Example: `  isrgen test isr/*.txt
  isrgen test isr/posts.txt --output ../shop/.vercel/output
  isrgen test isr/*.txt --update          # write down what happens
  isrgen test isr/smoke.txt --url https://example.com`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.options.URL != "" && (cmd.Flags().Changed("output") || flags.options.Update) {
				return errors.New("--url goes neither with --output nor with --update")
			}
			return flags.run(cmd, args)
		},
	}
	cmd.Flags().StringVarP(&flags.options.Output, "output", "o", filepath.Join(".vercel", "output"), "`directory` of the Build Output")
	cmd.Flags().StringVar(&flags.options.URL, "url", "", "`address` of a deployment to run against instead")
	cmd.Flags().StringVar(&flags.env, "env-file", "", "`file` of variables for functions, in lines KEY=VALUE")
	cmd.Flags().BoolVar(&flags.options.Update, "update", false, "rewrite the outcomes in the files")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print the results as JSON")
	return cmd
}

func (f *testFlags) run(cmd *cobra.Command, files []string) error {
	env, err := readEnv(f.env)
	if err != nil {
		return failure{err}
	}
	f.options.Env, f.options.Token = env, os.Getenv(tokenVariable)
	if f.options.URL == "" {
		if _, err := os.Stat(filepath.Join(f.options.Output, "config.json")); err != nil {
			return failure{fmt.Errorf("%w with --output", noOutput(err))}
		}
	}
	results := []*scenario.Result{}
	differ := 0
	for _, file := range files {
		result, err := scenario.Run(cmd.Context(), file, f.options)
		if err != nil {
			return failure{err}
		}
		results = append(results, result)
		differ += len(result.Mismatches)
		if !f.json {
			printResult(cmd, result)
		}
	}
	if f.json {
		if err := printJSON(cmd, results); err != nil {
			return failure{err}
		}
	}
	if differ > 0 {
		return errReported
	}
	return nil
}

func printResult(cmd *cobra.Command, r *scenario.Result) {
	w := cmd.OutOrStdout()
	switch {
	case r.Skipped != "":
		fmt.Fprintf(w, "%s %s: %s\n", paint(w, yellow, "skip"), r.File, r.Skipped)
	case len(r.Mismatches) == 0:
		fmt.Fprintf(w, "ok   %s (%s, %s)\n", r.File, count(r.Steps, "step"), r.Duration.Round(time.Millisecond))
	default:
		fmt.Fprintf(w, "%s %s\n", paint(w, red, "FAIL"), r.File)
		for _, m := range r.Mismatches {
			fmt.Fprintf(w, "%s:%d: %s\n  %s %s\n", r.File, m.Line, m.Text, paint(w, bold, "got"), m.Got)
		}
	}
}
