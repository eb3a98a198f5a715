package generator

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/routing"
	"github.com/isrgen/isrgen/generator/asset"
	"github.com/isrgen/isrgen/generator/compile"
	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/source"
)

// Dev is a site that somebody works on. It is read again when files change, and its pages are rendered when they are asked for, at the
// addresses that a build gives them and by the same routes. Nothing is cached, and nothing is written. [NewDev] makes it; it may be
// used by many goroutines at once.
type Dev struct {
	options Options

	loading sync.Mutex // held by who reads the site
	memory  *content.Memory
	assets  *asset.Cache
	// Asked for again when the configuration changes.
	answers *answers // of sources
	commits map[string]*content.Commit

	mu      sync.RWMutex
	site    *devSite // nil before there was one without faults of its configuration
	faults  []diagnostic.Diagnostic
	version int
}

// devSite is a site as it was read.
type devSite struct {
	*build   // as all of the site was last read
	site     *site.Site
	layouts  render.Layouts
	renderer *render.Renderer
	router   *routing.Router
	pages    map[string]*site.Page // by output path
	sources  map[string]content.Source
	users    *sync.WaitGroup // of the directory
}

// NewDev makes a site under work, which nobody has read so far.
func NewDev(o Options) *Dev {
	o.Bootstrap = func(context.Context, compile.Program) ([]byte, error) { return nil, nil } // no function is made
	o.Cache = ""
	return &Dev{options: o, memory: &content.Memory{}, assets: asset.NewCache("")}
}

// Reload reads the site after some of its files changed, named by their paths in it; none means that all may have. The faults that it
// has are those of [Dev.Faults] from then on. An error is the machine's, or a source's, and leaves the site as it was.
func (d *Dev) Reload(ctx context.Context, changed ...string) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	if d.revise(changed) {
		return nil
	}
	d.forget(changed)
	b, err := newBuild(d.options.withDefaults())
	if err != nil {
		return err
	}
	b.memory, b.answers, b.commits, b.assetCache = d.memory, d.answers, d.commits, d.assets
	read := &devSite{build: b, users: &sync.WaitGroup{}}
	if err := read.load(ctx); err != nil {
		b.close()
		return err
	}
	d.answers, d.commits = b.answers, b.commits
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version++
	d.faults = b.diags.Sorted()
	if read.site == nil {
		b.close()
		return nil
	}
	old := d.site
	d.site = read
	if old != nil {
		go func() {
			old.users.Wait()
			old.build.close()
		}()
	}
	return nil
}

func (d *Dev) forget(changed []string) {
	for _, name := range changed {
		if file, ok := strings.CutPrefix(name, content.Dir+"/"); ok {
			info, err := os.Lstat(filepath.Join(d.options.Source, filepath.FromSlash(name)))
			d.memory.Forget(file, err == nil && info.Mode().IsRegular())
		}
		if name == site.ConfigFile {
			changed = nil
		}
	}
	if len(changed) == 0 {
		d.memory, d.answers, d.commits = &content.Memory{}, nil, nil
	}
}

// Faults are what is wrong with the site, with a number that is another one after each [Dev.Reload].
func (d *Dev) Faults() (faults []diagnostic.Diagnostic, version int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.faults, d.version
}

// load reads a site and finds out what is at which address.
func (s *devSite) load(ctx context.Context) error {
	if err := s.build.load(ctx); err != nil || s.build.site == nil {
		return err
	}
	layouts, err := readLayouts(s.fsys, &s.diags)
	if err != nil {
		return err
	}
	if err := errors.Join(s.beginPlan(ctx, layouts), s.spreadLists(ctx), s.planFiles()); err != nil {
		return err
	}
	s.site, s.layouts, s.renderer = s.build.site, layouts, s.plan.renderer
	s.router, _ = routing.New(&s.plan.output.Config, s)
	s.pages = make(map[string]*site.Page, len(s.site.Pages))
	for _, page := range s.site.Pages {
		switch page.Policy.Keeping {
		case site.Static:
			s.pages[page.File()] = page
		case site.ISR:
			s.pages[page.OutputPath()] = page
		}
	}
	s.sources = map[string]content.Source{}
	for _, settings := range s.build.sources.Sources {
		s.sources[settings.Name] = source.New(settings, s.client(settings.Name, settings.Access, nil))
	}
	return nil
}

// Has says whether something is at an output path: what is planned, or what a layout published meanwhile.
func (s *devSite) Has(name string) bool {
	_, published := s.publishedAt(name)
	return published || planned{s.plan.output}.Has(name)
}

func (s *devSite) publishedAt(name string) (asset.File, bool) {
	if s.assets == nil {
		return asset.File{}, false
	}
	return s.assets.At(name)
}

