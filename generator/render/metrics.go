package render

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// Metrics are how long layouts took. A layout's time includes that of the layouts it runs. Its zero value is empty, and nil
// measures nothing.
type Metrics struct {
	mu      sync.Mutex
	layouts map[string]*Metric
}

// Metric is how long one layout took.
type Metric struct {
	Layout string        `json:"layout"`
	Count  int           `json:"count"`
	Total  time.Duration `json:"totalNs"`
	Max    time.Duration `json:"maxNs"`
}

// measure begins a measurement, and returns what ends it.
func (m *Metrics) measure(layout string) func() {
	if m == nil {
		return func() {}
	}
	started := time.Now()
	return func() {
		took := time.Since(started)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.layouts == nil {
			m.layouts = map[string]*Metric{}
		}
		metric := m.layouts[layout]
		if metric == nil {
			metric = &Metric{Layout: layout}
			m.layouts[layout] = metric
		}
		metric.Count++
		metric.Total += took
		metric.Max = max(metric.Max, took)
	}
}

// Sorted returns what was measured, the slowest in total first.
func (m *Metrics) Sorted() []Metric {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Metric
	for _, metric := range slices.Collect(maps.Values(m.layouts)) {
		all = append(all, *metric)
	}
	slices.SortFunc(all, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Layout, b.Layout))
	})
	return all
}
