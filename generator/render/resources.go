package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	texttemplate "text/template"
)

// resourcesNamespace works on the files in assets/, and on what comes of files.
type resourcesNamespace struct{ t *templates }

// Get returns the file in assets/ with a path, nil for none.
func (n resourcesNamespace) Get(name string) (*Resource, error) { return n.t.file(name) }

// all are the files in assets/ that a condition holds for.
func (n resourcesNamespace) all(wanted func(name string) bool) (Resources, error) {
	assets := n.t.assets()
	if assets == nil {
		return nil, errors.New("resources cannot be used here")
	}
	names, err := assets.Names()
	if err != nil {
		return nil, err
	}
	var all Resources
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		resource, err := n.t.file(name)
		if err != nil {
			return nil, err
		}
		if resource != nil {
			all = append(all, resource)
		}
	}
	return all, nil
}

// Match returns the files in assets/ whose path fits a pattern.
func (n resourcesNamespace) Match(pattern string) (Resources, error) {
	return n.all(func(name string) bool { return fits(pattern, name) })
}

// GetMatch returns the first of Match, nil for none.
func (n resourcesNamespace) GetMatch(pattern string) (*Resource, error) {
	found, err := n.Match(pattern)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ByType returns the files in assets/ of a type, such as image.
func (n resourcesNamespace) ByType(kind string) (Resources, error) {
	return n.all(func(name string) bool { return MediaType{mediaType(name)}.MainType() == kind })
}

// GetRemote returns the file at an address on the network, as it was when the site was built; nil where there is none.
func (n resourcesNamespace) GetRemote(address string, options ...any) (*Resource, error) {
	if len(options) > 0 {
		return nil, errors.New("resources.GetRemote takes an address only")
	}
	r, err := n.t.derive(Operation{Kind: OpRemote, Name: address})
	if err != nil || r.asset.Path == "" {
		return nil, err
	}
	r.Name = "/" + r.asset.Path
	return r, nil
}

// FromString makes a file of a text.
func (n resourcesNamespace) FromString(name string, text any) (*Resource, error) {
	name, err := targetPath(name)
	if err != nil {
		return nil, err
	}
	return n.t.derive(Operation{Kind: OpText, Name: name, Text: toString(text)})
}

// Concat puts files behind each other.
func (n resourcesNamespace) Concat(name string, list any) (*Resource, error) {
	name, err := targetPath(name)
	if err != nil {
		return nil, err
	}
	var parts []*Resource
	switch v := list.(type) {
	case Resources:
		parts = v
	case []*Resource:
		parts = v
	case []any:
		for _, item := range v {
			resource, ok := item.(*Resource)
			if !ok {
				return nil, fmt.Errorf("resources.Concat takes a list of resources, and %T is none", item)
			}
			parts = append(parts, resource)
		}
	default:
		return nil, fmt.Errorf("resources.Concat takes a list of resources, not %T", list)
	}
	if len(parts) == 0 {
		return nil, errors.New("resources.Concat: the list is empty")
	}
	return n.t.derive(Operation{Kind: OpConcat, Name: name}, parts...)
}

// Copy gives a file another path.
func (n resourcesNamespace) Copy(name string, r *Resource) (*Resource, error) {
	name, err := targetPath(name)
	if err != nil {
		return nil, err
	}
	return n.t.derive(Operation{Kind: OpCopy, Name: name}, r)
}

// ExecuteAsTemplate runs a file as a template with a dot. Nothing is escaped.
func (n resourcesNamespace) ExecuteAsTemplate(name string, dot any, r *Resource) (*Resource, error) {
	if r == nil {
		return nil, errors.New("resources.ExecuteAsTemplate: there is no such resource")
	}
	text, err := r.Content()
	if err != nil {
		return nil, err
	}
	if n.t.depth++; n.t.depth > deepest {
		return nil, errEndless
	}
	defer func() { n.t.depth-- }()
	parsed, err := texttemplate.New(AssetsDir + r.Name).Funcs(n.t.functions()).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := parsed.Execute(bounded{&b, &n.t.over}, dot); err != nil {
		return nil, err
	}
	return n.FromString(name, b.String())
}

// Fingerprint puts the hash of a file into its name. The kind of hash may stand before it.
func (n resourcesNamespace) Fingerprint(args ...any) (*Resource, error) {
	r, options, err := resourceOf("fingerprint", args)
	if err != nil {
		return nil, err
	}
	name, ok := options.(string)
	if options == nil {
		name, ok = "sha256", true
	}
	if !ok {
		return nil, fmt.Errorf("fingerprint takes the name of a hash and a resource, not %T", options)
	}
	return n.t.derive(Operation{Kind: OpFingerprint, Name: strings.ToLower(name)}, r)
}

// Minify leaves out of CSS, JavaScript, JSON, HTML, SVG and XML what has no meaning.
func (n resourcesNamespace) Minify(r *Resource) (*Resource, error) {
	return n.t.derive(Operation{Kind: OpMinify}, r)
}

// ToCSS is css.Sass.
func (n resourcesNamespace) ToCSS(args ...any) (*Resource, error) {
	return n.t.built(OpSass, args)
}

type jsNamespace struct{ t *templates }

// Build bundles a script with all that it imports. Options, or the path of the result, may stand before it.
func (n jsNamespace) Build(args ...any) (*Resource, error) { return n.t.built(OpScript, args) }

type cssNamespace struct{ t *templates }

// Build bundles a style sheet with all that it imports.
func (n cssNamespace) Build(args ...any) (*Resource, error) { return n.t.built(OpStyle, args) }

// Sass makes CSS of Sass.
func (n cssNamespace) Sass(args ...any) (*Resource, error) { return n.t.built(OpSass, args) }

// Quoted is for a value that is to stand in quotes.
func (cssNamespace) Quoted(value any) string { return fmt.Sprintf("%q", toString(value)) }

// Unquoted is for a value that is to stand without quotes.
func (cssNamespace) Unquoted(value any) string { return strings.Trim(toString(value), `"'`) }

// built does an operation that has options.
func (t *templates) built(kind string, args []any) (*Resource, error) {
	r, given, err := resourceOf(kind, args)
	if err != nil {
		return nil, err
	}
	options := map[string]any{}
	switch v := given.(type) {
	case nil:
	case string:
		options["targetpath"] = v
	case map[string]any:
		for name, value := range v {
			options[strings.ToLower(name)] = value
		}
	default:
		return nil, fmt.Errorf("%s takes options and a resource, not %T", kind, given)
	}
	if target, ok := options["targetpath"]; ok {
		if options["targetpath"], err = targetPath(toString(target)); err != nil {
			return nil, err
		}
	}
	if !isPlain(reflect.ValueOf(options)) {
		return nil, fmt.Errorf("%s: the options must be texts, numbers, lists and mappings, and no pages", kind)
	}
	text, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return t.derive(Operation{Kind: kind, Options: string(text)}, r)
}

// isPlain says whether a value is all there in JSON.
func isPlain(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Interface:
		return isPlain(v.Elem())
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if key.Kind() != reflect.String || !isPlain(v.MapIndex(key)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		for i := range v.Len() {
			if !isPlain(v.Index(i)) {
				return false
			}
		}
		return true
	}
	return !v.IsValid() || v.CanInt() || v.CanUint() || v.CanFloat() || v.Kind() == reflect.Bool || v.Kind() == reflect.String
}

// resourceOf takes arguments apart: perhaps options, and a resource.
func resourceOf(what string, args []any) (r *Resource, options any, err error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, nil, fmt.Errorf("%s takes perhaps options, and a resource", what)
	}
	r, ok := args[len(args)-1].(*Resource)
	if !ok {
		return nil, nil, fmt.Errorf("%s takes a resource, not %T", what, args[len(args)-1])
	}
	if r == nil {
		return nil, nil, fmt.Errorf("%s: there is no such resource", what)
	}
	if len(args) == 2 {
		options = args[0]
	}
	return r, options, nil
}

// targetPath is a path for what is made, which must be below the root of the site.
func targetPath(name string) (string, error) {
	clean := strings.TrimPrefix(path.Join("/", name), "/")
	if clean == "" || !utf8.ValidString(name) || strings.HasSuffix(name, "/") || strings.ContainsAny(name, "\\\x00") || slices.Contains(strings.Split(name, "/"), "..") {
		return "", fmt.Errorf("%q cannot be the path of a file", name)
	}
	return clean, nil
}
