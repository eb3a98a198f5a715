package main

import (
	"encoding/csv"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/site"
)

// listed are the commands below list that print pages, and what each prints.
var listed = []struct {
	selected generator.Selected
	short    string
}{
	{generator.ListAll, "Print all pages that have a file"},
	{generator.ListDrafts, "Print the drafts"},
	{generator.ListFuture, "Print the pages whose time is to come"},
	{generator.ListExpired, "Print the pages whose time is over"},
	{generator.ListPublished, "Print the pages that visitors see"},
	{generator.ListDeferred, "Print the pages that are rendered when somebody first asks for them"},
	{generator.ListISR, "Print the pages that are regenerated"},
}

func newListPages(selected generator.Selected, short string) *cobra.Command {
	var options generator.Options
	var clock string
	cmd := &cobra.Command{
		Use:     string(selected),
		Short:   short,
		Long:    short + ", drafts included, as CSV with the columns of Hugo and, at the end, how each is kept and how long it is fresh.",
		Example: "  isrgen list " + string(selected),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readClock(clock, &options.Clock); err != nil {
				return err
			}
			pages, diagnostics, err := generator.List(cmd.Context(), options, selected)
			printDiagnostics(cmd.ErrOrStderr(), diagnostics)
			if errors.Is(err, generator.ErrSite) {
				return errReported
			}
			if err == nil {
				err = printPages(csv.NewWriter(cmd.OutOrStdout()), pages)
			}
			if err != nil {
				return failure{err}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Source, "source", "s", "", "`directory` of the site (default: the working directory)")
	flags.StringVar(&clock, "clock", "", "the `time` to look from, such as 2026-01-31T12:00:00Z (default: now)")
	return cmd
}

func printPages(w *csv.Writer, pages []*site.Page) error {
	lines := [][]string{{"path", "slug", "title", "date", "expiryDate", "publishDate", "draft", "permalink", "kind", "section", "kept", "revalidate"}}
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	for _, page := range pages {
		revalidate := ""
		if page.Policy.Keeping != site.Static {
			revalidate = page.Policy.Revalidate.String()
		}
		lines = append(lines, []string{page.Source, page.Slug(), page.Title, date(page.Date), date(page.ExpiryDate), date(page.PublishDate),
			strconv.FormatBool(page.Draft), page.RelPermalink(), string(page.Kind), page.Section, string(page.Policy.Keeping), revalidate})
	}
	return w.WriteAll(lines)
}
