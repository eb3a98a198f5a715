package check

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/go-json-experiment/json/jsontext"
)

// members finds what nobody reads in the JSON files of the output.
func (c *checker) members() {
	c.unknown(configFile, "", reflect.ValueOf(c.out.Config))
	for _, dir := range c.real {
		c.unknown(functionConfig(dir.path), "", reflect.ValueOf(dir.Config))
	}
	for outputPath, prerender := range c.out.Prerenders {
		c.unknown(prerenderConfig(outputPath), "", reflect.ValueOf(prerender.Config))
	}
}

var jsonValue = reflect.TypeFor[jsontext.Value]()

// unknown looks in a value, and all values in it, for members that their types do not name.
func (c *checker) unknown(file string, at jsontext.Pointer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.unknown(file, at, v.Elem())
		}
	case reflect.Slice:
		if v.Type() == jsonValue {
			return
		}
		for i := range v.Len() {
			c.unknown(file, at+pointer(i), v.Index(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			c.unknown(file, at+pointer(entries.Key().String()), entries.Value())
		}
	case reflect.Struct:
		c.unknownFields(file, at, v)
	}
}

func (c *checker) unknownFields(file string, at jsontext.Pointer, v reflect.Value) {
	var known []string
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, option, tagged := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported():
		case name != "":
			known = append(known, name)
			c.unknown(file, at+pointer(name), v.Field(i))
		case !tagged: // the two forms of a value that has them
			c.unknown(file, at, v.Field(i))
		case option == "embed":
			for _, member := range memberNames(v.Field(i).Bytes()) {
				if ignored(file, at, member) {
					continue
				}
				message := "unknown member \"" + member + "\""
				if nearest := nearest(member, known); nearest != "" {
					message += ": did you mean \"" + nearest + "\"?"
				}
				c.add(Warning, UnknownMember, file, at+pointer(member), message)
			}
		}
	}
}

// ignored are members that the platform's own tools write and its reader does not look at.
func ignored(file string, at jsontext.Pointer, member string) bool {
	return at == "" && member == "type" && file != configFile
}

// memberNames are those of a JSON object, in order.
func memberNames(object []byte) []string {
	var list []string
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return nil
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			break
		}
		list = append(list, name.String())
		if err := dec.SkipValue(); err != nil {
			break
		}
	}
	return list
}

// nearest is the known name that a member was probably meant to be, empty if none is near.
func nearest(member string, known []string) string {
	best, distance := "", 1+max(2, len(member)/4)
	for _, name := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(member), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	return best
}

// overrides checks that each names a file, and moves it elsewhere if anywhere.
func (c *checker) overrides() {
	for name, override := range c.out.Config.Overrides {
		_, exists := c.out.Static[name]
		switch {
		case !exists:
			c.warn(OverrideAbsent, configFile, pointer("overrides", name), "there is no static file %q%s", name, c.similar(name))
		case override.Path == name:
			c.warn(OverrideSelf, configFile, pointer("overrides", name, "path"), "the override of %q gives it its own path", name)
		}
	}
}

// similar suggests the static file that differs from a name by slashes or case alone.
func (c *checker) similar(name string) string {
	var candidates []string
	for file := range c.out.Static {
		if strings.EqualFold(file, strings.Trim(name, "/")) || strings.TrimSuffix(file, ".html") == strings.Trim(name, "/") {
			candidates = append(candidates, file)
		}
	}
	if len(candidates) == 0 {
		return ""
	}
	return ": did you mean \"" + slices.Min(candidates) + "\"?"
}
