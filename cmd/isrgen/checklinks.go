package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isrgen/isrgen/buildoutput/links"
	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/manifest"
)

// linkFlags say how links to other sites are checked.
type linkFlags struct {
	wanted  bool
	options links.Options
}

func (f *linkFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.wanted, "links", false, "ask the other sites that pages lead to whether what is linked is there")
	flags.StringArrayVar(&f.options.Exclude, "exclude", nil, "with --links: a `pattern` of addresses not to ask, such as https://example.com/**, or a host; may be repeated")
	flags.DurationVar(&f.options.Timeout, "timeout", 10*time.Second, "with --links: how long an answer may take")
	flags.IntVar(&f.options.Retries, "retries", 2, "with --links: `number` of times that an address is asked again that may be there next time")
	flags.IntVarP(&f.options.Hosts, "jobs", "j", 8, "with --links: `number` of hosts asked at the same time, each one request after the other")
	flags.BoolVar(&f.options.AllowPrivate, "allowPrivate", false, "with --links: ask addresses inside a network too, and use the proxies of the environment")
}

// unused finds flags that say something about links where none are checked.
func (f *linkFlags) unused(flags *pflag.FlagSet) error {
	for _, name := range []string{"exclude", "timeout", "retries", "jobs", "allowPrivate"} {
		if flags.Changed(name) && !f.wanted {
			return fmt.Errorf("--%s is for --links", name)
		}
	}
	return nil
}

// check finds what is wrong with the flags.
func (f *linkFlags) check(plan string) error {
	for _, pattern := range f.options.Exclude {
		if !links.Valid(pattern) {
			return fmt.Errorf("--exclude %q is not a pattern: write an address such as https://example.com/**", pattern)
		}
	}
	switch {
	case plan != "":
		return errors.New("--links and --plan look at different things: run them one after the other")
	case f.options.Timeout <= 0:
		return errors.New("--timeout must be more than nothing, such as 10s")
	case f.options.Retries < 0:
		return errors.New("--retries cannot be less than 0")
	case f.options.Hosts < 1:
		return errors.New("--jobs must be 1 or more")
	}
	return nil
}

// linkReport is what --json prints.
type linkReport struct {
	Directory string `json:"directory"`
	*links.Report
	Findings []linkFinding `json:"findings"`
}

// linkFinding is an address with what it is written in, as far as the output says.
type linkFinding struct {
	links.Finding
	Places []linkPlace `json:"places"`
}

// linkPlace is where a link stands in the output, and in the text of the site that the page is made from, as file:line:column.
type linkPlace struct {
	links.Place
	Source string `json:"source,omitempty"`
}

// String is the place in the text if it is known.
func (p linkPlace) String() string {
	if p.Source != "" {
		return p.Source
	}
	return p.Place.String()
}

func (f *linkFlags) run(cmd *cobra.Command, dir, plan string, asJSON bool) error {
	if err := f.check(plan); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return failure{noOutput(err)}
	}
	defer root.Close()
	options := f.options
	options.UserAgent = "isrgen/" + generator.Version + " (link check)"
	if options.Retries == 0 {
		options.Retries = -1
	}
	found, err := links.Check(cmd.Context(), root.FS(), options)
	switch {
	case errors.Is(err, context.Canceled):
		return failure{errors.New("interrupted")}
	case err != nil:
		return failure{err}
	}
	report := linkReport{Directory: dir, Report: found, Findings: placed(root.FS(), siteOf(dir), found.Findings)}
	if asJSON {
		err = printJSON(cmd, report)
	} else {
		err = report.print(cmd)
	}
	if err != nil {
		return failure{err}
	}
	if len(report.Findings) > 0 {
		return errReported
	}
	return nil
}

func (r *linkReport) print(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintln(&b, paint(w, red, fmt.Sprintf("%s: %s: %s", f.Places[0], f.URL, f.Message)))
		for i, place := range f.Places[1:] {
			if i == 3 {
				fmt.Fprintf(&b, "  and at %d more places\n", len(f.Places)-1-i)
				break
			}
			fmt.Fprintf(&b, "  also at %s\n", place)
		}
		fmt.Fprintln(&b, paint(w, dim, "  → "+f.Advice))
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s: %s on %s, from %s", r.Directory, count(r.Addresses, "link"), count(r.Hosts, "host"), count(r.Pages, "page"))
	if len(r.Findings) == 0 {
		b.WriteString(": all there\n")
	} else {
		fmt.Fprintf(&b, ": %d not there\n", len(r.Findings))
	}
	_, err := fmt.Fprint(w, b.String())
	return err
}

// siteOf is the directory of the site that an output in its usual place belongs to.
func siteOf(dir string) string {
	return filepath.Join(dir, "..", "..")
}

// placed adds to findings where their links stand in the texts that the output's manifest names, if they are beside it.
func placed(output fs.FS, site string, findings []links.Finding) []linkFinding {
	sources := map[string]string{} // texts by file of the output
	if m, err := manifest.Read(output); err == nil {
		for _, page := range m.Pages {
			sources[path.Join("static", page.Output)] = page.Source
			sources[path.Join("functions", page.Output+".prerender-fallback.html")] = page.Source
		}
	}
	root, err := os.OpenRoot(site)
	if err == nil {
		defer root.Close()
	}
	all := []linkFinding{}
	for _, finding := range findings {
		f := linkFinding{Finding: finding}
		for _, place := range finding.Places {
			p := linkPlace{Place: place}
			if source := sources[place.File]; source != "" && err == nil {
				p.Source = placeIn(root, source, finding.URL)
			}
			f.Places = append(f.Places, p)
		}
		all = append(all, f)
	}
	return all
}

// placeIn finds an address in a text of the site, empty if it does not stand there: a layout may have made it.
func placeIn(root *os.Root, source, address string) string {
	text, err := root.ReadFile(source)
	at := -1
	for _, written := range []string{address, strings.TrimSuffix(address, "/")} {
		if at < 0 && err == nil {
			at = bytes.Index(text, []byte(written))
		}
	}
	if at < 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", source, 1+bytes.Count(text[:at], []byte("\n")), at-bytes.LastIndexByte(text[:at], '\n'))
}
