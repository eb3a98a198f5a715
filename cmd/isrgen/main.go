// Command isrgen builds content sites for Incremental Static Regeneration, as Vercel Build Outputs, and previews any such
// output with the platform's behaviour. This package is the command line: it turns flags into options, and reports into
// text; the work is done in the packages generator and buildoutput.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isrgen/isrgen/generator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the site, or the machine, has a fault
	exitUsage  = 2 // the command line has one
)

// run is the whole program, for main and for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, new(failure)):
		fmt.Fprintln(stderr, "isrgen:", err)
		return exitFailed
	default: // from cobra: flags, arguments, unknown commands
		fmt.Fprintln(stderr, "isrgen:", err)
		fmt.Fprintf(stderr, "Run `%s --help` for usage.\n", cmd.CommandPath())
		return exitUsage
	}
}

// errReported ends a command whose output has already said what is wrong.
var errReported = errors.New("failed")

// failure tells an error of the work from one of the command line.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// noOutput adds to an error of a directory what to do if it is no build output.
func noOutput(err error) error {
	return fmt.Errorf("%w\nBuild a site first with `isrgen build`, or name a Build Output directory", err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "isrgen",
		Short: "Incremental Static Regeneration for content sites",
		Long: `isrgen renders Markdown into a Vercel Build Output whose pages can be regenerated without a new
deployment, and previews such an output with the platform's routing, functions and cache.`,
		Example: `  isrgen build                      # content/ → .vercel/output
  isrgen dev                        # see it while you write
  isrgen preview                    # serve it on http://localhost:3000
  isrgen explain /posts/hello/      # which route, which output, which cache entry
  vercel deploy --prebuilt          # ship it
  isrgen revalidate '/posts/**' --url https://www.example.com`,
		Version:       generator.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetGlobalNormalizationFunc(camelCase)
	root.AddCommand(newInit(), newNew(), newDev(), newBuild(), newCheck(), newDeployments(), newPreview(), newExplain(), newTest(), newList(),
		newRevalidate(), newWarm(), newAffected(), newImport(), newConfig(), newVersion())
	return root
}

// camelCase lets flags be written as in Hugo (--buildDrafts) or with hyphens (--build-drafts).
func camelCase(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	parts := strings.Split(name, "-")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return pflag.NormalizedName(strings.Join(parts, ""))
}
