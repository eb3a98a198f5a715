package generator

import (
	"io"
	"maps"
	"slices"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/manifest"
	"github.com/isrgen/isrgen/generator/site"
)

// manifestFiles are the files that say what is in the output, without what differs between two builds of the same site. The first
// marks the output as isrgen's. They are made when they are written: as values they are as large as the files.
func (b *build) manifestFiles() map[string]buildoutput.File {
	files := map[string]buildoutput.File{manifest.File: {Content: lazily(func() io.WriterTo { return b.manifest() })}}
	if slices.ContainsFunc(b.site.Deferrals, func(d *site.Deferral) bool { return d.Pages > 0 }) {
		files[manifest.DeferredFile] = buildoutput.File{Content: lazily(func() io.WriterTo { return b.deferredPages() })}
	}
	return files
}

// lazily is content that is there only while it is written.
type lazily func() io.WriterTo

func (content lazily) WriteTo(w io.Writer) (int64, error) { return content().WriteTo(w) }

func (b *build) manifest() *manifest.Manifest {
	m := &manifest.Manifest{Generator: "isrgen " + Version, Version: manifest.Version, BypassToken: b.BypassToken != "",
		Pages: []manifest.Page{}, Entries: []manifest.Entry{}}
	for _, page := range b.site.Pages {
		switch page.Policy.Keeping {
		case site.Static:
			m.Pages = append(m.Pages, manifest.Page{Path: page.Path, Kind: manifest.Static, Output: page.File(), Source: b.key(page)})
		case site.ISR:
			m.Pages = append(m.Pages, manifest.Page{Path: page.Path, Kind: manifest.ISR, Output: page.OutputPath(), Source: b.key(page),
				Transient: transient(page), Terms: terms(page),
				Policy: manifestPolicy(page.Policy)})
		}
	}
	m.Sources = b.manifestSources()
	for _, deferral := range b.site.Deferrals {
		m.Entries = append(m.Entries, manifest.Entry{Label: deferral.Label, Output: deferralPath(deferral), Pages: deferral.Pages,
			Policy: manifestPolicy(deferral.Policy)})
	}
	return m
}

func (b *build) deferredPages() manifest.DeferredPages {
	var deferred manifest.DeferredPages
	for i, deferral := range b.site.Deferrals {
		for _, page := range deferral.Members {
			deferred = append(deferred, manifest.DeferredPage{Path: page.Path, Entry: i, Source: b.key(page), Transient: transient(page), Terms: terms(page)})
		}
	}
	return deferred
}

// key names what a page comes from: a file, or a source on the network and the name there.
func (b *build) key(page *site.Page) string {
	if page.Origin == "" {
		return page.Source
	}
	name, _ := b.site.Origins[page.Origin].NameAt(page.Path)
	return page.Origin + ":" + name
}

// terms are those of a page of a source on the network.
func terms(page *site.Page) []string {
	if page.Origin == "" {
		return nil
	}
	return page.AllTerms()
}

func (b *build) manifestSources() []manifest.Source {
	var all []manifest.Source
	for _, name := range slices.Sorted(maps.Keys(b.site.Origins)) {
		origin := b.site.Origins[name]
		s := manifest.Source{Name: name, Path: origin.Path, Unknown: origin.DynamicParams, TrailingSlash: b.site.Config.TrailingSlash}
		for _, reader := range origin.Readers {
			s.Readers = append(s.Readers, manifest.Reader(reader))
		}
		all = append(all, s)
	}
	return all
}

// transient says whether a page comes and goes without a build.
func transient(page *site.Page) bool { return page.Origin != "" || page.Window != site.Window{} }

func manifestPolicy(policy site.Policy) manifest.Policy {
	return manifest.Policy{Revalidate: policy.Revalidate.String(), Fallback: string(policy.Fallback), Group: policy.Group, AllowQuery: policy.AllowQuery}
}
