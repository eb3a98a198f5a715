package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

var regionName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// parseRegions makes the regions of --regions iad1,fra1 and --latency fra1=90ms.
func parseRegions(names, latencies []string) ([]isr.Region, error) {
	var regions []isr.Region
	for _, name := range names {
		if !regionName.MatchString(name) {
			return nil, fmt.Errorf("--regions: %q cannot be the name of a region: use small letters, digits and hyphens, as in fra1", name)
		}
		if slices.ContainsFunc(regions, func(r isr.Region) bool { return r.Name == name }) {
			return nil, fmt.Errorf("--regions: %s stands twice", name)
		}
		regions = append(regions, isr.Region{Name: name})
	}
	for _, latency := range latencies {
		name, text, _ := strings.Cut(latency, "=")
		i := slices.IndexFunc(regions, func(r isr.Region) bool { return r.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("--latency: %q is not one of the regions: name it in --regions", name)
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 || d > time.Minute {
			return nil, fmt.Errorf("--latency: %q is not a distance: write it as fra1=90ms", latency)
		}
		regions[i].Latency = d
	}
	return regions, nil
}
