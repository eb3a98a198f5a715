package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/preview"
)

// explainFlags say which request is explained, and how.
type explainFlags struct {
	method  string
	headers []string
	asJSON  bool
}

func newExplain() *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:   "explain URL [DIR]",
		Short: "Say what a Build Output does with a request, and why",
		Long: `Explain resolves a request as the preview does, and prints the way to the decision: each phase, each route that matched,
what it did, and the outputs that were looked for. For a page of the ISR cache it prints the key of its entry and the rules
for it. The page itself is not asked for.

A URL is a path, with a query or without, or an absolute URL whose host counts.`,
		Example: `  isrgen explain /posts/hello/
  isrgen explain 'https://fr.example.com/shop?page=2' ../shop/.vercel/output
  isrgen explain /api -X POST -H 'Next-Action: 1' --json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := filepath.Join(".vercel", "output")
			if len(args) == 2 {
				dir = args[1]
			}
			r, err := flags.request(args[0])
			if err != nil {
				return err
			}
			if err := flags.explain(cmd, dir, r); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&flags.method, "request", "X", http.MethodGet, "`method` of the request")
	cmd.Flags().StringArrayVarP(&flags.headers, "header", "H", nil, "a `header` of the request, as 'Name: value'; may be repeated")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print the explanation as JSON")
	return cmd
}

// request makes the request of a command line as a server would read it, so that nothing is explained which cannot be sent.
func (f *explainFlags) request(address string) (*http.Request, error) {
	host, target := "localhost", address
	if !strings.HasPrefix(address, "/") {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return nil, fmt.Errorf("URL %q: want a path such as /posts/hello/, or an absolute URL", address)
		}
		_, rest, _ := strings.Cut(address, "://")
		host, target = u.Host, rest[len(u.Host):]
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	target, _, _ = strings.Cut(target, "#")
	if strings.ContainsAny(f.method+target, " \r\n") {
		return nil, fmt.Errorf("%s %q cannot be sent: it has a space or a line break", f.method, target)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", f.method, target)
	for _, header := range f.headers {
		name, value, ok := strings.Cut(header, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t\"(),/;<=>?@[\\]{}") || strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("--header %q: want 'Name: value'", header)
		}
		if strings.EqualFold(strings.TrimSpace(name), "host") {
			host = strings.TrimSpace(value)
			continue
		}
		fmt.Fprintf(&b, "%s: %s\r\n", name, strings.TrimSpace(value))
	}
	fmt.Fprintf(&b, "Host: %s\r\n\r\n", host)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(b.String())))
	if err != nil {
		return nil, fmt.Errorf("no such request can be sent: %w", err)
	}
	return r, nil
}

func (f *explainFlags) explain(cmd *cobra.Command, dir string, r *http.Request) error {
	log, err := newLogger(cmd.ErrOrStderr(), logText, slog.LevelWarn)
	if err != nil {
		return err
	}
	server, err := preview.New(dir, preview.Options{Log: log})
	if err != nil {
		return noOutput(err)
	}
	e := server.Explain(r)
	if f.asJSON {
		err = printJSON(cmd, e)
	} else {
		printExplanation(cmd.OutOrStdout(), e)
	}
	return errors.Join(err, server.Close(context.WithoutCancel(cmd.Context())))
}

// printExplanation writes the way to a decision, and the decision.
func printExplanation(w io.Writer, e *preview.Explanation) {
	target := e.Path
	if e.Query != "" {
		target += "?" + e.Query
	}
	fmt.Fprintf(w, "%s %s  host %s\n\n", paint(w, bold, printable(e.Method)), printable(target), printable(e.Host))
	for i, step := range e.Steps {
		if step.Event == "phase" {
			none := ""
			if i+1 == len(e.Steps) || e.Steps[i+1].Route == nil {
				none = paint(w, dim, "  no route matches")
			}
			fmt.Fprintf(w, "%s%s\n", paint(w, bold, phaseName(step.Phase)), none)
			continue
		}
		fmt.Fprintf(w, "  %s\n", stepText(&step))
	}
	if len(e.Steps) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, paint(w, bold, "→ "+decisionText(e)))
	for _, row := range decisionRows(e) {
		fmt.Fprintf(w, "  %-17s %s\n", row[0], printable(row[1]))
	}
}

func phaseName(phase string) string {
	if phase == "" {
		return "first phase"
	}
	return phase
}

// stepText is one thing that happened, in words.
func stepText(step *preview.ExplainedStep) string {
	path, detail := printable(step.Path), printable(step.Detail)
	switch step.Event {
	case "match":
		return fmt.Sprintf("route %d  %s  matches %s", *step.Route, printable(step.Src), path)
	case "rewrite":
		if detail != "" {
			return fmt.Sprintf("  path becomes %s, query gets %s", path, detail)
		}
		return "  path becomes " + path
	case "found":
		return fmt.Sprintf("%s is the output %s", path, detail)
	case "absent":
		return fmt.Sprintf("  no output at %s", path)
	case "restore":
		return fmt.Sprintf("  back to %s: %s", path, detail)
	case "redirect":
		return "  redirects to " + detail
	case "proxy":
		return "  leads to " + detail
	case "error":
		return fmt.Sprintf("%s: looking for an error page from %s", detail, path)
	}
	return strings.TrimRight("  "+step.Event+" "+detail, " ")
}

// decisionText is the decision in a sentence.
func decisionText(e *preview.Explanation) string {
	status := ""
	if e.Status != 0 {
		status = fmt.Sprintf(" with status %d", e.Status)
	}
	if e.Code != "" {
		status += " " + e.Code
	}
	switch e.Kind {
	case "serve":
		if e.Status == http.StatusMethodNotAllowed && e.Method != http.MethodGet {
			return fmt.Sprintf("refuse %s, as %s is served for GET and HEAD alone,%s", printable(e.Method), printable(e.Output), status)
		}
		what := "the file"
		if e.Function != nil {
			what = "the function"
		}
		if e.Cached != nil {
			what = "the ISR cache's entry of"
		}
		return fmt.Sprintf("serve %s %s%s", what, printable(e.Output), status)
	case "redirect":
		return fmt.Sprintf("redirect to %s%s", printable(e.Location), status)
	case "proxy":
		return fmt.Sprintf("ask %s%s", printable(e.URL), status)
	case "respond":
		return "answer" + status
	case "image":
		return "optimise an image: no route is asked"
	}
	return "the preview's own error page" + status
}

// decisionRows are what there is to know of a decision, each with its name.
func decisionRows(e *preview.Explanation) [][2]string {
	var rows [][2]string
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, [2]string{name, value})
		}
	}
	if e.Route != nil {
		add("decided by", fmt.Sprintf("route %d", *e.Route))
	}
	add("file", e.File)
	if fn := e.Function; fn != nil {
		add("function", fmt.Sprintf("%s (%s)", fn.Dir, fn.Runtime))
		add("it sees", fn.Sees)
	}
	if c := e.Cached; c != nil {
		cacheRows(c, add)
	}
	headerRows("response header", e.Header, add)
	headerRows("important header", e.Important, add)
	headerRows("request header", e.RequestHeader, add)
	return rows
}

func cacheRows(c *preview.ExplainedCache, add func(name, value string)) {
	add("route matches", c.RouteMatches)
	add("cache key", c.Key)
	add("expiration", c.Expiration)
	if c.StaleExpiration > 0 {
		add("stale expiration", fmt.Sprintf("%ds", c.StaleExpiration))
	}
	if c.Group > 0 {
		add("group", fmt.Sprint(c.Group))
	}
	switch {
	case c.AllowQuery == nil:
		add("allowQuery", "every parameter")
	case len(c.AllowQuery) == 0:
		add("allowQuery", "no parameter")
	default:
		add("allowQuery", strings.Join(c.AllowQuery, ", "))
	}
	add("allowHeader", strings.Join(c.AllowHeader, ", "))
	add("fallback", c.Fallback)
	if !c.HasToken {
		add("on demand", "no: the config has no bypassToken")
	}
	if c.Bypassed {
		add("bypass", "a condition of experimentalBypassFor holds, the function is asked")
	}
}

func headerRows(name string, header http.Header, add func(name, value string)) {
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if len(header[key]) == 0 {
			add(name, key+" is removed")
		}
		for _, value := range header[key] {
			add(name, key+": "+value)
		}
	}
}
