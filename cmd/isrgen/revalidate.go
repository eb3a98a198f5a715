package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/refresh"
	"github.com/isrgen/isrgen/generator/manifest"
)

// revalidateFlags say what to regenerate and how.
type revalidateFlags struct {
	deploymentFlags
	verify bool
	each   bool
}

func newRevalidate() *cobra.Command {
	var flags revalidateFlags
	cmd := &cobra.Command{
		Use:   "revalidate [PATH|PATTERN|FILE|-]... --url URL",
		Short: "Have pages of a deployment regenerated now",
		Long: `Revalidate asks a deployment for pages with the bypass token, which it takes from ` + tokenVariable + `, and succeeds only if
each was regenerated. Pages are named by address, by file, or by a pattern as in the rules of isrgen.yaml; - reads names from
standard input. What they mean is looked up in the output that was deployed.

The platform regenerates the pages of a group together, so that one request is made for all of them. Deferred pages, and pages
with allowQuery, are asked for one by one.`,
		Example: `  isrgen revalidate /posts/hello/ --url https://www.example.com
  isrgen revalidate '/posts/**' / --verify --url https://www.example.com
  isrgen revalidate --group prices --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && flags.group == "" {
				return errors.New("say what to regenerate: an address, a pattern such as '/**', or a --group")
			}
			return flags.run(cmd, args)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&flags.verify, "verify", false, "read each page again, which must be the new one and in the cache")
	cmd.Flags().BoolVar(&flags.each, "each", false, "make a request for every page of a group")
	return cmd
}

func (f *revalidateFlags) run(cmd *cobra.Command, args []string) error {
	token := os.Getenv(tokenVariable)
	var client *refresh.Client
	if !f.dryRun {
		if len(token) < buildoutput.MinBypassToken {
			return failure{fmt.Errorf("%s is not set, or too short: set it to the token that the deployment was built with", tokenVariable)}
		}
		var err error
		if client, err = f.client(token); err != nil {
			return err
		}
		client.Verify = f.verify
	}
	m, pages, err := f.pages(cmd, args)
	if err != nil {
		return err
	}
	if !m.BypassToken {
		return failure{fmt.Errorf("the output in %s was built without a bypass token, so that nobody can regenerate its pages: "+
			"set %s, build it again, and deploy it", f.output, tokenVariable)}
	}
	targets, static := f.targets(pages)
	if f.dryRun {
		return f.show(cmd, targets, static, others(m, pages))
	}
	shown := newProgress(cmd, len(targets))
	began := time.Now()
	results := append(static, client.Revalidate(cmd.Context(), targets, shown.add)...)
	shown.end()
	run := &refreshed{verb: "Regenerated", URL: f.url, Results: results, Duration: time.Since(began)}
	if f.verify {
		run.verb = "Regenerated and verified"
	}
	run.count(len(pages))
	return run.print(cmd, f.asJSON)
}

// targets are the requests for pages, and the results of those for which none is made: static pages, of which only a deployment
// makes new ones.
func (f *revalidateFlags) targets(pages []manifest.Page) (targets []refresh.Target, static []refresh.Result) {
	leaders := map[string]int{} // by group
	for _, page := range pages {
		if page.Kind == manifest.Static {
			static = append(static, refresh.Result{Path: page.Path, Problem: &refresh.Problem{Code: "static",
				Message: "a static page, which cannot be regenerated", Advice: "deploy the site again, or give the page revalidate: in its isr: block"}})
			continue
		}
		if together(page) && !f.each {
			if leader, ok := leaders[page.Group]; ok {
				targets[leader].With = append(targets[leader].With, page.Path)
				continue
			}
			leaders[page.Group] = len(targets)
		}
		targets = append(targets, refresh.Target{Path: page.Path})
	}
	return targets, static
}

// together says whether a page is regenerated with any other of its group. The platform does so for entries of the same query
// only, and deferred pages are told apart by theirs.
func together(page manifest.Page) bool {
	return page.Group != "" && page.Kind == manifest.ISR && len(page.AllowQuery) == 0
}

// show prints what would be done.
func (f *revalidateFlags) show(cmd *cobra.Command, targets []refresh.Target, static []refresh.Result, others int) error {
	if f.asJSON {
		type row struct {
			Path string   `json:"path"`
			With []string `json:"with,omitempty"`
		}
		rows := []row{}
		for _, target := range targets {
			rows = append(rows, row(target))
		}
		return printJSON(cmd, map[string]any{"requests": rows})
	}
	w := cmd.OutOrStdout()
	pages := 0
	for _, target := range targets {
		fmt.Fprintln(w, target.Path)
		for _, path := range target.With {
			fmt.Fprintf(w, "%s (with %s)\n", path, target.Path)
		}
		pages += 1 + len(target.With)
	}
	for _, r := range static {
		fmt.Fprintf(w, "%s (not: %s)\n", r.Path, r.Message)
	}
	fmt.Fprintf(w, "\n%s would be made for %s.", count(len(targets), "request"), count(pages, "page"))
	if others > 0 {
		fmt.Fprintf(w, " The platform would regenerate %s of the same groups too.", count(others, "more page"))
	}
	fmt.Fprintln(w)
	return nil
}

// others counts the pages that were not named and are regenerated with those that were.
func others(m *manifest.Manifest, named []manifest.Page) int {
	members := map[string]int{} // of the groups of named pages, less those named
	for _, page := range named {
		if together(page) {
			members[page.Group]--
		}
	}
	n := 0
	for _, page := range m.Pages {
		if _, ok := members[page.Group]; ok && together(page) {
			n++
		}
	}
	for _, less := range members {
		n += less
	}
	return n
}
