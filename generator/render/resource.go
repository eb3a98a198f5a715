package render

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/isrgen/isrgen/generator/content"
)

// Resource is a file as templates see it: one beside a page, which is published as it is, one in assets/, or what was made of such files.
// What is to be made is made when it is called for, and published when somebody asks for its address.
type Resource struct {
	Name string // of a file beside a page its path from there, or what front matter says; else the path with a slash before it

	set    *templates
	page   *Page  // whose file it is, nil for others
	file   string // its path from the page
	title  string
	params map[string]any
	op     Operation
	asset  *Asset // nil until somebody asks
	inputs []*Resource

	small   bool   // it was made without the help of others
	content []byte // of a small one
}

// Title is what front matter says, else Name.
func (r *Resource) Title() string { return cmp.Or(r.title, r.Name) }

// Params are what front matter says.
func (r *Resource) Params() map[string]any { return r.params }

// RelPermalink is its address.
func (r *Resource) RelPermalink() (string, error) {
	if r.page != nil {
		return (&url.URL{Path: path.Join(r.page.path, r.file)}).EscapedPath(), nil
	}
	if _, err := r.Publish(); err != nil {
		return "", err
	}
	return (&url.URL{Path: "/" + r.asset.Path}).EscapedPath(), nil
}

// Permalink is its address with scheme and host, where the site has a baseURL.
func (r *Resource) Permalink() (string, error) {
	address, err := r.RelPermalink()
	return r.set.site.Config().BaseURL + address, err
}

// Publish makes it a file of the site. Its result is empty.
func (r *Resource) Publish() (string, error) {
	if r.page != nil {
		return "", nil // it is one
	}
	if err := r.settle(); err != nil {
		return "", err
	}
	_, err := r.set.assets().Use(r.op, Published)
	if errors.Is(err, ErrUnknownAsset) {
		err = fmt.Errorf("%s cannot be published: %w: its content must be the same for all pages of a layout, or be written into the page with .Content",
			r.asset.Path, err)
	}
	return "", r.set.ofPage(err)
}

// Content is what is in the file.
func (r *Resource) Content() (string, error) {
	content, err := r.bytes()
	return string(content), err
}

func (r *Resource) bytes() ([]byte, error) {
	if err := r.settle(); err != nil || r.small {
		return r.content, err
	}
	if r.op.Kind == OpText {
		return []byte(r.op.Text), nil
	}
	content, err := r.set.assets().Use(r.op, ReadContent)
	return content, r.set.ofPage(err)
}

// Data has the Integrity of a file with a fingerprint.
func (r *Resource) Data() (map[string]any, error) {
	if err := r.settle(); err != nil || r.asset.Integrity == "" {
		return map[string]any{}, err
	}
	return map[string]any{"Integrity": r.asset.Integrity}, nil
}

// ResourceType is the first part of its media type, such as image.
func (r *Resource) ResourceType() string { return r.MediaType().MainType() }

// MediaType is what its extension says, such as image/png.
func (r *Resource) MediaType() MediaType {
	if r.asset != nil && r.page == nil {
		return MediaType{r.asset.MediaType}
	}
	return MediaType{mediaType(cmp.Or(r.file, r.Name))}
}

// settle makes what is to be made.
func (r *Resource) settle() error {
	if r.asset != nil {
		return nil
	}
	assets := r.set.assets()
	if assets == nil {
		return errors.New("files cannot be worked on here")
	}
	r.op = r.op.keyed()
	end := r.set.atWork.begin()
	asset, err := assets.Make(r.op)
	end()
	if errors.Is(err, ErrUnknownAsset) {
		return r.settleSmall(err)
	}
	if err == nil {
		r.asset = asset
	}
	return r.set.ofPage(err)
}

// settleSmall makes what a function does not know, if it can. A text is mostly that of one page.
func (r *Resource) settleSmall(unknown error) error {
	inputs, contents := make([]*Asset, len(r.inputs)), make([][]byte, len(r.inputs))
	for i, input := range r.inputs {
		content, err := input.bytes()
		if err != nil {
			return err
		}
		inputs[i], contents[i] = input.asset, content
	}
	asset, content, ok, err := MakeSmall(r.op, inputs, contents)
	if err == nil && !ok {
		err = fmt.Errorf("%s %s: %w: it works on what is another in each page, or on a page that the build did not render", r.op.Kind, r.Name, unknown)
	}
	if err == nil {
		r.asset, r.content, r.small = asset, content, true
	}
	return err
}

// assets are those of the request, else of the renderer.
func (t *templates) assets() Assets {
	if t.request.Assets != nil {
		return t.request.Assets
	}
	return t.renderer.Assets
}

