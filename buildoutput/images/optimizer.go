package images

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/semaphore"

	"github.com/isrgen/isrgen/buildoutput"
)

// MaxSide is the largest width and height of an image that is worked on, in pixels.
//
// Source: the platform's documentation, "Image Optimization: Limits and pricing".
const MaxSide = 8192

// maxURL is the longest url parameter, in bytes.
const maxURL = 3072

// Optimizer does what the images of one config.json say. [New] makes it; it may be used by many goroutines at once.
type Optimizer struct {
	config *buildoutput.Images
	remote []*pattern
	local  []*pattern
	pixels *semaphore.Weighted // that may be decoded at once
}

// New makes an optimizer. The errors are patterns that do not compile, which match nothing, and formats that cannot be
// written here; everything else works.
func New(config *buildoutput.Images) (*Optimizer, []error) {
	o := &Optimizer{config: config, pixels: semaphore.NewWeighted(MaxSide * MaxSide)}
	var problems []error
	compile := func(member string, from []buildoutput.ImagePattern) (compiled []*pattern) {
		for i := range from {
			p, err := newPattern(&from[i])
			if err != nil {
				problems = append(problems, fmt.Errorf("images.%s[%d].%w", member, i, err))
			}
			compiled = append(compiled, p)
		}
		return compiled
	}
	o.remote = compile("remotePatterns", config.RemotePatterns)
	o.local = compile("localPatterns", config.LocalPatterns)
	for i, format := range config.Formats {
		if format != webP {
			problems = append(problems, fmt.Errorf("images.formats[%d]: this preview does not write %s; images get the next format, or stay in theirs", i, format))
		}
	}
	return o, problems
}

// Request is one image in one form.
type Request struct {
	// URL has a host for an image elsewhere. Else it is a path on the deployment itself, with its query.
	URL *url.URL

	Width   int // pixels
	Quality int // 1 to 100
}

// Parse reads the query of a request for an image, and refuses what the config does not allow. An error says what is wrong
// with which parameter.
//
// Source: the platform's documentation, "Build Output API: Configuration", images.
func (o *Optimizer) Parse(query url.Values) (*Request, error) {
	width, err := number(query, "w")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(o.config.Sizes, width) {
		return nil, fmt.Errorf("w: %d is not among images.sizes %v", width, o.config.Sizes)
	}
	quality, err := number(query, "q")
	if err != nil {
		return nil, err
	}
	if quality < 1 || quality > 100 {
		return nil, fmt.Errorf("q: %d is not between 1 and 100", quality)
	}
	if len(o.config.Qualities) > 0 && !slices.Contains(o.config.Qualities, quality) {
		return nil, fmt.Errorf("q: %d is not among images.qualities %v", quality, o.config.Qualities)
	}
	source, err := one(query, "url")
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(source)
	if err != nil || len(source) > maxURL || u.Fragment != "" {
		return nil, fmt.Errorf("url: %.100q is neither a path nor a URL of at most %d bytes", source, maxURL)
	}
	if err := o.Allowed(u); err != nil {
		return nil, err
	}
	return &Request{u, width, quality}, nil
}

func one(query url.Values, name string) (string, error) {
	values := query[name]
	if len(values) != 1 || values[0] == "" {
		return "", fmt.Errorf("%s: wanted once, and not empty", name)
	}
	return values[0], nil
}

// number reads a parameter of digits alone.
func number(query url.Values, name string) (int, error) {
	text, err := one(query, name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%s: %.20q is not a whole number", name, text)
	}
	return n, nil
}

// Allowed refuses a URL that the config's domains and patterns do not let through. Without localPatterns every path on the
// deployment is allowed.
func (o *Optimizer) Allowed(u *url.URL) error {
	if u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//") && !strings.HasPrefix(u.Path, `/\`) {
		if o.config.LocalPatterns == nil || slices.ContainsFunc(o.local, func(p *pattern) bool { return p.match(u) }) {
			return nil
		}
		return fmt.Errorf("url: %q is not among images.localPatterns", u.Path)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("url: %.100q is neither a path on this deployment nor a URL of http or https", u.Redacted())
	}
	listed := slices.ContainsFunc(o.config.Domains, func(domain string) bool { return strings.EqualFold(domain, u.Hostname()) })
	if listed || slices.ContainsFunc(o.remote, func(p *pattern) bool { return p.match(u) }) {
		return nil
	}
	return fmt.Errorf("url: the host %q is not among images.domains, and no entry of images.remotePatterns matches the URL", u.Host)
}
