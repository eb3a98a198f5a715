package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
)

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init [directory]",
		Short: "Make a small site to begin with",
		Long: `Init writes a configuration, a home page, a post, an archetype and a .gitignore into a directory, by default the working
directory. It changes no file that is there already.`,
		Example: `  isrgen init my-site
  cd my-site && isrgen build && isrgen preview`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := append(args, ".")[0]
			made, err := generator.Init(dir)
			if err != nil {
				return failure{err}
			}
			for _, file := range made {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return nil
		},
	}
}

func newNew() *cobra.Command {
	var source, kind, clock string
	cmd := &cobra.Command{
		Use:     "new [content] path",
		Aliases: []string{"add"},
		Short:   "Write a page that begins as its archetype says",
		Long: `New writes content/PATH. A path that does not end with .md names a bundle, whose index.md is written. The page begins as
archetypes/KIND.md says, else that of the first directory of the path, else archetypes/default.md, else with a title, the date and
draft: true. An archetype is a template with Hugo's .Name, .Date, .Type, .File and .Site, and the functions of layouts.`,
		Example: `  isrgen new posts/hello.md
  isrgen new content posts/trip          # a bundle
  isrgen new --kind recipe bread/rye.md`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 && args[0] == "content" || len(args) == 1 && args[0] != "content" {
				return nil
			}
			return errors.New("name the page, such as posts/hello.md")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now().Truncate(time.Second)
			if err := readClock(clock, &now); err != nil {
				return err
			}
			file, diagnostics, err := generator.NewPage(source, args[len(args)-1], kind, now)
			printDiagnostics(cmd.ErrOrStderr(), diagnostics)
			switch {
			case errors.Is(err, generator.ErrSite):
				return errReported
			case err != nil:
				return failure{err}
			}
			fmt.Fprintln(cmd.OutOrStdout(), file)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&source, "source", "s", ".", "`directory` of the site")
	flags.StringVarP(&kind, "kind", "k", "", "`name` of the archetype (default: the first directory of the path)")
	flags.StringVar(&clock, "clock", "", "the `time` that the page is made, such as 2026-01-31T12:00:00Z (default: now)")
	return cmd
}