// ofPage names the page in what is wrong with a file.
func (t *templates) ofPage(err error) error {
	fault := (*Error)(nil)
	if !errors.As(err, &fault) || t.page == nil {
		return err
	}
	named := *fault
	named.Page = t.page.path
	return &named
}

// file is a file in assets/, nil if there is none.
func (t *templates) file(name string) (*Resource, error) {
	name = strings.TrimPrefix(path.Join("/", name), "/")
	r := &Resource{Name: "/" + name, set: t, op: Operation{Kind: OpFile, Name: AssetsDir + "/" + name}.keyed()}
	if err := r.settle(); err != nil || r.asset.Path == "" {
		return nil, err
	}
	return r, nil
}

// AssetsDir is the directory of the files that templates work on.
const AssetsDir = "assets"

// beside is a file beside a page.
func (p *Page) beside(name string) *Resource {
	r := &Resource{Name: name, file: name, set: p.set, page: p, op: Operation{Kind: OpFile, Name: path.Join(p.path, name)}}
	return r
}

// derive makes something of resources.
func (t *templates) derive(op Operation, inputs ...*Resource) (*Resource, error) {
	for _, input := range inputs {
		if input == nil {
			return nil, fmt.Errorf("%s: there is no such resource", op.Kind)
		}
		if err := input.settle(); err != nil {
			return nil, err
		}
		if input.asset.Path == "" {
			return nil, fmt.Errorf("%s: %s is not there", op.Kind, input.Name)
		}
		op.Inputs = append(op.Inputs, input.op.Key())
	}
	r := &Resource{set: t, op: op.keyed(), inputs: inputs}
	if len(inputs) > 0 {
		r.Name, r.title, r.params = inputs[0].Name, inputs[0].title, inputs[0].params
	}
	if op.Kind == OpText || op.Kind == OpConcat || op.Kind == OpCopy {
		r.Name = "/" + op.Name
	}
	return r, r.settle()
}

// describe gives files what front matter says of them. Of several that are about a file the first that says something counts, and :counter
// is how many files it was given to so far.
func (r Resources) describe(matters []content.ResourceMatter) {
	names, titles := map[int]int{}, map[int]int{}
	for _, resource := range r {
		named := false
		for i, matter := range matters {
			if !fits(matter.Src, resource.file) {
				continue
			}
			if matter.Name != "" && !named {
				names[i]++
				resource.Name, named = strings.ReplaceAll(matter.Name, ":counter", strconv.Itoa(names[i])), true
			}
			if matter.Title != "" && resource.title == "" {
				titles[i]++
				resource.title = strings.ReplaceAll(matter.Title, ":counter", strconv.Itoa(titles[i]))
			}
			for name, value := range matter.Params {
				if _, said := resource.params[name]; !said {
					if resource.params == nil {
						resource.params = map[string]any{}
					}
					resource.params[name] = value
				}
			}
		}
	}
}

// Resources are files beside a page, or in assets/.
type Resources []*Resource

// Get returns the file with a name, nil for none.
func (r Resources) Get(name string) *Resource {
	for _, resource := range r {
		if strings.EqualFold(resource.Name, name) {
			return resource
		}
	}
	return nil
}

// anywhere is ** at the beginning of a name: any directories before it, as in Hugo.
var anywhere = regexp.MustCompile(`\*\*([^/*])`)

// fits says whether a name fits a pattern, such as "images/*.png" or "**.png", in any case.
func fits(pattern, name string) bool {
	pattern = anywhere.ReplaceAllString(strings.TrimPrefix(pattern, "/"), "**/*$1")
	ok, _ := doublestar.Match(strings.ToLower(pattern), strings.ToLower(strings.TrimPrefix(name, "/")))
	return ok
}

// Match returns the files whose name fits a pattern.
func (r Resources) Match(pattern string) Resources {
	var fitting Resources
	for _, resource := range r {
		if fits(pattern, resource.Name) {
			fitting = append(fitting, resource)
		}
	}
	return fitting
}

// GetMatch returns the first file whose name fits a pattern, nil for none.
func (r Resources) GetMatch(pattern string) *Resource {
	if fitting := r.Match(pattern); len(fitting) > 0 {
		return fitting[0]
	}
	return nil
}

// ByType returns the files of a type, such as image.
func (r Resources) ByType(kind string) Resources {
	var fitting Resources
	for _, resource := range r {
		if resource.ResourceType() == kind {
			fitting = append(fitting, resource)
		}
	}
	return fitting
}
