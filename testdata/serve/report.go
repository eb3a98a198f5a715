package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// measurement is one load of one server.
type measurement struct {
	throughput float64 // requests a second
	cpu        float64 // microseconds for a request
	p50, p99   float64 // microseconds
	memory     float64 // MiB
}

// round is one measurement of each server.
type round map[string]measurement

// goal is a ratio that is aimed at.
type goal struct {
	server, other string
	what          string
	of            func(measurement) float64
	atLeast       float64 // or
	atMost        float64
}

func throughput(m measurement) float64 { return m.throughput }
func cpu(m measurement) float64        { return m.cpu }
func p99(m measurement) float64        { return m.p99 }

var goals = []goal{
	{server: "isrgen static", other: "bare", what: "requests/s", of: throughput, atLeast: 0.8},
	{server: "isrgen static", other: "bare", what: "CPU per request", of: cpu, atMost: 1.3},
	{server: "isrgen static", other: "Caddy", what: "requests/s", of: throughput, atLeast: 2.2},
	{server: "isrgen static", other: "Caddy", what: "p99", of: p99, atMost: 1},
	{server: "isrgen static", other: "nginx", what: "requests/s", of: throughput},
	{server: "isrgen ISR", other: "bare", what: "requests/s", of: throughput, atLeast: 0.75},
	{server: "isrgen ISR", other: "bare", what: "CPU per request", of: cpu, atMost: 1.4},
	{server: "isrgen ISR", other: "Caddy", what: "requests/s", of: throughput, atLeast: 2},
	{server: "isrgen ISR", other: "next start", what: "requests/s", of: throughput, atLeast: 13},
	{server: "isrgen ISR", other: "nginx", what: "requests/s", of: throughput},
	{server: "isrgen ISR", other: "Varnish", what: "requests/s", of: throughput},
}

func printMachine(o options, servers []server) {
	model := "unknown"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	fmt.Printf("%s, %d × %s, %s/%s; wrk with %d connections for %v, %d rounds\n", time.Now().Format(time.DateOnly), runtime.NumCPU(),
		model, runtime.GOOS, runtime.GOARCH, o.connections, o.duration, o.rounds)
	for _, s := range servers {
		switch {
		case s.absent != nil:
			fmt.Printf("%s is left out: %v\n", s.name, s.absent)
		case s.version != "":
			fmt.Printf("%s: %s\n", s.name, s.version)
		}
	}
}

// printTable shows the least, the median and the most of each measure.
func printTable(servers []server, rounds []round) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "\nserver\trequests/s\tCPU µs/request\tp50 µs\tp99 µs\tpeak RSS MiB")
	for _, s := range servers {
		if s.absent != nil {
			continue
		}
		fmt.Fprint(w, s.name)
		for _, measure := range []func(measurement) float64{throughput, cpu, func(m measurement) float64 { return m.p50 }, p99,
			func(m measurement) float64 { return m.memory }} {
			var values []float64
			for _, r := range rounds {
				values = append(values, measure(r[s.name]))
			}
			slices.Sort(values)
			fmt.Fprintf(w, "\t%s (%s … %s)", number(median(values)), number(values[0]), number(values[len(values)-1]))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

// printRatios shows the median of the ratios within rounds beside the goals.
func printRatios(rounds []round) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "\nratio\tmedian (least … most)\tgoal\t")
	for _, g := range goals {
		var values []float64
		for _, r := range rounds {
			if other, ok := r[g.other]; ok {
				values = append(values, g.of(r[g.server])/g.of(other))
			}
		}
		if values == nil {
			continue
		}
		slices.Sort(values)
		fmt.Fprintf(w, "%s / %s, %s\t%.2f (%.2f … %.2f)\t%s\n", g.server, g.other, g.what, median(values), values[0], values[len(values)-1],
			g.verdict(median(values)))
	}
	w.Flush()
}

func (g *goal) verdict(value float64) string {
	text, met := "", true
	switch {
	case g.atLeast > 0:
		text, met = fmt.Sprintf("≥ %g", g.atLeast), value >= g.atLeast
	case g.atMost > 0:
		text, met = fmt.Sprintf("≤ %g", g.atMost), value <= g.atMost
	default:
		return "none"
	}
	if !met {
		return text + "\tmissed"
	}
	return text + "\tmet"
}

// median is that of sorted values.
func median(values []float64) float64 {
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func number(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
