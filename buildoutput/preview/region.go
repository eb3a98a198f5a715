package preview

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

// RegionHeader names, in a request, the region that it comes from.
const RegionHeader = "X-Isrgen-Region"

// defaultRegion is the region of a preview that has no others.
const defaultRegion = "dev1"

// region is where a request comes from: what its header says, or its host (fra1.localhost), else the first region.
func (s *Server) region(r *http.Request) string {
	if name := r.Header.Get(RegionHeader); s.isRegion(name) {
		return name
	}
	if name, _, ok := s.cutRegion(r.Host); ok {
		return name
	}
	return s.opts.Regions[0].Name
}

func (s *Server) isRegion(name string) bool {
	return slices.ContainsFunc(s.opts.Regions, func(r isr.Region) bool { return r.Name == name })
}

// cutRegion splits a host such as fra1.localhost:3000 into the region and the rest.
func (s *Server) cutRegion(host string) (region, rest string, ok bool) {
	name, rest, ok := strings.Cut(host, ".")
	base := rest
	if h, _, err := net.SplitHostPort(rest); err == nil {
		base = h
	}
	return name, rest, ok && base == "localhost" && s.isRegion(name)
}
