package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/isrgen/isrgen/generator"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// styled says whether a stream is a terminal whose user wants colours (see no-color.org).
func styled(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// paint puts a text between the codes of a style where the stream shows styles.
func paint(w io.Writer, code, text string) string {
	if !styled(w) {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

// printDiagnostics writes each fault as file:line:col: message, with the line it is in and what to do.
func printDiagnostics(w io.Writer, diagnostics []diagnostic.Diagnostic) {
	for _, d := range diagnostics {
		colour := red
		if d.Severity == diagnostic.Warning {
			colour = yellow
		}
		fmt.Fprintln(w, paint(w, colour, d.String()))
		if d.Excerpt != "" {
			number := strconv.Itoa(d.Line)
			fmt.Fprintf(w, "  %s │ %s\n", number, d.Excerpt)
			if d.Column > 0 && d.Column <= utf8.RuneCountInString(d.Excerpt)+1 {
				fmt.Fprintf(w, "  %s │ %s^\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", d.Column-1))
			}
		}
		if d.Advice != "" {
			fmt.Fprintln(w, paint(w, dim, "  → "+d.Advice))
		}
	}
}

func faults(diagnostics []diagnostic.Diagnostic) string {
	n := 0
	for _, d := range diagnostics {
		if d.Severity == diagnostic.Error {
			n++
		}
	}
	return count(n, "error")
}

var symbols = map[site.Keeping]string{site.Static: "○", site.ISR: "●", site.Deferred: "D"}

// printReport writes the route table and the totals.
func printReport(w io.Writer, r *generator.Report) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "  Route\tRevalidate\tGroup\tSize\tFiles")
	for _, row := range collapse(r.Routes) {
		fmt.Fprintln(table, row)
	}
	table.Flush()
	t := r.Totals
	fmt.Fprintf(w, "\n○ static %d   ● ISR %d   D deferred %d\n", t.Static, t.ISR, t.Deferred)
	fmt.Fprintf(w, "%s, %s, %s in %s\n", count(t.Files, "file"), size(t.Bytes), count(t.Functions, "function"),
		r.Duration.Round(time.Millisecond))
	fmt.Fprintf(w, "%s → %s\n", paint(w, bold, "Built"), r.Destination)
	printMetrics(w, r)
	if t.ISR+t.Deferred > 0 && !r.BypassToken {
		fmt.Fprintf(w, "\n%s\n", paint(w, yellow, "No bypass token: pages of this output cannot be regenerated on demand. Set "+
			tokenVariable+" to a secret of 32 characters or more to change that."))
	}
}

// printTimings writes how long each phase of the build took. Work on several cores at once can be longer than its phase.
func printTimings(w io.Writer, r *generator.Report) {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "Took\tShare\tOn all cores\t  Phase")
	for _, t := range r.Timings {
		work := ""
		if t.Work > 0 {
			work = t.Work.Round(10 * time.Microsecond).String()
		}
		share := 100 * t.Duration.Seconds() / r.Duration.Seconds()
		fmt.Fprintf(table, "%s\t%.1f %%\t%s\t  %s\n", t.Duration.Round(10*time.Microsecond), share, work, t.Phase)
	}
	table.Flush()
}

// printMetrics writes how long layouts took.
func printMetrics(w io.Writer, r *generator.Report) {
	if len(r.TemplateMetrics) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\nLayout\tCount\tTotal\tAverage\tMaximum")
	for _, m := range r.TemplateMetrics {
		average := m.Total / time.Duration(m.Count)
		fmt.Fprintf(table, "%s\t%d\t%v\t%v\t%v\n", m.Layout, m.Count, m.Total.Round(time.Microsecond), average.Round(time.Microsecond),
			m.Max.Round(time.Microsecond))
	}
	table.Flush()
}

// A table of many pages shows, of neighbours that are kept in the same way, the first few.
const (
	mostAlike  = 8
	shownAlike = 3
)

// collapse makes the rows of the table.
func collapse(routes []generator.Route) []string {
	var rows []string
	for len(routes) > 0 {
		n := 1
		for n < len(routes) && alike(routes[0], routes[n]) {
			n++
		}
		shown := n
		if n > mostAlike {
			shown = shownAlike
		}
		for _, route := range routes[:shown] {
			rows = append(rows, row(route))
		}
		if n > shown {
			rows = append(rows, fmt.Sprintf("  %s [+%d more paths]\t\t\t\t", dir(routes[0].Path), n-shown))
		}
		routes = routes[n:]
	}
	return rows
}

func alike(a, b generator.Route) bool {
	return a.Kind == b.Kind && a.Revalidate == b.Revalidate && a.Group == b.Group && dir(a.Path) == dir(b.Path)
}

// dir is the path above a page's.
func dir(path string) string {
	path = strings.TrimSuffix(path, "/")
	return path[:strings.LastIndexByte(path, '/')+1]
}

func row(r generator.Route) string {
	path := r.Path
	if r.Kind == site.Deferred {
		path += fmt.Sprintf(" (%s)", count(r.Pages, "page"))
	}
	bytes := ""
	if r.Bytes > 0 {
		bytes = size(r.Bytes)
	}
	return fmt.Sprintf("%s %s\t%s\t%s\t%s\t%d", symbols[r.Kind], path, r.Revalidate, r.Group, bytes, r.Files)
}

// count gives "1 page" or "2 pages".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// size gives bytes in the unit that people read.
func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1000/1000)
	}
}
