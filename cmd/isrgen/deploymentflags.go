package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/refresh"
	"github.com/isrgen/isrgen/generator/manifest"
)

// deploymentFlags say which pages of which deployment a command is for, and how it asks for them.
type deploymentFlags struct {
	output     string
	url        string
	group      string
	sources    []string
	protection string // name of a variable
	jobs       int
	head       bool
	dryRun     bool
	asJSON     bool
}

func (f *deploymentFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "destination", "d", filepath.Join(".vercel", "output"), "`directory` of the output that was deployed")
	flags.StringVar(&f.url, "url", "", "`address` of the deployment, such as https://www.example.com")
	flags.StringArrayVar(&f.sources, "source", nil, "the pages that an `item` of a source on the network concerns, such as posts:42; may be repeated")
	flags.StringVar(&f.group, "group", "", "only the pages of the group `NAME`")
	flags.StringVar(&f.protection, "protection-bypass-env", "", "`variable` with the secret that lets programs through deployment protection")
	flags.IntVarP(&f.jobs, "jobs", "j", 8, "`number` of requests at the same time")
	flags.BoolVar(&f.head, "head", false, "send HEAD and not GET")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the pages and ask for none")
	flags.BoolVar(&f.asJSON, "json", false, "print the results as JSON")
}

// pages are those that the arguments of a command name, - standing for names on standard input. The manifest is that of the
// output.
func (f *deploymentFlags) pages(cmd *cobra.Command, args []string) (*manifest.Manifest, []manifest.Page, error) {
	names, err := readNames(cmd.InOrStdin(), args)
	if err != nil {
		return nil, nil, failure{err}
	}
	m, err := manifest.Read(os.DirFS(f.output))
	if errors.Is(err, manifest.ErrNone) {
		return nil, nil, failure{fmt.Errorf("there is no output of isrgen in %s: build the site with `isrgen build`, or name the output with -d", f.output)}
	}
	if err != nil {
		return nil, nil, failure{err}
	}
	if len(names) == 0 && len(args) > 0 {
		return m, nil, nil // nothing on standard input is no page, and not all of them
	}
	pages, err := f.selected(m, names)
	if err != nil {
		return nil, nil, failure{err}
	}
	return m, pages, nil
}

// selected are the pages of names and of items of sources, each once.
func (f *deploymentFlags) selected(m *manifest.Manifest, names []string) ([]manifest.Page, error) {
	if len(f.sources) == 0 {
		return m.Select(manifest.Selection{Names: names, Group: f.group})
	}
	var all []manifest.Page
	for _, key := range f.sources {
		pages, err := m.Concerned(key)
		if err != nil {
			return nil, err
		}
		all = append(all, pages...)
	}
	if len(names) > 0 {
		pages, err := m.Select(manifest.Selection{Names: names})
		if err != nil {
			return nil, err
		}
		all = append(all, pages...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(page manifest.Page) bool {
		twice := seen[page.Path] || f.group != "" && page.Group != f.group
		seen[page.Path] = true
		return twice
	}), nil
}

// readNames puts the lines of standard input in the place of the argument -.
func readNames(stdin io.Reader, args []string) (names []string, err error) {
	for _, arg := range args {
		if arg != "-" {
			names = append(names, arg)
			continue
		}
		lines := bufio.NewScanner(stdin)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				names = append(names, line)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
	}
	return names, nil
}

// client asks the deployment that the flags name. Its errors are about the command line.
func (f *deploymentFlags) client(token string) (*refresh.Client, error) {
	if f.url == "" {
		return nil, errors.New("name the deployment with --url, such as --url https://www.example.com")
	}
	origin, err := url.Parse(f.url)
	if err != nil || origin.Scheme != "https" && origin.Scheme != "http" || origin.Host == "" || strings.Trim(origin.Path, "/") != "" ||
		origin.RawQuery != "" || origin.User != nil {
		return nil, fmt.Errorf("--url %q is not scheme and host: write it as https://www.example.com", f.url)
	}
	secret := ""
	if f.protection != "" {
		if secret = os.Getenv(f.protection); secret == "" {
			return nil, fmt.Errorf("--protection-bypass-env %s: this variable is not set, or empty", f.protection)
		}
	}
	if origin.Scheme == "http" && !isLoopback(origin.Hostname()) && token+secret != "" {
		return nil, fmt.Errorf("--url %s: http would show the token to everybody on the way: use https", f.url)
	}
	if f.jobs < 1 {
		return nil, fmt.Errorf("-j %d: at least one request must run", f.jobs)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = f.jobs
	return &refresh.Client{Origin: origin, Token: token, Protection: secret, Head: f.head, Jobs: f.jobs, Transport: transport}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
