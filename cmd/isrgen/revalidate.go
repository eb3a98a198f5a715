package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/refresh"
	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/manifest"
)

// revalidateFlags say what to regenerate and how.
type revalidateFlags struct {
	deploymentFlags
	verify bool
	each   bool
	since  string
	site   string
}

func newRevalidate() *cobra.Command {
	var flags revalidateFlags
	cmd := &cobra.Command{
		Use:   "revalidate [PATH|PATTERN|FILE|-]... --url URL",
		Short: "Have pages of a deployment regenerated now",
		Long: `Revalidate asks a deployment for pages with the bypass token, which it takes from ` + tokenVariable + `, and succeeds only if
each was regenerated. Pages are named by address, by file, or by a pattern as in the rules of isrgen.yaml; - reads names from
standard input. What they mean is looked up in the output that was deployed.

With --since only pages are regenerated that differ from those of a revision of git, of the pages that are named or of all.

The platform regenerates the pages of a group together, so that one request is made for all of them. Deferred pages, and pages
with allowQuery, are asked for one by one.`,
		Example: `  isrgen revalidate /posts/hello/ --url https://www.example.com
  isrgen revalidate '/posts/**' / --verify --url https://www.example.com
  isrgen revalidate --source posts:42 --url https://www.example.com
  isrgen revalidate --since HEAD~1 --url https://www.example.com
  isrgen revalidate --group prices --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && flags.group == "" && flags.since == "" && len(flags.sources) == 0 {
				return errors.New("say what to regenerate: an address, a pattern such as '/**', a --group, a --source, or --since a revision")
			}
			return flags.run(cmd, args)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&flags.verify, "verify", false, "read each page again, which must be the new one and in the cache")
	cmd.Flags().BoolVar(&flags.each, "each", false, "make a request for every page of a group")
	cmd.Flags().StringVar(&flags.since, "since", "", "only pages that differ from those of a `revision` of git")
	cmd.Flags().StringVar(&flags.site, "site", "", "`directory` of the site, for --since (default: the working directory)")
	return cmd
}

func (f *revalidateFlags) run(cmd *cobra.Command, args []string) error {
	var client *refresh.Client
	if !f.dryRun {
		var err error
		if client, err = f.authorized(); err != nil {
			return err
		}
	}
	m, pages, err := f.chosen(cmd, args)
	if err != nil {
		return err
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

// authorized makes the client, with the token from the environment.
func (f *revalidateFlags) authorized() (*refresh.Client, error) {
	token := os.Getenv(tokenVariable)
	if len(token) < buildoutput.MinBypassToken {
		return nil, failure{fmt.Errorf("%s is not set, or too short: set it to the token that the deployment was built with", tokenVariable)}
	}
	client, err := f.client(token)
	if err == nil {
		client.Verify = f.verify
	}
	return client, err
}

// chosen are the pages that arguments and flags name, of an output that has a token.
func (f *revalidateFlags) chosen(cmd *cobra.Command, args []string) (*manifest.Manifest, []manifest.Page, error) {
	m, pages, err := f.pages(cmd, args)
	if err != nil {
		return nil, nil, err
	}
	if !m.BypassToken {
		return nil, nil, failure{fmt.Errorf("the output in %s was built without a bypass token, so that nobody can regenerate its pages: "+
			"set %s, build it again, and deploy it", f.output, tokenVariable)}
	}
	if f.since == "" {
		return m, pages, nil
	}
	changes, err := affected(cmd, generator.AffectedOptions{Source: f.site, Since: f.since})
	return m, changedPages(changes, pages), err
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
		targets = append(targets, refresh.Target{Path: page.Path, Transient: page.Transient})
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
			rows = append(rows, row{target.Path, target.With})
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
