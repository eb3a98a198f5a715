package generator

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
)

// links are the addresses inside the site that rendered pages lead to, and where nothing is so far. Several goroutines add to them.
type links struct {
	host    string                   // of the site, with the scheme
	ignored bool                     // nobody asks for them
	leads   func(target string) bool // says whether something is at a path

	mu      sync.Mutex
	pages   map[string][]linking // by the path that is led to
	targets map[string]string    // of links that mean the same on every page, by how they are written; empty for those that are good
}

// linking is a page with a link, as it is written there.
type linking struct {
	page    *site.Page
	written string
}

// add takes the links of a page.
func (l *links) add(page *site.Page, body []byte) {
	if page.Output != site.HTML || l.ignored {
		return
	}
	seen := map[string]bool{}
	var written []string
	for link := range linksIn(body) {
		if !seen[link] {
			seen[link] = true
			written = append(written, link)
		}
	}
	base := &url.URL{Path: page.Path}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages == nil {
		l.pages, l.targets = map[string][]linking{}, map[string]string{}
	}
	reached := make(map[string]bool, len(written))
	for _, link := range written {
		target, known := l.targets[link]
		if !known {
			target = l.target(base, link)
			if target != "" && l.pages[target] == nil && l.leads(target) {
				target = ""
				if !strings.HasPrefix(link, "/") && !strings.Contains(link, ":") {
					continue // it may lead to another path on another page
				}
			}
			if target == "" || strings.HasPrefix(link, "/") {
				l.targets[link] = target
			}
		}
		if target != "" && !reached[target] {
			reached[target] = true
			l.pages[target] = append(l.pages[target], linking{page, link})
		}
	}
}

// target is the path inside the site that a link leads to, empty if it leads elsewhere.
func (l *links) target(base *url.URL, written string) string {
	target, err := base.Parse(written)
	if err != nil || target.Scheme != "" && target.Scheme+"://"+target.Host != l.host || target.Scheme == "" && target.Host != "" || target.Opaque != "" {
		return ""
	}
	return target.Path
}

// router leads requests through the output as it is planned.
func (b *build) router() *routing.Router {
	router, _ := routing.New(&b.plan.output.Config, planned{b.plan.output})
	return router
}

// newLinks makes the links of a build, which knows what is planned once the first page is rendered.
func (b *build) newLinks() links {
	router := sync.OnceValue(b.router)
	return links{host: b.site.Config.BaseURL, ignored: b.site.Config.BrokenLinks == site.IgnoreLinks,
		leads: func(target string) bool { return b.leadsSomewhere(router(), target, 0) }}
}

// checkLinks reports the links of rendered pages that lead to nothing. What is written in a text is told where it stands, and what
// comes from layouts once.
func (b *build) checkLinks() {
	if b.site.Config.BrokenLinks == site.IgnoreLinks {
		return
	}
	router := b.router()
	for target, from := range b.plan.links.pages {
		if b.leadsSomewhere(router, target, 0) {
			continue
		}
		slices.SortFunc(from, func(x, y linking) int { return cmp.Compare(x.page.Path, y.page.Path) })
		var elsewhere []string
		for _, link := range from {
			if !b.brokenIn(link) {
				elsewhere = append(elsewhere, link.page.Path)
			}
		}
		if len(elsewhere) > 0 {
			where := elsewhere[0]
			if more := len(elsewhere) - 1; more > 0 {
				where += fmt.Sprintf(" and %d more", more)
			}
			b.brokenLink(diagnostic.Diagnostic{File: layoutsDir, Message: fmt.Sprintf("a link leads to %s, where nothing is", target)}, "it is on "+where)
		}
	}
}

// leadsSomewhere says whether something is at a path, perhaps after redirects.
func (b *build) leadsSomewhere(router *routing.Router, target string, redirects int) bool {
	if page, err := b.site.Page(target); err == nil && page.Policy.Keeping != site.Unwritten {
		return true
	}
	if strings.HasPrefix(target, "/_vercel/") {
		return true // what the platform has there is known to nobody else
	}
	canonical := b.site.Config.Canonical(target)
	if page, err := b.site.Page(canonical); err == nil && page.Policy.Keeping != site.Unwritten || len(b.site.OriginsAt(canonical, nil)) > 0 {
		return true
	}
	if slices.ContainsFunc(b.site.Hidden, func(page *site.Page) bool { return page.Path == canonical }) {
		return true // one day, or it was
	}
	decision := router.Resolve(&routing.Request{Path: (&url.URL{Path: target}).EscapedPath()})
	if location, err := url.Parse(decision.Location); decision.Location != "" {
		return redirects > 10 || err != nil || location.Host != "" || b.leadsSomewhere(router, location.Path, redirects+1)
	}
	if _, prerendered := b.plan.output.Prerenders[decision.Output]; prerendered {
		return false // a deferral, whose pages the site knows
	}
	return decision.Err == "" && decision.Status < 400
}

// brokenIn reports a link where it stands in the text of a page. It is false if it does not stand there.
func (b *build) brokenIn(link linking) bool {
	if !strings.HasPrefix(link.page.Source, content.Dir+"/") || link.page.Origin != "" {
		return false
	}
	text, err := fs.ReadFile(b.fsys, link.page.Source)
	plain, unescapeErr := url.PathUnescape(link.written)
	if errors.Join(err, unescapeErr) != nil {
		return false
	}
	beside := strings.TrimPrefix(plain, link.page.Path) // as a file of the page's may be written
	for _, written := range []string{"(" + link.written, "(<" + plain, "(" + plain, "(" + beside, link.written, plain, beside} {
		at := bytes.Index(text, []byte(written))
		if at < 0 || len(written) < 2 {
			continue
		}
		at += len(written) - len(strings.TrimLeft(written, "(<"))
		line := 1 + bytes.Count(text[:at], []byte("\n"))
		b.brokenLink(diagnostic.Diagnostic{File: link.page.Source, Line: line, Column: at - bytes.LastIndexByte(text[:at], '\n'),
			Message: fmt.Sprintf("the link leads to %s, where nothing is", plain), Excerpt: diagnostic.Excerpt(text, line)}, "")
		return true
	}
	return false
}

func (b *build) brokenLink(d diagnostic.Diagnostic, where string) {
	if b.site.Config.BrokenLinks == site.WarnOfLinks {
		d.Severity = diagnostic.Warning
	}
	d.Advice = "correct the address, or write the page"
	if where != "" {
		d.Advice = where + "; " + d.Advice
	}
	b.brokenLinks = append(b.brokenLinks, d)
	b.diags.Add(d)
}
