package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// table are the rows of the comparison.
type table struct{ rows []row }

// row is one comparison: figures of ours and of another program, and their ratios.
type row struct {
	label        string
	ours, theirs float64 // medians
	other, unit  string
	ratios       series
	goal         float64 // 0 for none
}

// compare adds a row for two series of one unit.
func (t *table) compare(label, unit string, ours, theirs series, other string, goal float64) {
	t.rows = append(t.rows, row{label, ours.median(), theirs.median(), other, unit, ours.over(theirs), goal})
}

// figure adds a row for a figure that has a limit and is compared with nothing.
func (t *table) figure(label, unit string, ours, limit float64) {
	t.rows = append(t.rows, row{label: label, unit: unit, ours: ours, goal: limit})
}

func (t *table) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| what\t| isrgen\t| other\t|\t| ratio: min\t| median\t| max\t| goal\t| met |")
	fmt.Fprintln(out, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|--- |")
	for _, r := range t.rows {
		fmt.Fprintln(out, r.text())
	}
	out.Flush()
}

func (r row) text() string {
	goal, met := "", ""
	value := r.ours
	if len(r.ratios) > 0 {
		value = r.ratios.median()
	}
	if r.goal > 0 {
		goal, met = fmt.Sprintf("≤ %g", r.goal), "no"
		if value <= r.goal {
			met = "yes"
		}
	}
	if len(r.ratios) == 0 {
		if goal != "" {
			goal += " " + r.unit
		}
		return fmt.Sprintf("| %s\t| %.2f %s\t|\t|\t|\t|\t|\t| %s\t| %s |", r.label, r.ours, r.unit, goal, met)
	}
	return fmt.Sprintf("| %s\t| %.2f %s\t| %.2f %s\t| %s\t| %.3f\t| %.3f\t| %.3f\t| %s\t| %s |", r.label, r.ours, r.unit, r.theirs, r.unit,
		r.other, slices.Min(r.ratios), value, slices.Max(r.ratios), goal, met)
}