// DevResponse is the answer to a request.
type DevResponse struct {
	Status int
	Header http.Header
	Body   []byte

	// Faults say why a page could not be rendered; the body is then empty.
	Faults []diagnostic.Diagnostic
}

// ErrNotRead is the error of a site that has faults which keep all of it from being read; see [Dev.Faults].
var ErrNotRead = errors.New("the site cannot be read")

// Respond answers a request as the deployed site would once everything is fresh. Rewrites to other hosts are refused. An error is the
// machine's, or a source's.
func (d *Dev) Respond(ctx context.Context, r *http.Request) (*DevResponse, error) {
	d.mu.RLock()
	s := d.site
	if s != nil {
		s.users.Add(1)
	}
	d.mu.RUnlock()
	if s == nil {
		return nil, ErrNotRead
	}
	defer s.users.Done()
	if location, ok := s.optimized(r); ok {
		return &DevResponse{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {location}}}, nil
	}
	decision := s.router.Resolve(&routing.Request{
		Method: r.Method, Scheme: "http", Host: r.Host, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Header: r.Header,
	})
	response := &DevResponse{Status: cmp.Or(decision.Status, http.StatusOK), Header: http.Header{}}
	var err error
	switch decision.Kind {
	case routing.Serve:
		err = s.serve(ctx, decision, response)
	case routing.Redirect:
		response.Header.Set("Location", decision.Location)
	case routing.Proxy:
		response.Status, response.Body = http.StatusBadGateway, []byte("This address is rewritten to another host: use isrgen preview --allow-external.\n")
	default:
		response.Status, response.Body = cmp.Or(decision.Status, http.StatusInternalServerError), []byte(decision.Err+"\n")
	}
	own := response.Header
	response.Header = http.Header{}
	decision.ResponseHeader(response.Header, own)
	return response, err
}

// optimized leads from the platform's image service to the image itself, which is not scaled here.
func (s *devSite) optimized(r *http.Request) (location string, ok bool) {
	image, err := url.Parse(r.URL.Query().Get("url"))
	if r.URL.Path != "/_vercel/image" || s.deployment.Images == nil || err != nil || image.Host != "" || !strings.HasPrefix(image.Path, "/") {
		return "", false
	}
	return image.EscapedPath(), true
}

// serve puts what is at the output path of a decision into a response.
func (s *devSite) serve(ctx context.Context, decision *routing.Decision, response *DevResponse) error {
	page, err := s.page(ctx, decision)
	if err == nil && page == nil {
		file := s.plan.output.Static[decision.Output]
		if made, ok := s.publishedAt(decision.Output); ok && file.Content == nil {
			file.Content = made
		}
		return s.file(file, decision.Output, response)
	}
	if errors.Is(err, site.ErrNotFound) || err == nil && !s.whole(page).Holds(s.Clock) {
		page, err = s.site.Page(site.NotFoundPath)
	}
	if err != nil {
		return err
	}
	query, err := url.ParseQuery(decision.Query)
	if err != nil {
		query = nil // as for a function: what is no query has no parameters
	}
	request := s.request(ctx)
	request.Query = query
	rendered, err := s.renderer.Render(s.whole(page), request)
	if fault := (*render.Error)(nil); errors.As(err, &fault) {
		faults := templateFaults{}
		faults.add(fault)
		var diags diagnostic.List
		faults.report(s.layouts, &diags)
		response.Status, response.Faults = http.StatusInternalServerError, diags.Sorted()
		return nil
	}
	if err != nil {
		return err
	}
	if decision.Status == 0 {
		response.Status = rendered.Status
	}
	response.Header.Set("Content-Type", rendered.ContentType)
	response.Body = rendered.Body
	return nil
}

// page is the page at the output path of a decision, nil for a file.
func (s *devSite) page(ctx context.Context, decision *routing.Decision) (*site.Page, error) {
	if page := s.pages[decision.Output]; page != nil {
		return page, nil
	}
	if s.plan.output.Prerenders[decision.Output] == nil {
		return nil, nil
	}
	matches, _ := url.ParseQuery(decision.RouteMatches)
	address := s.site.Config.Canonical(matches.Get(content.PathParameter))
	page, err := s.site.Page(address)
	if errors.Is(err, site.ErrNotFound) {
		page, err = nil, nil
	}
	if err == nil && (page == nil || page.Origin != "") {
		return s.site.Ask(ctx, s.sources, address, page)
	}
	return page, err
}

// file puts a file that is published as it is into a response.
func (s *devSite) file(file buildoutput.File, name string, response *DevResponse) error {
	if file.Content == nil {
		return fmt.Errorf("nothing is at %s", name)
	}
	var body bytes.Buffer
	if _, err := file.Content.WriteTo(&body); err != nil {
		return err
	}
	response.Header.Set("Content-Type", buildoutput.ContentType(path.Base(name)))
	response.Body = body.Bytes()
	return nil
}
